package experiments

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/lesson/datasets"
)

// overfit measures F1: 300 epochs of momentum 0.9 at the common rate. One half of the test set says at which epoch to stop, the other half
// what training on from there does to the test loss, so that the answer may have either sign.
func (l *lab) overfit() ([]*Data, error) {
	choosing, judging, err := l.halves()
	if err != nil {
		return nil, err
	}
	d := newData(l, "F1")
	epochs := pick(l, 100, 300)
	d.Facts["epochs"] = float64(epochs)
	for _, seed := range seeds(pick(l, 3, 10)) {
		run := course{Net: mlp, Batch: 32, Rate: 0.1, Momentum: 0.9, Seed: seed, Steps: epochs * 44, Every: 44}
		chooser, err := l.train(choosing, run)
		if err != nil {
			return nil, err
		}
		t, err := l.train(judging, run) // the same path, seen by the other half
		if err != nil {
			return nil, err
		}
		at := lowestTest(chooser)
		stopped, late, end := t.Curve[at], t.Curve[2*epochs/3], t.last()
		exchanged := chooser.last().Test.Loss - chooser.Curve[lowestTest(t)].Test.Loss
		d.add("seed", seed, "rise", end.Test.Loss-stopped.Test.Loss, "rise with the halves exchanged", exchanged, "stopped at epoch", at, "test loss when stopped", stopped.Test.Loss,
			"final test loss", end.Test.Loss, "test accuracy when stopped", stopped.Test.Accuracy, "final test accuracy", end.Test.Accuracy,
			"rise from the lowest point", end.Test.Loss-t.Curve[lowestTest(t)].Test.Loss, "training loss at two thirds", late.Train.Loss,
			"final training loss", end.Train.Loss, "weights of the two halves' runs differ", floats.Distance(chooser.Theta, t.Theta, math.Inf(1)))
		if seed == 1 {
			d.keepCurve(t)
		}
	}
	return []*Data{d}, nil
}

// keepCurve keeps the curves of seed 1 for the picture.
func (d *Data) keepCurve(t *trail) {
	for _, p := range t.Curve {
		d.Series["epoch, seed 1"] = append(d.Series["epoch, seed 1"], float64(p.Step)/44)
		d.Series["training loss, seed 1"] = append(d.Series["training loss, seed 1"], p.Train.Loss)
		d.Series["test loss, seed 1"] = append(d.Series["test loss, seed 1"], p.Test.Loss)
	}
}

// lowestTest is where in a curve the test loss is lowest.
func lowestTest(t *trail) (at int) {
	for i, p := range t.Curve {
		if p.Test.Loss < t.Curve[at].Test.Loss {
			at = i
		}
	}
	return at
}

// halves are the digits with one half of the test set each, 180 digits, drawn by seed 0.
func (l *lab) halves() (one, other *set, err error) {
	whole, err := digitsSplit()
	if err != nil {
		return nil, nil, err
	}
	test, err := whole.Test.Split(whole.Test.Len()/2, 0)
	if err != nil {
		return nil, nil, err
	}
	part := func(name string, half *datasets.Data) (*set, error) {
		return remember(l.sets, name, func() (*set, error) { return newSet(name, datasets.Split{Train: whole.Train, Test: half}), nil })
	}
	if one, err = part("first half", test.Test); err != nil {
		return nil, nil, err
	}
	other, err = part("second half", test.Train)
	return one, other, err
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
