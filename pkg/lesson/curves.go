package lesson

import (
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape"
)

// AxisAround is an axis for a picture of a path: n coordinates over the range of x, with a margin
// on both sides that is the given share of that range.
func AxisAround(x []float64, margin float64, n int) []float64 {
	low, high := floats.Min(x), floats.Max(x)
	margin *= high - low
	return landscape.Linspace(low-margin, high+margin, n)
}
