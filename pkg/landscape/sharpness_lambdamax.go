package landscape

import (
	"cmp"
	"context"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// LambdaMax is the largest eigenvalue of the Hessian ∇²L(θ), by Lanczos.
//
// Uncertainty: the residual ‖Hv − λv‖. Status is that of Lanczos. Cost: the products until it
// converges, often 20 to 100, and one more; an evaluation if the loss isn't known.
type LambdaMax struct {
	// Tol is the tolerance of the residual, relative to ‖H‖₂.
	// Default 1e-3.
	Tol float64
	// Method is how products with the Hessian are made.
	// Default ForwardOverReverse.
	Method spectrum.Method
	// Seed decides the first vector.
	Seed uint64
}

var _ Measure = LambdaMax{}

// String implements Measure: "λmax".
func (LambdaMax) String() string { return "λmax" }

// definition implements Measure.
func (LambdaMax) definition() string { return "largest eigenvalue of ∇²L(θ)" }

// invariant implements Measure.
func (LambdaMax) invariant() bool { return false }

func (l LambdaMax) filled(int) (Measure, error) {
	l.Tol = cmp.Or(l.Tol, 1e-3)
	return l, positive("LambdaMax.Tol", l.Tol)
}

func (l LambdaMax) begin(_ context.Context, e *engine) (finish, error) {
	return func(ctx context.Context) (Sharpness, error) {
		base, cost, err := e.base(ctx)
		if err != nil {
			return Sharpness{}, err
		}
		h, err := e.hessian(ctx, l.Method)
		if err != nil {
			return Sharpness{}, err
		}
		top, err := spectrum.Lanczos(ctx, h, 1, spectrum.Largest,
			spectrum.LanczosConfig{Tol: l.Tol, Seed: l.Seed})
		if err != nil {
			return Sharpness{}, err
		}
		return Sharpness{Measure: l, Base: base, Terms: top.Values, Status: top.Status,
			Reading: result.Reading{Value: top.Max(), Uncertainty: result.Uncertainty{
				Value: top.Residuals[0], Kind: result.Residual}},
			MadeBy: top.MadeBy, Cost: cost.Plus(top.Cost)}, nil
	}, nil
}
