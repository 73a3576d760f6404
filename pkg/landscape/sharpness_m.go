package landscape

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/ml/train"

	"lossland/pkg/result"
)

// MSharpness is the worst case of each subset S of m consecutive examples by itself, averaged over
// all examples:
//
//	Σ_S (|S|/N)·(max L_S(θ+ε) − L_S(θ))  over ‖ε‖₂ ≤ ρ
//
// The subsets don't depend on the batches, which are cut and joined; the last may be smaller. With
// m = N it is WorstCase; with smaller m it is larger, as each subset has its own worst direction.
// L_S is what the examples of S add to L(θ), times N/|S|, so that the mean of the L_S is L: of a
// mean over examples it is their mean, and a ratio is divided by the whole data set's denominators.
// Each maximum is found as WorstCase finds it, and Status is the least certain of theirs.
//
// Uncertainty: the standard error over the subsets, whose rises are the Terms. Progress: examples.
// Cost: a gradient, and Restarts·Steps gradients at most. Batches that can't be divided or joined
// along their first axis are an error, and so is a
// loss whose form isn't read (see LossForm), of which no L_S can be told. Source: Foret et al.
// 2021, "Sharpness-Aware Minimization for Efficiently Improving Generalization", section 4.1.
type MSharpness struct {
	// M is m. Default 32.
	M int
	// Radius is ρ. Default 0.05.
	Radius float64
	// Restarts of each subset, as in WorstCase. Default 3.
	Restarts int
	// Steps of each ascent. Default 10.
	Steps int
	// Seed of the restarts.
	Seed uint64
}

var _ Measure = MSharpness{}

// String implements Measure: "m-sharpness(m=32, ρ=0.05)".
func (m MSharpness) String() string {
	m = m.withDefaults()
	return fmt.Sprintf("m-sharpness(m=%d, ρ=%g)", m.M, m.Radius)
}

// definition implements Measure.
func (MSharpness) definition() string {
	return "mean over subsets S of m examples of max L_S(θ+ε) − L_S(θ) over ‖ε‖₂ ≤ ρ"
}

// invariant implements Measure.
func (MSharpness) invariant() bool { return false }

func (m MSharpness) withDefaults() MSharpness {
	m.M, m.Radius = cmp.Or(m.M, 32), cmp.Or(m.Radius, 0.05)
	m.Restarts, m.Steps = cmp.Or(m.Restarts, 3), cmp.Or(m.Steps, 10)
	return m
}

func (m MSharpness) filled(int) (Measure, error) {
	m = m.withDefaults()
	return m, cmp.Or(positive("MSharpness.Radius", m.Radius), atLeastOne("MSharpness.M", m.M),
		atLeastOne("MSharpness.Restarts", m.Restarts), atLeastOne("MSharpness.Steps", m.Steps))
}

func (m MSharpness) begin(_ context.Context, e *engine) (finish, error) {
	return func(ctx context.Context) (Sharpness, error) { return m.measure(ctx, e) }, nil
}

func (m MSharpness) measure(ctx context.Context, e *engine) (Sharpness, error) {
	all := e.at.p.data.count == 1 && m.M >= e.at.p.data.examples
	if why := e.at.p.form.Why; why != nil && !all {
		return Sharpness{}, fmt.Errorf("landscape: Sharpness: %s: what a subset of examples adds "+
			"to the loss isn't known: %w", m, why)
	}
	report, ctx := result.TakeProgress(ctx)
	s := Sharpness{Measure: m, Status: result.Converged}
	data := e.at.p.data
	seen := 0
	var total float64
	for subset, err := range data.groups(ctx, m.M) {
		if err != nil {
			return Sharpness{}, err
		}
		a, base, err := m.subset(ctx, e, subset, uint64(len(s.Terms)))
		if err != nil {
			return Sharpness{}, err
		}
		n, _ := examplesIn(subset)
		share := float64(n) / float64(data.examples)
		total += share * a.rise
		s.Base += share * base
		s.Terms = append(s.Terms, a.rise)
		s.Status = result.Worse(s.Status, a.status)
		s.Cost.Work += share * float64(a.spent)
		seen += n
		report(seen, data.examples)
	}
	s.Reading = result.ReadingOf(result.Mean(s.Terms))
	s.Value = total
	s.Cost.Gradients = int(math.Ceil(s.Cost.Work))
	return s, nil
}

// subset is the best of all ascents on the subset's examples, and their loss at θ. stream tells the
// subsets' random numbers apart.
func (m MSharpness) subset(ctx context.Context, e *engine, subset train.Batch, stream uint64) (
	best ascent, base float64, err error) {
	f := e.slope.overBatch(ctx, subset)
	at, err := f(e.theta)
	if err == nil {
		err = at.finite("Sharpness", e.at.p.params)
	}
	b := newBall(e.theta, false)
	b.radius, b.steps, b.seed = m.Radius, m.Steps, m.Seed
	b.params = e.at.p.params
	best = ascent{status: result.Converged, spent: 1}
	for k := 0; k < m.Restarts && err == nil; k++ {
		var one ascent
		one, err = b.ascend(f, at, b.start(at, k, stream))
		best = ascent{math.Max(best.rise, one.rise), result.Worse(best.status, one.status),
			best.spent + one.spent}
	}
	return best, at.loss, err
}

// overBatch is the evaluation on one batch.
func (s *slope) overBatch(ctx context.Context, b train.Batch) evaluate {
	return func(theta []float64) (sample, error) {
		if err := ctx.Err(); err != nil {
			return sample{}, err
		}
		weights, err := s.p.params.split(theta)
		if err != nil {
			return sample{}, err
		}
		defer finalize(weights)
		out, err := s.pr.run(0, weights, b, nil)
		if err != nil {
			return sample{}, err
		}
		defer finalize(out)
		g, err := s.p.params.join(out)
		if err != nil {
			return sample{}, err
		}
		l, err := scalar(out[len(out)-1])
		return sample{l, g}, err
	}
}
