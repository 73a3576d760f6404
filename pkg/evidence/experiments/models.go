package experiments

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows: []row{
		{"F5", judgeSharpError, drawModels("Gaussian sharpness", "test error")},
		{"F6", judgeSharpRobust, drawModels("Gaussian sharpness", "corrupted accuracy")},
		{"A4", judgeGap, drawModels("λmax", "gap")},
	},
	measure: (*lab).models, quick: 25, full: 320,
})

// lowLoss is the training loss that models of different batch sizes are brought below before they
// are compared.
const lowLoss = 0.02

// models measures F5, F6 and A4: models trained with batches of 8, 32, 128 and 512 at rates 0.05
// and 0.2, all stopped when the training loss is first seen below 0.02.
func (l *lab) models() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	f5, f6, a4 := newData(l, "F5"), newData(l, "F6"), newData(l, "A4")
	for _, rate := range []float64{0.05, 0.2} {
		for _, batch := range pick(l, []int{8, 512}, []int{8, 32, 128, 512}) {
			for _, seed := range seeds(pick(l, 2, 10)) {
				t, err := l.trainBelow(s, mlp, batch, rate, seed, lowLoss)
				if err != nil {
					return nil, err
				}
				for _, d := range []*Data{f5, f6, a4} {
					d.add("batch", batch, "rate", rate, "seed", seed,
						"training loss", t.last().Train.Loss, "steps", t.Steps)
				}
				if err := l.addModel(f5, f6, a4, s, t); err != nil {
					return nil, err
				}
			}
		}
	}
	return []*Data{f5, f6, a4}, nil
}

// addModel measures a model and adds what each row asks.
func (l *lab) addModel(f5, f6, a4 *Data, s *set, t *trail) error {
	sharpness, err := l.gaussianSharpness(mlp, s, t.Theta)
	if err != nil {
		return err
	}
	top, err := l.lambdaMax(mlp, s, t.Theta)
	if err != nil {
		return err
	}
	robust, err := l.robustness(s, t.Theta)
	if err != nil {
		return err
	}
	end := t.last()
	f5.add("Gaussian sharpness", sharpness.Value, "its standard error", sharpness.StdErr,
		"λmax", top, "test error", 1-end.Test.Accuracy, "test loss", end.Test.Loss)
	f6.add("Gaussian sharpness", sharpness.Value, "corrupted accuracy", stat.Mean(robust, nil))
	for i, c := range datasets.Corruptions() {
		f6.add(string(c)+" accuracy", robust[i])
	}
	a4.add("λmax", top, "gap", end.Test.Loss-end.Train.Loss)
	return nil
}

// trainBelow trains until the training loss is first seen below the mark, at most for 40,000 steps
// or 1,000 epochs, whichever is more.
func (l *lab) trainBelow(
	s *set, net network, batch int, rate float64, seed uint64, mark float64) (*trail, error) {
	most := 40_000
	if batch != fullBatch {
		most = max(most, 1000*s.train.N/batch)
	}
	t, err := l.train(s, course{Net: net, Batch: batch, Rate: rate, Seed: seed, Steps: most,
		Marks: []float64{mark}, Stop: true})
	if err == nil && len(t.Marked) == 0 {
		return nil, fmt.Errorf("experiments: batch %d, rate %v, seed %d: the training loss is %v "+
			"after %d steps, want below %v", batch, rate, seed, t.last().Train.Loss, t.Steps, mark)
	}
	return t, err
}

// corrupted are meters on the corrupted test digits, severity 3, one a corruption.
func (l *lab) corrupted(s *set) ([]*meter, error) {
	var meters []*meter
	for _, c := range datasets.Corruptions() {
		m, err := remember(l.meters, string(c), func() (*meter, error) {
			d, err := s.data.Test.Corrupt(c, 3, 0)
			if err != nil {
				return nil, err
			}
			return newMeter(l.backend, mlp, newExamples(d))
		})
		if err != nil {
			return nil, err
		}
		meters = append(meters, m)
	}
	return meters, nil
}

// robustness is the common network's accuracy on each corruption.
func (l *lab) robustness(s *set, theta []float64) ([]float64, error) {
	key := point{s.hash, mlp, theta}
	return cached(l, "corrupted accuracy 1", key, func() (accuracies []float64, err error) {
		corrupted, err := l.corrupted(s)
		if err != nil {
			return nil, err
		}
		for _, m := range corrupted {
			at, err := m.at(theta)
			if err != nil {
				return nil, err
			}
			accuracies = append(accuracies, at.Accuracy)
		}
		return accuracies, nil
	})
}

func judgeSharpError(d *Data) (evidence.Finding, error) {
	effect, err := d.correlation("Gaussian sharpness", "test error")
	top := evidence.Spearman(d.column("λmax"), d.column("test error"))
	return evidence.Finding{Effect: effect, SecondFails: top > 0 != (effect.Effect > 0),
		Note: fmt.Sprintf("With λmax instead the correlation is %+.2f. %s Test errors lie between "+
			"%.1f %% and %.1f %% of 360 digits, one digit being 0.28 points: there is little to "+
			"explain.", top, d.withinRates("Gaussian sharpness", "test error"),
			100*d.least("test error"), 100*d.largest("test error"))}, err
}

func judgeSharpRobust(d *Data) (evidence.Finding, error) {
	effect, err := d.correlation("Gaussian sharpness", "corrupted accuracy")
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("%s Accuracy on corrupted digits "+
		"runs from %.1f %% to %.1f %%.", d.withinRates("Gaussian sharpness", "corrupted accuracy"),
		100*d.least("corrupted accuracy"), 100*d.largest("corrupted accuracy"))}, err
}

func judgeGap(d *Data) (evidence.Finding, error) {
	effect, err := d.correlation("λmax", "gap")
	slow, fast := d.atRate(0.05, "λmax", "gap"), d.atRate(0.2, "λmax", "gap")
	noReversal := slow*effect.Effect > 0 && fast*effect.Effect > 0
	return evidence.Finding{Effect: effect, SecondFails: !noReversal,
		Note: d.withinRates("λmax", "gap") + " All models have a training loss just below 0.02, " +
			"so the gap is the test loss but for a constant."}, err
}

// withinRates says what the correlation is at each rate alone, and among the seeds of one rate and
// batch size.
func (d *Data) withinRates(x, y string) string {
	return fmt.Sprintf("At rate 0.05 alone it is %+.2f, at 0.2 alone %+.2f; among the seeds of "+
		"one rate and batch size, where only chance tells models apart, %+.2f (mean over the "+
		"settings).",
		d.atRate(0.05, x, y), d.atRate(0.2, x, y), d.withinSettings(x, y))
}

// withinSettings is the mean correlation over the models of one rate and batch size. Settings in
// which one side doesn't vary are left out.
func (d *Data) withinSettings(x, y string) float64 {
	type setting struct{ rate, batch float64 }
	members := map[setting][]int{}
	for i, rate := range d.column("rate") {
		s := setting{rate, d.column("batch")[i]}
		members[s] = append(members[s], i)
	}
	var correlations []float64
	for _, of := range members {
		if c := d.spearman(x, y, of); !math.IsNaN(c) {
			correlations = append(correlations, c)
		}
	}
	slices.Sort(correlations) // a sum that doesn't depend on the map's order
	return mean(correlations)
}

// atRate is the correlation over the models of one rate.
func (d *Data) atRate(rate float64, x, y string) float64 {
	var of []int
	for i, r := range d.column("rate") {
		if r == rate {
			of = append(of, i)
		}
	}
	return d.spearman(x, y, of)
}

// spearman is the correlation of two columns over some rows.
func (d *Data) spearman(x, y string, of []int) float64 {
	return evidence.Spearman(evidence.Pick(d.column(x), of), evidence.Pick(d.column(y), of))
}

// drawModels draws two columns against one another, a colour a batch size.
func drawModels(x, y string) func(d *Data, title string) viz.Figure {
	return func(d *Data, title string) viz.Figure {
		f := viz.Scatter{Title: title, X: viz.Axis{Label: x, Log: true}, Y: viz.Axis{Label: y}}
		sizes, rows := d.groups("batch")
		for i, of := range rows {
			f.Groups = append(f.Groups, viz.Points{Label: fmt.Sprintf("batch %.0f", sizes[i]),
				X: evidence.Pick(d.column(x), of), Y: evidence.Pick(d.column(y), of)})
		}
		return f
	}
}
