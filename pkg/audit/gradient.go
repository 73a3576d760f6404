package audit

import (
	"context"
	"errors"
	"math"
	"slices"

	"lossland/pkg/curve"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// gradient says whether there is a finite one.
func (a *auditor) gradient(ctx context.Context) (Row, error) {
	none := math.NaN()
	g, err := a.at.Gradient(ctx)
	if errors.Is(err, landscape.ErrGradient) {
		row := say(Wrong, none, "", none, "The loss is finite and its gradient isn't: %s",
			plain(err))
		row.Err = err
		return row, nil
	}
	if err != nil {
		return Row{}, err
	}
	size := l2(g)
	if math.IsNaN(size) || math.IsInf(size, 0) {
		return say(Wrong, none, "", none, "Neither the loss nor its gradient is finite."), nil
	}
	return say(Right, size, "norm", none, "‖∇L‖ = %.3g.", size).costing(result.Gradients(1)), nil
}

// mostSlopes is how many variables' slopes are measured: those with the largest gradients.
const mostSlopes = 16

// slope compares the gradient with differences of the loss, along the gradient of each variable by
// itself. What is too small to be seen in differences at θ is compared at a point nearby.
func (a *auditor) slope(ctx context.Context) (Row, error) {
	params := a.p.Params().List()
	nearby := a.moved(a.direction(1), 0.1*(1+l2(a.theta)))
	compared := make(map[string]difference)
	row := Row{}
	for _, theta := range [][]float64{a.theta, nearby} {
		at, err := a.p.At(theta)
		if err != nil {
			return Row{}, err
		}
		g, err := at.Gradient(ctx)
		at.Close()
		if err != nil {
			return Row{}, err
		}
		row.Cost = row.Cost.Plus(result.Gradients(1))
		byNorm := slices.Clone(params)
		slices.SortStableFunc(byNorm, func(x, y landscape.Param) int {
			return int(math.Copysign(1, l2(y.Slice(g))-l2(x.Slice(g))))
		})
		for _, e := range byNorm[:min(mostSlopes, len(byNorm))] {
			if compared[e.Path].seen {
				continue
			}
			d, cost, err := a.difference(ctx, theta, g, e)
			if err != nil {
				return Row{}, err
			}
			compared[e.Path], row.Cost = d, row.Cost.Plus(cost)
		}
	}
	return a.slopeRow(compared).costing(row.Cost), nil
}

// difference is a slope by the gradient and by differences of the loss.
type difference struct {
	gradient, central float64
	// seen says that the slope stands out of truncation and rounding.
	seen bool
	// apart is how much the two differ beyond truncation and rounding, relative to the larger.
	apart float64
}

// difference measures the slope of the loss along the gradient's part for one variable, or along a
// random direction of it where that part is zero.
func (a *auditor) difference(ctx context.Context, theta, g []float64, e landscape.Param) (
	difference, result.Cost, error) {
	direction := make([]float64, len(theta))
	part := e.Slice(direction)
	copy(part, e.Slice(g))
	d := difference{gradient: l2(part)}
	if d.gradient == 0 {
		copy(part, e.Slice(a.direction(2)))
	}
	size := l2(part)
	for i := range part {
		part[i] /= size
	}
	u := a.roundingUnit()
	h := math.Cbrt(u) * (1 + l2(e.Slice(theta)))
	l, err := a.p.Along(ctx, curve.Ray{Origin: theta, Direction: direction},
		landscape.AlongConfig{T: []float64{-2 * h, -h, 0, h, 2 * h}, Plain: true})
	if err != nil {
		return d, result.Cost{}, err
	}
	y := func(i int) float64 { return l.Loss[i].Value }
	near, far := (y(3)-y(1))/(2*h), (y(4)-y(0))/(4*h)
	before, after := (y(2)-y(1))/h, (y(3)-y(2))/h // the slopes on both sides of a kink.
	d.central = near
	noise := 3*math.Abs(near-far) + 20*u*math.Abs(y(2))/h
	larger := math.Max(d.gradient, math.Abs(near))
	d.seen = larger > 10*noise
	if d.seen {
		outside := math.Max(d.gradient-math.Max(before, after),
			math.Min(before, after)-d.gradient)
		d.apart = math.Max(0, outside-noise) / larger
	}
	return d, l.Cost, nil
}

// slopeRow judges the differences, by path.
func (a *auditor) slopeRow(compared map[string]difference) Row {
	const tol = 0.05
	worst, at, seen := 0.0, "", 0
	var bad []string
	for path, d := range compared {
		if !d.seen {
			continue
		}
		if seen++; d.apart >= worst {
			worst, at = d.apart, path
		}
		if d.apart > tol {
			bad = append(bad, path)
		}
	}
	switch {
	case seen == 0:
		return say(NotTried, math.NaN(), "relative", tol, "No slope stands out of the rounding "+
			"of the loss.")
	case len(bad) == 0:
		return say(Right, worst, "relative", tol, "The slopes of the loss along %d of %d "+
			"variables are those of the gradient.", seen, len(a.p.Params().List()))
	}
	d, reason := compared[at], "its gradient isn't that of its values: a custom gradient, or an "+
		"operation whose gradient is wrong"
	verdict := Wrong
	if a.stops > 0 && a.custom == 0 {
		verdict, reason = Look, "a StopGradient holds back a part of it, as training does; "+
			"surfaces show the values, gradient and Hessian what isn't stopped"
	}
	return say(verdict, worst, "relative", tol, "Along %s the gradient says %.3g and the loss "+
		"rises by %.3g a unit: %s.", at, d.gradient, d.central, reason).about(bad...)
}
