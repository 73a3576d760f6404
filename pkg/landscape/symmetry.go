package landscape

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
)

// NamedMeasure is a number to take at given weights.
type NamedMeasure struct {
	Name    string
	Measure func(ctx context.Context, p *Problem, theta []float64) (Estimate, error)
}

// SymmetryConfig is what Problem.Symmetry takes.
type SymmetryConfig struct {
	Theta []float64 // where; default nil: the store's current weights.
	// Units are what may be permuted and rescaled.
	// Default: what Problem.Units finds.
	Units []Units
	// Rescaled are the indices of the units that are rescaled, all at once. It is an error if that
	// changes the function.
	// Default: all whose rescaling leaves the function the same, tried one by one. With ReLU it
	// does, with tanh it doesn't.
	Rescaled []int
	// Alpha multiplies what makes those units, and what reads them is divided by it.
	// Range: finite and positive. Default 8: a power of two rounds nothing.
	Alpha float64
	// Seed is that of the permutations.
	Seed uint64
	// Measures are taken before and after. Default DefaultMeasures; PanelMeasures are more.
	Measures []NamedMeasure
	// Tolerance is as in MatchConfig.
	Tolerance float64
}

// SymmetryRow is one measure before and after two changes of the weights that leave the function
// the same.
type SymmetryRow struct {
	Measure                    string
	Before, Rescaled, Permuted Estimate
	// RescaledRatio and PermutedRatio are over Before. They are 1, up to the measure's error,
	// where the symmetry leaves the measure alone.
	RescaledRatio, PermutedRatio float64
}

// Symmetry is Dinh's objection in one table: the same function, and what each measure says about
// it after its weights were rescaled or permuted.
type Symmetry struct {
	Rows  []SymmetryRow
	Units []Units
	// Rescaled are the indices of the units that were rescaled.
	Rescaled []int
	// ThetaRescaled and ThetaPermuted are the weights.
	ThetaRescaled, ThetaPermuted []float64
	// Rescaling and Permuting say by how much loss and predictions changed, without the
	// regularizer: rounding.
	Rescaling, Permuting FunctionChange
	Alpha                float64
	Seed                 uint64
}

// Symmetry takes measures at the weights, and again at two other weights of the same function.
//
// One multiplies every ReLU layer by alpha and divides what reads it by alpha (Dinh et al. 2017,
// "Sharp Minima Can Generalize For Deep Nets"). The other permutes all hidden units. Symmetry
// checks on the data that neither changed the function; else the error is ErrFunctionChanged.
// Models without a positively homogeneous layer (all tanh, say) are refused so. The regularizer
// is part of the measures as Config says, but not of that check: it isn't invariant to scale.
//
// Progress (see result.WithProgress) is in measures taken, three a row.
//
// Cost: the measures three times, four evaluations, and two for each of the Units that is tried.
func (p *Problem) Symmetry(ctx context.Context, cfg SymmetryConfig) (*Symmetry, error) {
	if err := p.fillSymmetry(ctx, &cfg); err != nil {
		return nil, err
	}
	report, ctx := result.TakeProgress(ctx)
	s := &Symmetry{Units: cfg.Units, Rescaled: cfg.Rescaled, Alpha: cfg.Alpha, Seed: cfg.Seed,
		ThetaPermuted: cfg.Theta}
	for i, u := range cfg.Units {
		s.ThetaPermuted = p.permute(s.ThetaPermuted, u, shuffle(cfg.Seed, uint64(i), u.Size))
	}
	if err := s.change(ctx, p, cfg); err != nil {
		return nil, err
	}
	done := 0
	var err error
	for _, m := range cfg.Measures {
		row := SymmetryRow{Measure: m.Name}
		for _, at := range []struct {
			theta []float64
			to    *Estimate
		}{
			{cfg.Theta, &row.Before},
			{s.ThetaRescaled, &row.Rescaled},
			{s.ThetaPermuted, &row.Permuted},
		} {
			if *at.to, err = m.Measure(ctx, p, at.theta); err != nil {
				return nil, fmt.Errorf("landscape: Symmetry: %s: %w", m.Name, err)
			}
			done++
			report(done, 3*len(cfg.Measures))
		}
		row.RescaledRatio = row.Rescaled.Value / row.Before.Value
		row.PermutedRatio = row.Permuted.Value / row.Before.Value
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
	outside := func(i int) bool { return i < 0 || i >= len(cfg.Units) }
	switch {
	case len(cfg.Units) == 0:
		return bad("Symmetry", "Units", "empty",
			"a model with hidden units that are alike (see Problem.Units)")
	case slices.ContainsFunc(cfg.Rescaled, outside):
		return bad("Symmetry", "SymmetryConfig.Rescaled", cfg.Rescaled,
			fmt.Sprintf("0 … %d, indices of the Units", len(cfg.Units)-1))
	case cfg.Tolerance < 0 || math.IsNaN(cfg.Tolerance):
		return bad("Symmetry", "SymmetryConfig.Tolerance", cfg.Tolerance,
			"a positive number, or 0 for the default")
	}
	return nil
}

// change rescales, and compares the functions, without regularizer.
func (s *Symmetry) change(ctx context.Context, p *Problem, cfg SymmetryConfig) (err error) {
	bare := *p
	bare.cfg.Regularizer = WithoutRegularizer
	c := bare.newComparer()
	defer c.close()
	if s.Rescaled == nil {
		if s.Rescaled, err = s.rescalable(ctx, p, c, cfg); err != nil {
			return err
		}
	}
	if s.ThetaRescaled, s.Rescaling, err = rescaled(ctx, p, c, cfg, s.Rescaled); err != nil {
		return err
	}
	if s.Permuting, err = c.change(ctx, cfg.Theta, s.ThetaPermuted); err != nil {
		return err
	}
	return p.within("Symmetry", "permuting", s.Permuting, cfg.Tolerance)
}

// rescalable are the indices of the units whose rescaling leaves the function the same, each by
// itself. It is an error if there are none.
func (s *Symmetry) rescalable(ctx context.Context, p *Problem, c *comparer,
	cfg SymmetryConfig) ([]int, error) {
	var those []int
	var first error
	for i := range cfg.Units {
		switch _, _, err := rescaled(ctx, p, c, cfg, []int{i}); {
		case err == nil:
			those = append(those, i)
		case !errors.Is(err, ErrFunctionChanged):
			return nil, err
		case first == nil:
			first = err
		}
	}
	if those == nil {
		return nil, first
	}
	return those, nil
}

// rescaled returns the weights with some units rescaled, and by how much that changed the function;
// too much is an error.
func rescaled(ctx context.Context, p *Problem, c *comparer, cfg SymmetryConfig,
	units []int) (theta []float64, change FunctionChange, err error) {
	theta = cfg.Theta
	var names []string
	for _, i := range units {
		if theta, err = p.Rescale(theta, cfg.Units[i], cfg.Alpha); err != nil {
			return nil, change, err
		}
		names = append(names, strconv.Quote(cfg.Units[i].Name))
	}
	if change, err = c.change(ctx, cfg.Theta, theta); err != nil {
		return nil, change, err
	}
	what := fmt.Sprintf("rescaling %s by %g", strings.Join(names, ", "), cfg.Alpha)
	return theta, change, p.within("Symmetry", what, change, cfg.Tolerance)
}

// PanelMeasures are those of a SharpnessPanel, each by itself, for SymmetryConfig.Measures. cfg's Theta is not used. Cost: that of the panel
// without what its measures share.
func PanelMeasures(cfg PanelConfig) []NamedMeasure {
	if cfg.Measures == nil {
		cfg.Measures = AllMeasures
	}
	var out []NamedMeasure
	for _, m := range cfg.Measures {
		out = append(out, NamedMeasure{string(m), func(ctx context.Context, p *Problem, theta []float64) (Estimate, error) {
			one := cfg
			one.Theta, one.Measures = theta, []Measure{m}
			panel, err := p.SharpnessPanel(ctx, one)
			if err != nil {
				return Estimate{}, err
			}
			s, _ := panel.Find(m)
			return s.Estimate, nil
		}})
	}
	return out
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
		fmt.Fprintf(w, "%s\t%.5g\t%.5g\t%.4g\t%.5g\t%.4g\n", r.Measure, r.Before.Value,
			r.Rescaled.Value, r.RescaledRatio, r.Permuted.Value, r.PermutedRatio)
	}
	w.Flush()
	return out.String()
}
