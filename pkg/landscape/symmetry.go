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

// SymmetryConfig is what Symmetry takes. Its zero value is the documented default.
type SymmetryConfig struct {
	// Units are what may be permuted and rescaled. Default: what Problem.Units finds.
	Units []Units
	// Rescaled are the indices of the units that are rescaled, all at once; the function must allow
	// each. Default nil: all whose rescaling leaves the function the same, which is tried one by
	// one (with ReLU it does, with tanh it doesn't).
	Rescaled []int
	// Alpha multiplies what makes those units, and what reads them is divided by it. Default 8: a
	// power of two rounds nothing.
	Alpha float64
	Seed  uint64 // of the permutations.
	// Measures are taken before and after, beside the loss, ‖θ‖₂ and ‖∇L‖₂. Default: Gaussian,
	// adaptive Gaussian and LambdaMax with Seed.
	Measures []Measure
	// Tolerance is as in MatchConfig.
	Tolerance float64
}

// SymmetryRow is one number before and after two changes of the weights that leave the function the
// same.
type SymmetryRow struct {
	// Name is "loss", "‖θ‖₂", "‖∇L‖₂" or a measure's String.
	Name                       string
	Before, Rescaled, Permuted Reading
	// RescaledRatio and PermutedRatio are over Before; 1, up to its error, for what the symmetry
	// leaves alone.
	RescaledRatio, PermutedRatio float64
}

// Symmetry is Dinh's objection in one table: the same function, and what each measure says about it
// after its weights were rescaled or permuted.
type Symmetry struct {
	Rows     []SymmetryRow
	Units    []Units
	Rescaled []int // the indices of the units that were rescaled.
	// ThetaRescaled and ThetaPermuted are the weights.
	ThetaRescaled, ThetaPermuted []float64
	// Rescaling and Permuting say by how much loss and predictions changed, the regularizer left
	// out: rounding.
	Rescaling, Permuting FunctionChange
	Alpha                float64
	Seed                 uint64
}

// Symmetry rescales every ReLU layer by alpha, and what reads it by 1/alpha (Dinh et al. 2017),
// permutes all hidden units, checks that neither changed the function on the data, and measures
// again. If one did, the error is ErrFunctionChanged: models without a positively homogeneous layer
// (all tanh, say) are refused. The regularizer is part of the measures as Config says, and not of
// that check, for it isn't invariant to scale.
//
// Progress: points measured, of three. Cost: three times a gradient, an evaluation and the
// measures, four evaluations, and two for each units that are tried.
func (at *Point) Symmetry(ctx context.Context, cfg SymmetryConfig) (*Symmetry, error) {
	report, ctx := result.TakeProgress(ctx)
	p := at.p
	if err := p.fillSymmetry(ctx, &cfg); err != nil {
		return nil, err
	}
	s := &Symmetry{Units: cfg.Units, Rescaled: cfg.Rescaled, Alpha: cfg.Alpha, Seed: cfg.Seed,
		ThetaPermuted: at.theta}
	for i, u := range cfg.Units {
		s.ThetaPermuted = p.permute(s.ThetaPermuted, u, shuffle(cfg.Seed, uint64(i), u.Size))
	}
	if err := s.change(ctx, at, cfg); err != nil {
		return nil, err
	}
	var columns [3][]named
	for i, theta := range [][]float64{at.theta, s.ThetaRescaled, s.ThetaPermuted} {
		there, err := p.At(theta)
		if err != nil {
			return nil, err
		}
		columns[i], err = there.readings(ctx, cfg.Measures)
		there.Close()
		if err != nil {
			return nil, fmt.Errorf("landscape: Symmetry: %w", err)
		}
		report(i+1, len(columns))
	}
	for i, before := range columns[0] {
		r := SymmetryRow{Name: before.name, Before: before.Reading, Rescaled: columns[1][i].Reading,
			Permuted: columns[2][i].Reading}
		r.RescaledRatio = r.Rescaled.Value / r.Before.Value
		r.PermutedRatio = r.Permuted.Value / r.Before.Value
		s.Rows = append(s.Rows, r)
	}
	return s, nil
}

// named is a reading with its name.
type named struct {
	name string
	Reading
}

// readings are the loss, ‖θ‖₂, ‖∇L‖₂ and the measures at the point.
func (at *Point) readings(ctx context.Context, measures []Measure) ([]named, error) {
	loss, err := at.Loss(ctx)
	if err != nil {
		return nil, err
	}
	gradient, err := at.Gradient(ctx)
	if err != nil {
		return nil, err
	}
	all := []named{
		{"loss", readingOf(loss.Loss)},
		{"‖θ‖₂", Reading{Value: floats.Norm(at.theta, 2)}},
		{"‖∇L‖₂", Reading{Value: floats.Norm(gradient, 2)}},
	}
	if len(measures) == 0 {
		return all, nil
	}
	panel, err := at.Sharpness(ctx, measures...)
	for _, s := range panel {
		all = append(all, named{s.Measure.String(), s.Reading})
	}
	return all, err
}

func (p *Problem) fillSymmetry(ctx context.Context, cfg *SymmetryConfig) (err error) {
	if cfg.Alpha == 0 {
		cfg.Alpha = 8
	}
	if cfg.Measures == nil {
		cfg.Measures = []Measure{Gaussian{Seed: cfg.Seed},
			Gaussian{Adaptive: true, Seed: cfg.Seed}, LambdaMax{Seed: cfg.Seed}}
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
		return bad("Symmetry", "Units", "empty",
			"a model with hidden units that are alike (see Problem.Units)")
	case slices.ContainsFunc(cfg.Rescaled,
		func(i int) bool { return i < 0 || i >= len(cfg.Units) }):
		return bad("Symmetry", "SymmetryConfig.Rescaled", cfg.Rescaled,
			fmt.Sprintf("0 … %d, indices of the Units", len(cfg.Units)-1))
	case cfg.Tolerance < 0 || math.IsNaN(cfg.Tolerance):
		return bad("Symmetry", "SymmetryConfig.Tolerance", cfg.Tolerance,
			"a positive number, or 0 for the default")
	}
	return nil
}

// change rescales, and compares the functions, without regularizer.
func (s *Symmetry) change(ctx context.Context, at *Point, cfg SymmetryConfig) (err error) {
	p := at.p
	bare := *p
	bare.cfg.Regularizer = WithoutRegularizer
	c := bare.newComparer()
	defer c.close()
	if s.Rescaled == nil {
		if s.Rescaled, err = s.rescalable(ctx, at, c, cfg); err != nil {
			return err
		}
	}
	if s.ThetaRescaled, s.Rescaling, err = rescaled(ctx, at, c, cfg, s.Rescaled); err != nil {
		return err
	}
	if s.Permuting, err = c.change(ctx, at.theta, s.ThetaPermuted); err != nil {
		return err
	}
	return p.within("Symmetry", "permuting", s.Permuting, cfg.Tolerance)
}

// rescalable are the indices of the units whose rescaling leaves the function the same, each by
// itself. It is an error if there are none.
func (s *Symmetry) rescalable(ctx context.Context, at *Point, c *comparer,
	cfg SymmetryConfig) ([]int, error) {
	var those []int
	var first error
	for i := range cfg.Units {
		switch _, _, err := rescaled(ctx, at, c, cfg, []int{i}); {
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
func rescaled(ctx context.Context, at *Point, c *comparer, cfg SymmetryConfig,
	units []int) (theta []float64, change FunctionChange, err error) {
	p := at.p
	theta = at.theta
	var names []string
	for _, i := range units {
		if theta, err = p.Rescale(theta, cfg.Units[i], cfg.Alpha); err != nil {
			return nil, change, err
		}
		names = append(names, strconv.Quote(cfg.Units[i].Name))
	}
	if change, err = c.change(ctx, at.theta, theta); err != nil {
		return nil, change, err
	}
	what := fmt.Sprintf("rescaling %s by %g", strings.Join(names, ", "), cfg.Alpha)
	return theta, change, p.within("Symmetry", what, change, cfg.Tolerance)
}

// String is the table.
func (s *Symmetry) String() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "measure\tbefore\trescaled by %g\tratio\tpermuted\tratio\n", s.Alpha)
	for _, r := range s.Rows {
		fmt.Fprintf(w, "%s\t%.5g\t%.5g\t%.4g\t%.5g\t%.4g\n", r.Name, r.Before.Value,
			r.Rescaled.Value, r.RescaledRatio, r.Permuted.Value, r.PermutedRatio)
	}
	w.Flush()
	return out.String()
}
