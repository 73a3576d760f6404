package audit

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// operator is the Hessian at θ, made once.
func (a *auditor) operator(ctx context.Context) (*landscape.Operator, error) {
	if a.hessian == nil && a.hessianErr == nil {
		a.hessian, a.hessianErr = a.at.Hessian(ctx, landscape.HessianConfig{})
	}
	return a.hessian, a.hessianErr
}

// kinkSeeds is how many directions are tried.
const kinkSeeds = 3

// kinksSeen looks for kinks along the directions, once for both checks.
func (a *auditor) kinksSeen(ctx context.Context) ([]spectrum.Kink, error) {
	h, err := a.operator(ctx)
	if err != nil || len(a.seen) == kinkSeeds {
		return a.seen, err
	}
	a.seen = nil
	for seed := range uint64(kinkSeeds) {
		k, err := h.Kink(ctx, a.cfg.Seed+seed)
		if err != nil {
			return nil, err
		}
		a.seen = append(a.seen, k)
	}
	return a.seen, nil
}

// near is how many of the directions cross a kink.
func near(seen []spectrum.Kink) (n int) {
	for _, k := range seen {
		if k.Near() {
			n++
		}
	}
	return n
}

// closest is the direction along which product and difference agree best.
func closest(seen []spectrum.Kink) spectrum.Kink {
	return slices.MinFunc(seen, func(x, y spectrum.Kink) int {
		return cmp.Compare(x.Disagreement, y.Disagreement)
	})
}

// product compares products with differences of gradients. Kinks part the two, and a product that
// is wrong parts them everywhere: where kinks are near, a smaller step on a few examples decides,
// which have fewer kinks.
func (a *auditor) product(ctx context.Context) (Row, error) {
	h, err := a.operator(ctx)
	if err != nil {
		return Row{}, err
	}
	before := h.Cost()
	seen, err := a.kinksSeen(ctx)
	if err != nil {
		return Row{}, err
	}
	best, cost := closest(seen), h.Cost().Minus(before)
	for few := 8; best.Disagreement > best.Allowed && few > 0; few /= 2 {
		one, spent, err := a.onFew(ctx, few, best.Step/16)
		if ctx.Err() != nil {
			return Row{}, err
		}
		if err != nil {
			break // data that can't be divided.
		}
		if cost = cost.Plus(spent); one.Disagreement < best.Disagreement {
			best = one
		}
	}
	row, err := a.productRow(ctx, h, best)
	return row.costing(cost), err
}

// onFew compares a product with a difference on a few examples, along the direction where they
// agree best.
func (a *auditor) onFew(ctx context.Context, examples int, step float64) (best spectrum.Kink,
	cost result.Cost, err error) {
	p, err := a.p.Regrouped(ctx, 0, min(examples, a.p.Examples()))
	if err != nil {
		return best, cost, err
	}
	defer p.Close()
	at, err := p.At(a.theta)
	if err != nil {
		return best, cost, err
	}
	defer at.Close()
	h, err := at.Hessian(ctx, landscape.HessianConfig{})
	if err != nil {
		return best, cost, err
	}
	defer h.Close()
	var found []spectrum.Kink
	for k := range uint64(kinkSeeds) {
		one, err := a.oneDifference(ctx, p, h, a.direction(k), step)
		if err != nil {
			return best, cost, err
		}
		found = append(found, one)
	}
	return closest(found), h.Cost().Plus(result.Gradients(2 * kinkSeeds)), nil
}

// oneDifference compares the product with v with a difference of the gradients at ±step.
func (a *auditor) oneDifference(ctx context.Context, p *landscape.Problem, h *landscape.Operator,
	v []float64, step float64) (spectrum.Kink, error) {
	hv := make([]float64, len(v))
	if err := h.Apply(ctx, hv, v); err != nil {
		return spectrum.Kink{}, err
	}
	var g [2][]float64
	for i, side := range []float64{step, -step} {
		at, err := p.At(a.moved(v, side))
		if err != nil {
			return spectrum.Kink{}, err
		}
		g[i], err = at.Gradient(ctx)
		at.Close()
		if err != nil {
			return spectrum.Kink{}, err
		}
	}
	d := floats.SubTo(make([]float64, len(v)), g[0], g[1])
	floats.Scale(1/(2*step), d)
	k := spectrum.Kink{Step: step, Allowed: 0.01}
	if scale := math.Max(l2(hv), l2(d)); scale > 0 {
		k.Disagreement = floats.Distance(hv, d, 2) / scale
		k.Allowed = math.Max(k.Allowed, 100*a.roundingUnit()*l2(g[0])/(step*scale))
	}
	return k, nil
}

// productRow judges the best agreement.
func (a *auditor) productRow(ctx context.Context, h *landscape.Operator, k spectrum.Kink) (Row,
	error) {
	value, tol := k.Disagreement, k.Allowed
	if tol > 0.3 {
		return say(NotTried, value, "relative", tol, "Rounding hides the change of the gradient "+
			"at a step of %.2g.", k.Step), nil
	}
	if value <= tol {
		return say(Right, value, "relative", tol, "They agree to what truncation and rounding "+
			"leave, at a step of %.2g.", k.Step), nil
	}
	stopped, err := a.stopped(ctx, h)
	switch {
	case err != nil:
		return Row{}, err
	case stopped > tol:
		return say(Look, value, "relative", tol, "A StopGradient is on what the weights decide: "+
			"the Hessian takes it as constant, as JAX and PyTorch do, and surfaces don't. "+
			"spectrum.ForwardThroughStops is the derivative of the gradient's values."), nil
	case near(a.seen) > 0:
		return say(Look, value, "relative", tol, "Kinks lie within the step of %.2g, so that "+
			"differences can't confirm the product.", k.Step), nil
	}
	return say(Wrong, value, "relative", tol, "The product isn't the change of the gradient: a "+
		"custom gradient, an operation whose derivative is wrong, or a loss that bends within "+
		"the step of %.2g.", k.Step), nil
}

// stopped is how much of a product a StopGradient holds back.
func (a *auditor) stopped(ctx context.Context, h *landscape.Operator) (float64, error) {
	if a.stops == 0 {
		return 0, nil
	}
	through, err := a.at.Hessian(ctx,
		landscape.HessianConfig{Method: spectrum.ForwardThroughStops})
	if err != nil {
		return 0, err
	}
	defer through.Close()
	v := a.direction(0)
	x, y := make([]float64, len(v)), make([]float64, len(v))
	if err := errors.Join(h.Apply(ctx, x, v), through.Apply(ctx, y, v)); err != nil {
		return 0, err
	}
	distance := floats.Distance(x, y, 2)
	if distance == 0 {
		return 0, nil
	}
	return distance / math.Max(l2(x), l2(y)), nil
}

// symmetric asks the Hessian.
func (a *auditor) symmetric(ctx context.Context) (Row, error) {
	h, err := a.operator(ctx)
	if err != nil {
		return Row{}, err
	}
	before := h.Cost()
	asymmetry, err := spectrum.Asymmetry(ctx, struct{ spectrum.Operator }{h}, a.cfg.Seed)
	if err != nil {
		return Row{}, err
	}
	err = h.CheckSymmetry(ctx)
	cost, none := h.Cost().Minus(before), math.NaN()
	if errors.Is(err, landscape.ErrNotSymmetric) {
		row := say(Wrong, asymmetry, "relative", none, "It isn't, and has no eigenvalues to "+
			"measure: a custom gradient makes the gradient that of no function.")
		row.Err = err
		return row.costing(cost), nil
	}
	if err != nil {
		return Row{}, err
	}
	return say(Right, asymmetry, "relative", none, "⟨u, Hv⟩ and ⟨v, Hu⟩ agree to rounding.").
		costing(cost), nil
}

// kinks looks along a few directions.
func (a *auditor) kinks(ctx context.Context) (Row, error) {
	h, err := a.operator(ctx)
	if err != nil {
		return Row{}, err
	}
	before := h.Cost()
	seen, err := a.kinksSeen(ctx)
	if err != nil {
		return Row{}, err
	}
	cost, crossed, step := h.Cost().Minus(before), near(seen), seen[0].Step
	if crossed == 0 {
		return say(Right, 0, "directions", 0, "None within %.2g along %d random directions.", step,
			kinkSeeds).costing(cost), nil
	}
	stopped, err := a.stopped(ctx, h)
	if err != nil {
		return Row{}, err
	}
	if stopped > 0.01 {
		return say(NotTried, float64(crossed), "directions", 0, "A StopGradient looks like one.").
			costing(cost), nil
	}
	return say(Look, float64(crossed), "directions", 0, "Along %d of %d random directions the "+
		"gradient jumps within %.2g: the Hessian holds on this side of the kinks, and its "+
		"eigenvalues don't count them.", crossed, kinkSeeds, step).costing(cost), nil
}
