package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestWithinRates: a correlation that is all between the rates vanishes or turns within them
// (Simpson).
func TestWithinRates(t *testing.T) {
	d := &Data{Columns: map[string]Column{
		"rate": {0.05, 0.05, 0.05, 0.2, 0.2, 0.2}, "batch": {8, 8, 8, 8, 8, 512},
		"x": {1, 2, 3, 11, 12, 13}, "y": {3, 2, 1, 13, 12, 11}}}
	assert.InDelta(t, -1, d.atRate(0.05, "x", "y"), 1e-12)
	assert.InDelta(t, -1, d.atRate(0.2, "x", "y"), 1e-12)
	all := d.spearman("x", "y", []int{0, 1, 2, 3, 4, 5})
	assert.Positive(t, all)
	// The setting of a single model has no correlation and is left out.
	assert.InDelta(t, -1, d.withinSettings("x", "y"), 1e-12)
}
