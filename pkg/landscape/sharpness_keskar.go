package landscape

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// Keskar is φ, the largest relative rise of the loss in a box around θ, in per cent:
//
//	φ = 100·(max L(θ+A·y) − L(θ)) / (1 + L(θ))  over |yᵢ| ≤ ε·(|(A⁺θ)ᵢ| + 1)
//
// with A the identity, or a random n × p matrix of orthonormal columns, so that A⁺ = Aᵀ (the paper
// leaves A's scale open). It is meant for losses that aren't negative: for L < −1 its sign flips.
//
// The paper maximises with L-BFGS-B, which no maintained Go library has. Here it is a projected
// L-BFGS: the two-loop recursion gives a step on the weights that aren't held at a bound; the step
// is projected to the box, and shortened until the loss rises enough. Like the paper's, the value
// is a lower bound of the maximum. The Terms are the restarts. Status is Converged only if all of
// them ended where the projected gradient is zero. If a point of the box has no finite loss, the
// value is +Inf. 16-bit weights are rounded to representable points of the box. A subspace holds
// few such points; there they are rounded to the nearest ones, which lie beside it.
//
// Uncertainty: the spread of the restarts. Progress: restarts. Cost: a gradient, and about 2
// gradients per iteration. Source: Keskar et al. 2017, "On Large-Batch Training for Deep Learning",
// metric 2.1 with equations (3) and (4).
type Keskar struct {
	// Epsilon is ε, half the width of the box relative to |θᵢ| + 1. The paper also uses 5e-4.
	// Default 1e-3.
	Epsilon float64
	// Subspace is p. The paper uses 100. A p above the number of weights stands for that number.
	// Default 0: the full space.
	Subspace int
	// Iterations is the number of iterations of each maximisation.
	// Default 10, as in the paper.
	Iterations int
	// Restarts is how many maximisations. The first starts at the corner that the gradient points
	// to, the others at random.
	// Default 3.
	Restarts int
	// Seed decides the subspace and the restarts.
	Seed uint64
}

var _ Measure = Keskar{}

// String implements Measure: "Keskar(ε=0.001)" or "Keskar(ε=0.001, p=100)".
func (k Keskar) String() string {
	if k.Subspace > 0 {
		return fmt.Sprintf("Keskar(ε=%g, p=%d)", k.withDefaults().Epsilon, k.Subspace)
	}
	return fmt.Sprintf("Keskar(ε=%g)", k.withDefaults().Epsilon)
}

// definition implements Measure.
func (k Keskar) definition() string {
	if k.Subspace > 0 {
		return "100·(max L(θ+Ay) − L(θ))/(1 + L(θ)) over |yᵢ| ≤ ε(|(A⁺θ)ᵢ|+1), A random, n × p"
	}
	return "100·(max L(θ+y) − L(θ))/(1 + L(θ)) over |yᵢ| ≤ ε(|θᵢ|+1)"
}

// invariant implements Measure.
func (Keskar) invariant() bool { return false }

func (k Keskar) withDefaults() Keskar {
	k.Epsilon, k.Iterations = cmp.Or(k.Epsilon, 1e-3), cmp.Or(k.Iterations, 10)
	k.Restarts = cmp.Or(k.Restarts, 3)
	return k
}

func (k Keskar) filled(n int) (Measure, error) {
	if k.Subspace < 0 {
		return k, bad("Sharpness", "Keskar.Subspace", k.Subspace,
			"a dimension, or 0 for the full space")
	}
	k = k.withDefaults()
	k.Subspace = min(k.Subspace, n)
	return k, cmp.Or(positive("Keskar.Epsilon", k.Epsilon),
		atLeastOne("Keskar.Iterations", k.Iterations), atLeastOne("Keskar.Restarts", k.Restarts))
}

func (k Keskar) begin(_ context.Context, e *engine) (finish, error) {
	return func(ctx context.Context) (Sharpness, error) { return k.measure(ctx, e) }, nil
}

func (k Keskar) measure(ctx context.Context, e *engine) (Sharpness, error) {
	report, ctx := result.TakeProgress(ctx)
	base, cost, err := e.gradient(ctx)
	if err != nil {
		return Sharpness{}, err
	}
	s := Sharpness{Measure: k, Base: base.loss, Status: result.Converged,
		Cost: cost}
	m := k.manifold(len(e.theta))
	f := func(y []float64) (sample, error) {
		s.Cost = s.Cost.Plus(result.Gradients(1))
		moved := m.push(e.theta, y)
		if m.axes == nil {
			e.at.p.params.settle(e.theta, moved, k.inside(e.theta))
		}
		at, err := e.slope.over(ctx)(moved)
		if err == nil {
			at.gradient = m.pull(at.gradient)
		}
		return at, err
	}
	box := k.box(m.pull(e.theta))
	for i := range k.Restarts {
		corner := k.start(i, m.pull(base.gradient), box)
		best, status, err := maximize(f, corner, box, k.Iterations)
		if err != nil {
			return Sharpness{}, err
		}
		s.Status = result.Worse(s.Status, status)
		s.Terms = append(s.Terms, 100*math.Max(best-base.loss, 0)/(1+base.loss))
		report(i+1, k.Restarts)
	}
	s.Reading = largestOf(s.Terms)
	return s, nil
}

// box holds the half widths around coordinates x.
func (k Keskar) box(x []float64) []float64 {
	box := make([]float64, len(x))
	for i := range x {
		box[i] = k.Epsilon * (math.Abs(x[i]) + 1)
	}
	return box
}

// inside says whether a point lies in the box around θ in the full space.
func (k Keskar) inside(theta []float64) func(moved []float64) bool {
	box := k.box(theta)
	return func(moved []float64) bool {
		for i, x := range moved {
			if math.Abs(x-theta[i]) > box[i]*(1+1e-12) {
				return false
			}
		}
		return true
	}
}

// start is where restart i begins: the corner that the gradient points to, or at random. It
// overwrites the gradient.
func (k Keskar) start(i int, gradient, box []float64) []float64 {
	r := rand.New(rand.NewPCG(k.Seed, 1+uint64(i)))
	y := gradient
	for j := range y {
		if i > 0 || y[j] == 0 {
			y[j] = 2*r.Float64() - 1
		} else {
			y[j] = math.Copysign(1, y[j])
		}
		y[j] *= box[j]
	}
	return y
}

// manifold maps between weight space and the coordinates that are searched: the weights themselves,
// or those of a random subspace.
type manifold struct {
	n    int
	axes [][]float64 // orthonormal; nil: the full space.
}

func (k Keskar) manifold(n int) manifold {
	m := manifold{n: n}
	if k.Subspace > 0 {
		r := rand.New(rand.NewPCG(k.Seed, 0))
		for range k.Subspace {
			m.axes = append(m.axes, gaussian(r, m.n))
		}
		m.axes = spectrum.Orthonormal(m.axes)
	}
	return m
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
