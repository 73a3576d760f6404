package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"lossland/pkg/result"
)

// Row is the answer to one check.
type Row struct {
	Check   Check
	Verdict Verdict
	// Value is the number that was measured; NaN: none.
	Value float64
	// Unit is that of Value, such as "relative".
	Unit string
	// Threshold is what Value was held against; NaN: nothing.
	Threshold float64
	// Sentence says what was found, and what to do about it.
	Sentence string
	// Names are the variables or operations that it is about, sorted.
	Names []string
	// Err is the error that was found, or for which the check couldn't be made; nil: none.
	Err error
	// Cost is what was spent on it.
	Cost result.Cost
}

// number is Value with its unit, as it is printed.
func (r Row) number() string {
	if math.IsNaN(r.Value) {
		return "–"
	}
	return strings.TrimSpace(fmt.Sprintf("%.3g %s", r.Value, r.Unit))
}

// limit is Threshold, as it is printed.
func (r Row) limit() string {
	if math.IsNaN(r.Threshold) {
		return "–"
	}
	return fmt.Sprintf("%.2g", r.Threshold)
}

// MarshalJSON implements json.Marshaler. Numbers that JSON doesn't know are null.
func (r Row) MarshalJSON() ([]byte, error) {
	out := struct {
		Check     string      `json:"check"`
		Question  string      `json:"question"`
		Verdict   string      `json:"verdict"`
		Value     any         `json:"value"`
		Unit      string      `json:"unit"`
		Threshold any         `json:"threshold"`
		Sentence  string      `json:"sentence"`
		Names     []string    `json:"names,omitempty"`
		Error     string      `json:"error,omitempty"`
		Cost      result.Cost `json:"cost"`
	}{r.Check.String(), r.Check.Question(), r.Verdict.String(), finite(r.Value), r.Unit,
		finite(r.Threshold), r.Sentence, r.Names, "", r.Cost}
	if r.Err != nil {
		out.Error = r.Err.Error()
	}
	return json.Marshal(out)
}

// finite is x, or nil where it isn't a number of JSON.
func finite(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}

// Report is what an audit found.
type Report struct {
	// Rows are the answers, in the order of the checks. A cancelled audit has fewer.
	Rows []Row
	// Examples is how many of all Of examples the checks used.
	Examples, Of int
	// Weights is the length of θ.
	Weights int
	// WeightsHash is landscape.HashWeights of θ, by which records of results name it.
	WeightsHash string
	// Range is the half-width that a picture should have along unit directions (or along directions
	// normalised as Config says), see the check Range; NaN where none was found.
	Range float64
	// Seed is that of the directions.
	Seed uint64
	// Took is how long it took.
	Took time.Duration
	// Cost is the sum of the rows'.
	Cost result.Cost
}

// Row returns the row of a check; false where the audit was cancelled before it.
func (r *Report) Row(c Check) (Row, bool) {
	for _, row := range r.Rows {
		if row.Check == c {
			return row, true
		}
	}
	return Row{}, false
}

// OK says that no row is wrong, and that the budget reached every check.
func (r *Report) OK() bool { return r.Verdict() != Wrong && r.Unreached() == 0 }

// Verdict is the worst of the rows': Wrong, Look or Right; NotTried where none was tried. Where the
// budget didn't reach all checks it is Look at least.
func (r *Report) Verdict() (worst Verdict) {
	for _, row := range r.Rows {
		worst = max(worst, row.Verdict)
	}
	if worst == Right && r.Unreached() > 0 {
		return Look
	}
	return worst
}

// Unreached is how many checks the budget didn't reach.
func (r *Report) Unreached() (n int) {
	for _, row := range r.Rows {
		if errors.Is(row.Err, context.DeadlineExceeded) {
			n++
		}
	}
	return n
}

// In returns the checks with a verdict.
func (r *Report) In(v Verdict) (found []Check) {
	for _, row := range r.Rows {
		if row.Verdict == v {
			found = append(found, row.Check)
		}
	}
	return found
}

// MarshalJSON implements json.Marshaler. Numbers that JSON doesn't know are null.
func (r *Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Verdict  string      `json:"verdict"`
		Examples int         `json:"examples"`
		Of       int         `json:"of"`
		Weights  int         `json:"weights"`
		Hash     string      `json:"weights_sha256"`
		Range    any         `json:"range"`
		Seed     uint64      `json:"seed"`
		Seconds  float64     `json:"seconds"`
		Cost     result.Cost `json:"cost"`
		Rows     []Row       `json:"rows"`
	}{r.Verdict().String(), r.Examples, r.Of, r.Weights, r.WeightsHash, finite(r.Range), r.Seed,
		r.Took.Seconds(), r.Cost, r.Rows})
}

// String prints the table, a line or more for each row, and the verdict of the whole.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Audit of %d weights on %s, %s, seed %d\n", r.Weights, r.used(),
		r.Took.Round(100*time.Millisecond), r.Seed)
	head := []string{"check", "verdict", "number", "against"}
	table := [][]string{head}
	for _, row := range r.Rows {
		table = append(table, []string{row.Check.String(), row.Verdict.String(), row.number(),
			row.limit()})
	}
	widths := make([]int, len(head))
	for _, cells := range table {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for i, cells := range table {
		for k, cell := range cells {
			b.WriteString(cell + strings.Repeat(" ", widths[k]-utf8.RuneCountInString(cell)+2))
		}
		text := "what was found"
		if i > 0 {
			text = r.Rows[i-1].Sentence
		}
		indent := 0
		for _, w := range widths {
			indent += w + 2
		}
		b.WriteString(wrap(text, max(40, 150-indent), indent) + "\n")
	}
	b.WriteString(r.conclusion() + "\n")
	return b.String()
}

// used says which examples the checks saw.
func (r *Report) used() string {
	if r.Examples == r.Of {
		return fmt.Sprintf("all %d examples", r.Of)
	}
	return fmt.Sprintf("%d of %d examples", r.Examples, r.Of)
}

// conclusion is the verdict of the whole, a line.
func (r *Report) conclusion() string {
	list := func(v Verdict) string {
		var names []string
		for _, c := range r.In(v) {
			names = append(names, c.String())
		}
		return strings.Join(names, ", ")
	}
	late := ""
	if n := r.Unreached(); n > 0 {
		late = fmt.Sprintf(" It isn't finished: the budget was spent before %d of %d checks.", n,
			len(r.Rows))
	}
	switch worst := r.Verdict(); {
	case worst == Wrong:
		return "Wrong: " + list(Wrong) + "." + late
	case len(r.In(Look)) > 0:
		return "Nothing is wrong. Look before you read a picture: " + list(Look) + "." + late
	case worst == Look:
		return "Nothing was found wrong." + late
	case worst == Right:
		return "Right, as far as this was tried."
	}
	return "Nothing was tried." + late
}

// wrap breaks text into lines of at most width characters, all but the first indented.
func wrap(text string, width, indent int) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return strings.Join(append(lines, line), "\n"+strings.Repeat(" ", indent))
}

// sorted is a sorted copy.
func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}
