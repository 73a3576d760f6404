package landscape

import (
	"context"
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"gonum.org/v1/gonum/floats"
)

// NamedMeasure is a number to take at given weights.
type NamedMeasure struct {
	Name    string
	Measure func(ctx context.Context, p *Problem, theta []float64) (Estimate, error)
}

// SymmetryConfig is what Problem.Symmetry takes.
type SymmetryConfig struct {
	Theta []float64 // where; default nil: the store's current weights.
	// Units are what may be permuted and rescaled. Default: what Problem.Units finds.
	Units []Units
	// Rescaled is the index of the units that are rescaled. Default 0: the first, the outputs of the first layer.
	Rescaled int
	// Alpha multiplies what makes those units, and what reads them is divided by it. Default 8: a power of two rounds nothing.
	Alpha float64
	Seed  uint64 // of the permutations.
	// Measures are taken before and after. Default DefaultMeasures.
	Measures []NamedMeasure
	// Tolerance is as in MatchConfig.
	Tolerance float64
	Progress  func(done, total int) // called with the measurements made; default nil.
}

// Moved is one measure before and after two changes of the weights that leave the function the same.
type Moved struct {
	Measure                      string
	Before, Rescaled, Permuted   Estimate
	RescaledRatio, PermutedRatio float64 // over Before; 1 for a measure that the symmetry leaves alone, up to its error.
}

// Symmetry is Dinh's objection in one table: the same function, and what each measure says about it after its weights were rescaled or
// permuted.
type Symmetry struct {
	Rows  []Moved
	Units []Units
	// ThetaRescaled and ThetaPermuted are the weights.
	ThetaRescaled, ThetaPermuted []float64
	// Rescaling and Permuting say by how much loss and predictions changed, the regularizer left out: rounding.
	Rescaling, Permuting Change
	Alpha                float64
	Seed                 uint64
}

// Symmetry rescales a ReLU layer by alpha and the next by 1/alpha (Dinh et al. 2017), permutes all hidden units, checks that neither changed
// the function on the data (else the error is ErrFunctionChanged, so a model that isn't positively homogeneous there is refused), and takes
// the measures again. The regularizer is part of the measures as Config says, and not of that check, for it isn't invariant to scale.
//
// Cost: the measures three times, and four evaluations.
func (p *Problem) Symmetry(ctx context.Context, cfg SymmetryConfig) (*Symmetry, error) {
	if err := p.fillSymmetry(ctx, &cfg); err != nil {
		return nil, err
	}
	s := &Symmetry{Units: cfg.Units, Alpha: cfg.Alpha, Seed: cfg.Seed, ThetaPermuted: cfg.Theta}
	var err error
	if s.ThetaRescaled, err = p.Rescale(cfg.Theta, cfg.Units[cfg.Rescaled], cfg.Alpha); err != nil {
		return nil, err
	}
	for i, u := range cfg.Units {
		s.ThetaPermuted = p.permute(s.ThetaPermuted, u, shuffle(cfg.Seed, uint64(i), u.Size))
	}
	if err := s.check(ctx, p, cfg); err != nil {
		return nil, err
	}
	done := 0
	for _, m := range cfg.Measures {
		row := Moved{Measure: m.Name}
		for _, at := range []struct {
			theta []float64
			to    *Estimate
		}{{cfg.Theta, &row.Before}, {s.ThetaRescaled, &row.Rescaled}, {s.ThetaPermuted, &row.Permuted}} {
			if *at.to, err = m.Measure(ctx, p, at.theta); err != nil {
				return nil, fmt.Errorf("landscape: Symmetry: %s: %w", m.Name, err)
			}
			if done++; cfg.Progress != nil {
				cfg.Progress(done, 3*len(cfg.Measures))
			}
		}
		row.RescaledRatio, row.PermutedRatio = row.Rescaled.Value/row.Before.Value, row.Permuted.Value/row.Before.Value
		s.Rows = append(s.Rows, row)
	}
	return s, nil
}

func (p *Problem) fillSymmetry(ctx context.Context, cfg *SymmetryConfig) (err error) {
	if cfg.Theta == nil {
		if cfg.Theta, err = p.Weights(); err != nil {
			return err
		}
	}
	if err := p.checkPoint("Symmetry", "SymmetryConfig.Theta", cfg.Theta); err != nil {
		return err
	}
	if cfg.Alpha == 0 {
		cfg.Alpha = 8
	}
	if cfg.Measures == nil {
		cfg.Measures = DefaultMeasures(cfg.Seed)
	}
	if cfg.Units == nil {
		if cfg.Units, err = p.Units(ctx); err != nil {
			return err
		}
	}
	if err := p.checkUnits("Symmetry", cfg.Units); err != nil {
		return err
	}
	switch {
	case len(cfg.Units) == 0:
		return &BadArgument{"Symmetry", "Units", "empty", "a model with hidden units that are alike (see Problem.Units)"}
	case cfg.Rescaled < 0 || cfg.Rescaled >= len(cfg.Units):
		return &BadArgument{"Symmetry", "SymmetryConfig.Rescaled", cfg.Rescaled, fmt.Sprintf("0 … %d, an index of the Units", len(cfg.Units)-1)}
	case cfg.Tolerance < 0 || math.IsNaN(cfg.Tolerance):
		return &BadArgument{"Symmetry", "SymmetryConfig.Tolerance", cfg.Tolerance, "a positive number, or 0 for the default"}
	}
	return nil
}

// check compares the functions, without regularizer.
func (s *Symmetry) check(ctx context.Context, p *Problem, cfg SymmetryConfig) (err error) {
	bare := *p
	bare.cfg.Regularizer = WithoutRegularizer
	c := bare.newComparer()
	defer c.close()
	if s.Rescaling, err = c.change(ctx, cfg.Theta, s.ThetaRescaled); err != nil {
		return err
	}
	what := fmt.Sprintf("rescaling %q by %g", cfg.Units[cfg.Rescaled].Name, cfg.Alpha)
	if err := p.within("Symmetry", what, s.Rescaling, cfg.Tolerance); err != nil {
		return err
	}
	if s.Permuting, err = c.change(ctx, cfg.Theta, s.ThetaPermuted); err != nil {
		return err
	}
	return p.within("Symmetry", "permuting", s.Permuting, cfg.Tolerance)
}

// DefaultMeasures are the loss, ‖θ‖₂, ‖∇L‖₂, Gaussian sharpness (σ = 0.01), adaptive Gaussian sharpness (σ = 0.1 of each weight), and λmax of
// the Hessian with its residual as error, each with defaults otherwise.
func DefaultMeasures(seed uint64) []NamedMeasure {
	sharpness := func(cfg SharpnessConfig) func(context.Context, *Problem, []float64) (Estimate, error) {
		return func(ctx context.Context, p *Problem, theta []float64) (Estimate, error) {
			cfg := cfg
			cfg.Theta, cfg.Seed = theta, seed
			s, err := p.Sharpness(ctx, cfg)
			return s.Estimate, err
		}
	}
	return []NamedMeasure{
		{"loss", func(ctx context.Context, p *Problem, theta []float64) (Estimate, error) {
			e, err := p.Loss(ctx, theta)
			return e.Loss, err
		}},
		{"‖θ‖₂", func(_ context.Context, _ *Problem, theta []float64) (Estimate, error) {
			return Estimate{Value: floats.Norm(theta, 2), N: 1}, nil
		}},
		{"‖∇L‖₂", func(ctx context.Context, p *Problem, theta []float64) (Estimate, error) {
			g, _, err := p.Gradient(ctx, theta)
			return Estimate{Value: floats.Norm(g, 2), StdErr: math.NaN(), N: 1}, err
		}},
		{"Gaussian sharpness, σ = 0.01", sharpness(SharpnessConfig{})},
		{"adaptive Gaussian sharpness, σ = 0.1·|θᵢ|", sharpness(SharpnessConfig{Scale: 0.1, Adaptive: true})},
		{"λmax", func(ctx context.Context, p *Problem, theta []float64) (Estimate, error) {
			h, err := p.Hessian(ctx, HessianConfig{Theta: theta})
			if err != nil {
				return Estimate{}, err
			}
			defer h.Close()
			s, err := Lanczos(ctx, h, 1, Largest, LanczosConfig{Seed: seed})
			if err != nil {
				return Estimate{}, err
			}
			return Estimate{Value: s.Max(), StdErr: s.Residuals[len(s.Residuals)-1], N: 1}, nil
		}},
	}
}

// String is the table.
func (s *Symmetry) String() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "measure\tbefore\trescaled by %g\tratio\tpermuted\tratio\n", s.Alpha)
	for _, r := range s.Rows {
		fmt.Fprintf(w, "%s\t%.5g\t%.5g\t%.4g\t%.5g\t%.4g\n", r.Measure, r.Before.Value, r.Rescaled.Value, r.RescaledRatio, r.Permuted.Value, r.PermutedRatio)
	}
	w.Flush()
	return out.String()
}
