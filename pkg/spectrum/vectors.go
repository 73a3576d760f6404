package spectrum

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// vectors are count zero vectors of length n.
func vectors(count, n int) [][]float64 {
	vs := make([][]float64, count)
	for i := range vs {
		vs[i] = make([]float64, n)
	}
	return vs
}

// gaussian draws a standard normal vector.
func gaussian(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// rademacher makes v a random vector of ±1.
func rademacher(r *rand.Rand, v []float64) {
	for j := range v {
		v[j] = float64(1 - 2*int(r.Uint64()>>63))
	}
}

// unit scales v to length 1, in place, however short it is: 1/‖v‖ of less than 2⁻¹⁰²⁴ is infinite.
func unit(v []float64) []float64 {
	if floats.Norm(v, 2) < 0x1p-1000 {
		floats.Scale(0x1p1000, v)
	}
	floats.Scale(1/floats.Norm(v, 2), v)
	return v
}

// Orthonormal returns an orthonormal basis of the span of vs, by QR. It has as many vectors as vs,
// or fewer if these are linearly dependent. vs must not be empty, and isn't changed.
func Orthonormal(vs [][]float64) [][]float64 {
	n, k := len(vs[0]), len(vs)
	m := mat.NewDense(n, k, nil)
	for j, v := range vs {
		m.SetCol(j, v)
	}
	// mat.QR would make a Q of n × n.
	q, tau := m.RawMatrix(), make([]float64, k)
	work := make([]float64, 1)
	lapack64.Geqrf(q, tau, work, -1)
	work = make([]float64, int(work[0]))
	lapack64.Geqrf(q, tau, work, len(work))
	r := mat.NewDense(k, k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			r.Set(i, j, m.At(i, j))
		}
	}
	lapack64.Orgqr(q, tau, work, len(work))
	zero := 1e-12 * mat.Norm(r, 2)
	var basis [][]float64
	for j := range k {
		if math.Abs(r.At(j, j)) > zero {
			basis = append(basis, mat.Col(nil, j, m))
			continue
		}
		// vs[j] depends on those before it, and column j of Q is arbitrary. Where a later vector
		// has a part along it, the others alone have to be factorised.
		for later := j + 1; later < k; later++ {
			if math.Abs(r.At(j, later)) > zero {
				return Orthonormal(slices.Delete(slices.Clone(vs), j, j+1))
			}
		}
	}
	return basis
}

// orthonormalInPlace is Orthonormal by Gram–Schmidt, twice for each vector, in the memory of vs.
func orthonormalInPlace(vs [][]float64) [][]float64 {
	q := vs[:0]
	for _, v := range vs {
		before := floats.Norm(v, 2)
		deflate(v, q)
		deflate(v, q)
		if floats.Norm(v, 2) > 1e-12*before {
			q = append(q, unit(v))
		}
	}
	return q
}

// deflate removes from v its parts along the orthonormal q.
func deflate(v []float64, q [][]float64) {
	for _, x := range q {
		floats.AddScaled(v, -floats.Dot(x, v), x)
	}
}
