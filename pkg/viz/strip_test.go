package viz

import (
	"math"
	"strings"
	"testing"
)

// A column of the strip is where its step is; the sign picks the colour.
func TestStripTicks(t *testing.T) {
	s := Strip{Steps: []float64{0, 50, 100}, Values: [][]float64{{1}, {-1, 0.5}, {math.NaN()}}}
	c := chartOf(scale{lo: 0, hi: 100, log: false}, scale{lo: -1, hi: 1, log: false})
	s.drawTicks(c)
	got := c.body.String()
	if !strings.Contains(got, `d="M-7 0h14M43 25h14" class="s0"`) ||
		!strings.Contains(got, `d="M43 100h14" class="s1"`) {
		t.Errorf("ticks: %s", got)
	}
}
