package experiments

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/lesson"
)

// wideNet is W3's network: 8,970 weights for 300 examples.
var wideNet = network{Widths: []int{64, 64, 64, 10}, Activation: "relu", Loss: crossEntropy, DType: dtypes.Float32}

// memorise measures W3: a network with thirty times more weights than examples learns random labels, in a different place for every seed.
func (l *lab) memorise() ([]*Data, error) {
	d := newData(l, "W3")
	var ends, starts [][]float64
	all := seeds(pick(l, 3, 10))
	for _, seed := range all {
		s, err := l.randomLabels(seed)
		if err != nil {
			return nil, err
		}
		t, err := l.train(s, training{Net: wideNet, Batch: 32, Rate: 0.1, Seed: seed, Steps: 1000 * 9, Every: 450})
		if err != nil {
			return nil, err
		}
		end := t.last()
		d.add("seed", seed, "training accuracy", end.Train.Accuracy, "training loss", end.Train.Loss,
			"distance from the start", floats.Distance(t.Initial, t.Theta, 2))
		ends, starts = append(ends, t.Theta), append(starts, t.Initial)
	}
	// Neighbouring seeds in a ring, so that every seed counts alike. All start from their own weights and have their own labels.
	for i := range ends {
		next := (i + 1) % len(ends)
		d.add("distance to the next seed's", floats.Distance(ends[i], ends[next], 2),
			"after matching units", floats.Distance(ends[i], wideNet.matched(ends[i], ends[next]), 2),
			"between the starts, matched", floats.Distance(starts[i], wideNet.matched(starts[i], starts[next]), 2))
	}
	return []*Data{d}, nil
}

// randomLabels are 300 digits with labels drawn evenly from the ten classes, both anew with each seed.
func (l *lab) randomLabels(seed uint64) (*set, error) {
	return remember(l.sets, fmt.Sprint("random labels ", seed), func() (*set, error) {
		all, err := lesson.AllDigits()
		if err != nil {
			return nil, err
		}
		some, err := all.Subset(300, seed)
		if err != nil {
			return nil, err
		}
		if some, err = some.RandomLabels(seed); err != nil {
			return nil, err
		}
		return newSet(some.Name, lesson.Split{Train: some}), nil
	})
}
