package symmetry

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

	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// TableConfig is what NewTable takes. Its zero value is the documented default.
type TableConfig struct {
	// Units are the units that may be permuted and rescaled.
	// Default: what Find finds.
	Units []Units
	// Rescaled are the indices in Units of those that are rescaled, all at once. Rescaling each
	// must leave the function the same.
	// Default nil: all whose rescaling leaves the function the same, as ReLU's does and tanh's
	// doesn't. This is tried one by one.
	Rescaled []int
	// Alpha multiplies what makes those units, and what reads them is divided by it.
	// Default 8: a power of two rounds nothing.
	Alpha float64
	Seed  uint64 // of the permutations.
	// Measures are taken before and after, beside the loss, ‖θ‖₂ and ‖∇L‖₂.
	// Default: Gaussian, adaptive Gaussian and LambdaMax with Seed.
	Measures []landscape.Measure
	// Tolerance is as in MatchConfig.
	Tolerance float64
}

// Row is one number before and after two changes of the weights that leave the function the
// same.
type Row struct {
	// Name is "loss", "‖θ‖₂", "‖∇L‖₂" or a measure's String.
	Name                       string
	Before, Rescaled, Permuted result.Reading
	// RescaledRatio and PermutedRatio are the numbers divided by Before: 1, up to the error, for
	// what the symmetry doesn't change.
	RescaledRatio, PermutedRatio float64
}

// Table is Dinh's objection in one table: what each measure says about one function before and
// after its weights are rescaled or permuted.
type Table struct {
	Rows     []Row
	Units    []Units
	Rescaled []int // the indices of the units that were rescaled.
	// ThetaRescaled and ThetaPermuted are the weights.
	ThetaRescaled, ThetaPermuted []float64
	// Rescaling and Permuting say how much loss and predictions changed, without the regularizer:
	// by rounding only.
	Rescaling, Permuting Change
	Alpha                float64
	Seed                 uint64
}

// NewTable rescales every ReLU layer by alpha and what reads it by 1/alpha (Dinh et al. 2017),
// permutes all hidden units, checks that neither changed the function on the data, and measures
// again. If one did, the error is ErrFunctionChanged. Models without a positively homogeneous layer
// (all tanh, say) are refused. The regularizer is part of the measures if the problem's Config says
// so. It isn't part of the check, because it isn't invariant to scale.
//
// Progress: points measured, of three. Cost: three times a gradient, an evaluation and the
// measures; four evaluations more; and two for each Units that is tried.
func NewTable(ctx context.Context, p *landscape.Problem, theta []float64, cfg TableConfig) (*Table,
	error) {
	report, ctx := result.TakeProgress(ctx)
	at, err := p.At(theta)
	if err != nil {
		return nil, err
	}
	theta = at.Theta() // as rounded.
	if err := fill(ctx, p, &cfg); err != nil {
		return nil, err
	}
	s := &Table{Units: cfg.Units, Rescaled: cfg.Rescaled, Alpha: cfg.Alpha, Seed: cfg.Seed,
		ThetaPermuted: theta}
	for i, u := range cfg.Units {
		s.ThetaPermuted = permute(p, s.ThetaPermuted, u, shuffle(cfg.Seed, uint64(i), u.Size))
	}
	if err := s.change(ctx, p, theta, cfg); err != nil {
		return nil, err
	}
	var columns [3][]named
	for i, theta := range [][]float64{theta, s.ThetaRescaled, s.ThetaPermuted} {
		there, err := p.At(theta)
		if err != nil {
			return nil, err
		}
		columns[i], err = readings(ctx, there, cfg.Measures)
		there.Close()
		if err != nil {
			return nil, fmt.Errorf("symmetry: NewTable: %w", err)
		}
		report(i+1, len(columns))
	}
	for i, before := range columns[0] {
		r := Row{Name: before.name, Before: before.Reading, Rescaled: columns[1][i].Reading,
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
	result.Reading
}

// readings are the loss, ‖θ‖₂, ‖∇L‖₂ and the measures at the point.
func readings(ctx context.Context, at *landscape.Point, measures []landscape.Measure) ([]named,
	error) {
	loss, err := at.Loss(ctx)
	if err != nil {
		return nil, err
	}
	gradient, err := at.Gradient(ctx)
	if err != nil {
		return nil, err
	}
	all := []named{
		{"loss", result.ReadingOf(loss.Loss)},
		{"‖θ‖₂", result.Reading{Value: floats.Norm(at.Theta(), 2)}},
		{"‖∇L‖₂", result.Reading{Value: floats.Norm(gradient, 2)}},
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

func fill(ctx context.Context, p *landscape.Problem, cfg *TableConfig) (err error) {
	if cfg.Alpha == 0 {
		cfg.Alpha = 8
	}
	if cfg.Measures == nil {
		cfg.Measures = []landscape.Measure{landscape.Gaussian{Seed: cfg.Seed},
			landscape.Gaussian{Adaptive: true, Seed: cfg.Seed}, landscape.LambdaMax{Seed: cfg.Seed}}
	}
	if cfg.Units == nil {
		if cfg.Units, err = Find(ctx, p); err != nil {
			return err
		}
	}
	if err := checkUnits(p, "NewTable", cfg.Units); err != nil {
		return err
	}
	switch {
	case len(cfg.Units) == 0:
		return bad("NewTable", "Units", "empty",
			"a model with hidden units that are alike (see Find)")
	case slices.ContainsFunc(cfg.Rescaled,
		func(i int) bool { return i < 0 || i >= len(cfg.Units) }):
		return bad("NewTable", "TableConfig.Rescaled", cfg.Rescaled,
			fmt.Sprintf("0 … %d, indices of the Units", len(cfg.Units)-1))
	case cfg.Tolerance < 0 || math.IsNaN(cfg.Tolerance):
		return bad("NewTable", "TableConfig.Tolerance", cfg.Tolerance,
			"a positive number, or 0 for the default")
	}
	return nil
}

// change rescales, and compares the functions, without regularizer.
func (s *Table) change(ctx context.Context, p *landscape.Problem, theta []float64,
	cfg TableConfig) (err error) {
	if s.Rescaled == nil {
		if s.Rescaled, err = s.rescalable(ctx, p, theta, cfg); err != nil {
			return err
		}
	}
	if s.ThetaRescaled, s.Rescaling, err = rescaled(ctx, p, theta, cfg, s.Rescaled); err != nil {
		return err
	}
	if s.Permuting, err = changeOf(ctx, p, theta, s.ThetaPermuted); err != nil {
		return err
	}
	return within(p, "NewTable", "permuting", s.Permuting, cfg.Tolerance)
}

// rescalable are the indices of the units whose rescaling leaves the function the same, each by
// itself. It is an error if there are none.
func (s *Table) rescalable(ctx context.Context, p *landscape.Problem, theta []float64,
	cfg TableConfig) ([]int, error) {
	var those []int
	var first error
	for i := range cfg.Units {
		switch _, _, err := rescaled(ctx, p, theta, cfg, []int{i}); {
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
func rescaled(ctx context.Context, p *landscape.Problem, from []float64, cfg TableConfig,
	units []int) (theta []float64, change Change, err error) {
	theta = from
	var names []string
	for _, i := range units {
		if theta, err = Rescale(p, theta, cfg.Units[i], cfg.Alpha); err != nil {
			return nil, change, err
		}
		names = append(names, strconv.Quote(cfg.Units[i].Name))
	}
	if change, err = changeOf(ctx, p, from, theta); err != nil {
		return nil, change, err
	}
	what := fmt.Sprintf("rescaling %s by %g", strings.Join(names, ", "), cfg.Alpha)
	return theta, change, within(p, "NewTable", what, change, cfg.Tolerance)
}

// String is the table.
func (s *Table) String() string {
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
