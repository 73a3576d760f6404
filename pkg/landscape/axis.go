package landscape

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// Linspace returns n equally spaced coordinates from lo to hi, both included; lo alone for n = 1,
// and none for less.
func Linspace(lo, hi float64, n int) []float64 {
	if n < 2 {
		return []float64{lo}[:max(n, 0)]
	}
	out := make([]float64, n)
	if math.IsInf(hi-lo, 0) && !math.IsInf(lo, 0) && !math.IsInf(hi, 0) {
		floats.Scale(2, floats.Span(out, lo/2, hi/2)) // their distance is beyond float64.
		out[0], out[n-1] = lo, hi
		return out
	}
	return floats.Span(out, lo, hi)
}
