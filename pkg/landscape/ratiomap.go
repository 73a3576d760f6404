package landscape

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// RatioMapConfig is what RatioMap takes. Its zero value is the documented default.
type RatioMapConfig struct {
	// Resolution is the number of points along each axis.
	// Default 11.
	Resolution int
	// Range makes both axes run over [−Range, Range], ends included.
	// Default 1.
	Range float64
	// Alphas and Betas give the coordinates of an axis instead.
	// Range: at least 1, strictly increasing. Default: by Resolution and Range.
	Alphas, Betas []float64
	// Tol is the tolerance of the eigenvalues' residuals, relative to the largest eigenvalue. With
	// 0.01, small ratios come out as zero. A residual says that some eigenvalue is near, not that
	// none lies beyond. So a Ratio that isn't well above Residual/Max can't be told from zero.
	// Default 0.001.
	Tol float64
	// Method is how products with the Hessian are made.
	// Default ForwardOverReverse.
	Method spectrum.Method
	// Seed decides the vector that Lanczos starts from.
	Seed uint64
}

// RatioMap shows how convex the loss is over a plane, point by point. It holds the extreme
// eigenvalues of the full Hessian (not of the plane's) at θ + αᵢd₁ + βⱼd₂, and |λmin/λmax|. Where
// the ratio is near 0, the loss is convex for practical purposes. Where it is large, the plane's
// picture hides negative curvature. The grids can be drawn as they are. Source: Li et al. 2018,
// "Visualizing the Loss Landscape of Neural Nets", section 6.
type RatioMap struct {
	Min, Max Grid // λmin and λmax. There is no standard error: see Residual.
	Ratio    Grid // |λmin/λmax|; NaN where λmax is 0.
	Residual Grid // the larger of the two residuals.
	// Unconverged is the number of points at which Lanczos didn't converge, because it ran out of
	// products or stalled at their precision.
	Unconverged     int
	Plane           *Plane
	Seed            uint64
	spectrum.MadeBy // with the stated error at the plane's origin.
	Cost            result.Cost
}

// RatioMap measures the extreme eigenvalues on a grid over a plane. The plane's directions are used
// as they are. If it fails or is cancelled, it returns the error and what was measured so far, with
// NaN elsewhere.
//
// Progress: points. Cost: Lanczos at both ends for each point, 20 to 150 products.
func (p *Problem) RatioMap(ctx context.Context, plane *Plane,
	cfg RatioMapConfig) (*RatioMap, error) {
	if err := p.checkPlane("RatioMap", plane); err != nil {
		return nil, err
	}
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	at, err := p.At(plane.Origin)
	if err != nil {
		return nil, err
	}
	op, err := at.Hessian(ctx, HessianConfig{Method: cfg.Method})
	if err != nil {
		return nil, err
	}
	defer op.Close()
	m := &RatioMap{Plane: plane, Seed: cfg.Seed, MadeBy: op.MadeBy()}
	for _, g := range []*Grid{&m.Min, &m.Max, &m.Ratio, &m.Residual} {
		*g = newGrid(cfg.Alphas, cfg.Betas)
	}
	err = m.measure(ctx, op, cfg)
	m.Cost = op.Cost()
	return m, err
}

// fill sets the defaults.
func (cfg *RatioMapConfig) fill() error {
	if cfg.Resolution == 0 {
		cfg.Resolution = 11
	}
	if cfg.Range == 0 {
		cfg.Range = 1
	}
	if cfg.Tol == 0 {
		cfg.Tol = 0.001
	}
	switch {
	case cfg.Resolution < 2:
		return bad("RatioMap", "RatioMapConfig.Resolution", cfg.Resolution,
			"at least 2 points an axis, or 0 for the default of 11")
	case !(cfg.Range > 0) || math.IsInf(cfg.Range, 0):
		return bad("RatioMap", "RatioMapConfig.Range", cfg.Range,
			"a finite positive number, or 0 for the default of 1")
	}
	for _, axis := range []struct {
		name string
		at   *[]float64
	}{{"RatioMapConfig.Alphas", &cfg.Alphas}, {"RatioMapConfig.Betas", &cfg.Betas}} {
		if *axis.at == nil {
			*axis.at = Linspace(-cfg.Range, cfg.Range, cfg.Resolution)
		}
		if err := checkAxis("RatioMap", axis.name, *axis.at, 1); err != nil {
			return err
		}
	}
	return nil
}

// measure measures all points, with the operator moved to each.
func (m *RatioMap) measure(ctx context.Context, op *Operator, cfg RatioMapConfig) error {
	report, ctx := result.TakeProgress(ctx)
	for i, alpha := range cfg.Alphas {
		for j, beta := range cfg.Betas {
			if err := op.MoveTo(m.Plane.At(alpha, beta)); err != nil {
				return err
			}
			ends, err := spectrum.Lanczos(ctx, op, 1, spectrum.BothEnds,
				spectrum.LanczosConfig{Tol: cfg.Tol, Seed: cfg.Seed})
			if err != nil {
				return fmt.Errorf("landscape: RatioMap: α = %g, β = %g: %w", alpha, beta, err)
			}
			m.set(i, j, ends)
			report(i*len(cfg.Betas)+j+1, len(cfg.Alphas)*len(cfg.Betas))
		}
	}
	return nil
}

// set enters the two ends of the spectrum at (i, j).
func (m *RatioMap) set(i, j int, ends *spectrum.Eigenpairs) {
	m.Min.Value[i][j], m.Max.Value[i][j] = ends.Min(), ends.Max()
	m.Residual.Value[i][j] = floats.Max(ends.Residuals)
	if ends.Max() != 0 {
		m.Ratio.Value[i][j] = math.Abs(ends.Min() / ends.Max())
	}
	if ends.Status != result.Converged {
		m.Unconverged++
	}
}
