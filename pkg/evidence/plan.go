package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Planned is a row of the plan: what was fixed before the run.
type Planned struct {
	ID, Claim, Statistic string
	Threshold            Threshold

	// N is the planned number of repetitions in words, such as "10 seeds × 8 models".
	N string
	// Least is the first number of N. With fewer repetitions no claim is supported.
	Least int
	// Interval says how the interval is made.
	Interval string
}

var (
	rowID       = regexp.MustCompile(`^[A-Z]\d+$`)
	firstNumber = regexp.MustCompile(`\d+`)
)

// ReadPlan reads the rows of a plan: the lines of its Markdown tables whose first cell is an id,
// such as F1. Their cells are id, claim, statistic, threshold, n, and the interval's method.
//
// A row with another number of cells, a threshold of another form, an n without a number, an id
// that occurs twice, and a plan without rows are errors.
func ReadPlan(file string) ([]Planned, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	var plan []Planned
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := cellsOf(line)
		if !rowID.MatchString(cells[0]) {
			continue
		}
		row, err := planned(cells)
		if err == nil && seen[row.ID] {
			err = errors.New("it occurs twice")
		}
		if err != nil {
			return nil, fmt.Errorf("evidence: %s: row %s: %w", file, cells[0], err)
		}
		seen[row.ID] = true
		plan = append(plan, row)
	}
	if len(plan) == 0 {
		return nil, fmt.Errorf("evidence: %s has no row", file)
	}
	return plan, nil
}

// cellsOf divides a line of a Markdown table. Any line has at least one cell.
func cellsOf(line string) []string {
	cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// planned reads the cells of a row.
func planned(cells []string) (Planned, error) {
	if len(cells) != 6 {
		return Planned{}, fmt.Errorf("it has %d cells, want 6", len(cells))
	}
	threshold, err := parseThreshold(cells[3])
	if err != nil {
		return Planned{}, err
	}
	least, err := strconv.Atoi(firstNumber.FindString(cells[4]))
	if err != nil || least < 1 {
		return Planned{}, fmt.Errorf("n %q has no number", cells[4])
	}
	return Planned{cells[0], cells[1], cells[2], threshold, cells[4], least, cells[5]}, nil
}

// ReadPending reads the ids of the rows that a run hasn't reached, separated by white space. A file
// that isn't there holds none.
func ReadPending(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return strings.Fields(string(text)), nil
}
