package evidence

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
)

// row is a claim with an id.
func row(id string) Claim {
	planned := sharper
	planned.ID = id
	return planned.Decide(Finding{Effect: Interval{2, 1.5, 2.5, 10, "t"}}, "make evidence")
}

// TestClaimsAreChecked: what is wrong with a row is named, and nothing is written.
func TestClaimsAreChecked(t *testing.T) {
	for want, spoil := range map[string]func(c *Claim){
		"lacks a text":      func(c *Claim) { c.Command = "" },
		`verdict "perhaps"`: func(c *Claim) { c.Verdict = "perhaps" },
		"n is 0":            func(c *Claim) { c.N = 0 },
		"effect NaN":        func(c *Claim) { c.Effect = math.NaN() },
		"[3, 2.5]":          func(c *Claim) { c.Low = 3 },
		"[1.5, +Inf]":       func(c *Claim) { c.High = math.Inf(1) },
		"occurs twice":      func(c *Claim) { c.ID = "T1" },
	} {
		t.Run(want, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "claims.json")
			bad := row("T2")
			spoil(&bad)
			assert.ErrorContains(t, WriteClaims(path, []Claim{row("T1"), bad}), want)
			assert.NoFileExists(t, path)
		})
	}
}

// TestClaimInterval returns the row's numbers.
func TestClaimInterval(t *testing.T) {
	assert.Equal(t, Interval{Effect: 2, Low: 1.5, High: 2.5, N: 10}, row("T1").Interval())
}
