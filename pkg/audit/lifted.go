package audit

import (
	"context"
	"math"

	"lossland/pkg/landscape"
)

// lifted measures a small surface in the fast way and point by point.
func (a *auditor) lifted(ctx context.Context) (Row, error) {
	u := a.roundingUnit()
	tol := 100 * u
	if a.replay != nil {
		return say(Right, 0, "relative", tol, "Surfaces are measured point by point: %s.",
			plain(a.replay)), nil
	}
	if u > unitOf(0) { // bfloat16, float16.
		return say(Right, 0, "relative", tol, "Surfaces are measured point by point, since each "+
			"point is rounded to 16 bits."), nil
	}
	plane, err := a.plane(ctx, 0)
	if err != nil {
		return Row{}, err
	}
	size := 0.05 * (1 + l2(a.theta)) / math.Max(l2(plane.D1), 1e-300)
	var losses [2]*landscape.Surface
	row := Row{}
	for i := range losses {
		losses[i], err = a.p.Surface(ctx, landscape.SurfaceConfig{Plane: plane, Resolution: 3,
			Range: size, Execution: landscape.Execution{Plain: i == 1}})
		if err != nil {
			return Row{}, err
		}
		row.Cost = row.Cost.Plus(losses[i].Cost)
	}
	worst := gridsApart(losses[0].Loss, losses[1].Loss)
	if worst <= tol {
		return say(Right, worst, "relative", tol, "Nine points of a plane are the same in both "+
			"ways.").costing(row.Cost), nil
	}
	return say(Wrong, worst, "relative", tol, "Nine points of a plane differ between the two ways "+
		"of measuring: take Execution.Plain, and report it.").costing(row.Cost), nil
}

// gridsApart is the largest difference between two grids, relative to the largest magnitude. A cell
// that is finite in one only is infinitely far.
func gridsApart(a, b landscape.Grid) (worst float64) {
	scale := 0.0
	for i := range a.Value {
		for j, x := range a.Value[i] {
			y := b.Value[i][j]
			switch {
			case x == y || math.IsNaN(x) && math.IsNaN(y):
			case math.IsNaN(x-y) || math.IsInf(x-y, 0):
				return math.Inf(1)
			default:
				worst = math.Max(worst, math.Abs(x-y))
			}
			if !math.IsInf(y, 0) && !math.IsNaN(y) {
				scale = math.Max(scale, math.Abs(y))
			}
		}
	}
	if worst == 0 {
		return 0
	}
	return worst / scale
}
