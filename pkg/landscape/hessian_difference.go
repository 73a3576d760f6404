package landscape

import (
	"context"
	"math"

	"lossland/pkg/result"

	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/floats"
)

// step is the distance h at which central differences are taken, ε^⅓·(1 + ‖θ‖).
func (o *Operator) step() float64 {
	return math.Cbrt(o.p.params.roundingUnit()) * (1 + floats.Norm(o.theta, 2))
}

// difference sets dst to the central difference of the gradient along v, at the distance h.
func (o *Operator) difference(ctx context.Context, dst, v []float64, h float64) error {
	norm := floats.Norm(v, 2)
	if norm == 0 {
		clear(dst)
		return nil
	}
	total := make([]float64, o.Dim())
	for _, side := range []float64{1, -1} {
		if err := o.addGradient(ctx, total, side, o.moved(v, side*h/norm)); err != nil {
			return err
		}
	}
	for i, x := range total {
		dst[i] = x * norm / (2 * h)
	}
	o.cost = o.cost.Plus(result.Cost{Products: 1, Gradients: 2, Work: 2})
	return nil
}

// addGradient adds side times the gradient at theta to total.
func (o *Operator) addGradient(ctx context.Context, total []float64, side float64,
	theta []float64) error {
	weights, err := o.p.params.split(theta)
	if err != nil {
		return err
	}
	defer finalize(weights)
	add := func(out []*tensors.Tensor, n int) error {
		return o.block.addScaled(total, side*float64(n)/float64(o.p.data.examples), out)
	}
	return o.program(0).eachBatch(ctx, 0, weights, nil, add)
}

// moved is θ + by·v, with v in the block's layout.
func (o *Operator) moved(v []float64, by float64) []float64 {
	theta := append([]float64{}, o.theta...)
	for i, s := range o.selected {
		floats.AddScaled(o.p.params.list[s].Slice(theta), by, o.block.list[i].Slice(v))
	}
	return theta
}
