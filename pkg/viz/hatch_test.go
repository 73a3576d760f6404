package viz_test

import (
	"lossland/pkg/viz"
	"math"
	"strings"
	"testing"
)

// Cells that hold no number get a hatch and a legend entry each, only where present.
func TestNonFiniteLegend(t *testing.T) {
	for _, c := range []struct {
		value         float64
		pattern, word string
	}{
		{math.NaN(), "-nan", ">not a number<"}, {math.Inf(1), "-posinf", ">+∞<"},
		{math.Inf(-1), "-neginf", ">−∞<"}, {0.5, "", ""},
	} {
		grid := sample(linspace(0, 1, 5), linspace(0, 1, 5), func(x, y float64) float64 {
			if x == 0.5 && y == 0.5 {
				return c.value
			}
			return x + y
		})
		for _, fig := range []viz.Figure{viz.Contour{Grid: grid},
			viz.Contour{Grid: grid, HeatMap: true}, viz.Surface3D{Grid: grid}} {
			svg := draw(t, fig)
			for _, p := range []string{"-nan", "-posinf", "-neginf"} {
				if got := strings.Contains(svg, p+`"`); got != (p == c.pattern) {
					t.Errorf("%T with %g: pattern %s: %v", fig, c.value, p, got)
				}
			}
			if c.word != "" && !strings.Contains(svg, c.word) {
				t.Errorf("%T with %g: no legend entry %s", fig, c.value, c.word)
			}
			if c.word != "" && !strings.Contains(fig.Alt(),
				"1 of 25 values are "+strings.Trim(c.word, "<>")) {
				t.Errorf("%T with %g: Alt says %q", fig, c.value, fig.Alt())
			}
		}
	}
}
