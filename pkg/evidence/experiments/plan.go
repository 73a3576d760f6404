package experiments

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"lossland/pkg/evidence"
)

// Planned is a row of the plan: what was fixed before the run.
type Planned struct {
	ID, Claim, Statistic string
	Threshold            evidence.Threshold
	N, Interval          string
}

// least is the planned number of repetitions, the first number of "≥ 30 points" or "10 seeds × 8 models".
func (p Planned) least() (int, error) {
	n, err := strconv.Atoi(firstNumber.FindString(p.N))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("experiments: row %s: n %q has no number", p.ID, p.N)
	}
	return n, nil
}

// ReadPlan reads the tables of evidence/plan.md, the only place where thresholds stand.
func ReadPlan(file string) ([]Planned, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("experiments: %w", err)
	}
	var plan []Planned
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !rowID.MatchString(strings.TrimSpace(cells[0])) {
			continue
		}
		if len(cells) != 6 {
			return nil, fmt.Errorf("experiments: %s: row %s has %d cells, want 6", file, cells[0], len(cells))
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		threshold, err := parseThreshold(cells[3])
		if err != nil {
			return nil, fmt.Errorf("experiments: %s: row %s: %w", file, cells[0], err)
		}
		plan = append(plan, Planned{cells[0], cells[1], cells[2], threshold, cells[4], cells[5]})
	}
	if len(plan) == 0 {
		return nil, fmt.Errorf("experiments: %s has no row", file)
	}
	return plan, nil
}

var (
	firstNumber = regexp.MustCompile(`\d+`)

	rowID  = regexp.MustCompile(`^[FSTMWAX]\d$`)
	above  = regexp.MustCompile(`^(?:\p{L}+ )?> (\S+)$`)
	below  = regexp.MustCompile(`^(?:\p{L}+ )?< (\S+)$`)
	within = regexp.MustCompile(`^within (\S+) … (\S+)$`)
)

// parseThreshold reads "> 0", "ratio > 1", "< 1e-5" or "within 0.8 … 1.2".
func parseThreshold(text string) (evidence.Threshold, error) {
	numbers := func(fields []string) (list []float64, err error) {
		for _, field := range fields {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil {
				return nil, fmt.Errorf("threshold %q: %w", text, err)
			}
			list = append(list, x)
		}
		return list, nil
	}
	for _, form := range []struct {
		pattern *regexp.Regexp
		make    func(x []float64) evidence.Threshold
	}{
		{above, func(x []float64) evidence.Threshold { return evidence.Above(x[0]) }},
		{below, func(x []float64) evidence.Threshold { return evidence.Below(x[0]) }},
		{within, func(x []float64) evidence.Threshold { return evidence.Within(x[0], x[1]) }},
	} {
		if found := form.pattern.FindStringSubmatch(text); found != nil {
			x, err := numbers(found[1:])
			if err != nil {
				return evidence.Threshold{}, err
			}
			return form.make(x), nil
		}
	}
	return evidence.Threshold{}, fmt.Errorf("threshold %q is none of “> x”, “< x”, “within x … y”", text)
}
