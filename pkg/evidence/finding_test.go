package evidence

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// sharper is a row of a plan.
var sharper = Planned{ID: "T1", Claim: "large batches find sharper minima", Statistic: "ratio",
	Threshold: Above(1), N: "10 seeds", Least: 10, Interval: "t"}

// TestPlannedDecide: text from the plan, numbers from the finding.
func TestPlannedDecide(t *testing.T) {
	got := sharper.Decide(Finding{Effect: Interval{2, 1.5, 2.5, 10, "t"}, Note: "But."}, "make it")
	assert.Equal(t, Claim{
		ID: "T1", Claim: "large batches find sharper minima", Statistic: "ratio",
		Threshold: "> 1", N: 10, Effect: 2, Low: 1.5, High: 2.5, Verdict: Supported,
		Command: "make it", Note: "But.",
	}, got)
}

// TestDecideSaysWhyMixed: every reason, in one sentence before the finding's own note.
func TestDecideSaysWhyMixed(t *testing.T) {
	wide := Interval{2, 0.15, 2.5, 9, "t"}
	for want, c := range map[string]struct {
		row     Planned
		finding Finding
	}{
		"Mixed because the interval's low end 0.15 is not above 1, and the second condition " +
			"fails, and n is 9 of the 10 planned, too few to support a claim. But.": {
			sharper, Finding{Effect: wide, SecondFails: true, Note: "But."}},
		"Mixed because the interval's high end 2.5 is not below 2.3.": {
			Planned{Threshold: Within(0, 2.3)}, Finding{Effect: wide}},
	} {
		claim := c.row.Decide(c.finding, "")
		assert.Equal(t, Mixed, claim.Verdict)
		assert.Equal(t, want, claim.Note)
	}
}
