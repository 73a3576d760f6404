package landscape

import (
	"context"
	"fmt"
	"math"

	"lossland/pkg/result"

	"gonum.org/v1/gonum/floats"
)

// FisherRao is the Fisher–Rao norm of the weights,
//
//	‖θ‖_fr = √(θᵀ·G(θ)·θ)
//
// with G the Gauss–Newton matrix. For the cross-entropy of logits G is the Fisher matrix, as in the
// paper. For other losses the formula is the same with their G, whereas the paper takes gradients
// of the loss. The Hessian of a regularizer is part of G and breaks the invariance: see
// Config.WithoutRegularizer.
//
// For a network without biases that is homogeneous of degree L in its weights, such as one of L
// ReLU layers, θᵀGθ is L² times the mean of zᵀ·Hᵢ·z over examples, with z the outputs and Hᵢ the
// loss's Hessian in them (theorem 3.1).
//
// What GaussNewton refuses is an error. So is a negative θᵀGθ, which can occur if the loss isn't
// convex in the predictions. Uncertainty: none. Cost: a product; an evaluation if the loss isn't
// known. Source: Liang et al. 2019, "Fisher-Rao Metric, Geometry, and Complexity of Neural
// Networks".
type FisherRao struct{}

var _ Measure = FisherRao{}

// String implements Measure: "Fisher–Rao norm".
func (FisherRao) String() string { return "Fisher–Rao norm" }

// definition implements Measure.
func (FisherRao) definition() string { return "√(θᵀGθ), G the Gauss–Newton matrix" }

// invariant implements Measure.
func (FisherRao) invariant() bool { return true }

func (f FisherRao) filled(int) (Measure, error) { return f, nil }

func (f FisherRao) begin(_ context.Context, e *engine) (finish, error) {
	return func(ctx context.Context) (Sharpness, error) {
		base, cost, err := e.base(ctx)
		if err != nil {
			return Sharpness{}, err
		}
		g, err := e.at.GaussNewton(ctx, HessianConfig{})
		if err != nil {
			return Sharpness{}, err
		}
		defer g.Close()
		product := make([]float64, len(e.theta))
		if err := g.Apply(ctx, product, e.theta); err != nil {
			return Sharpness{}, err
		}
		square := floats.Dot(e.theta, product)
		if !(square >= 0) || math.IsInf(square, 1) {
			return Sharpness{}, fmt.Errorf("landscape: Sharpness: θᵀGθ is %g; the Fisher–Rao "+
				"norm needs a loss that is convex in the predictions, and finite", square)
		}
		return Sharpness{Measure: f, Reading: result.Reading{Value: math.Sqrt(square)}, Base: base,
			Terms: []float64{square}, MadeBy: g.MadeBy(), Cost: cost.Plus(g.Cost())}, nil
	}, nil
}
