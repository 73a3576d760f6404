package landscape

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
)

// Norm is the shape of a ball of perturbations.
type Norm int

const (
	// L2: ‖ε‖₂ ≤ ρ. The default.
	L2 Norm = iota
	// LInf: |εᵢ| ≤ ρ for each weight.
	LInf
)

// String names the norm: "L2" or "L∞".
func (n Norm) String() string {
	switch n {
	case L2:
		return "L2"
	case LInf:
		return "L∞"
	}
	return fmt.Sprintf("Norm(%d)", int(n))
}

// evaluate measures the loss and its gradient somewhere, over whatever part of the data it stands
// for.
type evaluate func(theta []float64) (sample, error)

// over is the evaluation on the whole data.
func (s *slope) over(ctx context.Context) evaluate {
	return func(theta []float64) (sample, error) {
		g, l, err := s.at(ctx, theta)
		return sample{l, g}, err
	}
}

// ball is the set θ + T·u with u within the radius, and how it is climbed in.
type ball struct {
	theta  []float64
	scale  []float64 // T: how far u = 1 moves each weight.
	radius float64
	norm   Norm
	steps  int // gradients of each ascent, at most.
	seed   uint64
	params *Params // nil: every point can be represented.
}

// newBall is a ball around θ; adaptive makes T = diag|θᵢ| instead of the identity.
func newBall(theta []float64, adaptive bool) ball {
	b := ball{theta: theta, scale: make([]float64, len(theta))}
	for i, w := range theta {
		if b.scale[i] = 1; adaptive {
			b.scale[i] = math.Abs(w)
		}
	}
	return b
}

// start is where restart k begins, on the sphere: along the gradient, or at random. Every other
// random one is opposite to the last: at a minimum the two sides are alike to second order, and
// lead to different maxima. stream tells subsets apart.
func (b *ball) start(base sample, k int, stream uint64) []float64 {
	r := rand.New(rand.NewPCG(b.seed, stream<<16+uint64(k+1)/2))
	u := gaussian(r, len(b.theta))
	switch {
	case k == 0 && floats.Norm(base.gradient, 2) > 0:
		floats.MulTo(u, base.gradient, b.scale)
	case k > 0 && k%2 == 0:
		floats.Scale(-1, u)
	}
	b.toLength(u, b.radius)
	return u
}

// ascent is how one climb ended.
type ascent struct {
	rise   float64
	status result.Status
	spent  int // gradients.
}

const (
	// ascentGap is the share of the rise that may be left to gain where an ascent has converged.
	ascentGap = 1e-3
	// ascentStep ends an ascent: a step shorter than this share of the radius is rounding.
	ascentStep = 1e-9
)

// ascend runs one projected gradient ascent from u: each step moves by the radius along the
// normalised gradient (L∞: its sign) and is projected back. A step that lowers the loss is taken
// back and halved. The rise is never below 0, since u = 0 is in the ball.
func (b *ball) ascend(f evaluate, base sample, u []float64) (a ascent, err error) {
	length := b.radius
	now := math.Inf(-1)
	var kept, slope []float64 // the best u, and the gradient in it.
	for a.spent < b.steps && length > ascentStep*b.radius {
		at, err := f(b.at(u))
		if err != nil {
			return a, err
		}
		a.spent++
		if unbounded(at.loss) {
			a.rise, a.status = math.Inf(1), result.Converged // nothing is higher.
			return a, nil
		}
		if at.loss > now {
			now, kept = at.loss, append([]float64{}, u...)
			slope = append([]float64{}, at.gradient...)
			floats.Mul(slope, b.scale)
		} else {
			length /= 2 // go back, and try half as far.
			copy(u, kept)
		}
		if floats.Norm(slope, 2) == 0 {
			break // the loss is flat here.
		}
		step := append([]float64{}, slope...)
		b.toLength(step, length)
		floats.Add(u, step)
		b.project(u)
	}
	rise := now - base.loss
	a.rise, a.status = math.Max(rise, 0), b.judge(kept, slope, rise, length)
	return a, nil
}

// at is θ + T·u or, where the weights have 16 bits, a representable point of the ball near to it.
func (b *ball) at(u []float64) []float64 {
	theta := append([]float64{}, b.theta...)
	for i := range u {
		theta[i] += b.scale[i] * u[i]
	}
	if b.params != nil {
		b.params.settle(b.theta, theta, b.inside)
	}
	return theta
}

// inside says whether a point is in the ball, with room for the rounding of this very sum.
func (b *ball) inside(theta []float64) bool {
	u := make([]float64, len(theta))
	for i := range u {
		if u[i] = theta[i] - b.theta[i]; u[i] != 0 {
			u[i] /= b.scale[i] // +Inf: a weight of 0, which an adaptive ball doesn't move.
		}
	}
	size := floats.Norm(u, 2)
	if b.norm == LInf {
		size = floats.Norm(u, math.Inf(1))
	}
	return size <= b.radius*(1+1e-12)
}

// judge says how an ascent ended at u. To first order the most that is to be gained in the ball
// from there is ρ‖∇‖* − ⟨∇, u⟩, with the norm that is dual to the ball's: zero exactly where no
// step along the gradient leads further.
func (b *ball) judge(u, slope []float64, rise, length float64) result.Status {
	most := b.radius * floats.Norm(slope, 2)
	if b.norm == LInf {
		most = b.radius * floats.Norm(slope, 1)
	}
	switch {
	case most-floats.Dot(slope, u) <= ascentGap*math.Max(rise, most):
		return result.Converged
	case length <= ascentStep*b.radius:
		return result.Stalled
	}
	return result.MaxIterations
}

// unbounded says whether a loss is +Inf or no number: the largest rise around is then infinite.
func unbounded(loss float64) bool { return math.IsNaN(loss) || math.IsInf(loss, 1) }

// toLength turns a direction into the longest step of the given length in the norm: for L∞ every
// weight moves.
func (b *ball) toLength(v []float64, length float64) {
	if b.norm == L2 {
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
func (b *ball) project(u []float64) {
	if b.norm == L2 {
		if norm := floats.Norm(u, 2); norm > b.radius {
			floats.Scale(b.radius/norm, u)
		}
		return
	}
	for i, x := range u {
		u[i] = math.Max(-b.radius, math.Min(b.radius, x))
	}
}

// largestOf is the largest of the restarts' results, with their spread.
func largestOf(terms []float64) result.Reading {
	r := result.Reading{Value: floats.Max(terms)}
	mean := result.Mean(terms)
	if spread := mean.StdErr * math.Sqrt(float64(mean.N)); !math.IsNaN(spread) {
		r.Uncertainty = result.Uncertainty{Value: spread, Kind: result.RestartSpread, N: mean.N}
	}
	return r
}
