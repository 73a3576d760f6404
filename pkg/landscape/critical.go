package landscape

import (
	"cmp"
	"context"
	"fmt"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// CriticalMethod is how FindCritical looks for a point with ∇L = 0.
type CriticalMethod int

const (
	// GradientNorm minimises ½‖∇L‖² by damped Gauss–Newton (Levenberg–Marquardt): it goes to a critical point of any index, often the
	// nearest, and so visits saddles. The default. Source: Pennington and Bahri 2017; Frye et al. 2021, "Critical
	// Point-Finding Methods Reveal Gradient-Flat Regions of Deep Network Losses".
	GradientNorm CriticalMethod = iota
	// SaddleFreeNewton minimises L with steps −(|H| + μ)⁻¹∇L: saddles repel it, so it goes to a minimum. Source: Dauphin et al. 2014,
	// "Identifying and attacking the saddle point problem".
	SaddleFreeNewton
)

// CriticalConfig is what FindCritical takes. Its zero value is the documented default.
type CriticalConfig struct {
	Theta  []float64 // the start; default nil: the store's current weights.
	Method CriticalMethod
	// Tol: converged when ‖∇L‖ is at most Tol times that at the start, or at most AbsTol. Defaults 1e-6 and 1e-12. Weights of
	// float32 rarely allow less than about 1e-4.
	Tol, AbsTol   float64
	MaxIterations int // each takes up to Space products and a gradient. Default 200.
	// Space is the dimension of the Krylov space of ∇L in which each step is found: n gives the exact Newton-type step. Default: n up
	// to 300 weights, else 100.
	Space int
	// Products is how products with the Hessian are made. Default ForwardOverReverse.
	Products spectrum.Method
	Seed     uint64
	Progress func(done, total int) // iterations; default nil.
}

// CriticalPoint is where a search ended.
type CriticalPoint struct {
	Theta                           []float64
	Loss, StartLoss                 float64
	GradientNorm, StartGradientNorm float64
	// Flatness is ‖H∇L‖/(‖H‖·‖∇L‖), 0 … 1. A search that stalled with a tiny one sits at a local minimum of ‖∇L‖² that is no critical point
	// of L ("gradient-flat").
	Flatness   float64
	Distance   float64 // ‖θ − start‖.
	Status     Status
	Iterations int
	// Path is what happened, one entry an iteration, the start first.
	Path []CriticalStep
	spectrum.MadeBy
	Cost Cost
}

// CriticalStep is one iterate of a search.
type CriticalStep struct{ Loss, GradientNorm, Damping float64 }

// FindCritical looks for a critical point from a start. Take its Theta to Classify for its index. Status tells whether it got there: a point
// that hasn't Converged isn't critical.
//
// Each iteration builds the Krylov space of the gradient by Lanczos, in which both H's projection and what leaves the space are known, so that
// steps with any damping μ cost no further product:
//
//	GradientNorm:      minimise ‖∇L + H·s‖² + μ‖s‖² over s in the space
//	SaddleFreeNewton:  s = −V(|T| + μ)⁻¹Vᵀ∇L
//
// A step is taken if it lowers ‖∇L‖ (or L); else μ grows. Cost: up to Space products and at least one gradient an iteration.
func (p *Problem) FindCritical(ctx context.Context, cfg CriticalConfig) (*CriticalPoint, error) {
	f, err := p.newFinder(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer f.close()
	return f.find(ctx, cfg.Theta)
}

// IndexPoint is a critical point that was found and what kind it is.
type IndexPoint struct {
	Point *CriticalPoint
	Class *Classification
}

// IndexAgainstLoss finds a critical point from each start and classifies it: the points of the plot of index against loss of Dauphin et al.
// 2014 (figure 1). Searches that don't converge are in the result too, with their Status. The tolerance for the gradient in classify is raised to
// what the search reached where it converged. Both use one operator, that of CriticalConfig.Products. progress may be nil; it is called with the
// starts done.
func (p *Problem) IndexAgainstLoss(ctx context.Context, starts [][]float64, cfg CriticalConfig, kind ClassifyConfig,
	progress func(done, total int)) ([]IndexPoint, error) {
	if kind.Method != spectrum.Unstated && kind.Method != cmp.Or(cfg.Products, spectrum.ForwardOverReverse) {
		return nil, bad("IndexAgainstLoss", "ClassifyConfig.Method", kind.Method, "the same as CriticalConfig.Products")
	}
	f, err := p.newFinder(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer f.close()
	var points []IndexPoint
	for i, start := range starts {
		c, err := f.find(ctx, start)
		if err != nil {
			return points, err
		}
		k := kind
		if c.Status == Converged && k.GradientTol == 0 {
			k.GradientTol = c.GradientNorm * (1 + 1e-6)
		}
		class, err := classify(ctx, f.op, f.s, k)
		if err != nil {
			return points, err
		}
		points = append(points, IndexPoint{c, class})
		if progress != nil {
			progress(i+1, len(starts))
		}
	}
	return points, nil
}

// finder holds what searches from several starts share.
type finder struct {
	cfg CriticalConfig
	op  *Operator
	s   *slope
}

func (p *Problem) newFinder(ctx context.Context, cfg CriticalConfig) (*finder, error) {
	n := p.params.Len()
	if cfg.Tol == 0 {
		cfg.Tol = 1e-6
	}
	if cfg.AbsTol == 0 {
		cfg.AbsTol = 1e-12
	}
	if cfg.MaxIterations == 0 {
		cfg.MaxIterations = 200
	}
	if cfg.Space == 0 {
		if cfg.Space = n; n > 300 {
			cfg.Space = 100
		}
	}
	cfg.Space = min(cfg.Space, n)
	switch {
	case !(cfg.Tol > 0):
		return nil, bad("FindCritical", "CriticalConfig.Tol", cfg.Tol, "a positive number, or 0 for the default of 1e-6")
	case !(cfg.AbsTol > 0):
		return nil, bad("FindCritical", "CriticalConfig.AbsTol", cfg.AbsTol, "a positive number, or 0 for the default of 1e-12")
	case cfg.MaxIterations < 1:
		return nil, bad("FindCritical", "CriticalConfig.MaxIterations", cfg.MaxIterations, "at least 1, or 0 for the default of 200")
	case cfg.Space < 1:
		return nil, bad("FindCritical", "CriticalConfig.Space", cfg.Space, "at least 1, or 0 for the default")
	}
	op, err := p.Hessian(ctx, HessianConfig{Theta: cfg.Theta, Method: cfg.Products})
	if err != nil {
		return nil, err
	}
	return &finder{cfg: cfg, op: op, s: p.newSlope()}, nil
}

func (f *finder) close() {
	f.op.Close()
	f.s.close()
}

// state is an iterate with its gradient.
type state struct {
	theta, g   []float64
	loss, norm float64
}

func (f *finder) at(ctx context.Context, theta []float64, c *CriticalPoint) (state, error) {
	g, loss, err := f.s.at(ctx, theta)
	c.Cost = c.Cost.Plus(result.Gradients(1))
	return state{theta, g, loss, floats.Norm(g, 2)}, err
}

// find runs one search; the operator is left at its end.
func (f *finder) find(ctx context.Context, start []float64) (*CriticalPoint, error) {
	if err := f.op.MoveTo(start); err != nil {
		return nil, err
	}
	before := f.op.Cost()
	c := &CriticalPoint{MadeBy: f.op.MadeBy()}
	now, err := f.at(ctx, f.op.Theta(), c)
	if err != nil {
		return nil, err
	}
	origin := now.theta
	c.StartLoss, c.StartGradientNorm = now.loss, now.norm
	target := math.Max(f.cfg.Tol*now.norm, f.cfg.AbsTol)
	damping := 1e-3 // relative to the norm of H (squared for GradientNorm).
	for c.Status == NotTerminated {
		c.Path = append(c.Path, CriticalStep{now.loss, now.norm, damping})
		switch {
		case now.norm <= target:
			c.Status = Converged
		case math.IsNaN(now.norm) || math.IsInf(now.norm, 0):
			return nil, fmt.Errorf("landscape: FindCritical: the gradient isn't finite after %d iterations", c.Iterations)
		case c.Iterations >= f.cfg.MaxIterations:
			c.Status = MaxIterations
		default:
			if now, damping, err = f.iterate(ctx, now, damping, c); err != nil {
				return nil, err
			}
			c.Iterations++
			if f.cfg.Progress != nil {
				f.cfg.Progress(c.Iterations, f.cfg.MaxIterations)
			}
		}
	}
	c.Theta, c.Loss, c.GradientNorm = now.theta, now.loss, now.norm
	c.Distance = floats.Distance(origin, now.theta, 2)
	c.Cost = c.Cost.Plus(f.op.Cost().Minus(before))
	return c, f.op.MoveTo(now.theta)
}

// largestDamping ends a search: steps are then shorter than rounding.
const largestDamping = 1e12

// iterate takes one step, or sets c.Status to Stalled.
func (f *finder) iterate(ctx context.Context, now state, damping float64, c *CriticalPoint) (state, float64, error) {
	if err := f.op.MoveTo(now.theta); err != nil {
		return now, 0, err
	}
	model, err := f.model(ctx, now)
	if err != nil {
		return now, 0, err
	}
	c.Flatness = model.flatness
	for ; damping < largestDamping; damping *= 5 {
		s, predicted := model.step(f.cfg.Method, damping)
		theta := append([]float64{}, now.theta...)
		floats.Add(theta, s)
		next, err := f.at(ctx, theta, c)
		if err != nil {
			return now, 0, err
		}
		actual := now.norm*now.norm - next.norm*next.norm
		if f.cfg.Method == SaddleFreeNewton {
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
	c.Status = Stalled
	return now, damping, nil
}

// localModel is the gradient and the Hessian in a Krylov space.
type localModel struct {
	l        *spectrum.Krylov
	norm     float64   // ‖∇L‖: in the basis, ∇L = norm·e₁.
	u, v     mat.Dense // of the singular value decomposition of the (m+1) × m matrix of H on the space.
	singular []float64
	ritz     *spectrum.Ritz
	flatness float64
}

// model builds the Krylov space of the gradient at the operator's point.
func (f *finder) model(ctx context.Context, now state) (*localModel, error) {
	m := &localModel{norm: now.norm}
	var err error
	if m.l, err = spectrum.NewKrylov(ctx, f.op, now.g, f.cfg.Space); err != nil {
		return nil, err
	}
	k := m.l.Dim()
	outer := mat.NewDense(k+1, k, nil)
	outer.Copy(m.l.Projection())
	outer.Set(k, k-1, m.l.Beyond())
	var svd mat.SVD
	if !svd.Factorize(outer, mat.SVDThin) {
		return nil, fmt.Errorf("landscape: FindCritical: the singular values of the projected Hessian didn't converge")
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

// step returns the step at a relative damping, and by how much it should lower ‖∇L‖² (GradientNorm) or L (SaddleFreeNewton).
func (m *localModel) step(method CriticalMethod, damping float64) (s []float64, predicted float64) {
	k := m.l.Dim()
	y := make([]float64, k)
	if method == SaddleFreeNewton {
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
