package lesson

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape"
	"lossland/pkg/viz"
)

// AlongSeries is the loss along a curve against t, for the picture.
func AlongSeries(label string, along *landscape.Profile) viz.Series {
	s := viz.Series{Label: label, X: along.T}
	for _, loss := range along.Loss {
		s.Y = append(s.Y, loss.Value)
	}
	return s
}

// Around is an axis for a picture of a path: n coordinates over its own, with a margin on both
// sides that is this share of their range.
func Around(x []float64, margin float64, n int) []float64 {
	low, high := floats.Min(x), floats.Max(x)
	margin *= high - low
	return Linspace(low-margin, high+margin, n)
}

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
