package landscape

import "gonum.org/v1/gonum/floats"

// Linspace returns n equally spaced coordinates from lo to hi, both included; lo alone for n = 1,
// and none for less.
func Linspace(lo, hi float64, n int) []float64 {
	if n < 2 {
		return []float64{lo}[:max(n, 0)]
	}
	return floats.Span(make([]float64, n), lo, hi)
}
