package experiments

import (
	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/lesson/datasets"
)

// wideNet is W3's network: 8,970 weights for 300 examples.
var wideNet = network{Widths: []int{64, 64, 64, 10}, Activation: "relu", Loss: crossEntropy, DType: dtypes.Float32}

// memorise measures W3: a network with thirty times more weights than examples learns one set of random labels from different starts; how far
// apart its solutions are, and on how many of the digits that it wasn't shown they answer differently.
func (l *lab) memorise() ([]*Data, error) {
	s, rest, err := l.randomLabels()
	if err != nil {
		return nil, err
	}
	d := newData(l, "W3")
	d.Facts["examples"], d.Facts["weights"], d.Facts["digits that weren't shown"] = float64(s.train.N), float64(wideNet.size()), float64(rest.train.N)
	var ends, starts, answers [][]float64
	for _, seed := range seeds(pick(l, 3, 10)) {
		t, err := l.train(s, course{Net: wideNet, Batch: 32, Rate: 0.1, Seed: seed, Steps: 1000 * 9, Every: 450})
		if err != nil {
			return nil, err
		}
		given, err := l.answers(wideNet, rest, t.Theta)
		if err != nil {
			return nil, err
		}
		end := t.last()
		d.add("seed", seed, "training accuracy", end.Train.Accuracy, "training loss", end.Train.Loss,
			"distance from the start", floats.Distance(t.Initial, t.Theta, 2))
		ends, starts, answers = append(ends, t.Theta), append(starts, t.Initial), append(answers, given)
	}
	for i := range ends { // neighbouring seeds in a ring, so that every seed counts alike
		next := (i + 1) % len(ends)
		d.add("distance to the next seed's", floats.Distance(ends[i], ends[next], 2),
			"after matching units", floats.Distance(ends[i], wideNet.matched(ends[i], ends[next]), 2),
			"between the starts, matched", floats.Distance(starts[i], wideNet.matched(starts[i], starts[next]), 2),
			"disagreement with the next seed's", differing(answers[i], answers[next]))
	}
	return []*Data{d}, nil
}

// answers are the classes that a network gives to the examples of a set.
func (l *lab) answers(net network, s *set, theta []float64) ([]float64, error) {
	return cached(l, "answers 1", point{s.hash, net, theta}, func() (classes []float64, err error) {
		m, err := l.meter(net, s, false)
		if err != nil {
			return nil, err
		}
		outputs, err := m.logits(l.backend, theta)
		if err != nil {
			return nil, err
		}
		for i := 0; i < len(outputs); i += net.outputs() {
			classes = append(classes, float64(floats.MaxIdx(outputs[i:i+net.outputs()])))
		}
		return classes, nil
	})
}

// differing is the share of places in which two lists differ.
func differing(a, b []float64) float64 {
	n := 0
	for i := range a {
		n += int(indicator(a[i] != b[i]))
	}
	return float64(n) / float64(len(a))
}

// randomLabels are 300 digits with labels drawn evenly from the ten classes, the same for every seed, and the digits that are left over.
func (l *lab) randomLabels() (labelled, rest *set, err error) {
	all, err := datasets.AllDigits()
	if err != nil {
		return nil, nil, err
	}
	split, err := all.Split(300, 0)
	if err != nil {
		return nil, nil, err
	}
	random, err := split.Test.RandomLabels(0)
	if err != nil {
		return nil, nil, err
	}
	labelled, err = remember(l.sets, "random labels", func() (*set, error) { return newSet("random labels", datasets.Split{Train: random}), nil })
	if err != nil {
		return nil, nil, err
	}
	rest, err = remember(l.sets, "not labelled", func() (*set, error) { return newSet("not labelled", datasets.Split{Train: split.Train}), nil })
	return labelled, rest, err
}
