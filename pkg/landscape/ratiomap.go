package landscape

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/spectrum"
)

// RatioMapConfig is what RatioMap takes beside the required. Its zero value is the documented default.
type RatioMapConfig struct {
	Theta []float64 // the plane's origin; default nil: the store's current weights.
	// Tol is the tolerance of the eigenvalues' residuals, relative to the largest eigenvalue. Default 0.001: with 0.01 small ratios come out
	// as zero. A residual says that some eigenvalue is near, not that none lies beyond: read a Ratio that isn't well above Residual/Max as
	// zero within that.
	Tol float64
	// Method is how products with the Hessian are made. Default ForwardOverReverse.
	Method   spectrum.Method
	Seed     uint64
	Progress func(done, total int) // points; default nil.
}

// RatioMap is how convex a plane through weight space is, point by point: the extreme eigenvalues of the full Hessian (not of the plane) at θ +
// αᵢd₁ + βⱼd₂, and |λmin/λmax|. Where that is near 0 the loss is convex as far as matters; where it is large there is curvature that a
// picture of the plane hides. Source: Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets", section 6.
type RatioMap struct {
	Alphas, Betas   []float64
	Min, Max        [][]float64 // [i][j] at αᵢ, βⱼ.
	Ratio           [][]float64 // |λmin/λmax|; NaN where λmax is 0.
	Residual        [][]float64 // the larger of the two residuals.
	Unconverged     int         // points at which Lanczos didn't converge: it ran out of products, or stalled at their precision.
	Seed            uint64
	spectrum.MadeBy // with the stated error at the plane's origin.
	Cost            Cost
}

// RatioMap measures the extreme eigenvalues over a grid in the plane of two directions, each a vector of all weights, taken as they are. Cost: two
// ends by Lanczos for each point, 20 to 150 products.
func (p *Problem) RatioMap(ctx context.Context, d1, d2, alphas, betas []float64, cfg RatioMapConfig) (*RatioMap, error) {
	if cfg.Tol == 0 {
		cfg.Tol = 0.001
	}
	for name, d := range map[string][]float64{"d1": d1, "d2": d2} {
		if err := p.params.check("RatioMap", name, d); err != nil {
			return nil, err
		}
	}
	if len(alphas) == 0 || len(betas) == 0 {
		return nil, bad("RatioMap", "alphas or betas", fmt.Sprintf("of length %d and %d", len(alphas), len(betas)), "at least one coordinate each")
	}
	if cfg.Theta == nil {
		var err error
		if cfg.Theta, err = p.Weights(); err != nil {
			return nil, err
		}
	}
	at, err := p.At(cfg.Theta)
	if err != nil {
		return nil, err
	}
	op, err := at.Hessian(ctx, HessianConfig{Method: cfg.Method})
	if err != nil {
		return nil, err
	}
	defer op.Close()
	origin := op.Theta()
	m := &RatioMap{Alphas: alphas, Betas: betas, Seed: cfg.Seed, MadeBy: op.MadeBy()}
	for _, field := range []*[][]float64{&m.Min, &m.Max, &m.Ratio, &m.Residual} {
		*field = make([][]float64, len(alphas))
		for i := range *field {
			(*field)[i] = make([]float64, len(betas))
		}
	}
	for i, a := range alphas {
		for j, b := range betas {
			theta := append([]float64{}, origin...)
			floats.AddScaled(theta, a, d1)
			floats.AddScaled(theta, b, d2)
			if err := op.MoveTo(theta); err != nil {
				return nil, err
			}
			ends, err := spectrum.Lanczos(ctx, op, 1, spectrum.BothEnds, spectrum.LanczosConfig{Tol: cfg.Tol, Seed: cfg.Seed})
			if err != nil {
				return nil, err
			}
			m.set(i, j, ends)
			if cfg.Progress != nil {
				cfg.Progress(i*len(betas)+j+1, len(alphas)*len(betas))
			}
		}
	}
	m.Cost = op.Cost()
	return m, nil
}

func (m *RatioMap) set(i, j int, ends *spectrum.Eigenpairs) {
	m.Min[i][j], m.Max[i][j] = ends.Min(), ends.Max()
	m.Residual[i][j] = floats.Max(ends.Residuals)
	m.Ratio[i][j] = math.NaN()
	if ends.Max() != 0 {
		m.Ratio[i][j] = math.Abs(ends.Min() / ends.Max())
	}
	if ends.Status != Converged {
		m.Unconverged++
	}
}
