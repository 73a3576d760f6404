package landscape

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Which end of the spectrum.
type Which int

const (
	// Largest: the k algebraically largest eigenvalues. The default.
	Largest Which = iota
	// Smallest: the k algebraically smallest.
	Smallest
	// Extreme: the k largest in magnitude.
	Extreme
	// BothEnds: k from each end.
	BothEnds
)

// LanczosConfig is what Lanczos takes beside the required. Its zero value is the documented default.
type LanczosConfig struct {
	// Tol is the tolerance for residuals relative to ‖A‖₂ (as seen). The eigenvalues are then at least that accurate. Products in float32 carry
	// a relative error of about 1e-7·√n, under which no residual gets. Default 1e-4.
	Tol float64
	// Space is the largest dimension of the Krylov space before a restart: memory is Space vectors of n float64. At least the number of pairs
	// wanted + 2, at most n. Default: the number of pairs wanted + 100.
	Space int
	// MaxProducts bounds the products over all restarts. Default 10·Space.
	MaxProducts int
	Seed        uint64
	// Start is the first vector; default nil: Gaussian, from Seed. A start without a part along an eigenvector can't find it.
	Start []float64
	// Progress is called after each product with the products done and MaxProducts; default nil.
	Progress func(done, total int)
}

// Lanczos finds k eigenpairs of a symmetric operator at the chosen end of its spectrum (2k for BothEnds), fewer if the matrix has fewer.
//
// It builds an orthonormal basis of the Krylov space of a random vector, one product a step, each new vector orthogonalised twice
// against all others (full reorthogonalisation: no ghost copies of eigenvalues), and restarts with the best Ritz vectors when the space is full
// (thick restart; Wu and Simon 2000). Where the space closes on itself it goes on with a new random vector, so multiple eigenvalues
// are found as often as they occur once the space is large enough; with Space = n the result is the whole spectrum. Before that, only one
// copy of a multiple eigenvalue may be there.
//
// Convergence is judged by the residual's bound during the iteration, and the residuals reported are measured with one more product
// for each pair. Cost: products until converged, plus one for each pair.
func Lanczos(ctx context.Context, a LinearOperator, k int, which Which, cfg LanczosConfig) (*Spectrum, error) {
	n := a.Dim()
	if k < 1 {
		return nil, bad("Lanczos", "k", k, "at least 1")
	}
	wanted := k
	if which == BothEnds {
		wanted = 2 * k
	}
	wanted = min(wanted, n)
	if err := cfg.fill(n, wanted); err != nil {
		return nil, err
	}
	before := costOf(a)
	l := newKrylov(a, cfg.Space, cfg.Seed)
	if err := l.start(cfg.Start); err != nil {
		return nil, err
	}
	s := &Spectrum{Dim: n, Seed: cfg.Seed, MadeBy: madeBy(a)}
	for {
		pairs, err := l.grow(ctx, wanted, which, cfg, s)
		if err != nil {
			return nil, err
		}
		if s.Status != NotTerminated {
			if err := s.measure(ctx, a, l, pairs, cfg.Tol); err != nil {
				return nil, err
			}
			s.Cost = costOf(a).Minus(before)
			return s, nil
		}
		l.restart(pairs, wanted, which)
		s.Restarts++
	}
}

func (cfg *LanczosConfig) fill(n, wanted int) error {
	if cfg.Tol == 0 {
		cfg.Tol = 1e-4
	}
	if cfg.Space == 0 {
		cfg.Space = wanted + 100
	}
	cfg.Space = min(cfg.Space, n)
	if cfg.MaxProducts == 0 {
		cfg.MaxProducts = 10 * cfg.Space
	}
	switch {
	case !(cfg.Tol > 0):
		return bad("Lanczos", "LanczosConfig.Tol", cfg.Tol, "a positive number, or 0 for the default of 1e-4")
	case cfg.Space < min(wanted+2, n):
		return bad("Lanczos", "LanczosConfig.Space", cfg.Space, fmt.Sprintf("at least the number of pairs wanted + 2, %d", wanted+2))
	case cfg.MaxProducts < 1:
		return bad("Lanczos", "LanczosConfig.MaxProducts", cfg.MaxProducts, "at least 1, or 0 for the default")
	case cfg.Start != nil && len(cfg.Start) != n:
		return bad("Lanczos", "LanczosConfig.Start", fmt.Sprintf("a vector of %d", len(cfg.Start)), fmt.Sprintf("the operator's dimension, %d", n))
	}
	return nil
}

// grow adds steps until the wanted pairs converge, the products are spent, or the space is full; s.Status says which (NotTerminated: full).
func (l *krylov) grow(ctx context.Context, wanted int, which Which, cfg LanczosConfig, s *Spectrum) (*ritz, error) {
	check := 0 // the dimension at which to test for convergence next: each test is an eigendecomposition of the projection.
	for {
		if err := l.step(ctx); err != nil {
			return nil, err
		}
		s.Steps++
		if cfg.Progress != nil {
			cfg.Progress(s.Steps, cfg.MaxProducts)
		}
		full := l.m == l.space
		spent := s.Steps >= cfg.MaxProducts
		if !full && !spent && (l.m < wanted || l.m < check) {
			continue
		}
		check = l.m + max(5, l.m/5)
		r, err := l.ritz()
		if err != nil {
			return nil, err
		}
		// Once the space has closed on itself, eigenvalues may have more copies than were found: go on while there is space.
		done := r.converged(wanted, which, cfg.Tol) && l.m >= wanted && (full || !l.multiple)
		switch {
		case done:
			s.Status = Converged
		case spent:
			s.Status = MaxIterations
		case !full:
			continue
		}
		return r, nil
	}
}

// measure takes the chosen Ritz pairs with residuals from one more product each.
func (s *Spectrum) measure(ctx context.Context, a LinearOperator, l *krylov, r *ritz, tol float64) error {
	wanted := r.chosen
	for _, i := range wanted {
		s.Values = append(s.Values, r.values[i])
		s.Vectors = append(s.Vectors, unit(l.combine(r.vectors.ColView(i).(*mat.VecDense).RawVector())))
	}
	products := make([][]float64, len(wanted))
	for i := range products {
		products[i] = make([]float64, l.n)
	}
	if err := applyAll(ctx, a, products, s.Vectors); err != nil {
		return err
	}
	s.Norm = r.norm()
	s.Tolerance = tol * s.Norm
	for i, av := range products {
		floats.AddScaled(av, -s.Values[i], s.Vectors[i])
		s.Residuals = append(s.Residuals, floats.Norm(av, 2))
	}
	if s.Status == Converged && floats.Max(s.Residuals) > s.Tolerance {
		s.Status = Stalled // the bound was met but the product's own precision doesn't allow more.
	}
	s.sortAscending()
	return nil
}

// krylov is an orthonormal basis V of a growing space and the projection T = Vᵀ·A·V of a symmetric operator on it.
type krylov struct {
	a        LinearOperator
	n, space int
	r        *rand.Rand
	v        blas64.General // row i is basis vector i: [space+1, n].
	t        *mat.SymDense  // [space, space]; the leading m × m block is in use.
	m        int            // vectors that were multiplied with A.
	beta     float64        // norm of what A·v_m had outside of the space, along v_{m+1}.
	closed   bool           // the last step found nothing outside: v_{m+1} is random.
	multiple bool           // the space has closed on itself before: eigenvalues may be multiple.
}

func newKrylov(a LinearOperator, space int, seed uint64) *krylov {
	n := a.Dim()
	return &krylov{a: a, n: n, space: space, r: rand.New(rand.NewPCG(seed, 0)),
		v: blas64.General{Rows: space + 1, Cols: n, Stride: n, Data: make([]float64, (space+1)*n)}, t: mat.NewSymDense(space, nil)}
}

// row is basis vector i.
func (l *krylov) row(i int) []float64 { return l.v.Data[i*l.n : (i+1)*l.n] }

// start sets the first vector.
func (l *krylov) start(v []float64) error {
	if v == nil {
		v = gaussian(l.r, l.n)
	}
	norm := floats.Norm(v, 2)
	if norm == 0 || math.IsNaN(norm) || math.IsInf(norm, 0) {
		return bad("Lanczos", "LanczosConfig.Start", fmt.Sprintf("a vector of norm %g", norm), "a finite non-zero vector")
	}
	copy(l.row(0), v)
	floats.Scale(1/norm, l.row(0))
	return nil
}

// step multiplies the newest vector with A, and makes the next one of what is new.
func (l *krylov) step(ctx context.Context) error {
	w := make([]float64, l.n)
	if err := l.a.Apply(ctx, w, l.row(l.m)); err != nil {
		return err
	}
	if norm := floats.Norm(w, 2); math.IsNaN(norm) || math.IsInf(norm, 0) {
		return fmt.Errorf("landscape: Lanczos: product %d with the operator isn't finite; is the loss finite at θ?", l.m+1)
	}
	l.m++
	h := make([]float64, l.m)
	l.orthogonalize(w, h)
	for i, x := range h { // column m of the projection; Lanczos' recurrence makes all but a few of it zero.
		l.t.SetSym(i, l.m-1, x)
	}
	l.beta = floats.Norm(w, 2)
	scale := floats.Norm(h, 2) + l.beta
	if l.m == l.n {
		l.beta = 0
		return nil
	}
	if l.closed = l.beta <= 10*math.Sqrt(float64(l.n))*0x1p-52*math.Max(scale, l.largest()); l.closed {
		l.beta, l.multiple = 0, true
		w = gaussian(l.r, l.n)
		l.orthogonalize(w, nil)
	}
	copy(l.row(l.m), unit(w))
	return nil
}

// largest is the largest entry on the diagonal of the projection, a scale for what counts as zero.
func (l *krylov) largest() (d float64) {
	for i := range l.m {
		d = math.Max(d, math.Abs(l.t.At(i, i)))
	}
	return d
}

// orthogonalize removes from w its parts along the first m basis vectors, twice, and returns their sum in h unless that is nil. Source: "twice
// is enough", Parlett 1980, section 6-9.
func (l *krylov) orthogonalize(w, h []float64) {
	basis := l.v
	basis.Rows = l.m
	part := blas64.Vector{N: l.m, Inc: 1, Data: make([]float64, l.m)}
	x := blas64.Vector{N: l.n, Inc: 1, Data: w}
	for range 2 {
		blas64.Gemv(blas.NoTrans, 1, basis, x, 0, part)
		blas64.Gemv(blas.Trans, -1, basis, part, 1, x)
		if h != nil {
			floats.Add(h, part.Data)
		}
	}
}

// combine is Σᵢ cᵢ·vᵢ over the first m basis vectors.
func (l *krylov) combine(c blas64.Vector) []float64 {
	basis := l.v
	basis.Rows = l.m
	x := make([]float64, l.n)
	blas64.Gemv(blas.Trans, 1, basis, c, 0, blas64.Vector{N: l.n, Inc: 1, Data: x})
	return x
}

// ritz is the eigendecomposition of the projection.
type ritz struct {
	values  []float64 // ascending.
	vectors *mat.Dense
	bounds  []float64 // |β·s_m|, the residual of each pair if arithmetic were exact.
	chosen  []int     // set by converged: indices of the wanted pairs.
}

func (l *krylov) ritz() (*ritz, error) {
	var e mat.EigenSym
	if !e.Factorize(l.t.SliceSym(0, l.m), true) {
		return nil, fmt.Errorf("landscape: Lanczos: the eigenvalues of the projected %d×%d matrix didn't converge", l.m, l.m)
	}
	r := &ritz{values: e.Values(nil), vectors: new(mat.Dense)}
	e.VectorsTo(r.vectors)
	for i := range r.values {
		r.bounds = append(r.bounds, math.Abs(l.beta*r.vectors.At(l.m-1, i)))
	}
	return r, nil
}

// norm is the largest |λ|.
func (r *ritz) norm() float64 {
	return math.Max(math.Abs(r.values[0]), math.Abs(r.values[len(r.values)-1]))
}

// converged chooses the wanted pairs, and says whether their bounds are within tol of the norm.
func (r *ritz) converged(wanted int, which Which, tol float64) bool {
	r.chosen = r.choose(min(wanted, len(r.values)), which)
	for _, i := range r.chosen {
		if r.bounds[i] > tol*r.norm() {
			return false
		}
	}
	return true
}

// choose returns the indices of count pairs at the chosen end.
func (r *ritz) choose(count int, which Which) []int {
	order := make([]int, len(r.values))
	for i := range order {
		order[i] = i
	}
	last := len(order) - 1
	switch which {
	case Largest:
		return order[len(order)-count:]
	case Extreme:
		sort.SliceStable(order, func(a, b int) bool { return math.Abs(r.values[order[a]]) > math.Abs(r.values[order[b]]) })
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

// restart keeps the wanted Ritz vectors, some more beside them for speed, and the newest basis vector.
func (l *krylov) restart(r *ritz, wanted int, which Which) {
	keep := min(wanted+max(2, (l.space-wanted)/4), l.space-1)
	kept := r.choose(keep, which)
	vectors := make([][]float64, keep)
	for i, k := range kept {
		vectors[i] = l.combine(r.vectors.ColView(k).(*mat.VecDense).RawVector())
	}
	next := append([]float64{}, l.row(l.m)...)
	l.t.Zero()
	for i, k := range kept {
		copy(l.row(i), vectors[i])
		l.t.SetSym(i, i, r.values[k])
	}
	l.m = keep
	l.orthogonalize(next, nil)
	copy(l.row(keep), unit(next))
}
