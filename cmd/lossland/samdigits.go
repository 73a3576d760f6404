package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson"
	"lossland/pkg/sam"
	"lossland/pkg/viz"
)

// samDigitsCommand compares plain descent, SAM and ASAM on the digits, with clean labels and with some of them wrong.
type samDigitsCommand struct {
	Seeds int     `help:"Trainings of each kind." default:"10"`
	Noise float64 `help:"Share of wrong training labels in the second half of the table." default:"0.4"`
	Draw  bool    `help:"Train nothing: print and draw what sam-digits.json holds."`
	Out   string  `help:"Folder for sam-digits.json and sam-digits.svg." default:"evidence" type:"path"`
}

// samDigitsRow is what the trainings of one kind gave, a value for each seed 1, 2, ….
type samDigitsRow struct {
	Optimizer string    `json:"optimizer"`
	Noise     float64   `json:"label_noise"`
	LambdaMax []float64 `json:"lambda_max"`        // of the Hessian of the training loss.
	Gaussian  []float64 `json:"gaussian_rise"`     // of the training loss, σ = 0.01, 20 draws.
	Accuracy  []float64 `json:"test_accuracy"`     // on 360 clean digits.
	Loss      []float64 `json:"training_loss_end"` // on the labels trained on.
}

// Run trains (or takes from the cache), measures, prints the table and writes it.
func (c *samDigitsCommand) Run(ctx context.Context) error {
	if c.Seeds < 2 || c.Noise < 0 || c.Noise >= 1 {
		return fmt.Errorf("lossland: sam-digits: %d seeds and noise %g; want at least 2 seeds and a noise in [0, 1)", c.Seeds, c.Noise)
	}
	if c.Draw {
		return c.draw()
	}
	base := lesson.SGD(0.1)
	optimizers := []lesson.Optimizer{base, lesson.SAM(base, 0.05),
		lesson.SAMVariant(base, "asam rho=0.5 eta=0.01", func(s *sam.Config) *sam.Config { return s.ASAM(0.01).Rho(0.5) })}
	var rows []samDigitsRow
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
	if err := os.WriteFile(filepath.Join(c.Out, "sam-digits.json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	return viz.Save(filepath.Join(c.Out, "sam-digits.svg"), figure)
}

// draw prints and draws the rows of an earlier run.
func (c *samDigitsCommand) draw() error {
	text, err := os.ReadFile(filepath.Join(c.Out, "sam-digits.json"))
	if err != nil {
		return err
	}
	var rows []samDigitsRow
	if err := json.Unmarshal(text, &rows); err != nil {
		return fmt.Errorf("lossland: sam-digits.json: %w", err)
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

// measure trains one kind with every seed. The seed of a training also chooses which labels are wrong.
func (c *samDigitsCommand) measure(ctx context.Context, opt lesson.Optimizer, noise float64) (row samDigitsRow, err error) {
	row = samDigitsRow{Optimizer: opt.Name, Noise: noise}
	digits, err := lesson.Digits()
	if err != nil {
		return row, err
	}
	clean := digits.Train
	for seed := range uint64(c.Seeds) {
		if digits.Train, err = clean.NoisyLabels(noise, seed+1); err != nil {
			return row, err
		}
		cfg := lesson.CommonSetup(digits, seed+1)
		cfg.Optimizer = opt
		run, err := lesson.Train(ctx, cfg)
		if err != nil {
			return row, err
		}
		flat, err := lesson.MeasureFlatness(ctx, digits.Train, run)
		if err != nil {
			return row, err
		}
		row.LambdaMax = append(row.LambdaMax, flat[0].LambdaMax.Value)
		row.Gaussian = append(row.Gaussian, flat[0].Gaussian.Value)
		row.Accuracy = append(row.Accuracy, run.Last().Test.Accuracy.Value)
		row.Loss = append(row.Loss, run.Last().Train.Loss.Value)
	}
	return row, nil
}

// tabulate prints the rows with 95 % intervals and draws λmax, the rise under noise and the test errors as ratios to plain descent, seed by seed.
func tabulate(rows []samDigitsRow) (viz.Intervals, error) {
	figure := viz.Intervals{Title: "Sharpness and test errors relative to plain descent, same seeds", X: viz.Axis{Label: "ratio", Log: true},
		VLines: []viz.RefLine{{At: 1, Label: "no effect"}}}
	fmt.Println("| label noise | optimizer | λmax | rise under noise, σ = 0.01 | test accuracy | gain over plain, points | training loss |\n|---|---|---|---|---|---|---|")
	var plain samDigitsRow
	for _, r := range rows {
		if r.Optimizer == rows[0].Optimizer {
			plain = r
		}
		line := fmt.Sprintf("| %.0f %% | %s", 100*r.Noise, r.Optimizer)
		for _, values := range [][]float64{r.LambdaMax, r.Gaussian, r.Accuracy} {
			i, err := evidence.MeanT(values)
			if err != nil {
				return figure, err
			}
			line += fmt.Sprintf(" | %.4g [%.4g, %.4g]", i.Effect, i.Low, i.High)
		}
		gain, err := evidence.PairedDifference(r.Accuracy, plain.Accuracy)
		if err != nil {
			return figure, err
		}
		fmt.Printf("%s | %+.2f [%+.2f, %+.2f] | %.4g |\n", line, 100*gain.Effect, 100*gain.Low, 100*gain.High, stat.Mean(r.Loss, nil))
		if r.Optimizer == plain.Optimizer {
			continue
		}
		for _, q := range []struct {
			name        string
			ours, plain []float64
		}{
			{"λ_{max}", r.LambdaMax, plain.LambdaMax}, {"rise under noise", r.Gaussian, plain.Gaussian}, {"test errors", errorsOf(r), errorsOf(plain)},
		} {
			ratio, err := evidence.GeometricRatio(q.ours, q.plain)
			if err != nil {
				return figure, err
			}
			figure.Rows = append(figure.Rows, viz.Interval{Label: fmt.Sprintf("%s, %.0f %% wrong labels", q.name, 100*r.Noise),
				Group: r.Optimizer, Value: ratio.Effect, Lo: ratio.Low, Hi: ratio.High})
		}
	}
	// Rows of one quantity follow one another.
	slices.SortStableFunc(figure.Rows, func(a, b viz.Interval) int { return strings.Compare(a.Label, b.Label) })
	return figure, nil
}

// errorsOf is the share of wrong test digits.
func errorsOf(r samDigitsRow) []float64 {
	out := make([]float64, len(r.Accuracy))
	for i, a := range r.Accuracy {
		out[i] = 1 - a
	}
	return out
}
