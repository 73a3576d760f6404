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

// Kink looks for kinks near the operator's point, along a direction drawn from seed. It asks for an
// operator of the Hessian with exact products. Allowed is 100·ε^⅔·(1 + ‖θ‖)², a hundred times the
// method's stated error, with ε the dtype's rounding unit, and at most 0.1; but no less than 100
// times what rounding of the gradient leaves in a difference, ε·‖∇L‖/(h·‖H·v‖).
//
// A direction sees the kinks that it crosses: ask with several seeds for more. Cost: a product and
// 5 gradients.
func (o *Operator) Kink(ctx context.Context, seed uint64) (spectrum.Kink, error) {
	if o.name != "Hessian" || o.cfg.Method == spectrum.CentralDifference {
		return spectrum.Kink{}, bad("Operator.Kink", "the operator",
			o.name+" by "+o.cfg.Method.String(), "a Hessian by ForwardOverReverse")
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
