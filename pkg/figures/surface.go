package figures

import (
	"fmt"
	"math"

	"lossland/pkg/landscape"
	"lossland/pkg/viz"
)

// decade is how many times its smallest value the largest must be for a logarithmic scale.
const decade = 10

// Surface is the loss over a plane, seen from above. The plane's origin and the lowest point of the
// grid are marked. loss names the quantity and its unit, such as "loss (nats)". The scale is
// logarithmic where all losses are positive and the largest is over ten times the smallest.
//
// A surface of one row, such as Profile.Surface, has too few points for a plane: draw the Profile.
// Of nil it is an empty figure, whose SVG is an error.
func Surface(s *landscape.Surface, loss string) viz.Contour {
	if s == nil {
		return viz.Contour{}
	}
	c := over(s, s.Loss, loss)
	c.MarkMinimum = true
	return c
}

// Errors is the standard error of the loss over the same plane, one colour for each point. Where no
// error is known the cells are hatched.
func Errors(s *landscape.Surface, loss string) viz.Contour {
	if s == nil {
		return viz.Contour{}
	}
	c := over(s, s.Loss.Errors(), fmt.Sprintf("standard error of the %s", loss))
	c.HeatMap = true
	return c
}

// over draws a grid over the surface's plane.
func over(s *landscape.Surface, g landscape.Grid, label string) viz.Contour {
	c := viz.Contour{
		Grid: g, Equal: square(g),
		X: viz.Axis{Label: "α"}, Y: viz.Axis{Label: "β"},
		Z: viz.Axis{Label: label, Log: logarithmic(g.Value)},
	}
	if inside(g.Alphas) && inside(g.Betas) {
		c.Marks = []viz.Mark{{Label: "θ", Kind: viz.End}}
	}
	return c
}

// square says whether both axes have the same length, so that their units can be drawn equal.
func square(g landscape.Grid) bool {
	width, height := span(g.Alphas), span(g.Betas)
	return width > 0 && math.Abs(width-height) <= 1e-9*width
}

func span(axis []float64) float64 {
	if len(axis) == 0 {
		return 0
	}
	return axis[len(axis)-1] - axis[0]
}

// inside says whether an axis reaches over zero.
func inside(axis []float64) bool {
	return len(axis) > 0 && axis[0] <= 0 && axis[len(axis)-1] >= 0
}

// logarithmic says whether rows of values are better seen on a logarithmic scale, which refuses
// what isn't positive.
func logarithmic(rows [][]float64) bool {
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range rows {
		for _, z := range row {
			if !math.IsNaN(z) && !math.IsInf(z, 0) {
				low, high = math.Min(low, z), math.Max(high, z)
			}
		}
	}
	return low > 0 && high > decade*low
}
