package experiments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/training"
	"lossland/pkg/sam"
	"lossland/pkg/viz"
)

// SAMDigitsConfig is what [SAMDigits] takes.
type SAMDigitsConfig struct {
	// Seeds is the number of trainings of each kind, at least 2. Default 10.
	Seeds int
	// Noise is the share of wrong training labels in the table's second half, in [0, 1).
	Noise float64
	// Draw trains nothing: the rows are those that sam-digits.json holds.
	Draw bool
	// Folder is where sam-digits.json and sam-digits.svg are.
	Folder string
	// Out is where the table is printed. Default: nowhere.
	Out io.Writer
	// Place puts a file into the folder: write writes it under the name that it is given.
	// Default: the file at path is replaced.
	Place func(path string, write func(path string) error) error
}

// SAMDigits compares plain descent, SAM and ASAM on the digits, with clean labels and with some of
// them wrong. It prints the table in Markdown and writes rows and picture into the folder. Each
// training is kept in the lesson's cache.
func SAMDigits(ctx context.Context, cfg SAMDigitsConfig) error {
	cfg.Seeds = cmp.Or(cfg.Seeds, 10)
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	if cfg.Place == nil {
		cfg.Place = func(path string, write func(string) error) error { return write(path) }
	}
	if cfg.Seeds < 2 || !(cfg.Noise >= 0 && cfg.Noise < 1) {
		return fmt.Errorf("experiments: sam-digits: %d seeds and noise %g; "+
			"want at least 2 seeds and a noise in [0, 1)", cfg.Seeds, cfg.Noise)
	}
	rows, err := samDigitsRows(ctx, cfg)
	if err != nil {
		return err
	}
	if err := printSAMDigits(cfg.Out, rows); err != nil {
		return err
	}
	figure, err := drawSAMDigits(rows)
	if err != nil {
		return err
	}
	return cfg.Place(filepath.Join(cfg.Folder, "sam-digits.svg"),
		func(path string) error { return viz.Save(path, figure) })
}

// samDigitsRows measures the rows and writes them, or reads those that were written.
func samDigitsRows(ctx context.Context, cfg SAMDigitsConfig) ([]evidence.SAMRow, error) {
	file := filepath.Join(cfg.Folder, "sam-digits.json")
	if cfg.Draw {
		rows, err := evidence.ReadSAMRows(file)
		if err == nil && len(rows) == 0 {
			err = errors.New("experiments: sam-digits.json holds no rows")
		}
		return rows, err
	}
	base := training.SGD(0.1)
	asam := func(s *sam.Config) *sam.Config { return s.ASAM(0.01).Rho(0.5) }
	optimizers := []training.Optimizer{base, training.SAM(base, 0.05),
		training.SAMVariant(base, "asam rho=0.5 eta=0.01", asam)}
	var rows []evidence.SAMRow
	for _, noise := range []float64{0, cfg.Noise} {
		for _, opt := range optimizers {
			row, err := measureSAMRow(ctx, opt, noise, cfg.Seeds)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return rows, cfg.Place(file,
		func(path string) error { return evidence.WriteSAMRows(path, rows) })
}

// measureSAMRow trains one kind with every seed. The seed of a training also chooses which labels
// are wrong.
func measureSAMRow(ctx context.Context, opt training.Optimizer, noise float64, seeds int) (
	row evidence.SAMRow, err error) {
	row = evidence.SAMRow{Optimizer: opt.Name, LabelNoise: noise}
	digits, err := datasets.Digits()
	if err != nil {
		return row, err
	}
	clean := digits.Train
	for seed := range uint64(seeds) {
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

// plainOf finds what each row is compared with: the last row up to it of the first optimizer, which
// has the same label noise.
func plainOf(rows []evidence.SAMRow) []evidence.SAMRow {
	plain := slices.Clone(rows)
	for i, r := range rows {
		if r.Optimizer != rows[0].Optimizer {
			plain[i] = plain[i-1]
		}
	}
	return plain
}

// printSAMDigits prints the rows with 95 % intervals.
func printSAMDigits(out io.Writer, rows []evidence.SAMRow) error {
	text := "| label noise | optimizer | λmax | rise under noise, σ = 0.01 | test accuracy " +
		"| gain over plain, points | training loss |\n|---|---|---|---|---|---|---|\n"
	plain := plainOf(rows)
	for i, r := range rows {
		text += fmt.Sprintf("| %.0f %% | %s", 100*r.LabelNoise, r.Optimizer)
		for _, values := range [][]float64{r.LambdaMax, r.GaussianRise, r.TestAccuracy} {
			i, err := evidence.MeanT(values)
			if err != nil {
				return err
			}
			text += fmt.Sprintf(" | %.4g [%.4g, %.4g]", i.Effect, i.Low, i.High)
		}
		gain, err := r.Gain(plain[i])
		if err != nil {
			return err
		}
		text += fmt.Sprintf(" | %+.2f [%+.2f, %+.2f] | %.4g |\n",
			gain.Effect, gain.Low, gain.High, stat.Mean(r.TrainingLoss, nil))
	}
	_, err := io.WriteString(out, text)
	return err
}

// drawSAMDigits draws λmax, the rise under noise and the test errors as ratios to plain descent,
// seed by seed.
func drawSAMDigits(rows []evidence.SAMRow) (viz.Intervals, error) {
	figure := viz.Intervals{
		Title:  "Sharpness and test errors relative to plain descent, same seeds",
		X:      viz.Axis{Label: "ratio", Log: true},
		VLines: []viz.RefLine{{At: 1, Label: "no effect"}},
	}
	plain := plainOf(rows)
	for i, r := range rows {
		if r.Optimizer == rows[0].Optimizer {
			continue
		}
		for _, q := range []struct {
			name        string
			ours, plain []float64
		}{
			{"λ_{max}", r.LambdaMax, plain[i].LambdaMax},
			{"rise under noise", r.GaussianRise, plain[i].GaussianRise},
			{"test errors", errorsOf(r), errorsOf(plain[i])},
		} {
			ratio, err := evidence.GeometricRatio(q.ours, q.plain)
			if err != nil {
				return figure, err
			}
			figure.Rows = append(figure.Rows, viz.Interval{
				Label: fmt.Sprintf("%s, %.0f %% wrong labels", q.name, 100*r.LabelNoise),
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
