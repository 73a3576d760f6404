package landscape

import (
	"context"
	"fmt"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
)

// Verdict says what kind of point θ is, as far as first and second derivatives can tell.
type Verdict int

const (
	// NotCritical: the gradient isn't zero.
	NotCritical Verdict = iota
	// LocalMinimum: critical, and all eigenvalues of the Hessian are positive.
	LocalMinimum
	// Saddle: critical, with negative and positive eigenvalues.
	Saddle
	// LocalMaximum: critical, and all eigenvalues are negative.
	LocalMaximum
	// Plateau: the gradient is small here and at points all round within the radius, and nothing says minimum, maximum or saddle.
	Plateau
	// Degenerate: critical, some eigenvalues are zero and the others have one sign (or all are zero, without a plateau), so second
	// derivatives don't decide. The usual verdict on a trained network, most of whose eigenvalues are nearly zero: then read Index. Also
	// where the end that decides is less than its residual away from zero, so that its sign isn't known.
	Degenerate
)

// String names the verdict.
func (v Verdict) String() string {
	names := [...]string{"not critical", "local minimum", "saddle", "local maximum", "plateau", "degenerate"}
	if v < 0 || int(v) >= len(names) {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return names[v]
}

// ClassifyConfig is what Classify takes. Its zero value is the documented default.
type ClassifyConfig struct {
	Theta []float64 // where; default nil: the store's current weights.
	// GradientTol: the point is critical if ‖∇L‖ is at most this. Default √u·max(1, ‖H‖₂), u twice the dtype's rounding unit (3.5e-4 in float32,
	// 1.5e-8 in float64, at ‖H‖ ≤ 1): the gradient at a distance of √u from a critical point, which is as near as the loss's values could
	// tell.
	GradientTol float64
	// EigenTol: an eigenvalue counts as zero within ±EigenTol·‖H‖₂. Default the largest of 1e-6, 10·√n·u, which is what rounding leaves, and
	// the method's stated error.
	EigenTol float64
	// Exact is the largest number of weights for which all eigenvalues are computed, at one product each; beyond it the two ends come from
	// Lanczos and the index from the spectral density. At most DenseLimit. Default 500; −1: never.
	Exact int
	// Lanczos and Density are used beyond Exact. Lanczos.Tol's default here is EigenTol, but at least 1e-5.
	Lanczos spectrum.LanczosConfig
	Density spectrum.DensityConfig
	// PlateauRadius and PlateauGradient: a plateau is where ‖∇L‖ is at most PlateauGradient, here and at 4 random points at the distance
	// PlateauRadius. Defaults 0.5 and 0.01: choices, not constants of nature.
	PlateauRadius, PlateauGradient float64
	Seed                           uint64
	// Method is how products with the Hessian are made. Default ForwardOverReverse.
	Method spectrum.Method
}

// Classification is what Classify found at a point, with the tolerances it used.
type Classification struct {
	Verdict Verdict
	// Why gives the reason in numbers, and what would change the verdict.
	Why  string
	Loss float64

	GradientNorm, GradientTol float64

	// Lowest and Highest are the ends of the spectrum, each known to within its residual (0 if Exact).
	Lowest, Highest                 float64
	LowestResidual, HighestResidual float64
	EigenTol                        float64 // absolute: eigenvalues within ± this count as zero.
	// Index is the share of eigenvalues below −EigenTol, Zero the share within ±EigenTol; their StdErr is 0 if Exact, else that of the
	// spectral density over its probes.
	Index, Zero Estimate
	Exact       bool
	Eigenvalues []float64 // all of them, ascending, if Exact.
	// PlateauGradients are ‖∇L‖ at the points all round, if they were looked at.
	PlateauGradients []float64
	Status           Status // Lanczos'; Converged if Exact.
	spectrum.MadeBy
	Cost Cost
}

// Classify says what kind of point θ is: gradient, ends of the spectrum, index, and the verdict with its tolerances.
//
// Cost: a gradient and n products up to Exact weights; beyond, Lanczos at both ends and Density.Probes·Density.Steps products; four gradients
// if it may be a plateau.
func (p *Problem) Classify(ctx context.Context, cfg ClassifyConfig) (*Classification, error) {
	op, err := p.Hessian(ctx, HessianConfig{Theta: cfg.Theta, Method: cfg.Method})
	if err != nil {
		return nil, err
	}
	defer op.Close()
	s := p.newSlope()
	defer s.close()
	return classify(ctx, op, s, cfg)
}

// classify is Classify at the operator's point.
func classify(ctx context.Context, op *Operator, s *slope, cfg ClassifyConfig) (*Classification, error) {
	if err := cfg.fill(op); err != nil {
		return nil, err
	}
	before := op.Cost()
	theta := op.Theta()
	g, loss, err := s.at(ctx, theta)
	if err != nil {
		return nil, err
	}
	c := &Classification{MadeBy: op.MadeBy(), Loss: loss, GradientNorm: floats.Norm(g, 2), Cost: result.Gradients(1)}
	if err := c.spectrum(ctx, op, cfg); err != nil {
		return nil, err
	}
	if c.GradientTol = cfg.GradientTol; c.GradientTol == 0 {
		u := 2 * op.p.params.roundingUnit()
		c.GradientTol = math.Sqrt(u) * math.Max(1, math.Max(math.Abs(c.Lowest), math.Abs(c.Highest)))
	}
	if c.mayBePlateau(cfg) {
		if err := c.lookAround(ctx, s, theta, cfg); err != nil {
			return nil, err
		}
	}
	c.decide(cfg)
	c.Cost = c.Cost.Plus(op.Cost().Minus(before))
	return c, nil
}

func (cfg *ClassifyConfig) fill(op *Operator) error {
	for name, x := range map[string]float64{"GradientTol": cfg.GradientTol, "EigenTol": cfg.EigenTol,
		"PlateauRadius": cfg.PlateauRadius, "PlateauGradient": cfg.PlateauGradient} {
		if x < 0 || math.IsNaN(x) {
			return bad("Classify", "ClassifyConfig."+name, x, "a positive number, or 0 for the default")
		}
	}
	if cfg.EigenTol == 0 {
		cfg.EigenTol = math.Max(1e-6, math.Max(20*math.Sqrt(float64(op.Dim()))*op.p.params.roundingUnit(), op.MadeBy().MethodError))
	}
	if cfg.Exact == 0 {
		cfg.Exact = 500
	}
	if cfg.Exact > spectrum.DenseLimit {
		return bad("Classify", "ClassifyConfig.Exact", cfg.Exact, fmt.Sprintf("at most %d", spectrum.DenseLimit))
	}
	if cfg.PlateauRadius == 0 {
		cfg.PlateauRadius = 0.5
	}
	if cfg.PlateauGradient == 0 {
		cfg.PlateauGradient = 0.01
	}
	if cfg.Lanczos.Tol == 0 {
		cfg.Lanczos.Tol = math.Max(1e-5, cfg.EigenTol)
	}
	return nil
}

// spectrum measures the ends of the spectrum and the index.
func (c *Classification) spectrum(ctx context.Context, op *Operator, cfg ClassifyConfig) error {
	if c.Exact = op.Dim() <= cfg.Exact; c.Exact {
		dense, err := spectrum.NewDense(ctx, op)
		if err != nil {
			return err
		}
		if c.Eigenvalues, err = dense.Eigenvalues(); err != nil {
			return err
		}
		n := len(c.Eigenvalues)
		c.Lowest, c.Highest, c.Status = c.Eigenvalues[0], c.Eigenvalues[n-1], Converged
		c.EigenTol = cfg.EigenTol * math.Max(math.Abs(c.Lowest), math.Abs(c.Highest))
		negative, zero, _ := spectrum.Index(c.Eigenvalues, c.EigenTol)
		c.Index = Estimate{Value: float64(negative) / float64(n), N: n}
		c.Zero = Estimate{Value: float64(zero) / float64(n), N: n}
		return nil
	}
	ends, err := spectrum.Lanczos(ctx, op, 1, spectrum.BothEnds, cfg.Lanczos)
	if err != nil {
		return err
	}
	last := len(ends.Values) - 1
	c.Lowest, c.LowestResidual = ends.Values[0], ends.Residuals[0]
	c.Highest, c.HighestResidual = ends.Values[last], ends.Residuals[last]
	c.Status = ends.Status
	c.EigenTol = cfg.EigenTol * ends.Norm
	density, err := spectrum.NewDensity(ctx, op, cfg.Density)
	if err != nil {
		return err
	}
	c.Index = density.Index(c.EigenTol)
	c.Zero = density.Mean(func(x float64) float64 {
		if math.Abs(x) <= c.EigenTol {
			return 1
		}
		return 0
	})
	return nil
}

func (c *Classification) critical() bool { return c.GradientNorm <= c.GradientTol }

func (c *Classification) mayBePlateau(cfg ClassifyConfig) bool {
	flat := c.Lowest >= -c.EigenTol && c.Highest <= c.EigenTol
	return c.GradientNorm <= cfg.PlateauGradient && (flat || !c.critical())
}

// lookAround measures the gradient at four random points at the plateau's radius.
func (c *Classification) lookAround(ctx context.Context, s *slope, theta []float64, cfg ClassifyConfig) error {
	r := rand.New(rand.NewPCG(cfg.Seed, 1))
	for range 4 {
		at := unit(gaussian(r, len(theta)))
		floats.Scale(cfg.PlateauRadius, at)
		floats.Add(at, theta)
		g, _, err := s.at(ctx, at)
		if err != nil {
			return err
		}
		c.PlateauGradients = append(c.PlateauGradients, floats.Norm(g, 2))
	}
	c.Cost = c.Cost.Plus(result.Gradients(4))
	return nil
}

// decide sets the verdict and its reason.
func (c *Classification) decide(cfg ClassifyConfig) {
	switch {
	case len(c.PlateauGradients) > 0 && floats.Max(c.PlateauGradients) <= cfg.PlateauGradient:
		c.Verdict = Plateau
		c.Why = fmt.Sprintf("‖∇L‖ is %.2g here and at most %.2g at the distance %g; a plateau gradient below that would make it %s",
			c.GradientNorm, floats.Max(c.PlateauGradients), cfg.PlateauRadius, map[bool]string{true: "degenerate", false: "not critical"}[c.critical()])
	case !c.critical():
		c.Verdict = NotCritical
		c.Why = fmt.Sprintf("‖∇L‖ = %.3g exceeds the tolerance %.2g; with one of at least %.3g it would be critical, with %.3g %% of the eigenvalues negative",
			c.GradientNorm, c.GradientTol, c.GradientNorm, 100*c.Index.Value)
	default:
		c.Verdict, c.Why = c.bySigns()
	}
	if c.Status != Converged {
		c.Why += fmt.Sprintf("; the ends of the spectrum have not converged (%s, residuals %.2g and %.2g)", c.Status, c.LowestResidual, c.HighestResidual)
	}
}

// bySigns is the verdict on a critical point. Lanczos' ends are Rayleigh quotients, so the true ones lie beyond them: that is enough to know
// a saddle. That all eigenvalues have one sign is only as sure as the nearer end's residual.
func (c *Classification) bySigns() (Verdict, string) {
	low, high := withResidual(c.Lowest, c.LowestResidual), withResidual(c.Highest, c.HighestResidual)
	negative, positive := c.Lowest < -c.EigenTol, c.Highest > c.EigenTol
	zeros := c.Zero.Value > 0 || math.Abs(c.Lowest) <= c.EigenTol || math.Abs(c.Highest) <= c.EigenTol
	switch {
	case negative && positive:
		return Saddle, fmt.Sprintf("λmin = %s and λmax = %s, %.3g %% of the eigenvalues are negative; it would no longer be a saddle with a tolerance of %.2g (here %.2g)",
			low, high, 100*c.Index.Value, math.Min(-c.Lowest, c.Highest), c.EigenTol)
	case zeros:
		return Degenerate, fmt.Sprintf("%.3g %% of the eigenvalues are within ±%.2g of zero (λmin = %s, λmax = %s) and none has the other sign; third or higher derivatives decide, or a smaller tolerance",
			100*c.Zero.Value, c.EigenTol, low, high)
	case positive && c.Lowest-c.LowestResidual <= c.EigenTol:
		return Degenerate, fmt.Sprintf("λmin = %s, so that its sign isn't known (tolerance %.2g); a local minimum if more products with the Hessian bring the residual below %.2g",
			low, c.EigenTol, c.Lowest-c.EigenTol)
	case negative && c.Highest+c.HighestResidual >= -c.EigenTol:
		return Degenerate, fmt.Sprintf("λmax = %s, so that its sign isn't known (tolerance %.2g); a local maximum if more products with the Hessian bring the residual below %.2g",
			high, c.EigenTol, -c.Highest-c.EigenTol)
	case positive:
		return LocalMinimum, fmt.Sprintf("λmin = %s; with a tolerance of at least that (here %.2g) it would be degenerate", low, c.EigenTol)
	}
	return LocalMaximum, fmt.Sprintf("λmax = %s; with a tolerance of at least %.4g (here %.2g) it would be degenerate", high, -c.Highest, c.EigenTol)
}

// withResidual prints an eigenvalue with its residual, if it has one.
func withResidual(eigenvalue, residual float64) string {
	if residual == 0 {
		return fmt.Sprintf("%.4g", eigenvalue)
	}
	return fmt.Sprintf("%.4g ± %.1g", eigenvalue, residual)
}
