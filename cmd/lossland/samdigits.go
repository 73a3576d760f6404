package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"lossland/internal/atomicfile"
	"lossland/pkg/evidence"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/training"
	"lossland/pkg/sam"
	"lossland/pkg/viz"
)

// samDigitsCommand compares plain descent, SAM and ASAM on the digits, with clean labels and with
// some of them wrong.
type samDigitsCommand struct {
	Seeds int     `help:"Trainings of each kind." default:"10"`
	Noise float64 `help:"Share of wrong training labels in the table's second half." default:"0.4"`
	Draw  bool    `help:"Train nothing: print and draw what sam-digits.json holds."`
	Out   string  `help:"Folder for sam-digits.json and .svg." default:"evidence" type:"path"`
}

// Run trains (or takes from the cache), measures, prints the table and writes it.
func (c *samDigitsCommand) Run(ctx context.Context) error {
	if c.Seeds < 2 || c.Noise < 0 || c.Noise >= 1 {
		return fmt.Errorf("lossland: sam-digits: %d seeds and noise %g; "+
			"want at least 2 seeds and a noise in [0, 1)", c.Seeds, c.Noise)
	}
	if c.Draw {
		return c.draw()
	}
	base := training.SGD(0.1)
	optimizers := []training.Optimizer{base, training.SAM(base, 0.05),
		training.SAMVariant(base, "asam rho=0.5 eta=0.01",
			func(s *sam.Config) *sam.Config { return s.ASAM(0.01).Rho(0.5) })}
	var rows []evidence.SAMRow
	for _, noise := range []float64{0, c.Noise} {
		for _, opt := range optimizers {
			row, err := c.measure(ctx, opt, noise)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
	}
	figure, err := tabulate(rows)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(rows, "", " ")
	if err != nil {
		return err
	}
	path := filepath.Join(c.Out, "sam-digits.json")
	if err := atomicfile.Write(path, append(text, '\n')); err != nil {
		return err
	}
	return viz.Save(filepath.Join(c.Out, "sam-digits.svg"), figure)
}

// draw prints and draws the rows of an earlier run.
func (c *samDigitsCommand) draw() error {
	rows, err := evidence.ReadSAMRows(filepath.Join(c.Out, "sam-digits.json"))
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("lossland: sam-digits.json holds no rows")
	}
	figure, err := tabulate(rows)
	if err != nil {
		return err
	}
	return viz.Save(filepath.Join(c.Out, "sam-digits.svg"), figure)
}

// measure trains one kind with every seed. The seed of a training also chooses which labels are
// wrong.
func (c *samDigitsCommand) measure(
	ctx context.Context, opt training.Optimizer, noise float64) (row evidence.SAMRow, err error) {
	row = evidence.SAMRow{Optimizer: opt.Name, LabelNoise: noise}
	digits, err := datasets.Digits()
	if err != nil {
		return row, err
	}
	clean := digits.Train
	for seed := range uint64(c.Seeds) {
		if digits.Train, err = clean.NoisyLabels(noise, seed+1); err != nil {
			return row, err
		}
		cfg := training.CommonSetup(digits, seed+1)
		cfg.Optimizer = opt
		run, err := training.Train(ctx, cfg)
		if err != nil {
			return row, err
		}
		flat, err := training.MeasureFlatness(ctx, digits.Train, run)
		if err != nil {
			return row, err
		}
		row.LambdaMax = append(row.LambdaMax, flat[0].LambdaMax.Value)
		row.GaussianRise = append(row.GaussianRise, flat[0].Gaussian.Value)
		row.TestAccuracy = append(row.TestAccuracy, run.Last().Test.Accuracy.Value)
		row.TrainingLoss = append(row.TrainingLoss, run.Last().Train.Loss.Value)
	}
	return row, nil
}

// tabulate prints the rows with 95 % intervals and draws λmax, the rise under noise and the test
// errors as ratios to plain descent, seed by seed.
func tabulate(rows []evidence.SAMRow) (viz.Intervals, error) {
	figure := viz.Intervals{
		Title:  "Sharpness and test errors relative to plain descent, same seeds",
		X:      viz.Axis{Label: "ratio", Log: true},
		VLines: []viz.RefLine{{At: 1, Label: "no effect"}}}
	fmt.Println("| label noise | optimizer | λmax | rise under noise, σ = 0.01 | test accuracy " +
		"| gain over plain, points | training loss |\n|---|---|---|---|---|---|---|")
	var plain evidence.SAMRow
	for _, r := range rows {
		if r.Optimizer == rows[0].Optimizer {
			plain = r
		}
		line := fmt.Sprintf("| %.0f %% | %s", 100*r.LabelNoise, r.Optimizer)
		for _, values := range [][]float64{r.LambdaMax, r.GaussianRise, r.TestAccuracy} {
			i, err := evidence.MeanT(values)
			if err != nil {
				return figure, err
			}
			line += fmt.Sprintf(" | %.4g [%.4g, %.4g]", i.Effect, i.Low, i.High)
		}
		gain, err := evidence.PairedDifference(r.TestAccuracy, plain.TestAccuracy)
		if err != nil {
			return figure, err
		}
		fmt.Printf("%s | %+.2f [%+.2f, %+.2f] | %.4g |\n", line, 100*gain.Effect, 100*gain.Low,
			100*gain.High, stat.Mean(r.TrainingLoss, nil))
		if r.Optimizer == plain.Optimizer {
			continue
		}
		for _, q := range []struct {
			name        string
			ours, plain []float64
		}{
			{"λ_{max}", r.LambdaMax, plain.LambdaMax},
			{"rise under noise", r.GaussianRise, plain.GaussianRise},
			{"test errors", errorsOf(r), errorsOf(plain)},
		} {
			ratio, err := evidence.GeometricRatio(q.ours, q.plain)
			if err != nil {
				return figure, err
			}
			label := fmt.Sprintf("%s, %.0f %% wrong labels", q.name, 100*r.LabelNoise)
			figure.Rows = append(figure.Rows, viz.Interval{Label: label,
				Group: r.Optimizer, Value: ratio.Effect, Lo: ratio.Low, Hi: ratio.High})
		}
	}
	// Rows of one quantity follow one another.
	slices.SortStableFunc(figure.Rows,
		func(a, b viz.Interval) int { return strings.Compare(a.Label, b.Label) })
	return figure, nil
}

// errorsOf is the share of wrong test digits.
func errorsOf(r evidence.SAMRow) []float64 {
	out := make([]float64, len(r.TestAccuracy))
	for i, a := range r.TestAccuracy {
		out[i] = 1 - a
	}
	return out
}
