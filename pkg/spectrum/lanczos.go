package spectrum

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/internal/memory"
	"lossland/pkg/result"
)

// Which is an end of the spectrum.
type Which int

const (
	// Largest are the k algebraically largest eigenvalues. The default.
	Largest Which = iota
	// Smallest are the k algebraically smallest.
	Smallest
	// LargestMagnitude are the k largest in magnitude.
	LargestMagnitude
	// BothEnds are k from each end.
	BothEnds
)

// String names the end: "largest", "smallest", "largest magnitude" or "both ends".
func (w Which) String() string {
	names := [...]string{"largest", "smallest", "largest magnitude", "both ends"}
	if w < 0 || int(w) >= len(names) {
		return fmt.Sprintf("Which(%d)", int(w))
	}
	return names[w]
}

// LanczosConfig is what Lanczos takes beside the required. Its zero value is the documented
// default.
type LanczosConfig struct {
	// Tol is the tolerance for residuals, relative to the largest |λ| seen. The eigenvalues are
	// then at least that accurate. Products in float32 carry a relative error of about 1e-7·√n; no
	// residual gets below that.
	// Range: above 0. Default: 1e-4.
	Tol float64
	// Space is the largest dimension of the Krylov space before a restart. Its vectors take n
	// numbers of memory each, as they come. More than n stands for n.
	// Range: at least the number of pairs wanted + 2. Default: the number of pairs wanted + 100, or
	// fewer, but + 20, where they would take more than 1.5 GiB.
	Space int
	// MaxProducts bounds the products that build the space and check it, over all restarts.
	// Range: at least 1. Default: 10·Space.
	MaxProducts int
	// Seed decides all random vectors.
	Seed uint64
	// Start is the first vector. If Start is orthogonal to an eigenvector, the space can't contain
	// that eigenvector.
	// Range: n numbers, not all zero. Default: nil, a Gaussian vector.
	Start []float64
}

// Lanczos finds k eigenpairs of a symmetric operator at one end of its spectrum (2k for BothEnds),
// or all if it has fewer.
//
// It builds an orthonormal basis of the Krylov space of a random vector, at one product per step.
// Each new vector is orthogonalised twice against all others, so that no ghost copies of
// eigenvalues arise. A full space is restarted with the best Ritz vectors (thick restart).
//
// Multiple eigenvalues are found as often as they occur. So are extreme eigenvalues whose
// eigenvectors are orthogonal to the first vector. A Krylov space contains neither, so converged
// pairs are checked: from a fresh random vector, Lanczos' recurrence runs outside the space until a
// missing eigenvalue would have shown with a probability of 1 − 1e-3. If one shows, the pairs found
// are locked, the search goes on outside them, and its result is checked again. If MaxProducts ends
// that, the status is result.Unsettled. The check holds within Tol for copies of the eigenvalues
// found, and within √Tol for others beyond them, both relative to the largest |λ|.
//
// Memory: the space, five vectors and one for each pair. What doesn't fit is refused before the
// first product (result.ErrMemory).
//
// Convergence is judged by the bounds that the iteration gives. The reported residuals are measured
// afterwards. If the bounds meet the tolerance but the residuals don't, because the products aren't
// precise enough, the status is result.Stalled. Where the largest |λ| is below float64's normal
// numbers (2.2e-308), digits are missing from the products, and the result is refused.
//
// If the context ends the search, what it has is returned beside the context's error: the pairs at
// that end so far, fewer than wanted if it took fewer products, with the status
// result.NotTerminated. Their residuals are the iteration's bounds. Before the first product there
// are none.
//
// It reports the products done of those that it expects to take (see [result.WithProgress]): of
// MaxProducts until it sees how fast the pairs converge, and of another number each time that it
// looks again, with one for each pair at the end. Cost: the products until convergence, those of
// the check (Eigenpairs.Checks: 2 to 6 if a few eigenvalues stand out, as in networks; 10 to 35 in
// a dense spectrum), one for each pair, and what the operator takes to check its symmetry.
// Source: Wu and Simon 2000, "Thick-Restart Lanczos Method for Large Symmetric Eigenvalue
// Problems". The check's bound is the Christoffel function of the recurrence's polynomials.
func Lanczos(ctx context.Context, a Operator, k int, which Which, cfg LanczosConfig) (
	*Eigenpairs, error) {
	if err := usable("Lanczos", a); err != nil {
		return nil, err
	}
	wanted, err := cfg.fill(a, k, which)
	if err != nil {
		return nil, err
	}
	report, ctx := result.TakeProgress(ctx)
	before := costOf(a)
	s := &search{Krylov: newKrylov(a, cfg.Space, cfg.Seed), which: which, wanted: wanted, cfg: cfg,
		report: report, found: &Eigenpairs{Dim: a.Dim(), Seed: cfg.Seed, MadeBy: madeBy(a)}}
	err = s.fits("Lanczos", 3+wanted, "a smaller LanczosConfig.Space, or fewer pairs")
	if err != nil {
		return nil, err
	}
	memory.GiveBack(s.vs.bytes(wanted))
	defer memory.GiveBack(s.vs.bytes(wanted))
	defer s.vs.close()
	first := cfg.Start
	if first == nil {
		first = gaussian(s.r, s.n)
	}
	if !s.start(first) {
		return nil, bad("Lanczos", "LanczosConfig.Start",
			fmt.Sprintf("a vector of norm %g", floats.Norm(first, 2)),
			"a finite non-zero vector")
	}
	if err := checkSymmetry(ctx, a); err != nil {
		return nil, err
	}
	if err = s.run(ctx); err != nil && !s.keep(ctx) {
		return nil, err
	}
	s.found.Cost = costOf(a).Minus(before)
	if err == nil {
		all := s.spent() + len(s.found.Values)
		report(all, all)
	}
	return s.found, err
}

// fill checks the arguments, sets defaults, and returns the number of pairs wanted.
func (cfg *LanczosConfig) fill(a Operator, k int, which Which) (wanted int, err error) {
	n := a.Dim()
	wanted = min(k, n)
	if which == BothEnds {
		wanted = min(2*k, n)
	}
	if cfg.Tol == 0 {
		cfg.Tol = 1e-4
	}
	if cfg.Space == 0 {
		cfg.Space = defaultSpace(newBasis(n, roundingOf(a)), wanted)
	}
	cfg.Space = min(cfg.Space, n)
	if cfg.MaxProducts == 0 {
		cfg.MaxProducts = 10 * cfg.Space
	}
	refuse := func(name string, got any, want string) (int, error) {
		return 0, bad("Lanczos", name, got, want)
	}
	switch {
	case k < 1:
		return refuse("k", k, "at least 1")
	case which < Largest || which > BothEnds:
		return refuse("which", which, "Largest, Smallest, LargestMagnitude or BothEnds")
	case !(cfg.Tol > 0):
		return refuse("LanczosConfig.Tol", cfg.Tol,
			"a positive number, or 0 for the default of 1e-4")
	case cfg.Space < min(wanted+2, n):
		return refuse("LanczosConfig.Space", cfg.Space,
			fmt.Sprintf("at least the number of pairs wanted + 2, %d", wanted+2))
	case cfg.MaxProducts < 1:
		return refuse("LanczosConfig.MaxProducts", cfg.MaxProducts,
			"at least 1, or 0 for the default of 10·Space")
	case cfg.Start != nil && len(cfg.Start) != n:
		return refuse("LanczosConfig.Start", fmt.Sprintf("a vector of %d", len(cfg.Start)),
			fmt.Sprintf("the operator's dimension, %d", n))
	}
	return wanted, nil
}

// defaultSpace is LanczosConfig.Space where it is 0. It depends on the matrix, not on the machine.
func defaultSpace(b *basis, wanted int) int {
	const most = 3 << 29 // bytes.
	space := wanted + 100
	for space > wanted+20 && b.bytes(space) > most {
		space--
	}
	return space
}

// search is one call of Lanczos.
type search struct {
	*Krylov
	which  Which
	wanted int
	cfg    LanczosConfig
	report func(done, total int)
	found  *Eigenpairs

	forecast         // of the products that it takes.
	restarted bool   // and no step since.
	settlers  uint64 // how often converged pairs were checked.
	// beside is a row from which to search for what they lack, once they are precise; or nil.
	beside any
	// What they lacked has come when so many Ritz values are outside of low and high.
	low, high float64
	outside   int
}

// lock is by how much more precise than wanted pairs have to be before they are left as they are.
const lock = 8

// spent is the number of products that MaxProducts bounds.
func (s *search) spent() int { return s.found.Steps + s.found.Checks }

// tol is the tolerance to search with: stricter once there is something to be locked.
func (s *search) tol() float64 {
	if s.settlers > 1 || s.beside != nil {
		return s.cfg.Tol / lock
	}
	return s.cfg.Tol
}

// run grows the space, restarting it when it is full, until the search ends; then it measures.
func (s *search) run(ctx context.Context) error {
	for {
		r, chosen, err := s.grow(ctx)
		if err != nil {
			return err
		}
		if s.found.Status != result.NotTerminated {
			return s.measure(ctx, r, chosen)
		}
		s.found.Restarts++
		s.restarted = true
		if s.beside != nil && r.within(s.tol(), chosen) {
			s.restart(r, chosen, s.beside)
			s.vs.recycle(s.beside)
			s.beside = nil
			continue
		}
		// Some more vectors than wanted make the next round shorter.
		keep := min(s.wanted+max(2, (s.space-s.wanted)/4), s.space-1)
		s.restart(r, r.choose(keep, s.which), s.vs.row(s.m))
	}
}

// grow adds steps until the wanted pairs are converged and checked, the products are spent, or the
// space is to be restarted: it is full, or the pairs can be locked. The status says which; where
// the search goes on it stays at NotTerminated. It returns the last decomposition and the wanted
// pairs of it.
func (s *search) grow(ctx context.Context) (r *Ritz, chosen []int, err error) {
	check := 0 // the dimension at which to decompose the projection next, which isn't cheap.
	for {
		if err := s.step(ctx); err != nil {
			return nil, nil, err
		}
		s.found.Steps++
		s.restarted = false
		s.tell()
		full, spent := s.m == s.space, s.spent() >= s.cfg.MaxProducts
		if !full && !spent && s.m < max(s.wanted, check) {
			continue
		}
		check = s.m + max(5, s.m/5)
		if r, err = s.Ritz(); err != nil {
			return nil, nil, err
		}
		chosen = r.choose(min(s.wanted, s.m), s.which)
		s.look(s.found.Steps, r.excess(s.tol(), chosen))
		done := s.m >= s.wanted && r.within(s.tol(), chosen)
		if done && s.beside == nil && r.outside(s.low, s.high) >= s.outside {
			if s.beside, err = s.settle(ctx, r, chosen); err != nil {
				return nil, nil, err
			}
			done = r.within(s.tol(), chosen)
		}
		done = done && s.beside != nil
		switch {
		case s.found.Status != result.NotTerminated || done:
			return r, chosen, nil
		case spent || s.spent() >= s.cfg.MaxProducts:
			s.found.Status = s.ranOut(r, chosen)
			return r, chosen, nil
		case full:
			return r, chosen, nil
		}
	}
}

// ranOut is the status where the products are spent: the pairs found may be precise, and others
// missing.
func (s *search) ranOut(r *Ritz, chosen []int) result.Status {
	if s.beside != nil && r.within(s.cfg.Tol, chosen) {
		return result.Unsettled
	}
	return result.MaxIterations
}

// measure takes the chosen Ritz pairs, with residuals from one more product each.
func (s *search) measure(ctx context.Context, r *Ritz, chosen []int) error {
	e := s.found
	if err := normal("Lanczos", r.Norm()); err != nil {
		return err
	}
	e.Norm = r.Norm()
	e.Tolerance = s.cfg.Tol * e.Norm
	cs := make([][]float64, len(chosen))
	for k, i := range chosen {
		cs[k] = mat.Col(nil, i, r.Vectors)
		e.Values = append(e.Values, r.Values[i])
	}
	s.beside = nil // the search is over; pairs gives the space back, too.
	var err error
	if e.Vectors, e.Residuals, err = s.vs.pairs(ctx, cs, e.Values); err != nil {
		return err
	}
	beyond := func(residual float64) bool { return !(residual <= e.Tolerance) } // or NaN.
	if e.Status == result.Converged && slices.ContainsFunc(e.Residuals, beyond) {
		e.Status = result.Stalled
	}
	e.sortAscending()
	return nil
}
