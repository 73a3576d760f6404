package experiments

import (
	"fmt"

	"lossland/pkg/evidence"
)

var _ = gather(experiment{
	rows: []row{
		{"T1", judgeKeskar, arms("Keskar's φ", true, "φ, full batch", "φ at loss 0.02, full batch",
			"φ at loss 0.02, batch 16", "φ, batch 16")},
		{"A5", judgeSmallBatchTest, arms("test accuracy", false,
			"test accuracy, batch 16", "test accuracy, full batch")},
		{"W5", judgeEqualLoss, arms("λ_{max} at a training loss of 0.05", true,
			"λmax, full batch", "λmax, batch 16")},
	},
	measure: (*lab).largeAgainstSmall, quick: 9, full: 220,
})

// longest is how many steps full-batch training takes at most: the plan's 4,000 epochs.
const longest = 4000

// fullBatchRun is T1's, W5's and F3's training on all examples at rate 0.1, until the training loss
// is below 0.02 or for 4,000 steps. The weights are kept when it first falls below 0.05 and 0.02.
func (l *lab) fullBatchRun(s *set, seed uint64, keepAt []int) (*trail, error) {
	return l.train(s, course{
		Net: mlp, Batch: fullBatch, Rate: 0.1, Seed: seed, Steps: longest, Every: 10,
		Marks: []float64{0.05, lowLoss}, Stop: true, Trace: true, KeepAt: keepAt,
	})
}

// smallBatchRun is T1's training with batches of 16, for as many epochs as the full batch took. It
// is looked at about eight times an epoch until the training loss is below 0.02, and then every 50
// epochs.
func (l *lab) smallBatchRun(s *set, seed uint64, epochs int) (*trail, error) {
	perEpoch := s.train.N / 16
	return l.train(s, course{
		Net: mlp, Batch: 16, Rate: 0.1, Seed: seed, Steps: epochs * perEpoch, Late: 50 * perEpoch,
		Marks: []float64{0.05, lowLoss},
	})
}

// largeAgainstSmall measures T1, A5 and W5: the full batch against batches of 16, after as many
// epochs (T1, A5) and at one loss (W5).
func (l *lab) largeAgainstSmall() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	t1, a5, w5 := newData(l, "T1"), newData(l, "A5"), newData(l, "W5")
	for _, seed := range seeds(pick(l, 2, 10)) {
		large, err := l.fullBatchRun(s, seed, nil)
		if err != nil {
			return nil, err
		}
		small, err := l.smallBatchRun(s, seed, large.Steps)
		if err != nil {
			return nil, err
		}
		if len(large.Marked) < 1 || len(small.Marked) < 2 {
			return nil, fmt.Errorf("experiments: T1, seed %d: training losses %v (full batch) and "+
				"%v (batch 16) don't get low enough",
				seed, large.last().Train.Loss, small.last().Train.Loss)
		}
		for _, d := range []*Data{t1, a5, w5} {
			d.add("seed", seed)
		}
		t1.add("epochs", large.Steps)
		if err := l.addBatch(t1, a5, w5, s, "full batch", large); err != nil {
			return nil, err
		}
		if err := l.addBatch(t1, a5, w5, s, "batch 16", small); err != nil {
			return nil, err
		}
	}
	return []*Data{t1, a5, w5}, nil
}

// addBatch measures one of the two trainings and adds what each row asks.
func (l *lab) addBatch(t1, a5, w5 *Data, s *set, name string, run *trail) error {
	end, first := run.last(), run.Marked[0]
	phi, err := l.keskar(mlp, s, run.Theta, 1e-3)
	if err != nil {
		return err
	}
	phiAlike, err := l.keskar(mlp, s, run.Marked[len(run.Marked)-1].Theta, 1e-3)
	if err != nil {
		return err
	}
	top, err := l.lambdaMax(mlp, s, run.Theta)
	if err != nil {
		return err
	}
	topAlike, err := l.lambdaMax(mlp, s, first.Theta)
	if err != nil {
		return err
	}
	t1.add("φ, "+name, phi, "φ at loss 0.02, "+name, phiAlike, "λmax, "+name, top,
		"training loss, "+name, end.Train.Loss)
	a5.add("test accuracy, "+name, end.Test.Accuracy, "test loss, "+name, end.Test.Loss)
	w5.add("λmax, "+name, topAlike, "epoch, "+name, float64(first.Step)/float64(run.Epoch))
	return nil
}

func judgeKeskar(d *Data) (evidence.Finding, error) {
	effect, err := d.ratio("φ, full batch", "φ, batch 16")
	if err != nil {
		return evidence.Finding{}, err
	}
	alike, err := d.ratio("φ at loss 0.02, full batch", "φ at loss 0.02, batch 16")
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("After as many epochs batch 16 has "+
		"made ninety times as many steps and its training loss is %.1e against %.3f, which alone "+
		"makes φ small: equal epochs are not equal training. At one loss, 0.02, the ratio is %.2f "+
		"[%.2f, %.2f].", d.mean("training loss, batch 16"), d.mean("training loss, full batch"),
		alike.Effect, alike.Low, alike.High)}, err
}

func judgeSmallBatchTest(d *Data) (evidence.Finding, error) {
	small, large := d.column("test accuracy, batch 16"), d.column("test accuracy, full batch")
	effect, err := evidence.PairedDifference(small, large)
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("Accuracy %.2f %% with batches of "+
		"16 and %.2f %% with the full batch, of 360 digits (one is 0.28 points); test loss %.3f "+
		"and %.3f. Equal epochs: batch 16 has also trained further (T1).", 100*mean(small),
		100*mean(large), d.mean("test loss, batch 16"), d.mean("test loss, full batch"))}, err
}

func judgeEqualLoss(d *Data) (evidence.Finding, error) {
	effect, err := d.ratio("λmax, full batch", "λmax, batch 16")
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("At one training loss, 0.05, λmax "+
		"is %.1f on the full batch (after %.0f epochs) and %.1f with batches of 16 (after %.1f).",
		d.geometric("λmax, full batch"), d.mean("epoch, full batch"),
		d.geometric("λmax, batch 16"), d.mean("epoch, batch 16"))}, err
}
