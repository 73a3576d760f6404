package landscape

import (
	"context"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
)

// KeskarConfig is what KeskarSharpness takes. Its zero value is the documented default.
type KeskarConfig struct {
	Theta   []float64 // where; default nil: the store's current weights.
	Epsilon float64   // ε, half the width of the box relative to |θᵢ|+1. Default 1e-3; the paper also uses 5e-4.
	// Subspace p > 0 searches a random subspace of dimension p: θ + A·y with A of n × p orthonormal columns (so A⁺ = Aᵀ; the paper leaves A's
	// scale open). Default 0: the full space. The paper uses 100.
	Subspace   int
	Iterations int // of each maximisation. Default 10, as in the paper.
	Restarts   int // the first starts at the corner that the gradient points to, the others at random. Default 3.
	Seed       uint64
	Progress   func(done, total int) // restarts; default nil.
}

// KeskarSharpness measures φ, the largest relative rise of the loss in a box around θ, in per cent:
//
//	φ = 100·(max L(θ+Ay) − L(θ)) / (1 + L(θ)) over |yᵢ| ≤ ε(|(A⁺θ)ᵢ| + 1)
//
// The paper maximises with L-BFGS-B, which no maintained Go library has; this is a projected L-BFGS in its place: steps on the weights that
// aren't held at a bound, by the two-loop recursion, projected to the box and shortened until the loss rises enough. Like the
// paper's, the value is a lower bound of the maximum; Terms are the restarts' values, and Status is Converged only if all of them ended
// where the projected gradient is zero. Where a point of the box has no finite loss the value is +Inf. Cost: about 2 gradients an iteration. Source: Keskar et al.
// 2017, "On Large-Batch Training for Deep Learning", metric 2.1 with equations (3) and (4).
func (p *Problem) KeskarSharpness(ctx context.Context, cfg KeskarConfig) (Sharpness, error) {
	if err := cfg.fill(p); err != nil {
		return Sharpness{}, err
	}
	s := p.newSlope()
	defer s.close()
	return s.keskar(ctx, cfg, nil)
}

func (cfg *KeskarConfig) fill(p *Problem) error {
	if cfg.Epsilon == 0 {
		cfg.Epsilon = 1e-3
	}
	if cfg.Iterations == 0 {
		cfg.Iterations = 10
	}
	if cfg.Restarts == 0 {
		cfg.Restarts = 3
	}
	switch {
	case !(cfg.Epsilon > 0) || math.IsInf(cfg.Epsilon, 0):
		return bad("KeskarSharpness", "KeskarConfig.Epsilon", cfg.Epsilon, "a finite positive number, or 0 for the default of 1e-3")
	case cfg.Iterations < 1:
		return bad("KeskarSharpness", "KeskarConfig.Iterations", cfg.Iterations, "at least 1, or 0 for the default of 10")
	case cfg.Restarts < 1:
		return bad("KeskarSharpness", "KeskarConfig.Restarts", cfg.Restarts, "at least 1, or 0 for the default of 3")
	case cfg.Subspace < 0 || cfg.Subspace > p.params.Len():
		return bad("KeskarSharpness", "KeskarConfig.Subspace", cfg.Subspace, "a dimension up to the number of weights, or 0 for the full space")
	}
	if cfg.Theta == nil {
		var err error
		cfg.Theta, err = p.Weights()
		return err
	}
	return p.params.check("KeskarSharpness", "theta", cfg.Theta)
}

// keskar runs the restarts on a filled configuration. base is the point at θ, nil if it isn't known yet.
func (s *slope) keskar(ctx context.Context, cfg KeskarConfig, base *point) (Sharpness, error) {
	out := Sharpness{Measure: Keskar, Radius: cfg.Epsilon, Seed: cfg.Seed, Status: Converged}
	if cfg.Subspace > 0 {
		out.Measure = KeskarSubspace
	}
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
	m := newManifold(cfg)
	box := make([]float64, m.dim())
	for i, x := range m.pull(cfg.Theta) {
		box[i] = cfg.Epsilon * (math.Abs(x) + 1)
	}
	for k := range cfg.Restarts {
		start := m.pull(base.gradient)
		r := rand.New(rand.NewPCG(cfg.Seed, 1+uint64(k)))
		for i := range start {
			if k > 0 || start[i] == 0 {
				start[i] = 2*r.Float64() - 1
			} else {
				start[i] = math.Copysign(1, start[i])
			}
			start[i] *= box[i]
		}
		best, status, err := maximize(func(y []float64) (point, error) {
			out.Cost = out.Cost.Plus(result.Gradients(1))
			at, err := f(m.push(cfg.Theta, y))
			if err == nil {
				at.gradient = m.pull(at.gradient)
			}
			return at, err
		}, start, box, cfg.Iterations)
		if err != nil {
			return out, err
		}
		out.Status = result.Worse(out.Status, status)
		out.Terms = append(out.Terms, 100*math.Max(best-base.loss, 0)/(1+base.loss))
		if cfg.Progress != nil {
			cfg.Progress(k+1, cfg.Restarts)
		}
	}
	out.Estimate = bestOf(out.Terms)
	return out, nil
}

// manifold maps between weight space and the coordinates that are searched: the weights themselves, or those of a random subspace.
type manifold struct {
	n    int
	axes [][]float64 // orthonormal; nil: the full space.
}

func newManifold(cfg KeskarConfig) manifold {
	m := manifold{n: len(cfg.Theta)}
	if cfg.Subspace > 0 {
		r := rand.New(rand.NewPCG(cfg.Seed, 0))
		for range cfg.Subspace {
			m.axes = append(m.axes, gaussian(r, m.n))
		}
		m.axes = spectrum.Orthonormal(m.axes)
	}
	return m
}

func (m manifold) dim() int {
	if m.axes == nil {
		return m.n
	}
	return len(m.axes)
}

// pull is Aᵀv.
func (m manifold) pull(v []float64) []float64 {
	if m.axes == nil {
		return append([]float64{}, v...)
	}
	y := make([]float64, len(m.axes))
	for i, a := range m.axes {
		y[i] = floats.Dot(a, v)
	}
	return y
}

// push is θ + A·y.
func (m manifold) push(theta, y []float64) []float64 {
	moved := append([]float64{}, theta...)
	if m.axes == nil {
		floats.Add(moved, y)
		return moved
	}
	for i, a := range m.axes {
		floats.AddScaled(moved, y[i], a)
	}
	return moved
}

// lbfgsMemory is how many pairs of steps and gradient changes the projected L-BFGS keeps.
const lbfgsMemory = 10

// maximize looks for the largest value of f in the box |yᵢ| ≤ box[i] by projected L-BFGS. It returns the best value seen (+Inf where one
// was no number), and how it ended: Converged where the projected gradient vanished, Stalled where a line search found nothing higher.
func maximize(f evaluate, y, box []float64, iterations int) (best float64, status Status, err error) {
	at, err := f(y)
	if err != nil {
		return 0, NotTerminated, err
	}
	var memory pairs
	for range iterations {
		if unbounded(at.loss) {
			return math.Inf(1), Converged, nil
		}
		free := freeToRise(y, at.gradient, box)
		if floats.Norm(free, math.Inf(1)) == 0 {
			return at.loss, Converged, nil
		}
		direction := memory.direction(free)
		if len(memory) == 0 { // nothing is known of the scale yet: cross the box.
			floats.Scale(2*floats.Max(box)/floats.Norm(direction, math.Inf(1)), direction)
		}
		next, moved, err := lineSearch(f, y, box, at, direction)
		if err != nil {
			return 0, NotTerminated, err
		}
		if moved == nil {
			return at.loss, Stalled, nil // no point on the path is higher.
		}
		memory.add(y, moved, at.gradient, next.gradient)
		y, at = moved, next
	}
	switch {
	case unbounded(at.loss):
		return math.Inf(1), Converged, nil
	case floats.Norm(freeToRise(y, at.gradient, box), math.Inf(1)) == 0:
		return at.loss, Converged, nil
	}
	return at.loss, MaxIterations, nil
}

// freeToRise is the gradient without the components that push against a bound they are at.
func freeToRise(y, gradient, box []float64) []float64 {
	free := append([]float64{}, gradient...)
	for i := range y {
		if (y[i] >= box[i] && free[i] > 0) || (y[i] <= -box[i] && free[i] < 0) {
			free[i] = 0
		}
	}
	return free
}

// lineSearch follows the path of projected points along direction backwards from its end until f has risen by 1e-4 of what the
// gradient promises. moved is nil if it found none.
func lineSearch(f evaluate, y, box []float64, at point, direction []float64) (next point, moved []float64, err error) {
	for length := 1.0; length > 1e-6; length /= 4 {
		moved = append([]float64{}, y...)
		floats.AddScaled(moved, length, direction)
		promise := 0.0
		for i := range moved {
			moved[i] = math.Max(-box[i], math.Min(box[i], moved[i]))
			promise += at.gradient[i] * (moved[i] - y[i])
		}
		if next, err = f(moved); err != nil {
			return next, nil, err
		}
		if unbounded(next.loss) || next.loss > at.loss && next.loss >= at.loss+1e-4*promise {
			return next, moved, nil
		}
	}
	return next, nil, nil
}

// pairs is the memory of L-BFGS for maximising: steps s and changes y of −gradient with sᵀy > 0. Along directions of positive
// curvature, where there is no maximum inside of the box, nothing is kept.
type pairs []struct{ s, y []float64 }

func (p *pairs) add(from, to, gFrom, gTo []float64) {
	s, y := append([]float64{}, to...), append([]float64{}, gFrom...)
	floats.Sub(s, from)
	floats.Sub(y, gTo)
	if floats.Dot(s, y) <= 1e-10*floats.Norm(s, 2)*floats.Norm(y, 2) {
		*p = nil
		return
	}
	*p = append(*p, struct{ s, y []float64 }{s, y})
	if len(*p) > lbfgsMemory {
		*p = (*p)[1:]
	}
}

// direction is the two-loop recursion (Nocedal and Wright 2006, algorithm 7.4) on the free weights, and the gradient itself if it
// doesn't lead up.
func (p pairs) direction(free []float64) []float64 {
	q := append([]float64{}, free...)
	if len(p) == 0 {
		return q
	}
	alpha := make([]float64, len(p))
	for i := len(p) - 1; i >= 0; i-- {
		alpha[i] = floats.Dot(p[i].s, q) / floats.Dot(p[i].s, p[i].y)
		floats.AddScaled(q, -alpha[i], p[i].y)
	}
	last := p[len(p)-1]
	floats.Scale(floats.Dot(last.s, last.y)/floats.Dot(last.y, last.y), q)
	for i := range p {
		beta := floats.Dot(p[i].y, q) / floats.Dot(p[i].s, p[i].y)
		floats.AddScaled(q, alpha[i]-beta, p[i].s)
	}
	for i, x := range free {
		if x == 0 {
			q[i] = 0
		}
	}
	if floats.Dot(q, free) <= 0 {
		copy(q, free)
	}
	return q
}
