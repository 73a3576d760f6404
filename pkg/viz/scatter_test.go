package viz

import (
	"strings"
	"testing"
)

// A fit is straight as drawn: on logarithmic axes a power law.
func TestFitOnLogAxes(t *testing.T) {
	c := chartOf(scale{lo: 1, hi: 1e4, log: true}, scale{lo: 1e-4, hi: 1, log: true})
	c.drawFit(Fit{Slope: -1, Intercept: 0}, extent{lo: 1, hi: 1e4, n: 2}) // y = 1/x
	if got := c.body.String(); !strings.Contains(got, "M0 0L100 100") {
		t.Errorf("y = 1/x is drawn as %s", got)
	}
	c = chartOf(scale{lo: 0, hi: 4, log: false}, scale{lo: 1, hi: 1e4, log: true})
	c.drawFit(Fit{Slope: 1, Intercept: 0}, extent{lo: 0, hi: 4, n: 2}) // y = 10^x
	if got := c.body.String(); !strings.Contains(got, "M0 100L100 0") {
		t.Errorf("y = 10^x is drawn as %s", got)
	}
}
