package experiments

import "math"

// overfit measures F1: 300 epochs of momentum 0.9 at the common rate, and by how much the test loss rises from its lowest point.
func (l *lab) overfit() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "F1")
	epochs := pick(l, 100, 300)
	d.Facts["epochs"] = float64(epochs)
	for _, seed := range seeds(pick(l, 3, 10)) {
		t, err := l.train(s, training{Net: mlp, Batch: 32, Rate: 0.1, Momentum: 0.9, Seed: seed, Steps: epochs * 44, Every: 44})
		if err != nil {
			return nil, err
		}
		best, at, least := math.Inf(1), 0, math.Inf(1)
		for _, p := range t.Curve {
			if p.Test.Loss < best {
				best, at = p.Test.Loss, p.Step
			}
			least = min(least, p.Train.Loss)
		}
		end := t.last()
		d.add("seed", seed, "rise", end.Test.Loss-best, "lowest test loss", best, "lowest at epoch", float64(at)/44,
			"final test loss", end.Test.Loss, "final test accuracy", end.Test.Accuracy, "accuracy at lowest", accuracyAt(t, at),
			"lowest training loss", least, "final training loss", end.Train.Loss)
		if seed == 1 {
			for _, p := range t.Curve {
				d.Series["epoch, seed 1"] = append(d.Series["epoch, seed 1"], float64(p.Step)/44)
				d.Series["training loss, seed 1"] = append(d.Series["training loss, seed 1"], p.Train.Loss)
				d.Series["test loss, seed 1"] = append(d.Series["test loss, seed 1"], p.Test.Loss)
			}
		}
	}
	return []*Data{d}, nil
}

func accuracyAt(t *trail, step int) float64 {
	for _, p := range t.Curve {
		if p.Step == step {
			return p.Test.Accuracy
		}
	}
	return math.NaN()
}

// commonSteps are the plan's common training: 100 epochs of 44 whole batches of 32.
const commonSteps = 100 * 44

// manySeeds measures W2 and A2: the common training, continued to 300 epochs, over many seeds.
func (l *lab) manySeeds() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	w2, a2 := newData(l, "W2"), newData(l, "A2")
	for _, seed := range seeds(pick(l, 5, 30)) {
		t, err := l.common(s, seed)
		if err != nil {
			return nil, err
		}
		first, reached, at := t.Curve[0], false, math.NaN()
		for _, p := range t.Curve {
			if p.Step == commonSteps {
				w2.add("seed", seed, "initial test loss", first.Test.Loss, "final test loss", p.Test.Loss,
					"final test accuracy", p.Test.Accuracy, "final training loss", p.Train.Loss)
			}
			if !reached && p.Train.Accuracy > 0.99 {
				reached, at = true, float64(p.Step)/44
			}
		}
		a2.add("seed", seed, "reached", reached, "at epoch", at, "final training accuracy", t.last().Train.Accuracy,
			"final training loss", t.last().Train.Loss)
	}
	return []*Data{w2, a2}, nil
}
