package viz_test

import (
	"lossland/pkg/viz"
	"math"
	"strings"
	"testing"
)

func TestNewGrid(t *testing.T) {
	xs := []float64{0, 1}
	square := [][]float64{{1, 2}, {3, 4}}
	for _, c := range []struct {
		name   string
		xs, ys []float64
		z      [][]float64
		want   string // part of the error; none if empty
	}{
		{"square", xs, xs, square, ""},
		{"falling", []float64{1, 0}, xs, square, ""},
		{"a row is missing", xs, xs, square[:1], "2 xs but 1 rows"},
		{"a row is short", xs, xs, [][]float64{{1, 2}, {3}}, "row 1 of z has 1"},
		{"doubled", []float64{2, 2}, xs, square, "xs is not strictly monotone: 2 next to 2"},
		{"unsorted", xs, []float64{0, 2, 1}, [][]float64{{1, 2, 3}, {1, 2, 3}},
			"ys is not strictly monotone: 2 next to 1"},
		{"no number", xs, []float64{0, math.NaN()}, square, "ys: number 1 is NaN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := viz.NewGrid(c.xs, c.ys, c.z)
			if c.want == "" && err != nil {
				t.Error(err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// counted is a grid that counts how often its values are asked for.
type counted struct {
	viz.Grid
	reads *int
}

func (c counted) Z(i, j int) float64 { *c.reads++; return c.Grid.Z(i, j) }

// One rendering asks for each value once, for the picture, its description and the
// markup together.
func TestGridIsReadOnce(t *testing.T) {
	grid := sample(linspace(0, 1, 9), linspace(0, 1, 7),
		func(x, y float64) float64 { return x * y })
	reads := 0
	g := counted{grid, &reads}
	for name, fig := range map[string]viz.Figure{
		"contour": viz.Contour{Grid: g}, "heat map": viz.Contour{Grid: g, HeatMap: true},
		"surface": viz.Surface3D{Grid: g}, "panels": viz.Row(viz.Contour{Grid: g}, exampleLine()),
		"shared": viz.Panels{Figures: []viz.Figure{viz.Contour{Grid: g}}, SharedColors: true},
	} {
		t.Run(name, func(t *testing.T) {
			reads = 0
			if _, err := viz.Render(fig, "caption"); err != nil {
				t.Fatal(err)
			}
			if reads != 9*7 {
				t.Errorf("%d reads of %d values", reads, 9*7)
			}
		})
	}
}
