package landscape

import (
	"cmp"
	"context"
	"fmt"

	"lossland/pkg/result"

	"gonum.org/v1/gonum/floats"
)

// FirstOrder is the rise of the loss along SAM's step,
//
//	L(θ + ρ·∇L/‖∇L‖₂) − L(θ)
//
// which is 0 where the gradient is 0. To first order, no step of length ρ raises the loss more.
//
// Uncertainty: none. Cost: a gradient, and two evaluations or a share of a pass. Source: Foret et
// al. 2021, "Sharpness-Aware Minimization for Efficiently Improving Generalization".
type FirstOrder struct {
	// Radius is ρ.
	// Default 0.05.
	Radius float64
}

var _ Measure = FirstOrder{}

// String implements Measure: "first order(ρ=0.05)".
func (f FirstOrder) String() string {
	return fmt.Sprintf("first order(ρ=%g)", f.withDefaults().Radius)
}

// definition implements Measure.
func (FirstOrder) definition() string { return "L(θ + ρ∇L/‖∇L‖₂) − L(θ)" }

// invariant implements Measure.
func (FirstOrder) invariant() bool { return false }

func (f FirstOrder) withDefaults() FirstOrder { return FirstOrder{cmp.Or(f.Radius, 0.05)} }

func (f FirstOrder) filled(int) (Measure, error) {
	f = f.withDefaults()
	return f, positive("FirstOrder.Radius", f.Radius)
}

func (f FirstOrder) begin(ctx context.Context, e *engine) (finish, error) {
	at, cost, err := e.gradient(ctx)
	if err != nil {
		return nil, err
	}
	step := e.ask(1, func(int) []float64 { return f.step(at.gradient) })
	return func(ctx context.Context) (Sharpness, error) {
		if err := e.answer(ctx, step); err != nil {
			return Sharpness{}, err
		}
		return Sharpness{Measure: f, Reading: result.Reading{Value: step.rises[0]}, Base: e.loss,
			Terms: step.rises, Cost: cost.Plus(step.cost)}, nil
	}, nil
}

// step is ρ∇L/‖∇L‖; 0 where the gradient is.
func (f FirstOrder) step(gradient []float64) []float64 {
	step := append([]float64{}, gradient...)
	if norm := floats.Norm(step, 2); norm > 0 {
		floats.Scale(f.Radius/norm, step)
	}
	return step
}
