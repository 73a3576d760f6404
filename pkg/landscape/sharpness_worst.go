package landscape

import (
	"cmp"
	"context"
	"fmt"

	"lossland/pkg/result"
)

// WorstCase is the largest rise of the loss in a ball around θ,
//
//	max L(θ+ε) − L(θ)  over ‖ε‖ ≤ ρ
//
// by projected gradient ascent with restarts. The Terms are the restarts. The value is the best of
// them, a lower bound of the true maximum. For small ρ it tends to ρ‖∇L‖ + ½ρ²·(curvature), and at
// a minimum to ½ρ²λmax.
//
// Status is Converged if every ascent ended where, to first order, no more than 0.1 % is left to
// gain in the ball. It is Stalled if an ascent found no higher point before that, and MaxIterations
// if its Steps ran out. If a point of the ball has no finite loss, the value is +Inf.
//
// Uncertainty: the spread of the restarts. Progress: restarts. Cost: a gradient, and Restarts·Steps
// gradients at most. Source of the adaptive form: Kwon et al. 2021, "ASAM".
type WorstCase struct {
	// Radius is ρ.
	// Default 0.05 in L2 and 0.001 in L∞; if Adaptive, 0.5 and 0.01.
	Radius float64
	// Norm is the ball's.
	// Default L2.
	Norm Norm
	// Adaptive measures the perturbation of each weight in units of the weight's magnitude: ε = T·u
	// with T = diag|θᵢ| and u in the ball.
	Adaptive bool
	// Restarts is the number of ascents. The first starts along the gradient, the others at random
	// points of the sphere, in opposite pairs.
	// Default 3.
	Restarts int
	// Steps of each ascent.
	// Default 10.
	Steps int
	// Seed decides the restarts.
	Seed uint64
}

var _ Measure = WorstCase{}

// String implements Measure: "worst case(L2, ρ=0.05)" or "adaptive worst case(L∞, ρ=0.01)".
func (w WorstCase) String() string {
	name := "worst case"
	if w.Adaptive {
		name = "adaptive worst case"
	}
	return fmt.Sprintf("%s(%s, ρ=%g)", name, w.Norm, w.withDefaults().Radius)
}

// definition implements Measure.
func (w WorstCase) definition() string {
	norm := "‖ε‖₂"
	if w.Norm == LInf {
		norm = "‖ε‖∞"
	}
	if w.Adaptive {
		return "max L(θ+Tε) − L(θ) over " + norm + " ≤ ρ, T = diag|θ|"
	}
	return "max L(θ+ε) − L(θ) over " + norm + " ≤ ρ"
}

// invariant implements Measure.
func (w WorstCase) invariant() bool { return w.Adaptive }

func (w WorstCase) withDefaults() WorstCase {
	radius := 0.05
	switch {
	case w.Adaptive && w.Norm == LInf:
		radius = 0.01
	case w.Adaptive:
		radius = 0.5
	case w.Norm == LInf:
		radius = 0.001
	}
	w.Radius, w.Restarts = cmp.Or(w.Radius, radius), cmp.Or(w.Restarts, 3)
	w.Steps = cmp.Or(w.Steps, 10)
	return w
}

func (w WorstCase) filled(int) (Measure, error) {
	if w.Norm != L2 && w.Norm != LInf {
		return w, bad("Sharpness", "WorstCase.Norm", w.Norm, "L2 or LInf")
	}
	w = w.withDefaults()
	return w, cmp.Or(positive("WorstCase.Radius", w.Radius),
		atLeastOne("WorstCase.Restarts", w.Restarts), atLeastOne("WorstCase.Steps", w.Steps))
}

func (w WorstCase) begin(_ context.Context, e *engine) (finish, error) {
	return func(ctx context.Context) (Sharpness, error) { return w.measure(ctx, e) }, nil
}

func (w WorstCase) measure(ctx context.Context, e *engine) (Sharpness, error) {
	report, ctx := result.TakeProgress(ctx)
	base, cost, err := e.gradient(ctx)
	if err != nil {
		return Sharpness{}, err
	}
	s := Sharpness{Measure: w, Base: base.loss, Status: result.Converged,
		Cost: cost}
	b := newBall(e.theta, w.Adaptive)
	b.radius, b.norm, b.steps, b.seed = w.Radius, w.Norm, w.Steps, w.Seed
	b.params = e.at.p.params
	for k := range w.Restarts {
		a, err := b.ascend(e.slope.over(ctx), base, b.start(base, k, 0))
		if err != nil {
			return Sharpness{}, err
		}
		s.Terms = append(s.Terms, a.rise)
		s.Status = result.Worse(s.Status, a.status)
		s.Cost = s.Cost.Plus(result.Gradients(a.spent))
		report(k+1, w.Restarts)
	}
	s.Reading = largestOf(s.Terms)
	return s, nil
}
