package landscape

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
)

// gaussian draws a standard normal vector.
func gaussian(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// unit scales v to length 1, in place, however short it is: 1/‖v‖ of less than 2⁻¹⁰²⁴ is infinite.
func unit(v []float64) []float64 {
	if floats.Norm(v, 2) < 0x1p-1000 {
		floats.Scale(0x1p1000, v)
	}
	floats.Scale(1/floats.Norm(v, 2), v)
	return v
}

// notFinite is the index of the first NaN or infinity in v; −1 if there is none.
func notFinite(v []float64) int {
	for i, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return i
		}
	}
	return -1
}
