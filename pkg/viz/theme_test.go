package viz

import (
	"math"
	"strings"
	"testing"
)

func contrast(a, b string) float64 {
	parse := func(s string) rgb {
		var v uint32
		for _, c := range s[1:] {
			v = v<<4 + uint32(strings.IndexRune("0123456789abcdef", c))
		}
		return unpack(v)
	}
	x, y := parse(a).luminance(), parse(b).luminance()
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// WCAG 2.2: text needs 4.5 (we hold the main text to 7), graphics need 3.
func TestContrast(t *testing.T) {
	for name, th := range map[string]theme{"light": light, "dark": dark} {
		for part, c := range map[string]struct {
			color string
			least float64
		}{"ink": {th.ink, 7}, "muted": {th.muted, 4.5}, "axis": {th.axis, 3}} {
			if got := contrast(c.color, th.card); got < c.least {
				t.Errorf("%s %s: contrast %.2f, want %g", name, part, got, c.least)
			}
		}
		for i, c := range th.series {
			if got := contrast(c, th.card); got < 3 {
				t.Errorf("%s series %d: contrast %.2f, want 3", name, i, got)
			}
		}
	}
	for k := range 101 {
		for m := range anchors {
			c := m.at(float64(k) / 100)
			ink := inkOn(c)
			ink += ink[1:] // #fff as #ffffff
			if got := contrast(ink, c.hex()); got < 4.5 {
				t.Errorf("text on map %d at %d %%: contrast %.2f", m, k, got)
			}
		}
	}
}
