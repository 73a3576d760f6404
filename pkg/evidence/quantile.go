package evidence

import (
	"math"
	"slices"
)

// Median returns the middle value, or the mean of the two in the middle. It is NaN for no values.
func Median(values []float64) float64 { return Quantile(values, 0.5) }

// Quantile returns the value below which the share p of the values lies, linear between neighbours
// (type 7 of Hyndman and Fan 1996, NumPy's default). It is NaN if there are no values, or one of
// them is NaN.
func Quantile(values []float64, p float64) float64 {
	if len(values) == 0 || slices.ContainsFunc(values, math.IsNaN) {
		return math.NaN()
	}
	return quantile(slices.Sorted(slices.Values(values)), p)
}

// quantile is Quantile of sorted values.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	below := int(at)
	if below >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}
