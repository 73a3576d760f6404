package landscape

import (
	"context"
	"lossland/pkg/result"
	"math"

	"github.com/gomlx/gomlx/core/tensors"
)

// PACBayesConfig is what PACBayesSharpness takes. Its zero value is the documented default.
type PACBayesConfig struct {
	Theta []float64 // where; default nil: the store's current weights.
	Rise  float64   // δ, the mean rise of the loss that is allowed. Default 0.1.
	Draws int       // perturbations at each σ, the same for all. Default 20.
	// Tol is how closely σ is bracketed, relative. Default 0.01.
	Tol      float64
	Seed     uint64
	Chunk    int                   // see SharpnessConfig. Default 4.
	Progress func(done, total int) // values of σ tried, of at most 60; default nil.
}

// PACBayesSharpness measures the largest σ of Gaussian noise on the weights that raises the mean loss by no more than δ: the flatter, the
// larger. It enters PAC-Bayes bounds of the test error as ‖θ‖²/σ². σ is doubled from 1e-4 until the rise exceeds δ, and then
// bisected, with the same noise at all σ. Its standard error is that of the rise over the slope of the rise at σ.
//
// Status is MaxIterations if no σ up to 1e4 raises the loss so far; Value is then the last tried. Cost: Draws evaluations a value of σ, about 20
// values. Source: Neyshabur et al. 2017; Jiang et al. 2020, "Fantastic Generalization Measures", appendix C (who bound the rise of
// the training error; here it is the loss).
func (p *Problem) PACBayesSharpness(ctx context.Context, cfg PACBayesConfig) (Sharpness, error) {
	if err := cfg.fill(); err != nil {
		return Sharpness{}, err
	}
	d := p.newDisplaced(cfg.Chunk)
	defer d.close()
	weights, err := p.upload("PACBayesSharpness", cfg.Theta)
	if err != nil {
		return Sharpness{}, err
	}
	defer finalize(weights)
	return d.pacBayes(ctx, cfg, weights)
}

func (cfg *PACBayesConfig) fill() error {
	if cfg.Rise == 0 {
		cfg.Rise = 0.1
	}
	if cfg.Draws == 0 {
		cfg.Draws = 20
	}
	if cfg.Tol == 0 {
		cfg.Tol = 0.01
	}
	if cfg.Chunk == 0 {
		cfg.Chunk = 4
	}
	switch {
	case !(cfg.Rise > 0):
		return bad("PACBayesSharpness", "PACBayesConfig.Rise", cfg.Rise, "a positive number, or 0 for the default of 0.1")
	case cfg.Draws < 1:
		return bad("PACBayesSharpness", "PACBayesConfig.Draws", cfg.Draws, "at least 1, or 0 for the default of 20")
	case !(cfg.Tol > 0):
		return bad("PACBayesSharpness", "PACBayesConfig.Tol", cfg.Tol, "a positive number, or 0 for the default of 0.01")
	case cfg.Chunk < 1:
		return bad("PACBayesSharpness", "PACBayesConfig.Chunk", cfg.Chunk, "at least 1, or 0 for the default of 4")
	}
	cfg.Chunk = min(cfg.Chunk, cfg.Draws)
	return nil
}

// pacBayes brackets σ on a filled configuration.
func (d *displaced) pacBayes(ctx context.Context, cfg PACBayesConfig, weights []*tensors.Tensor) (Sharpness, error) {
	theta, err := d.p.params.join(weights)
	if err != nil {
		return Sharpness{}, err
	}
	s := Sharpness{Measure: PACBayes, Radius: cfg.Rise, Seed: cfg.Seed}
	tried := 0
	at := func(sigma float64) (Estimate, error) {
		noise := SharpnessConfig{Scale: sigma, Seed: cfg.Seed}
		rises, base, cost, err := d.all(ctx, weights, cfg.Draws, func(k int) []float64 { return draw(noise, k, theta) }, nil)
		s.Base, s.Terms, s.Cost = base, rises, s.Cost.Plus(cost)
		if tried++; cfg.Progress != nil {
			cfg.Progress(tried, 60)
		}
		return result.Mean(rises), err
	}
	low, high := 0.0, 1e-4
	var lowRise, highRise Estimate
	for {
		if highRise, err = at(high); err != nil {
			return s, err
		}
		if !(highRise.Value <= cfg.Rise) { // also where the loss is no longer a number.
			break
		}
		if low, lowRise = high, highRise; high > 1e4 {
			s.Estimate, s.Status = Estimate{Value: high, StdErr: math.NaN(), N: cfg.Draws}, MaxIterations
			return s, nil
		}
		high *= 2
	}
	for high-low > cfg.Tol*high {
		middle := (low + high) / 2
		rise, err := at(middle)
		if err != nil {
			return s, err
		}
		if rise.Value <= cfg.Rise {
			low, lowRise = middle, rise
		} else {
			high, highRise = middle, rise
		}
	}
	slope := (highRise.Value - lowRise.Value) / (high - low)
	s.Estimate, s.Status = Estimate{Value: low, StdErr: lowRise.StdErr / slope, N: cfg.Draws}, Converged
	return s, nil
}
