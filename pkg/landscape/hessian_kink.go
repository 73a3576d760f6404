package landscape

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// Kink looks for kinks near the operator's point, along a direction drawn from seed. The operator
// must be a Hessian with exact products. With ε the dtype's rounding unit, Allowed is a hundred
// times the stated error of central differences, 100·ε^⅔·(1 + ‖θ‖)², but at most 0.1. It is never
// less than 100 times what rounding of the gradient leaves in a difference, ε·‖∇L‖/(h·‖H·v‖).
//
// A direction sees only the kinks that it crosses: use several seeds to see more. Cost: a product
// and 5 gradients.
func (o *Operator) Kink(ctx context.Context, seed uint64) (spectrum.Kink, error) {
	if o.name != "Hessian" || o.cfg.Method == spectrum.CentralDifference {
		return spectrum.Kink{}, bad("Operator.Kink", "the operator",
			o.name+" by "+o.cfg.Method.String(), "a Hessian by ForwardOverReverse")
	}
	if err := o.open("Kink"); err != nil {
		return spectrum.Kink{}, err
	}
	v := unit(gaussian(rand.New(rand.NewPCG(seed, 2)), o.Dim()))
	hv, near, far := make([]float64, o.Dim()), make([]float64, o.Dim()), make([]float64, o.Dim())
	h := o.step()
	gradient := make([]float64, o.Dim())
	err := errors.Join(o.Apply(ctx, hv, v), o.difference(ctx, near, v, h),
		o.difference(ctx, far, v, 2*h), o.addGradient(ctx, gradient, 1, o.theta))
	if err != nil {
		return spectrum.Kink{}, err
	}
	o.cost = o.cost.Plus(result.Gradients(1))
	k := spectrum.Kink{Step: h, Allowed: math.Min(100*h*h, 0.1)}
	if scale := math.Max(floats.Norm(hv, 2), floats.Norm(near, 2)); scale > 0 {
		k.Disagreement = floats.Distance(near, hv, 2) / scale
		rounding := o.p.params.roundingUnit() * floats.Norm(gradient, 2) / h
		k.Allowed = math.Max(k.Allowed, 100*rounding/scale)
		k.Further = floats.Distance(far, hv, 2) / scale
	}
	return k, nil
}
