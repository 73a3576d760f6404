package landscape

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"lossland/pkg/result"
)

// PACBayes is the largest standard deviation σ of Gaussian noise on the weights that raises the
// mean loss by no more than δ,
//
//	max σ with (1/K)·Σₖ L(θ + σ·zₖ) − L(θ) ≤ δ,  zₖ ~ N(0, I)
//
// The flatter the minimum, the larger is σ. It enters PAC-Bayes bounds of the test error as
// ‖θ‖²/σ². σ is doubled from 1e-4 until the rise exceeds δ, and then bisected, with the same noise
// at all σ. The value is the lower end of the bracket. The Terms are the rises there.
//
// Status is Converged if σ is bracketed. It is MaxIterations if no σ up to 1e4 raises the loss by
// δ, or every σ tried raises it by more. The value is then the last or the smallest σ tried,
// without an uncertainty.
//
// Uncertainty: the standard error of the rise, divided by the slope of the rise at σ. Progress:
// values of σ tried, of at most 60. Cost: for each of about 20 values of σ, Draws evaluations and
// one more for every 4 of them. Source: Neyshabur et al. 2017; Jiang et al. 2020, "Fantastic
// Generalization Measures", appendix C (who bound the rise of the training error; here it is the
// loss).
type PACBayes struct {
	// Rise is δ.
	// Default 0.1.
	Rise float64
	// Draws is K.
	// Default 20.
	Draws int
	// Tol is how closely σ is bracketed, relative to σ.
	// Range: below 1. Default 0.01.
	Tol float64
	// Seed decides the noise.
	Seed uint64
}

var _ Measure = PACBayes{}

// String implements Measure: "PAC-Bayes σ(δ=0.1)".
func (b PACBayes) String() string {
	return fmt.Sprintf("PAC-Bayes σ(δ=%g)", b.withDefaults().Rise)
}

// definition implements Measure.
func (PACBayes) definition() string {
	return "largest σ with E L(θ+σz) − L(θ) ≤ δ, z ~ N(0, I); small is sharp"
}

// invariant implements Measure.
func (PACBayes) invariant() bool { return false }

func (b PACBayes) withDefaults() PACBayes {
	b.Rise, b.Draws, b.Tol = cmp.Or(b.Rise, 0.1), cmp.Or(b.Draws, 20), cmp.Or(b.Tol, 0.01)
	return b
}

func (b PACBayes) filled(int) (Measure, error) {
	b = b.withDefaults()
	if !(b.Tol > 0 && b.Tol < 1) {
		return b, bad("Sharpness", "PACBayes.Tol", b.Tol,
			"a number between 0 and 1, or 0 for the default of 0.01")
	}
	return b, cmp.Or(positive("PACBayes.Rise", b.Rise), atLeastOne("PACBayes.Draws", b.Draws))
}

func (b PACBayes) begin(_ context.Context, e *engine) (finish, error) {
	return func(ctx context.Context) (Sharpness, error) { return b.measure(ctx, e) }, nil
}

const (
	// pacBayesFirst is the first σ tried.
	pacBayesFirst = 1e-4
	// pacBayesLargest is where the search upwards ends.
	pacBayesLargest = 1e4
	// pacBayesTries is how many σ are tried at most.
	pacBayesTries = 60
)

func (b PACBayes) measure(ctx context.Context, e *engine) (Sharpness, error) {
	report, ctx := result.TakeProgress(ctx)
	s := Sharpness{Measure: b, Status: result.MaxIterations}
	low, high := level{}, level{sigma: math.Inf(1)}
	for tried := range pacBayesTries {
		sigma := next(low.sigma, high.sigma)
		now, cost, err := b.at(ctx, e, sigma)
		if err != nil {
			return Sharpness{}, err
		}
		s.Cost = s.Cost.Plus(cost)
		report(tried+1, pacBayesTries)
		if now.rise.Value <= b.Rise {
			low = now
		} else {
			high = now
		}
		if low.sigma > pacBayesLargest {
			break
		}
		if !math.IsInf(high.sigma, 1) && high.sigma-low.sigma <= b.Tol*high.sigma {
			s.Status = result.Converged
			break
		}
	}
	s.Base = e.loss
	if low.sigma == 0 { // no σ was small enough.
		s.Value, s.Terms = high.sigma, high.rises
		return s, nil
	}
	s.Value, s.Terms = low.sigma, low.rises
	slope := (high.rise.Value - low.rise.Value) / (high.sigma - low.sigma)
	if stdErr := low.rise.StdErr / slope; s.Status == result.Converged && stdErr > 0 {
		s.Uncertainty = result.Uncertainty{Value: stdErr, Kind: result.StandardError, N: b.Draws}
	}
	return s, nil
}

// level is a σ and the rise at it. The zero value is σ = 0, where nothing rises.
type level struct {
	sigma float64
	rise  result.Estimate
	rises []float64
}

// next is the σ to try between two others: twice the lower one while there is no higher one, else
// the middle.
func next(low, high float64) float64 {
	if math.IsInf(high, 1) {
		return math.Max(pacBayesFirst, 2*low)
	}
	return (low + high) / 2
}

// at measures the mean rise at σ.
func (b PACBayes) at(ctx context.Context, e *engine, sigma float64) (level, result.Cost, error) {
	noise := Gaussian{Sigma: sigma, Draws: b.Draws, Seed: b.Seed}
	draws := e.ask(b.Draws, func(k int) []float64 { return noise.draw(k, e.theta) })
	if err := e.answer(ctx, draws); err != nil {
		return level{}, result.Cost{}, err
	}
	return level{sigma, result.Mean(draws.rises), draws.rises}, draws.cost, nil
}
