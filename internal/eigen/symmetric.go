package eigen

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// least is what counts as zero beside the largest entry, 1: far below its rounding.
const least = 0x1p-150

// Symmetric returns the eigenvalues of a symmetric matrix, ascending, and its eigenvectors as
// columns if they are asked for. ok is false where they weren't found, as for a matrix with a NaN.
//
// The matrix is scaled by a power of two to numbers around 1, which loses no digit, as gonum panics
// on blocks of a norm below 1e-122 (docs/upstream.md).
func Symmetric(a mat.Symmetric, vectors bool) (values []float64, columns *mat.Dense, ok bool) {
	n := a.SymmetricDim()
	largest := 0.0
	for i := range n {
		for j := i; j < n; j++ {
			largest = math.Max(largest, math.Abs(a.At(i, j))) // a NaN stays.
		}
	}
	if math.IsNaN(largest) || math.IsInf(largest, 0) {
		return nil, nil, false
	}
	_, exponent := math.Frexp(largest)
	near := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			if x := math.Ldexp(a.At(i, j), -exponent); math.Abs(x) >= least {
				near.SetSym(i, j, x)
			}
		}
	}
	var e mat.EigenSym
	if !e.Factorize(near, vectors) {
		return nil, nil, false
	}
	values = e.Values(nil)
	for i, x := range values {
		values[i] = math.Ldexp(x, exponent)
	}
	if vectors {
		columns = new(mat.Dense)
		e.VectorsTo(columns)
	}
	return values, columns, true
}
