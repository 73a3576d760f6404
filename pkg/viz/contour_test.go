package viz_test

import (
	"encoding/xml"
	"lossland/pkg/viz"
	"math"
	"regexp"
	"testing"
)

// firstPoint is where the path with a fill begins.
func firstPoint(t *testing.T, svg, fill string) (x, y float64) {
	t.Helper()
	m := regexp.MustCompile(`<path d="M([0-9.]+) ([0-9.]+)[^"]*" fill="` + fill +
		`"`).FindStringSubmatch(svg)
	if m == nil {
		t.Fatalf("no path with fill %s", fill)
	}
	return atof(t, m[1]), atof(t, m[2])
}

func atof(t *testing.T, s string) float64 {
	t.Helper()
	var v float64
	if err := xml.Unmarshal([]byte("<v>"+s+"</v>"), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Z(i, j) is drawn at (X(i), Y(j)): with a peak at large X and small Y the lightest
// colour is at the lower right, for contours and pixels.
func TestNotTransposed(t *testing.T) {
	grid := sample(linspace(0, 10, 21), linspace(0, 4, 9), func(x, y float64) float64 {
		return math.Exp(-(x-9)*(x-9) - (y-1)*(y-1))
	})
	for _, heat := range []bool{false, true} {
		svg := draw(t, viz.Contour{Grid: grid, HeatMap: heat,
			Levels: []float64{0, 0.25, 0.5, 0.75}})
		fill := "#fde725"
		if heat {
			fill = "#fae725"
		}
		x, y := firstPoint(t, svg, fill)
		if x < 300 || y < 260 { // of 540×440
			t.Errorf("heat map %v: the peak at (9, 1) of [0, 10]×[0, 4] is drawn at (%g, "+
				"%g), want the lower right", heat, x, y)
		}
	}
}

// A grid with falling axes is the same picture.
func TestFallingAxes(t *testing.T) {
	f := func(x, y float64) float64 { return x*x + 0.3*y + x*y }
	a := draw(t, viz.Contour{Grid: sample(linspace(-1, 1, 9), linspace(0, 2, 9), f)})
	b := draw(t, viz.Contour{Grid: sample(linspace(1, -1, 9), linspace(2, 0, 9), f)})
	if a != b {
		t.Error("rising and falling axes give different pictures")
	}
}

// A surface of one value is drawn in one colour.
func TestConstantSurface(t *testing.T) {
	for _, v := range []float64{0, 1, -3, 1e-12} {
		draw(t, viz.Contour{Grid: sample(linspace(0, 1, 3), linspace(0, 1, 3),
			func(x, y float64) float64 { return v })})
	}
}
