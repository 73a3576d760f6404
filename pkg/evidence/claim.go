package evidence

import (
	"fmt"
	"math"
)

// Claim is a row of the evidence table.
type Claim struct {
	ID        string  `json:"id"`
	Claim     string  `json:"claim"`
	Statistic string  `json:"statistic"`
	Threshold string  `json:"threshold"`
	N         int     `json:"n"`
	Effect    float64 `json:"effect"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	Verdict   Verdict `json:"verdict"`

	// Command makes the row again.
	Command string `json:"command"`

	// Picture is where the row's picture is, an SVG, below the table's folder. It is "" for a row
	// without one.
	Picture string `json:"picture,omitempty"`

	// Note explains a verdict that needs it: what the second condition was, or why the claim fails.
	Note string `json:"note,omitempty"`
}

// Interval returns the row's effect.
func (c Claim) Interval() Interval {
	return Interval{Effect: c.Effect, Low: c.Low, High: c.High, N: c.N}
}

// check says what is wrong with a row.
func (c Claim) check() error {
	finite := c.Low <= c.High && !math.IsInf(c.Low, 0) && !math.IsInf(c.High, 0) &&
		!math.IsNaN(c.Effect) && !math.IsInf(c.Effect, 0)
	switch {
	case c.ID == "" || c.Claim == "" || c.Statistic == "" || c.Threshold == "" || c.Command == "":
		return fmt.Errorf("evidence: claim %q lacks a text: id, claim, statistic, threshold and "+
			"command are required", c.ID)
	case c.Verdict != Supported && c.Verdict != Mixed && c.Verdict != NotAtThisScale:
		return fmt.Errorf("evidence: claim %s: verdict %q, want %q, %q or %q",
			c.ID, c.Verdict, Supported, Mixed, NotAtThisScale)
	case c.N < 1:
		return fmt.Errorf("evidence: claim %s: n is %d, want at least 1", c.ID, c.N)
	case !finite:
		return fmt.Errorf("evidence: claim %s: effect %v in [%v, %v], want finite numbers with "+
			"low ≤ high", c.ID, c.Effect, c.Low, c.High)
	}
	return nil
}
