package landscape

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// DenseLimit is the largest dimension for which a matrix is formed.
const DenseLimit = 2000

// DenseOperator is a gonum matrix as a LinearOperator.
type DenseOperator struct{ mat.Symmetric }

var _ LinearOperator = DenseOperator{}

// Dim implements LinearOperator.
func (d DenseOperator) Dim() int { return d.SymmetricDim() }

// Apply implements LinearOperator.
func (d DenseOperator) Apply(_ context.Context, dst, v []float64) error {
	mat.NewVecDense(len(dst), dst).MulVec(d.Symmetric, mat.NewVecDense(len(v), v))
	return nil
}

// Dense is a matrix formed from products with the unit vectors.
type Dense struct {
	// Matrix is (A + Aᵀ)/2.
	Matrix *mat.SymDense
	// Asymmetry is max|A − Aᵀ| / max|A|, which shows the rounding error of the products.
	Asymmetry float64
	MadeBy
	Cost Cost
}

// DenseMatrix forms the matrix of an operator of at most DenseLimit dimensions: the oracle of everything here that only uses products.
// progress may be nil; it is called with the columns done. Cost: one product a dimension.
func DenseMatrix(ctx context.Context, o LinearOperator, progress func(done, total int)) (*Dense, error) {
	n := o.Dim()
	if n > DenseLimit {
		return nil, bad("DenseMatrix", "o", fmt.Sprintf("of dimension %d", n), fmt.Sprintf("at most %d; use Lanczos for more", DenseLimit))
	}
	before := costOf(o)
	a := mat.NewDense(n, n, nil)
	for start := 0; start < n; start += denseColumns {
		k := min(denseColumns, n-start)
		unitVectors, columns := make([][]float64, k), make([][]float64, k)
		for i := range k {
			unitVectors[i], columns[i] = make([]float64, n), make([]float64, n)
			unitVectors[i][start+i] = 1
		}
		if err := applyAll(ctx, o, columns, unitVectors); err != nil {
			return nil, err
		}
		for i, c := range columns {
			a.SetCol(start+i, c)
		}
		if progress != nil {
			progress(start+k, n)
		}
	}
	d := symmetrize(a)
	d.MadeBy = madeBy(o)
	d.Cost = costOf(o).Minus(before)
	return d, nil
}

// denseColumns is how many columns are asked for at a time: enough for any batch size to be used well.
const denseColumns = 64

func symmetrize(a *mat.Dense) *Dense {
	n, _ := a.Dims()
	s := mat.NewSymDense(n, nil)
	var largest, difference float64
	for i := range n {
		for j := i; j < n; j++ {
			x, y := a.At(i, j), a.At(j, i)
			s.SetSym(i, j, (x+y)/2)
			largest = math.Max(largest, math.Max(math.Abs(x), math.Abs(y)))
			difference = math.Max(difference, math.Abs(x-y))
		}
	}
	d := &Dense{Matrix: s}
	if largest > 0 {
		d.Asymmetry = difference / largest
	}
	return d
}

// Eigenvalues returns all eigenvalues, ascending.
func (d *Dense) Eigenvalues() ([]float64, error) {
	var e mat.EigenSym
	if !e.Factorize(d.Matrix, false) {
		return nil, fmt.Errorf("landscape: the eigenvalues of a %d×%d matrix didn't converge; is it finite?", d.Matrix.SymmetricDim(), d.Matrix.SymmetricDim())
	}
	return e.Values(nil), nil
}
