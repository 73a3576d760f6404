package landscape

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// CriticalSearch is how FindCritical looks for a point with ∇L = 0.
type CriticalSearch int

const (
	// GradientNorm minimises ½‖∇L‖² by damped Gauss–Newton (Levenberg–Marquardt). It goes to a
	// critical point of any index, often the nearest, so it finds saddles. The default. Source:
	// Pennington and Bahri 2017; Frye et al. 2021, "Critical Point-Finding Methods Reveal
	// Gradient-Flat Regions of Deep Network Losses".
	GradientNorm CriticalSearch = iota
	// SaddleFreeNewton minimises L with steps −(|H| + μ)⁻¹∇L. Saddles repel it, so it goes to a
	// minimum. Source: Dauphin et al. 2014, "Identifying and attacking the saddle point problem".
	SaddleFreeNewton
)

// String names the search: "gradient norm" or "saddle-free Newton".
func (s CriticalSearch) String() string {
	switch s {
	case GradientNorm:
		return "gradient norm"
	case SaddleFreeNewton:
		return "saddle-free Newton"
	}
	return fmt.Sprintf("CriticalSearch(%d)", int(s))
}

// CriticalConfig is what FindCritical takes. Its zero value is the documented default.
type CriticalConfig struct {
	// Search says what is minimised, and how.
	// Default GradientNorm.
	Search CriticalSearch
	// Tol: the search has converged when ‖∇L‖ is at most Tol times that at the start. Weights of
	// float32 rarely allow less than about 1e-4.
	// Range: below 1. Default 1e-6.
	Tol float64
	// AbsTol: the search has also converged when ‖∇L‖ is at most this, in the unit of the loss.
	// Default 0: what rounding leaves of a gradient, 10·u·‖H‖·(1 + ‖θ‖), with u the dtype's
	// rounding unit and ‖H‖ on the first Krylov space.
	AbsTol float64
	// MaxIterations is the most iterations. Each takes up to Space products and a gradient.
	// Default 200.
	MaxIterations int
	// Space is the dimension of the Krylov space of ∇L in which each step is found. With n it is
	// the exact Newton-type step.
	// Default: n up to 300 weights, else 100.
	Space int
	// Method is how products with the Hessian are made.
	// Default ForwardOverReverse.
	Method spectrum.Method
	// Seed decides the random vectors that Lanczos continues with where a space closes on itself.
	Seed uint64
}

// CriticalPoint is where a search ended.
type CriticalPoint struct {
	Theta []float64
	// Loss is L at Theta, and StartLoss at the start.
	Loss, StartLoss float64
	// GradientNorm is ‖∇L‖ at Theta, and StartGradientNorm at the start.
	GradientNorm, StartGradientNorm float64
	// Flatness is ‖H∇L‖/(‖H‖·‖∇L‖), 0 … 1. A search that stalled with a tiny Flatness sits at a
	// local minimum of ‖∇L‖² that is no critical point of L ("gradient-flat").
	Flatness float64
	// Distance is ‖θ − start‖.
	Distance   float64
	Status     result.Status
	Iterations int
	// Path has an entry for the start and one for each iteration.
	Path []CriticalStep
	spectrum.MadeBy
	Cost result.Cost
}

// CriticalStep is one iterate of a search.
type CriticalStep struct{ Loss, GradientNorm, Damping float64 }

// FindCritical searches for a critical point, starting here. Only a result whose Status is
// Converged is critical. To learn its index, classify it: take Problem.At(Theta) and call Classify.
//
// Each iteration builds the Krylov space of the gradient by Lanczos. Both the projection of H and
// what leaves the space are then known, so trying another damping μ costs no further product:
//
//	GradientNorm:      minimise ‖∇L + H·s‖² + μ‖s‖² over s in the space
//	SaddleFreeNewton:  s = −V(|T| + μ)⁻¹Vᵀ∇L
//
// A step is taken if it lowers ‖∇L‖ (or L); else μ grows. A start whose loss or gradient isn't
// finite is an error. Progress: iterations. Cost: up to Space products and at least one gradient
// per iteration.
func (at *Point) FindCritical(ctx context.Context, cfg CriticalConfig) (*CriticalPoint, error) {
	f, err := at.newFinder(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer f.close()
	return f.find(ctx, at)
}

// IndexPoint is a critical point that was found, with its classification.
type IndexPoint struct {
	Point *CriticalPoint
	Class *Classification
}

// IndexAgainstLoss finds a critical point from each start and classifies it: the points of the plot
// of index against loss of Dauphin et al. 2014 (figure 1). Searches that don't converge are in the
// result too, with their Status.
//
// If classify has no GradientTol, a converged search is classified with the gradient norm that it
// reached. Both use one operator, so classify.Method must be that of search, or the default.
// Progress: starts.
func (p *Problem) IndexAgainstLoss(ctx context.Context, starts [][]float64, search CriticalConfig,
	classify ClassifyConfig) ([]IndexPoint, error) {
	if classify.Method != spectrum.Unstated &&
		classify.Method != cmp.Or(search.Method, spectrum.ForwardOverReverse) {
		return nil, bad("IndexAgainstLoss", "ClassifyConfig.Method", classify.Method,
			"the same as CriticalConfig.Method")
	}
	report, ctx := result.TakeProgress(ctx)
	var f *finder
	var points []IndexPoint
	for i, start := range starts {
		at, err := p.At(start)
		if err != nil {
			return points, err
		}
		if f == nil {
			if f, err = at.newFinder(ctx, search); err != nil {
				return nil, err
			}
			defer f.close()
		}
		point, err := f.findAndClassify(ctx, at, classify)
		if err != nil {
			return points, err
		}
		points = append(points, point)
		report(i+1, len(starts))
	}
	return points, nil
}

// findAndClassify is one point of IndexAgainstLoss.
func (f *finder) findAndClassify(ctx context.Context, start *Point, cfg ClassifyConfig) (
	IndexPoint, error) {
	defer start.Close()
	c, err := f.find(ctx, start)
	if err != nil {
		return IndexPoint{}, err
	}
	if c.Status == result.Converged && cfg.GradientTol == 0 {
		cfg.GradientTol = c.GradientNorm * (1 + 1e-6)
	}
	end, err := start.p.At(c.Theta)
	if err != nil {
		return IndexPoint{}, err
	}
	defer end.Close()
	class, err := end.classify(ctx, f.op, f.s, cfg)
	return IndexPoint{c, class}, err
}

// finder holds what searches from several starts share.
type finder struct {
	cfg   CriticalConfig
	op    *Operator
	s     *slope
	floor float64 // a gradient of this length counts as zero.
}

func (at *Point) newFinder(ctx context.Context, cfg CriticalConfig) (*finder, error) {
	if err := cfg.fill(at.p.params.Len()); err != nil {
		return nil, err
	}
	op, err := at.Hessian(ctx, HessianConfig{Method: cfg.Method})
	if err != nil {
		return nil, err
	}
	return &finder{cfg: cfg, op: op, s: at.p.newSlope()}, nil
}

func (cfg *CriticalConfig) fill(n int) error {
	cfg.Tol = cmp.Or(cfg.Tol, 1e-6)
	cfg.MaxIterations = cmp.Or(cfg.MaxIterations, 200)
	if cfg.Space == 0 {
		if cfg.Space = n; n > 300 {
			cfg.Space = 100
		}
	}
	cfg.Space = min(cfg.Space, n)
	const fn = "FindCritical"
	switch {
	case cfg.Search != GradientNorm && cfg.Search != SaddleFreeNewton:
		return bad(fn, "CriticalConfig.Search", cfg.Search, "GradientNorm or SaddleFreeNewton")
	case !(cfg.Tol > 0 && cfg.Tol < 1):
		return bad(fn, "CriticalConfig.Tol", cfg.Tol,
			"a number between 0 and 1, or 0 for the default of 1e-6")
	case !(cfg.AbsTol >= 0) || math.IsInf(cfg.AbsTol, 0):
		return bad(fn, "CriticalConfig.AbsTol", cfg.AbsTol,
			"a finite positive number, or 0 for what rounding leaves")
	case cfg.MaxIterations < 1:
		return bad(fn, "CriticalConfig.MaxIterations", cfg.MaxIterations,
			"at least 1, or 0 for the default of 200")
	case cfg.Space < 1:
		return bad(fn, "CriticalConfig.Space", cfg.Space, "at least 1, or 0 for the default")
	}
	return nil
}

func (f *finder) close() {
	f.op.Close()
	f.s.close()
}

// state is an iterate with its gradient.
type state struct {
	sample
	theta []float64
	norm  float64 // of the gradient.
}

func (f *finder) at(ctx context.Context, theta []float64, c *CriticalPoint) (state, error) {
	g, loss, err := f.s.at(ctx, theta)
	c.Cost = c.Cost.Plus(result.Gradients(1))
	return state{sample{loss, g}, theta, floats.Norm(g, 2)}, err
}

// find runs one search; the operator is left at its end.
func (f *finder) find(ctx context.Context, start *Point) (*CriticalPoint, error) {
	report, ctx := result.TakeProgress(ctx)
	if err := f.op.MoveTo(start.theta); err != nil {
		return nil, err
	}
	before := f.op.Cost()
	known, cost, err := start.sample(ctx, f.s)
	if err != nil {
		return nil, err
	}
	now := state{known, start.Theta(), floats.Norm(known.gradient, 2)}
	c := &CriticalPoint{StartLoss: now.loss, StartGradientNorm: now.norm, MadeBy: f.op.MadeBy(),
		Cost: cost}
	target := f.cfg.Tol * now.norm
	f.floor = f.cfg.AbsTol
	damping := 1e-3 // relative to the norm of H (squared for GradientNorm).
	for c.Status == result.NotTerminated {
		if err := now.finite("FindCritical", start.p.params); err != nil {
			return nil, fmt.Errorf("%w (after %d iterations)", err, c.Iterations)
		}
		c.Path = append(c.Path, CriticalStep{now.loss, now.norm, damping})
		switch {
		case now.norm <= math.Max(target, f.floor):
			c.Status = result.Converged
		case c.Iterations >= f.cfg.MaxIterations:
			c.Status = result.MaxIterations
		default:
			if now, damping, err = f.iterate(ctx, now, damping, c); err != nil {
				return nil, err
			}
			if c.Status == result.Converged { // already at the start.
				break
			}
			c.Iterations++
			report(c.Iterations, f.cfg.MaxIterations)
		}
	}
	c.Theta, c.Loss, c.GradientNorm = now.theta, now.loss, now.norm
	c.Distance = floats.Distance(start.theta, now.theta, 2)
	c.Cost = c.Cost.Plus(f.op.Cost().Minus(before))
	return c, f.op.MoveTo(now.theta)
}

// largestDamping ends a search: steps are then shorter than rounding.
const largestDamping = 1e12

// iterate takes one step, or sets c.Status to Stalled; to Converged where the first gradient is
// only rounding.
func (f *finder) iterate(ctx context.Context, now state, damping float64, c *CriticalPoint) (
	state, float64, error) {
	if err := f.op.MoveTo(now.theta); err != nil {
		return now, 0, err
	}
	model, err := f.model(ctx, now)
	if err != nil {
		return now, 0, err
	}
	c.Flatness = model.flatness
	if c.Iterations == 0 && f.cfg.AbsTol == 0 {
		f.floor = 10 * f.op.p.params.roundingUnit() * model.singular[0] *
			(1 + floats.Norm(now.theta, 2))
		if now.norm <= f.floor {
			c.Status = result.Converged
			return now, damping, nil
		}
	}
	for ; damping < largestDamping; damping *= 5 {
		s, predicted := model.step(f.cfg.Search, damping)
		theta := append([]float64{}, now.theta...)
		floats.Add(theta, s)
		next, err := f.at(ctx, theta, c)
		if err != nil {
			return now, 0, err
		}
		actual := now.norm*now.norm - next.norm*next.norm
		if f.cfg.Search == SaddleFreeNewton {
			actual = now.loss - next.loss
		}
		if gain := actual / predicted; predicted > 0 && gain > 1e-4 && !math.IsInf(gain, 0) {
			switch {
			case gain > 0.75:
				damping = math.Max(damping/5, 1e-15)
			case gain < 0.25:
				damping *= 3
			}
			return next, damping, nil
		}
	}
	c.Status = result.Stalled
	return now, damping, nil
}

// localModel is the gradient and the Hessian in a Krylov space.
type localModel struct {
	l        *spectrum.Krylov
	norm     float64   // ‖∇L‖: in the basis, ∇L = norm·e₁.
	u, v     mat.Dense // of the singular value decomposition of H on the space, (m+1) × m.
	singular []float64
	ritz     *spectrum.Ritz
	flatness float64
}

// model builds the Krylov space of the gradient at the operator's point.
func (f *finder) model(ctx context.Context, now state) (*localModel, error) {
	m := &localModel{norm: now.norm}
	var err error
	if m.l, err = spectrum.NewKrylov(ctx, f.op, now.gradient, f.cfg.Space); err != nil {
		return nil, err
	}
	k := m.l.Dim()
	outer := mat.NewDense(k+1, k, nil)
	outer.Copy(m.l.Projection())
	outer.Set(k, k-1, m.l.Beyond())
	var svd mat.SVD
	if !svd.Factorize(outer, mat.SVDThin) {
		return nil, fmt.Errorf("landscape: FindCritical: the singular values of the projected " +
			"Hessian didn't converge; is the loss finite around θ?")
	}
	svd.UTo(&m.u)
	svd.VTo(&m.v)
	m.singular = svd.Values(nil)
	if m.ritz, err = m.l.Ritz(); err != nil {
		return nil, err
	}
	if scale := m.singular[0]; scale > 0 {
		m.flatness = mat.Norm(outer.ColView(0), 2) / scale
	}
	return m, nil
}

// step returns the step at a relative damping, and by how much it should lower ‖∇L‖² (GradientNorm)
// or L (SaddleFreeNewton).
func (m *localModel) step(search CriticalSearch, damping float64) (s []float64, predicted float64) {
	k := m.l.Dim()
	y := make([]float64, k)
	if search == SaddleFreeNewton {
		mu := damping * math.Max(m.ritz.Norm(), math.SmallestNonzeroFloat64)
		for j, lambda := range m.ritz.Values {
			part := m.norm * m.ritz.Vectors.At(0, j)
			c := -part / (math.Abs(lambda) + mu)
			predicted -= part*c + lambda*c*c/2
			for i := range y {
				y[i] += c * m.ritz.Vectors.At(i, j)
			}
		}
	} else {
		mu := damping * m.singular[0] * m.singular[0]
		for j, sigma := range m.singular {
			if sigma == 0 {
				continue
			}
			part := m.norm * m.u.At(0, j)
			c := -sigma * part / (sigma*sigma + mu)
			predicted += part*part - (part+sigma*c)*(part+sigma*c)
			for i := range y {
				y[i] += c * m.v.At(i, j)
			}
		}
	}
	return m.l.Combine(y), predicted
}
