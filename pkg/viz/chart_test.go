package viz

import (
	"math"
	"regexp"
	"strings"
	"testing"
)

// chartOf is a plot area of 100×100 pixels at (0, 0) over the given scales.
func chartOf(xs, ys scale) *chart {
	return &chart{drawing: card(100, 100, "", ""), area: box{0, 0, 100, 100}, xs: xs, ys: ys}
}

// A point in the middle of both scales is in the middle of the area; y points up.
func TestAxesMapToPixels(t *testing.T) {
	c := chartOf(scale{lo: 0, hi: 10, log: false}, scale{lo: 1e-2, hi: 1e2, log: true})
	for _, k := range []struct{ x, y, px, py float64 }{{5, 1, 50, 50}, {0, 1e-2, 0, 100},
		{10, 1e2, 100, 0}, {2.5, 10, 25, 25}} {
		if p := c.at(k.x, k.y); math.Abs(p.x-k.px) > 1e-9 || math.Abs(p.y-k.py) > 1e-9 {
			t.Errorf("(%g, %g) is drawn at (%g, %g), want (%g, %g)", k.x, k.y, p.x, p.y, k.px, k.py)
		}
	}
}

// Long labels of axes and of the colour bar break into lines within the figure, and
// what doesn't fit into three is cut.
func TestLabelsWrap(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("a long label of many words ", 12))
	g, err := NewGrid([]float64{0, 1}, []float64{0, 1}, [][]float64{{1, 2}, {3, 4}})
	if err != nil {
		t.Fatal(err)
	}
	fig := Contour{Grid: g, X: Axis{Label: long}, Y: Axis{Label: long}, Z: Axis{Label: long}}
	svg, err := fig.SVG()
	if err != nil {
		t.Fatal(err)
	}
	label := regexp.MustCompile(`class="mid">(a long[^<]*|[^<]*words[^<]*)</text>`)
	lines := label.FindAllStringSubmatch(string(svg), -1)
	if len(lines) != 9 {
		t.Errorf("%d lines of labels, want three each", len(lines))
	}
	for _, m := range lines {
		if textWidth(m[1], textSize) > 540 {
			t.Errorf("%q is wider than the figure", m[1])
		}
	}
}
