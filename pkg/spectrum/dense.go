package spectrum

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"lossland/internal/eigen"
	"lossland/pkg/result"
)

// DenseLimit is the largest dimension for which NewDense forms a matrix.
const DenseLimit = 2000

// denseColumns is how many columns are asked for at a time: enough to use any batch size well.
const denseColumns = 64

// Matrix is a gonum matrix as an Operator.
type Matrix struct{ mat.Symmetric }

var _ Operator = Matrix{}

// Dim implements Operator.
func (m Matrix) Dim() int { return m.SymmetricDim() }

// Apply implements Operator.
func (m Matrix) Apply(_ context.Context, dst, v []float64) error {
	mat.NewVecDense(len(dst), dst).MulVec(m.Symmetric, mat.NewVecDense(len(v), v))
	return nil
}

// Dense is a matrix A that was formed from products with the unit vectors.
type Dense struct {
	// Matrix is (A + Aᵀ)/2.
	Matrix *mat.SymDense
	// Asymmetry is max|A − Aᵀ| / max|A|. It shows the rounding error of the products.
	Asymmetry float64
	MadeBy
	Cost result.Cost
}

// NewDense forms the matrix of an operator of at most DenseLimit dimensions. It is the oracle for
// everything that works with products only. It reports the columns done (see
// [result.WithProgress]). Cost: n products, and memory for n² numbers.
func NewDense(ctx context.Context, a Operator) (*Dense, error) {
	if err := usable("NewDense", a); err != nil {
		return nil, err
	}
	n := a.Dim()
	if n > DenseLimit {
		return nil, bad("NewDense", "a", fmt.Sprintf("of dimension %d", n),
			fmt.Sprintf("at most %d; use Lanczos for more", DenseLimit))
	}
	report, ctx := result.TakeProgress(ctx)
	before := costOf(a)
	m := mat.NewDense(n, n, nil)
	for start := 0; start < n; start += denseColumns {
		units := vectors(min(denseColumns, n-start), n)
		for i, u := range units {
			u[start+i] = 1
		}
		columns, err := images(ctx, a, units)
		if err != nil {
			return nil, err
		}
		for i, c := range columns {
			m.SetCol(start+i, c)
		}
		report(start+len(units), n)
	}
	d := symmetrize(m)
	d.MadeBy = madeBy(a)
	d.Cost = costOf(a).Minus(before)
	return d, nil
}

// symmetrize returns (A + Aᵀ)/2, and how far A was from it.
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
	values, _, ok := eigen.Symmetric(d.Matrix, false)
	if !ok {
		n := d.Matrix.SymmetricDim()
		return nil, fmt.Errorf("spectrum: the eigenvalues of a %d×%d matrix didn't converge; "+
			"is it finite?", n, n)
	}
	return values, nil
}
