package experiments

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"lossland/pkg/lesson/datasets"
)

// lowLoss is the training loss that models of different batch sizes are brought below before they are compared.
const lowLoss = 0.02

// grid measures F5, F6 and A4: models trained with batches of 8, 32, 128 and 512 at rates 0.05 and 0.2, all stopped when the training loss
// is first seen below 0.02.
func (l *lab) grid() ([]*Data, error) {
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
				end := t.last()
				sharpness, err := l.gaussianSharpness(mlp, s, t.Theta)
				if err != nil {
					return nil, err
				}
				top, err := l.lambdaMax(mlp, s, t.Theta)
				if err != nil {
					return nil, err
				}
				robust, err := l.robustness(s, t.Theta)
				if err != nil {
					return nil, err
				}
				for _, d := range []*Data{f5, f6, a4} {
					d.add("batch", batch, "rate", rate, "seed", seed, "training loss", end.Train.Loss, "steps", t.Steps)
				}
				f5.add("Gaussian sharpness", sharpness.Value, "its standard error", sharpness.StdErr, "λmax", top,
					"test error", 1-end.Test.Accuracy, "test loss", end.Test.Loss)
				f6.add("Gaussian sharpness", sharpness.Value, "corrupted accuracy", stat.Mean(robust, nil))
				for i, c := range datasets.Corruptions() {
					f6.add(string(c)+" accuracy", robust[i])
				}
				a4.add("λmax", top, "gap", end.Test.Loss-end.Train.Loss)
			}
		}
	}
	return []*Data{f5, f6, a4}, nil
}

// trainBelow trains until the training loss is first seen below the mark, at most for 40,000 steps or 1,000 epochs, whichever is more.
func (l *lab) trainBelow(s *set, net network, batch int, rate float64, seed uint64, mark float64) (*trail, error) {
	most := 40_000
	if batch != fullBatch {
		most = max(most, 1000*s.train.N/batch)
	}
	t, err := l.train(s, course{Net: net, Batch: batch, Rate: rate, Seed: seed, Steps: most, Marks: []float64{mark}, Stop: true})
	if err == nil && len(t.Marked) == 0 {
		return nil, fmt.Errorf("experiments: batch %d, rate %v, seed %d: the training loss is %v after %d steps, want below %v",
			batch, rate, seed, t.last().Train.Loss, t.Steps, mark)
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
	return cached(l, "corrupted accuracy 1", point{s.hash, mlp, theta}, func() (accuracies []float64, err error) {
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

// batchSlope measures T2: how λmax changes with the batch size at one training loss.
func (l *lab) batchSlope() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "T2")
	for _, seed := range seeds(pick(l, 2, 10)) {
		var sizes, tops []float64
		d.add("seed", seed)
		for _, batch := range []int{8, 32, 128, 512, fullBatch} {
			t, err := l.trainBelow(s, mlp, batch, 0.1, seed, lowLoss)
			if err != nil {
				return nil, err
			}
			top, err := l.lambdaMax(mlp, s, t.Theta)
			if err != nil {
				return nil, err
			}
			size := batch
			if batch == fullBatch {
				size = s.train.N
			}
			sizes, tops = append(sizes, math.Log(float64(size))), append(tops, math.Log(top))
			d.add(fmt.Sprintf("λmax, batch %d", size), top, fmt.Sprintf("training loss, batch %d", size), t.last().Train.Loss)
		}
		_, slope := stat.LinearRegression(sizes, tops, nil, false)
		d.add("slope", slope)
	}
	return []*Data{d}, nil
}
