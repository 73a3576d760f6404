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
	// Plateau: the gradient is small here and at random points around, and nothing says minimum,
	// maximum or saddle.
	Plateau
	// Degenerate: critical, but second derivatives don't decide. Some eigenvalues are zero and the
	// others have one sign, or all are zero without a plateau; or the end of the spectrum that
	// decides is closer to zero than its residual, so its sign isn't known. This is the usual
	// verdict on a trained network, most of whose eigenvalues are nearly zero: read Index instead.
	Degenerate
)

// String names the verdict.
func (v Verdict) String() string {
	names := [...]string{"not critical", "local minimum", "saddle", "local maximum", "plateau",
		"degenerate"}
	if v < 0 || int(v) >= len(names) {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return names[v]
}

// NeverExact, as ClassifyConfig.Exact, always estimates the spectrum.
const NeverExact = -1

// ClassifyConfig is what Classify takes. Its zero value is the documented default.
type ClassifyConfig struct {
	// GradientTol: the point is critical if ‖∇L‖ is at most this, in the unit of the loss.
	//
	// Default √u·‖H‖₂, with u twice the dtype's rounding unit: 3.5e-4·‖H‖ in float32 and
	// 1.5e-8·‖H‖ in float64. That is the gradient at a distance of √u from a critical point. The
	// values of the loss couldn't tell a nearer point from the critical one. The default scales
	// with the loss, so the verdict doesn't depend on the unit.
	GradientTol float64
	// EigenTol: an eigenvalue counts as zero within ±EigenTol·‖H‖₂.
	//
	// Default the largest of 1e-6, 10·√n·u (what rounding leaves) and the method's stated error.
	EigenTol float64
	// Exact is the largest number of weights for which all eigenvalues are computed, at one product
	// each. Beyond it the two ends come from Lanczos, and the index from the spectral density.
	// Range: at most spectrum.DenseLimit, or NeverExact.
	// Default 500.
	Exact int
	// Lanczos is used beyond Exact. Lanczos.Tol's default here is EigenTol, but at least 1e-5.
	Lanczos spectrum.LanczosConfig
	// Density is used beyond Exact.
	Density spectrum.DensityConfig
	// PlateauGradient: the point is on a plateau if ‖∇L‖·max(‖θ‖, PlateauRadius)/|L| is at most
	// this, both here and at 4 random points at the distance PlateauRadius. ‖θ‖ and L are always
	// those of the point itself. The number is, to first order, the relative change of the loss
	// when the weights change by their own length, so it has no unit. It needs a loss whose zero
	// means something: where L is 0 there is no plateau.
	// Default 0.04: a choice, not a constant of nature.
	PlateauGradient float64
	// PlateauRadius is in the unit of the weights.
	// Default 0.5: also a choice.
	PlateauRadius float64
	// Seed decides the random points around.
	Seed uint64
	// Method is how products with the Hessian are made.
	// Default ForwardOverReverse.
	Method spectrum.Method
}

// Classification is what Classify found at a point, with the tolerances it used.
type Classification struct {
	Verdict Verdict
	// Why gives the reason in numbers, and what would change the verdict.
	Why  string
	Loss float64

	// GradientNorm is ‖∇L‖. The point is critical if GradientNorm is at most GradientTol, and may
	// be on a plateau if it is at most PlateauTol. All three are absolute.
	GradientNorm, GradientTol, PlateauTol float64

	// Lowest and Highest are the ends of the spectrum.
	Lowest, Highest float64
	// LowestResidual and HighestResidual say how well the ends are known; 0 if Exact.
	LowestResidual, HighestResidual float64
	// EigenTol is absolute: eigenvalues within ± this count as zero.
	EigenTol float64
	// Index is the share of eigenvalues below −EigenTol, and Zero the share within ±EigenTol. If
	// Exact, their StdErr is 0; else it is the standard error of the spectral density over its
	// probes.
	Index, Zero result.Estimate
	// Exact says whether all eigenvalues were computed.
	Exact bool
	// Eigenvalues are all of them, ascending, if Exact.
	Eigenvalues []float64
	// Density is the spectral density that Index and Zero come from; nil if Exact.
	Density *spectrum.Density
	// PlateauGradients are ‖∇L‖ at the random points around, if they were measured.
	PlateauGradients []float64
	// Status is that of Lanczos; Converged if Exact.
	Status result.Status
	spectrum.MadeBy
	Cost result.Cost
}

// Classify says what kind of point θ is. It measures the gradient, the ends of the spectrum and the
// index, and returns the verdict with its tolerances. A loss or a gradient that isn't finite is an
// error, and so is a Hessian that isn't symmetric ([ErrNotSymmetric]). Multiplying the loss by a
// positive constant doesn't change the verdict.
//
// Progress: products. Cost: a gradient, and n products for up to Exact weights. Beyond, the
// products are those of Lanczos at both ends and the Density.Probes·Density.Steps of the spectral
// density; only the latter count as progress. A possible plateau takes four more gradients.
func (at *Point) Classify(ctx context.Context, cfg ClassifyConfig) (*Classification, error) {
	op, err := at.Hessian(ctx, HessianConfig{Method: cfg.Method})
	if err != nil {
		return nil, err
	}
	defer op.Close()
	s := at.p.newSlope()
	defer s.close()
	return at.classify(ctx, op, s, cfg)
}

// classify is Classify with a Hessian that is at the point, and a program.
func (at *Point) classify(ctx context.Context, op *Operator, s *slope, cfg ClassifyConfig) (
	*Classification, error) {
	if err := cfg.fill(op); err != nil {
		return nil, err
	}
	before := op.Cost()
	known, cost, err := at.sample(ctx, s)
	if err == nil {
		err = known.finite("Classify", at.p.params)
	}
	if err != nil {
		return nil, err
	}
	c := &Classification{MadeBy: op.MadeBy(), Loss: known.loss, Cost: cost,
		GradientNorm: floats.Norm(known.gradient, 2)}
	if err := c.spectrum(ctx, op, cfg); err != nil {
		return nil, err
	}
	if c.GradientTol = cfg.GradientTol; c.GradientTol == 0 {
		u := 2 * at.p.params.roundingUnit()
		c.GradientTol = math.Sqrt(u) * math.Max(math.Abs(c.Lowest), math.Abs(c.Highest))
	}
	c.PlateauTol = cfg.PlateauGradient * math.Abs(c.Loss) /
		math.Max(floats.Norm(at.theta, 2), cfg.PlateauRadius)
	if c.mayBePlateau() {
		if err := c.lookAround(ctx, s, at.theta, cfg); err != nil {
			return nil, err
		}
	}
	c.decide(cfg)
	c.Cost = c.Cost.Plus(op.Cost().Minus(before))
	return c, nil
}

func (cfg *ClassifyConfig) fill(op *Operator) error {
	for name, x := range map[string]float64{
		"GradientTol": cfg.GradientTol, "EigenTol": cfg.EigenTol,
		"PlateauRadius": cfg.PlateauRadius, "PlateauGradient": cfg.PlateauGradient,
	} {
		if x < 0 || math.IsNaN(x) || math.IsInf(x, 0) {
			return bad("Classify", "ClassifyConfig."+name, x,
				"a finite positive number, or 0 for the default")
		}
	}
	if cfg.EigenTol == 0 {
		rounding := 20 * math.Sqrt(float64(op.Dim())) * op.p.params.roundingUnit()
		cfg.EigenTol = math.Max(1e-6, math.Max(rounding, op.MadeBy().MethodError))
	}
	cfg.Exact = cmp.Or(cfg.Exact, 500)
	if cfg.Exact > spectrum.DenseLimit || cfg.Exact < NeverExact {
		return bad("Classify", "ClassifyConfig.Exact", cfg.Exact,
			fmt.Sprintf("at most %d, NeverExact, or 0 for the default of 500", spectrum.DenseLimit))
	}
	cfg.PlateauRadius = cmp.Or(cfg.PlateauRadius, 0.5)
	cfg.PlateauGradient = cmp.Or(cfg.PlateauGradient, 0.04)
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
		if err := op.asymmetric(ctx, dense.Asymmetry); err != nil {
			return err
		}
		if c.Eigenvalues, err = dense.Eigenvalues(); err != nil {
			return err
		}
		n := len(c.Eigenvalues)
		c.Lowest, c.Highest, c.Status = c.Eigenvalues[0], c.Eigenvalues[n-1], result.Converged
		c.EigenTol = cfg.EigenTol * math.Max(math.Abs(c.Lowest), math.Abs(c.Highest))
		negative, zero, _ := spectrum.Index(c.Eigenvalues, c.EigenTol)
		c.Index = result.Estimate{Value: float64(negative) / float64(n), N: n}
		c.Zero = result.Estimate{Value: float64(zero) / float64(n), N: n}
		return nil
	}
	_, silent := result.TakeProgress(ctx)
	ends, err := spectrum.Lanczos(silent, op, 1, spectrum.BothEnds, cfg.Lanczos)
	if err != nil {
		return err
	}
	last := len(ends.Values) - 1
	c.Lowest, c.LowestResidual = ends.Values[0], ends.Residuals[0]
	c.Highest, c.HighestResidual = ends.Values[last], ends.Residuals[last]
	c.Status = ends.Status
	c.EigenTol = cfg.EigenTol * ends.Norm
	if c.Density, err = spectrum.NewDensity(ctx, op, cfg.Density); err != nil {
		return err
	}
	c.Index = c.Density.Index(c.EigenTol)
	c.Zero = c.Density.Mean(func(x float64) float64 {
		if math.Abs(x) <= c.EigenTol {
			return 1
		}
		return 0
	})
	return nil
}

func (c *Classification) critical() bool { return c.GradientNorm <= c.GradientTol }

func (c *Classification) mayBePlateau() bool {
	flat := c.Lowest >= -c.EigenTol && c.Highest <= c.EigenTol
	return c.GradientNorm <= c.PlateauTol && (flat || !c.critical())
}

// lookAround measures the gradient at four random points at the plateau's radius.
func (c *Classification) lookAround(ctx context.Context, s *slope, theta []float64,
	cfg ClassifyConfig) error {
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
	switch around := c.PlateauGradients; {
	case len(around) > 0 && floats.Max(around) <= c.PlateauTol:
		otherwise := NotCritical
		if c.critical() {
			otherwise = Degenerate
		}
		c.Verdict = Plateau
		c.Why = fmt.Sprintf("‖∇L‖ is %.2g here and at most %.2g at the distance %g; "+
			"a plateau's tolerance below that (here %.2g) would make it %s",
			c.GradientNorm, floats.Max(around), cfg.PlateauRadius, c.PlateauTol, otherwise)
	case !c.critical():
		c.Verdict = NotCritical
		c.Why = fmt.Sprintf("‖∇L‖ = %.3g exceeds the tolerance %.2g; with one of at least %.3g "+
			"it would be critical, with %.3g %% of the eigenvalues negative",
			c.GradientNorm, c.GradientTol, c.GradientNorm, 100*c.Index.Value)
	default:
		c.Verdict, c.Why = c.bySigns()
	}
	if c.Status != result.Converged {
		c.Why += fmt.Sprintf("; the ends of the spectrum have not converged "+
			"(%s, residuals %.2g and %.2g)", c.Status, c.LowestResidual, c.HighestResidual)
	}
}

// bySigns is the verdict on a critical point. Lanczos' ends are Rayleigh quotients, so the true
// ones lie beyond them: that is enough to know a saddle. That all eigenvalues have one sign is only
// as sure as the nearer end's residual.
func (c *Classification) bySigns() (Verdict, string) {
	low := withResidual(c.Lowest, c.LowestResidual)
	high := withResidual(c.Highest, c.HighestResidual)
	negative, positive := c.Lowest < -c.EigenTol, c.Highest > c.EigenTol
	zeros := c.Zero.Value > 0 || math.Abs(c.Lowest) <= c.EigenTol ||
		math.Abs(c.Highest) <= c.EigenTol
	switch {
	case negative && positive:
		return Saddle, fmt.Sprintf("λmin = %s and λmax = %s, %.3g %% of the eigenvalues are "+
			"negative; it would no longer be a saddle with a tolerance of %.2g (here %.2g)",
			low, high, 100*c.Index.Value, math.Min(-c.Lowest, c.Highest), c.EigenTol)
	case zeros:
		return Degenerate, fmt.Sprintf("%.3g %% of the eigenvalues are within ±%.2g of zero "+
			"(λmin = %s, λmax = %s) and none has the other sign; third or higher derivatives "+
			"decide, or a smaller tolerance", 100*c.Zero.Value, c.EigenTol, low, high)
	case positive && c.Lowest-c.LowestResidual <= c.EigenTol:
		return Degenerate, c.unknownSign("λmin", low, LocalMinimum, c.Lowest-c.EigenTol)
	case negative && c.Highest+c.HighestResidual >= -c.EigenTol:
		return Degenerate, c.unknownSign("λmax", high, LocalMaximum, -c.Highest-c.EigenTol)
	case positive:
		return LocalMinimum, fmt.Sprintf("λmin = %s; with a tolerance of at least that "+
			"(here %.2g) it would be degenerate", low, c.EigenTol)
	}
	return LocalMaximum, fmt.Sprintf("λmax = %s; with a tolerance of at least %.4g "+
		"(here %.2g) it would be degenerate", high, -c.Highest, c.EigenTol)
}

// unknownSign is the reason for a verdict where an end's residual reaches zero.
func (c *Classification) unknownSign(end, value string, otherwise Verdict, below float64) string {
	return fmt.Sprintf("%s = %s, so that its sign isn't known (tolerance %.2g); a %s if more "+
		"products with the Hessian bring the residual below %.2g", end, value, c.EigenTol,
		otherwise, below)
}

// withResidual prints an eigenvalue with its residual, if it has one.
func withResidual(eigenvalue, residual float64) string {
	if residual == 0 {
		return fmt.Sprintf("%.4g", eigenvalue)
	}
	return fmt.Sprintf("%.4g ± %.1g", eigenvalue, residual)
}
