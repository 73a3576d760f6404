package training

import (
	"math"

	"lossland/pkg/viz"
)

// LossSeries are the training loss and the test loss of a run against the step, the latter with a
// band of one standard error; it is empty where there was no test set.
func (r *Record) LossSeries() (train, test viz.Series) {
	train.Label, test.Label = "training", "test"
	for _, m := range r.Curve {
		train.X, train.Y = append(train.X, float64(m.Step)), append(train.Y, m.Train.Loss.Value)
		if m.Test.Loss.N == 0 {
			continue
		}
		low, high := m.Test.Loss.Interval(1)
		test.X, test.Y = append(test.X, float64(m.Step)), append(test.Y, m.Test.Loss.Value)
		test.Lo, test.Hi = append(test.Lo, low), append(test.Hi, high)
	}
	return train, test
}

// StepsBelow is the first step at which the training loss was measured below the given one; +Inf
// where it never was.
func (r *Record) StepsBelow(loss float64) float64 {
	for _, m := range r.Curve {
		if m.Train.Loss.Value < loss {
			return float64(m.Step)
		}
	}
	return math.Inf(1)
}
