package lesson

import (
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

// AxisAround is an axis for a picture of a path: n coordinates over the range of x, with a margin
// on both sides that is the given share of that range.
func AxisAround(x []float64, margin float64, n int) []float64 {
	low, high := floats.Min(x), floats.Max(x)
	margin *= high - low
	return landscape.Linspace(low-margin, high+margin, n)
}
