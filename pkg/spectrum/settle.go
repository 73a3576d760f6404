package spectrum

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/internal/eigen"
	"lossland/pkg/result"
)

// missed is the probability with which an eigenvalue beyond those found may stay unseen.
const missed = 1e-3

// A Krylov space holds one copy of a multiple eigenvalue, and none of one whose eigenvectors its
// first vector has no part along. What it lacks is orthogonal to it. A settler looks there, with a
// fresh random vector g: it is Lanczos' recurrence of A on the complement of the space.
//
//	β_{j+1}·g_{j+1} = P·A·g_j − α_j·g_j − β_j·g_{j−1}      P projects on the complement
//
// An eigenvector there, of eigenvalue λ, has the part c·p_j(λ) along g_j, where c is its part along
// g and p_j are the recurrence's polynomials. These parts are those of a unit vector, so
//
//	|c| ≤ 1/√Σ p_j(λ)²
//
// and a random g has so small a part with a probability of at most √(2n/π) times that. Beyond the
// largest Ritz value of the recurrence all p_j grow with λ: what holds at the least wanted
// eigenvalue holds for all beyond.
type settler struct {
	l         *Krylov
	low, high float64      // an eigenvalue outside of these was missed.
	at, last  any          // g_j and g_{j−1}: rows.
	spare     any          // for the next product.
	alpha     []float64    // α₁ … α_j
	beta      []float64    // β₂ … β_{j+1}
	sides     []polynomial // at lowest, at highest.
}

// polynomial is p_j and p_{j−1} at x, and the sum of the squares so far.
type polynomial struct{ x, now, before, sum float64 }

// newSettler starts with a random vector of the given stream. What shows outside of low and high
// was missed; what is outside of lowest and highest must show.
func newSettler(l *Krylov, low, high, lowest, highest float64, seed, stream uint64) *settler {
	random := gaussian(rand.New(rand.NewPCG(seed, stream)), l.n)
	g, _ := l.vs.orthogonalize(l.vs.wide(l.vs.spare(), random), l.m, nil)
	t := &settler{l: l, low: low, high: high, at: l.vs.unit(g), last: l.vs.spare(),
		spare: l.vs.spare()}
	for _, x := range []float64{lowest, highest} {
		if !math.IsInf(x, 0) {
			t.sides = append(t.sides, polynomial{x: x, now: 1, sum: 1})
		}
	}
	return t
}

// step multiplies once.
func (t *settler) step(ctx context.Context) error {
	vs := t.l.vs
	w, scale, err := t.l.apply(ctx, t.spare, t.at)
	if err != nil {
		return err
	}
	alpha, before := vs.dot(t.at, w), 0.0
	w = vs.add(w, -alpha, t.at)
	if j := len(t.beta); j > 0 {
		before = t.beta[j-1]
		w = vs.add(w, -before, t.last)
	}
	w, beta := vs.orthogonalize(w, t.l.m, nil)
	if len(t.alpha)+1 >= t.l.n-t.l.m || beta <= t.l.rounding(math.Max(scale, t.l.largest())) {
		beta = 0 // all of the complement that g has a part in was seen.
	}
	t.alpha, t.beta = append(t.alpha, alpha), append(t.beta, beta)
	for i := range t.sides {
		t.sides[i].next(alpha, before, beta)
	}
	if beta > 0 {
		t.last, t.at, t.spare = t.at, vs.unit(w), vs.recycle(t.last)
	}
	return vs.err()
}

// drop gives the settler's vectors back, but for at.
func (t *settler) drop() {
	t.l.vs.recycle(t.last)
	t.last = nil
}

// next goes on to p_{j+1}.
func (p *polynomial) next(alpha, before, beta float64) {
	value := math.Inf(1)
	if beta > 0 {
		value = ((p.x-alpha)*p.now - before*p.before) / beta
	}
	p.before, p.now = p.now, value
	p.sum += value * value
}

// found says whether an eigenvalue outside of low and high shows: a Ritz value is there.
func (t *settler) found() bool {
	j := len(t.alpha)
	m := mat.NewSymDense(j, nil)
	for i, a := range t.alpha {
		m.SetSym(i, i, a)
		if i > 0 {
			m.SetSym(i, i-1, t.beta[i-1])
		}
	}
	values, _, ok := eigen.Symmetric(m, false)
	return ok && (values[0] < t.low || values[j-1] > t.high)
}

// settled says whether an eigenvalue out there would have shown, but for a probability of missed.
func (t *settler) settled() bool {
	for _, p := range t.sides {
		if math.Sqrt(2*float64(t.l.n)/(math.Pi*p.sum)) > missed {
			return false
		}
	}
	return true
}

// settle looks for eigenvalues that the converged pairs lack. It returns a vector that is rich in
// one, or nil with a status: result.Converged if there is none, result.Unsettled if the products
// ran out.
func (s *search) settle(ctx context.Context, r *Ritz, chosen []int) (any, error) {
	if s.m == s.n {
		s.found.Status = result.Converged
		return nil, nil
	}
	low, high := r.beyond(chosen, s.which, s.least)
	lowest, highest := r.beyond(chosen, s.which, s.replaced)
	s.settlers++
	t := newSettler(s.Krylov, low, high, lowest, highest, s.cfg.Seed, s.settlers)
	defer t.drop()
	for s.spent() < s.cfg.MaxProducts {
		if err := t.step(ctx); err != nil {
			return nil, err
		}
		s.found.Checks++
		s.tell()
		switch {
		case t.found():
			s.low, s.high, s.outside = low, high, r.outside(low, high)+1
			return t.at, nil
		case t.settled():
			s.found.Status = result.Converged
			return nil, nil
		}
	}
	s.found.Status = result.Unsettled
	return nil, nil
}

// least is the value that one more eigenvalue must exceed to belong to values, by more than Tol.
func (s *search) least(values []float64, norm float64) float64 {
	return floats.Min(values) + s.cfg.Tol*norm
}

// replaced is the value above which eigenvalues are looked for until it is sure that there is none.
// A first vector that is random sees every eigenvalue once, first those farthest out: what is
// missing beside it is a copy, and one that matters is beyond the next larger of values. Where
// values are all the same, or the first vector was given, it is beyond the least, by √Tol: to be
// sure within Tol would often take more products than the values did.
func (s *search) replaced(values []float64, norm float64) float64 {
	least, next := floats.Min(values), math.Inf(1)
	for _, x := range values {
		if x > least+2*s.cfg.Tol*norm {
			next = math.Min(next, x-s.cfg.Tol*norm)
		}
	}
	if s.cfg.Start == nil && !math.IsInf(next, 0) {
		return next
	}
	return least + math.Sqrt(s.cfg.Tol)*norm
}

// beyond are the bounds outside of which eigenvalues are looked for, at each end by a rule for the
// chosen values there, counted outwards; ±∞ where none is wanted.
func (r *Ritz) beyond(chosen []int, which Which,
	rule func(values []float64, norm float64) float64) (low, high float64) {
	var down, up []float64
	for position, i := range chosen {
		switch x := r.Values[i]; {
		case which == LargestMagnitude:
			down, up = append(down, math.Abs(x)), append(up, math.Abs(x))
		case which == Smallest || which == BothEnds && position%2 == 0:
			down = append(down, -x)
		default:
			up = append(up, x)
		}
	}
	low, high = math.Inf(-1), math.Inf(1)
	if len(down) > 0 {
		low = -rule(down, r.Norm())
	}
	if len(up) > 0 {
		high = rule(up, r.Norm())
	}
	return low, high
}

// outside counts the Ritz values outside of low and high.
func (r *Ritz) outside(low, high float64) (count int) {
	for _, x := range r.Values {
		if x < low || x > high {
			count++
		}
	}
	return count
}
