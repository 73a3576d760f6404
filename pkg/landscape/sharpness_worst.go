package landscape

import (
	"context"
	"fmt"
	"lossland/pkg/result"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"gonum.org/v1/gonum/floats"
)

// Norm is the shape of the ball of perturbations.
type Norm int

const (
	// L2: ‖ε‖₂ ≤ ρ. The default.
	L2 Norm = iota
	// LInf: |εᵢ| ≤ ρ for each weight.
	LInf
)

// WorstCaseConfig is what WorstCase takes. Its zero value is the documented default.
type WorstCaseConfig struct {
	Theta  []float64 // where; default nil: the store's current weights.
	Radius float64   // ρ. Default 0.05.
	Norm   Norm
	// Adaptive measures the perturbation of each weight in units of its magnitude: ε = T·u with T = diag|θᵢ| and u in the ball (Kwon et al. 2021,
	// "ASAM").
	Adaptive bool
	Restarts int // ascents; the first starts along the gradient, the others at random points of the sphere, in opposite pairs. Default 5.
	Steps    int // of each ascent. Default 20.
	// M > 0 measures m-sharpness: the worst case of each M consecutive examples separately, averaged over all of them (Foret et al.
	// 2021). Default 0: of the whole data at once.
	M        int
	Seed     uint64
	Progress func(done, total int) // restarts (or subsets) done; default nil.
}

// WorstCase measures the largest rise of the loss in a ball around θ, by projected gradient ascent with restarts. Each step moves by
// the ball's radius along the normalised gradient (L∞: its sign) and is projected back; a step that lowers the loss is taken back and
// halved.
//
// The value is the best of the restarts, so a lower bound of the true maximum: look at how far the restarts' Terms differ. For small ρ
// it tends to ρ‖∇L‖ + ½ρ²·(curvature), and at a minimum to ½ρ²λmax.
//
// Status is Converged if at the end of every ascent, to first order, nothing more than 0.1 % is to be gained in the ball; Stalled if an
// ascent found no higher point without being there; MaxIterations if its Steps ran out. Where a point of the ball has no finite loss the
// value is +Inf; where θ itself has none it is an error. Cost: Restarts·Steps gradients at most.
func (p *Problem) WorstCase(ctx context.Context, cfg WorstCaseConfig) (Sharpness, error) {
	if err := cfg.fill(p); err != nil {
		return Sharpness{}, err
	}
	s := p.newSlope()
	defer s.close()
	if cfg.M > 0 {
		return s.mSharpness(ctx, cfg)
	}
	return s.worstCase(ctx, cfg, nil)
}

func (cfg *WorstCaseConfig) fill(p *Problem) error {
	if cfg.Radius == 0 {
		cfg.Radius = 0.05
	}
	if cfg.Restarts == 0 {
		cfg.Restarts = 5
	}
	if cfg.Steps == 0 {
		cfg.Steps = 20
	}
	switch {
	case !(cfg.Radius > 0) || math.IsInf(cfg.Radius, 0):
		return bad("WorstCase", "WorstCaseConfig.Radius", cfg.Radius, "a finite positive number, or 0 for the default of 0.05")
	case cfg.Restarts < 1:
		return bad("WorstCase", "WorstCaseConfig.Restarts", cfg.Restarts, "at least 1, or 0 for the default of 5")
	case cfg.Steps < 1:
		return bad("WorstCase", "WorstCaseConfig.Steps", cfg.Steps, "at least 1, or 0 for the default of 20")
	case cfg.M < 0:
		return bad("WorstCase", "WorstCaseConfig.M", cfg.M, "a number of examples, or 0 for all of them")
	case cfg.M > 0 && (cfg.Norm != L2 || cfg.Adaptive):
		return bad("WorstCase", "WorstCaseConfig.M", cfg.M, "0 with LInf or Adaptive: m-sharpness is defined with the plain 2-norm")
	}
	if cfg.Theta == nil {
		var err error
		cfg.Theta, err = p.Weights()
		return err
	}
	return p.params.check("WorstCase", "theta", cfg.Theta)
}

// measure names what is measured.
func (cfg *WorstCaseConfig) measure() Measure {
	switch {
	case cfg.M > 0:
		return MSharpness
	case cfg.Adaptive && cfg.Norm == LInf:
		return AdaptiveWorstLInf
	case cfg.Adaptive:
		return AdaptiveWorstL2
	case cfg.Norm == LInf:
		return WorstCaseLInf
	}
	return WorstCaseL2
}

// point is a place and what was measured there.
type point struct {
	loss     float64
	gradient []float64
}

// evaluate measures the loss and its gradient somewhere, over whatever part of the data it stands for.
type evaluate func(theta []float64) (point, error)

// over is the evaluation on the whole data.
func (s *slope) over(ctx context.Context) evaluate {
	return func(theta []float64) (point, error) {
		g, l, err := s.at(ctx, theta)
		return point{l, g}, err
	}
}

// worstCase runs the restarts on a filled configuration. base is the point at θ, nil if it isn't known yet.
func (s *slope) worstCase(ctx context.Context, cfg WorstCaseConfig, base *point) (Sharpness, error) {
	out := Sharpness{Measure: cfg.measure(), Radius: cfg.Radius, Seed: cfg.Seed, Status: Converged}
	f := s.over(ctx)
	if base == nil {
		at, err := f(cfg.Theta)
		if err != nil {
			return out, err
		}
		base, out.Cost = &at, result.Gradients(1)
	}
	out.Base = base.loss
	if err := finiteBase(out.Measure, base.loss); err != nil {
		return out, err
	}
	for k := range cfg.Restarts {
		a, err := cfg.ascend(f, *base, cfg.start(*base, k, 0))
		if err != nil {
			return out, err
		}
		out.Terms = append(out.Terms, a.rise)
		out.Status = result.Worse(out.Status, a.status)
		out.Cost = out.Cost.Plus(result.Gradients(a.spent))
		if cfg.Progress != nil {
			cfg.Progress(k+1, cfg.Restarts)
		}
	}
	out.Estimate = bestOf(out.Terms)
	return out, nil
}

// bestOf is the largest of the restarts' results, with their standard deviation (NaN for one) as a measure of how well it is known.
func bestOf(terms []float64) Estimate {
	spread := result.Mean(terms)
	return Estimate{Value: floats.Max(terms), StdErr: spread.StdErr * math.Sqrt(float64(spread.N)), N: len(terms)}
}

// start is where restart k begins, on the sphere: along the gradient, or at random, every other one opposite to the last: at a minimum
// the two sides are alike to second order, and lead to different maxima. stream tells subsets apart.
func (cfg *WorstCaseConfig) start(base point, k int, stream uint64) []float64 {
	u := gaussian(rand.New(rand.NewPCG(cfg.Seed, stream<<16+uint64(k+1)/2)), len(cfg.Theta))
	switch {
	case k == 0 && floats.Norm(base.gradient, 2) > 0:
		floats.MulTo(u, base.gradient, cfg.units())
	case k > 0 && k%2 == 0:
		floats.Scale(-1, u)
	}
	cfg.toLength(u, cfg.Radius)
	return u
}

// units are how far a perturbation of 1 moves each weight.
func (cfg *WorstCaseConfig) units() []float64 {
	scale := make([]float64, len(cfg.Theta))
	for i, w := range cfg.Theta {
		if scale[i] = 1; cfg.Adaptive {
			scale[i] = math.Abs(w)
		}
	}
	return scale
}

// ascent is how one climb ended.
type ascent struct {
	rise   float64
	status Status
	spent  int // gradients.
}

const (
	// worstGap is the share of the rise that may be left to gain where an ascent counts as converged.
	worstGap = 1e-3
	// worstStep ends an ascent: a step shorter than this share of the radius is rounding.
	worstStep = 1e-9
)

// ascend runs one ascent from u. The rise is never below 0, since ε = 0 is in the ball.
func (cfg *WorstCaseConfig) ascend(f evaluate, base point, u []float64) (a ascent, err error) {
	scale := cfg.units()
	length := cfg.Radius
	now := math.Inf(-1)
	var kept, slope []float64 // the best u, and the gradient in it.
	for a.spent < cfg.Steps && length > worstStep*cfg.Radius {
		theta := append([]float64{}, cfg.Theta...)
		for i := range u {
			theta[i] += scale[i] * u[i]
		}
		at, err := f(theta)
		if err != nil {
			return a, err
		}
		a.spent++
		if unbounded(at.loss) {
			a.rise, a.status = math.Inf(1), Converged // nothing is higher.
			return a, nil
		}
		if at.loss > now {
			now, kept = at.loss, append([]float64{}, u...)
			slope = append([]float64{}, at.gradient...)
			floats.Mul(slope, scale)
		} else {
			length /= 2 // go back, and try half as far.
			copy(u, kept)
		}
		if floats.Norm(slope, 2) == 0 {
			break // the loss is flat here.
		}
		step := append([]float64{}, slope...)
		cfg.toLength(step, length)
		floats.Add(u, step)
		cfg.project(u)
	}
	a.rise, a.status = math.Max(now-base.loss, 0), cfg.judge(kept, slope, now-base.loss, length)
	return a, nil
}

// judge says how an ascent ended at u. To first order the most that is to be gained in the ball from there is ρ‖∇‖* − ⟨∇, u⟩, with the
// norm that is dual to the ball's: zero exactly where no step along the gradient leads further.
func (cfg *WorstCaseConfig) judge(u, slope []float64, rise, length float64) Status {
	most := cfg.Radius * floats.Norm(slope, 2)
	if cfg.Norm == LInf {
		most = cfg.Radius * floats.Norm(slope, 1)
	}
	switch {
	case most-floats.Dot(slope, u) <= worstGap*math.Max(rise, most):
		return Converged
	case length <= worstStep*cfg.Radius:
		return Stalled
	}
	return MaxIterations
}

// unbounded says whether a loss is no number that could be compared: the largest rise around is then infinite.
func unbounded(loss float64) bool { return math.IsNaN(loss) || math.IsInf(loss, 1) }

// finiteBase refuses a point from which no rise can be measured.
func finiteBase(m Measure, loss float64) error {
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("landscape: sharpness (%s): the loss at θ is %g", m, loss)
	}
	return nil
}

// toLength turns a direction into the longest step of the given length in the norm: for L∞ every weight moves.
func (cfg *WorstCaseConfig) toLength(v []float64, length float64) {
	if cfg.Norm == L2 {
		if norm := floats.Norm(v, 2); norm > 0 {
			floats.Scale(length/norm, v)
		}
		return
	}
	for i, x := range v {
		switch {
		case x > 0:
			v[i] = length
		case x < 0:
			v[i] = -length
		}
	}
}

// project takes u back into the ball.
func (cfg *WorstCaseConfig) project(u []float64) {
	if cfg.Norm == L2 {
		if norm := floats.Norm(u, 2); norm > cfg.Radius {
			floats.Scale(cfg.Radius/norm, u)
		}
		return
	}
	for i, x := range u {
		u[i] = math.Max(-cfg.Radius, math.Min(cfg.Radius, x))
	}
}

// mSharpness averages the worst cases of subsets of M consecutive examples (the last of each batch may be smaller), each weighted by its size.
func (s *slope) mSharpness(ctx context.Context, cfg WorstCaseConfig) (Sharpness, error) {
	out := Sharpness{Measure: MSharpness, Radius: cfg.Radius, Seed: cfg.Seed, Status: Converged}
	seen := 0
	var total, base float64
	for b, err := range s.p.data.all(ctx) {
		if err != nil {
			return out, err
		}
		n, _ := examplesIn(b)
		for low := 0; low < n; low += cfg.M {
			high := min(low+cfg.M, n)
			part, err := cut(b, n, low, high)
			if err != nil {
				return out, err
			}
			a, l, err := s.worstOf(ctx, cfg, part, uint64(len(out.Terms)))
			if ferr := part.Finalize(); err == nil {
				err = ferr
			}
			if err != nil {
				return out, err
			}
			share := float64(high-low) / float64(s.p.data.examples)
			total += share * a.rise
			base += share * l
			out.Terms = append(out.Terms, a.rise)
			out.Status = result.Worse(out.Status, a.status)
			out.Cost.Work += share * float64(a.spent)
			if seen += high - low; cfg.Progress != nil {
				cfg.Progress(seen, s.p.data.examples)
			}
		}
	}
	out.Estimate = result.Mean(out.Terms)
	out.Value, out.Base = total, base
	out.Cost.Gradients = int(math.Ceil(out.Cost.Work))
	return out, nil
}

// worstOf is the best of all ascents on one subset, and the subset's loss at θ.
func (s *slope) worstOf(ctx context.Context, cfg WorstCaseConfig, part train.Batch, stream uint64) (best ascent, base float64, err error) {
	f := func(theta []float64) (point, error) {
		if err := ctx.Err(); err != nil {
			return point{}, err
		}
		weights, err := s.p.params.split(theta)
		if err != nil {
			return point{}, err
		}
		defer finalize(weights)
		out, err := s.pr.run(0, weights, part, nil)
		if err != nil {
			return point{}, err
		}
		defer finalize(out)
		g, err := s.p.params.join(out)
		if err != nil {
			return point{}, err
		}
		l, err := scalar(out[len(out)-1])
		return point{l, g}, err
	}
	at, err := f(cfg.Theta)
	if err == nil {
		err = finiteBase(MSharpness, at.loss)
	}
	best = ascent{status: Converged, spent: 1}
	for k := 0; k < cfg.Restarts && err == nil; k++ {
		var one ascent
		one, err = cfg.ascend(f, at, cfg.start(at, k, stream))
		best = ascent{math.Max(best.rise, one.rise), result.Worse(best.status, one.status), best.spent + one.spent}
	}
	return best, at.loss, err
}

// cut copies the examples low … high−1 of a batch of n.
func cut(b train.Batch, n, low, high int) (train.Batch, error) {
	part := train.Batch{Spec: b.Spec}
	for _, side := range []struct {
		from []*tensors.Tensor
		to   *[]*tensors.Tensor
	}{{b.Inputs, &part.Inputs}, {b.Labels, &part.Labels}} {
		for _, t := range side.from {
			c, err := cutTensor(t, n, low, high)
			if err != nil {
				return part, err
			}
			*side.to = append(*side.to, c)
		}
	}
	return part, nil
}

func cutTensor(t *tensors.Tensor, n, low, high int) (*tensors.Tensor, error) {
	dims := append([]int{}, t.Shape().Dimensions...)
	if len(dims) == 0 || dims[0] != n {
		return nil, fmt.Errorf("landscape: m-sharpness: a tensor of shape %s in a batch of %d examples can't be divided", t.Shape(), n)
	}
	dims[0] = high - low
	c := tensors.FromShape(shapes.Make(t.DType(), dims...))
	var err error
	read := t.ConstBytes(func(from []byte) {
		size := len(from) / n
		err = c.MutableBytes(func(to []byte) { copy(to, from[low*size:high*size]) })
	})
	if read != nil {
		err = read
	}
	return c, err
}
