package spectrum

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/internal/eigen"
	"lossland/internal/memory"
	"lossland/pkg/result"
)

// Krylov is the space of v, A·v, A²·v, … with an orthonormal basis V = (v₁, …, v_m), v₁ = v/‖v‖,
// and the projection T = Vᵀ·A·V of a symmetric A on it. A maps the basis to
//
//	A·V = V·T + β·v_{m+1}·e_mᵀ
//
// up to rounding, with a unit vector v_{m+1} orthogonal to V.
type Krylov struct {
	a        Operator
	n, space int
	r        *rand.Rand
	vs       arena         // row i of its basis is basis vector i.
	w        any           // room for a product; for reuse.
	t        *mat.SymDense // [space, space]: the leading m × m block is in use.
	m        int           // vectors that were multiplied with A.
	beta     float64       // norm of the part of A·v_m outside of the space, along v_{m+1}.
	closed   bool          // the last step found nothing outside: v_{m+1} is random.
	products int           // with A.
}

// NewKrylov builds the Krylov space of v by Lanczos' method with full reorthogonalisation. It stops
// after the given number of steps, after n, or when the space closes on itself. v must be finite
// and not zero, and isn't changed.
//
// It reports the steps done (see [result.WithProgress]). Cost: one product per step, what the
// operator takes to check its symmetry, and memory for (steps + 1)·n numbers, as they come (see
// [Operator] for their precision). Source: Parlett 1980, "The Symmetric Eigenvalue Problem",
// chapter 13.
func NewKrylov(ctx context.Context, a Operator, v []float64, steps int) (*Krylov, error) {
	if err := usable("NewKrylov", a); err != nil {
		return nil, err
	}
	if steps < 1 {
		return nil, bad("NewKrylov", "steps", steps, "at least 1")
	}
	if len(v) != a.Dim() {
		return nil, bad("NewKrylov", "v", fmt.Sprintf("a vector of %d", len(v)),
			fmt.Sprintf("the operator's dimension, %d", a.Dim()))
	}
	report, ctx := result.TakeProgress(ctx)
	if err := checkSymmetry(ctx, a); err != nil {
		return nil, err
	}
	l := newKrylov(a, min(steps, a.Dim()), 0)
	if err := l.fits("NewKrylov", 0, "fewer steps"); err != nil {
		return nil, err
	}
	if !l.start(v) {
		return nil, bad("NewKrylov", "v", fmt.Sprintf("a vector of norm %g", floats.Norm(v, 2)),
			"a finite non-zero vector")
	}
	for !l.closed && l.m < l.space {
		if err := l.step(ctx); err != nil {
			return nil, err
		}
		report(l.m, l.space)
	}
	return l, nil
}

// fits returns an error if the space with so many further vectors won't fit into memory.
func (l *Krylov) fits(fn string, further int, instead string) error {
	need := l.vs.bytes(l.space+1) + 8*int64(l.n)*int64(2+further)
	return memory.Need("spectrum."+fn, need, instead)
}

// newKrylov is an empty space for at most space products.
func newKrylov(a Operator, space int, seed uint64) *Krylov {
	n := a.Dim()
	return &Krylov{a: a, n: n, space: space, r: rand.New(rand.NewPCG(seed, 0)),
		vs: newArena(a, n), t: mat.NewSymDense(space, nil)}
}

// Dim is m, the number of basis vectors.
func (l *Krylov) Dim() int { return l.m }

// Projection is T. It shares the memory of the space.
func (l *Krylov) Projection() mat.Symmetric { return l.t.SliceSym(0, l.m) }

// Beyond is β, how far A reaches out of the space: 0 where the space is closed.
func (l *Krylov) Beyond() float64 { return l.beta }

// Combine is V·c, the vector with the coordinates c in the basis.
func (l *Krylov) Combine(c []float64) []float64 { return l.vs.combination(c) }

// room is for one product.
func (l *Krylov) room() any {
	if l.w == nil {
		l.w = l.vs.spare()
	}
	return l.w
}

// start sets the first vector, and says whether it can be one: finite and not zero.
func (l *Krylov) start(v []float64) bool {
	norm := floats.Norm(v, 2)
	if norm == 0 || math.IsNaN(norm) || math.IsInf(norm, 0) {
		return false
	}
	l.vs.set(0, l.vs.unit(l.vs.wide(l.room(), v)))
	return true
}

// step multiplies the newest vector with A, and makes the next one of what is new in the product.
func (l *Krylov) step(ctx context.Context) error {
	w, _, err := l.apply(ctx, l.room(), l.vs.row(l.m))
	if err != nil {
		return err
	}
	l.m++
	h := make([]float64, l.m)
	w, l.beta = l.vs.orthogonalize(w, l.m, h)
	for i, x := range h { // column m of T; Lanczos' recurrence makes all but a few of it zero.
		l.t.SetSym(i, l.m-1, x)
	}
	scale := floats.Norm(h, 2) + l.beta
	if l.m == l.n {
		l.beta = 0
		return l.vs.err()
	}
	if l.closed = l.beta <= l.rounding(math.Max(scale, l.largest())); l.closed {
		l.beta = 0
		w, _ = l.vs.orthogonalize(l.vs.wide(w, gaussian(l.r, l.n)), l.m, nil)
	}
	l.vs.set(l.m, l.vs.unit(w))
	return l.vs.err()
}

// apply makes w of A·v, returns its length, and counts.
func (l *Krylov) apply(ctx context.Context, w, v any) (any, float64, error) {
	if err := l.vs.err(); err != nil {
		return w, 0, err
	}
	w, norm, err := l.vs.product(ctx, w, v)
	if err != nil {
		return w, 0, err
	}
	l.products++
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return w, 0, fmt.Errorf("spectrum: product %d with the operator isn't finite; "+
			"if it is the Hessian of a loss, are the loss and its gradient finite at θ?",
			l.products)
	}
	return w, norm, nil
}

// rounding is the length up to which what is left of a product counts as zero. Rows of float32 are
// orthogonal to 2⁻²⁴: two projections on them leave the square of that, which must stay small
// beside what counts.
func (l *Krylov) rounding(scale float64) float64 {
	if l.vs.single() {
		return 0x1p-22 * scale
	}
	return 10 * math.Sqrt(float64(l.n)) * 0x1p-52 * scale
}

// largest is the largest entry on the diagonal of T, a scale for what counts as zero.
func (l *Krylov) largest() (d float64) {
	for i := range l.m {
		d = math.Max(d, math.Abs(l.t.At(i, i)))
	}
	return d
}

// vector is Ritz vector i in n coordinates.
func (l *Krylov) vector(r *Ritz, i int) []float64 {
	return l.Combine(mat.Col(nil, i, r.Vectors))
}

// restart keeps the Ritz vectors of the given pairs, and goes on from the vector next.
func (l *Krylov) restart(r *Ritz, pairs []int, next any) {
	next = l.vs.again(l.room(), next)
	kept := make([][]float64, len(pairs))
	for i, k := range pairs {
		kept[i] = mat.Col(nil, k, r.Vectors)
	}
	l.vs.combine(kept)
	l.t.Zero()
	for i, k := range pairs {
		l.t.SetSym(i, i, r.Values[k])
	}
	l.m = len(pairs)
	next, _ = l.vs.orthogonalize(next, l.m, nil)
	l.vs.set(l.m, l.vs.unit(next))
}

// Ritz is the eigendecomposition T = S·Θ·Sᵀ of a projection. Its Ritz values and vectors V·s
// approximate eigenpairs of A, those at the ends of the spectrum first.
type Ritz struct {
	// Values are the Ritz values, ascending.
	Values []float64
	// Vectors is S: column i belongs to Values[i].
	Vectors *mat.Dense
	// Bounds[i] is |β·s_mi|, the residual ‖A·V·s − θ·V·s‖ of pair i, up to rounding.
	Bounds []float64
}

// Ritz decomposes the projection.
func (l *Krylov) Ritz() (*Ritz, error) {
	r := new(Ritz)
	var ok bool
	if r.Values, r.Vectors, ok = eigen.Symmetric(l.t.SliceSym(0, l.m), true); !ok {
		return nil, fmt.Errorf("spectrum: the eigenvalues of the projected %d×%d matrix "+
			"didn't converge", l.m, l.m)
	}
	for i := range r.Values {
		r.Bounds = append(r.Bounds, math.Abs(l.beta*r.Vectors.At(l.m-1, i)))
	}
	return r, nil
}

// Norm is the largest |Ritz value|, a lower bound of ‖A‖₂.
func (r *Ritz) Norm() float64 {
	return math.Max(math.Abs(r.Values[0]), math.Abs(r.Values[len(r.Values)-1]))
}

// normal refuses a matrix of which products lose digits: its norm is a number with fewer than 53
// bits. 0 is exact.
func normal(fn string, norm float64) error {
	const smallest = 0x1p-1022
	if norm == 0 || norm >= smallest {
		return nil
	}
	return fmt.Errorf("spectrum: %s: the largest |λ| is some %.0e, below float64's normal numbers "+
		"(%.2g), where products lose digits: scale the operator, such as by another unit of the "+
		"loss", fn, norm, smallest)
}

// within says whether the bounds of these pairs are at most tol times the norm.
func (r *Ritz) within(tol float64, pairs []int) bool {
	for _, i := range pairs {
		if r.Bounds[i] > tol*r.Norm() {
			return false
		}
	}
	return true
}

// choose returns the indices of count pairs at the chosen end.
func (r *Ritz) choose(count int, which Which) []int {
	order := make([]int, len(r.Values))
	for i := range order {
		order[i] = i
	}
	last := len(order) - 1
	switch which {
	case Largest:
		return order[len(order)-count:]
	case LargestMagnitude:
		sort.SliceStable(order, func(a, b int) bool {
			return math.Abs(r.Values[order[a]]) > math.Abs(r.Values[order[b]])
		})
	case BothEnds:
		for i := range order { // 0, last, 1, last−1, …
			order[i] = i / 2
			if i%2 == 1 {
				order[i] = last - i/2
			}
		}
	}
	return order[:count]
}
