package landscape

import "gonum.org/v1/gonum/floats"

// Linspace returns n equally spaced coordinates from lo to hi, both included: n ≥ 2.
func Linspace(lo, hi float64, n int) []float64 { return floats.Span(make([]float64, n), lo, hi) }
