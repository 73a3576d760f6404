package landscape

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// gaussian draws a standard normal vector.
func gaussian(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// unit scales v to length 1.
func unit(v []float64) []float64 {
	floats.Scale(1/floats.Norm(v, 2), v)
	return v
}

// orthonormal returns a basis of the span of vs, by QR.
func orthonormal(vs [][]float64) [][]float64 {
	n, k := len(vs[0]), len(vs)
	m := mat.NewDense(n, k, nil)
	for j, v := range vs {
		m.SetCol(j, v)
	}
	var qr mat.QR
	qr.Factorize(m)
	var q, r mat.Dense
	qr.QTo(&q)
	qr.RTo(&r)
	var basis [][]float64
	for j := range k {
		// A small entry means that vs are dependent: the column is arbitrary.
		if math.Abs(r.At(j, j)) > 1e-12*mat.Norm(&r, 2) {
			basis = append(basis, mat.Col(nil, j, &q))
		}
	}
	return basis
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
