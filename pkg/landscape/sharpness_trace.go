package landscape

import (
	"cmp"
	"context"
	"fmt"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// Trace is the trace of the Hessian ∇²L(θ), by Hutchinson's estimator: the mean of vᵀHv over
// random vectors of ±1. It is the sum of all eigenvalues, and 2/σ² times the limit of Gaussian for
// small σ.
//
// Uncertainty: the standard error over the probes, whose vᵀHv are the Terms. Cost: Products
// products; an evaluation if the loss isn't known. Source: Hutchinson 1989.
type Trace struct {
	// Products is the number of probes, one product each.
	// Range: at least 2. Default 30.
	Products int
	// Method is how products with the Hessian are made.
	// Default ForwardOverReverse.
	Method spectrum.Method
	// Seed decides the probes.
	Seed uint64
}

var _ Measure = Trace{}

// String implements Measure: "trace".
func (Trace) String() string { return "trace" }

// definition implements Measure.
func (Trace) definition() string { return "tr ∇²L(θ)" }

// invariant implements Measure.
func (Trace) invariant() bool { return false }

func (t Trace) filled(int) (Measure, error) {
	if t.Products = cmp.Or(t.Products, 30); t.Products < 2 {
		return t, bad("Sharpness", "Trace.Products", t.Products,
			"at least 2, for an error bar, or 0 for the default of 30")
	}
	return t, nil
}

func (t Trace) begin(_ context.Context, e *engine) (finish, error) {
	return func(ctx context.Context) (Sharpness, error) {
		base, cost, err := e.base(ctx)
		if err != nil {
			return Sharpness{}, err
		}
		h, err := e.hessian(ctx, t.Method)
		if err != nil {
			return Sharpness{}, err
		}
		trace, err := spectrum.Hutchinson(ctx, h,
			spectrum.TraceConfig{Products: t.Products, Seed: t.Seed})
		if err != nil {
			return Sharpness{}, err
		}
		if k := notFinite(trace.Terms); k >= 0 {
			return Sharpness{}, fmt.Errorf("landscape: Sharpness: vᵀHv of probe %d is %g; "+
				"the Hessian at θ isn't finite", k, trace.Terms[k])
		}
		return Sharpness{Measure: t, Reading: result.ReadingOf(trace.Estimate), Base: base,
			Terms: trace.Terms, MadeBy: trace.MadeBy, Cost: cost.Plus(trace.Cost)}, nil
	}, nil
}
