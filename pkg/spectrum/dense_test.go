package spectrum

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// TestNewDense is the matrix itself, in a few batches of products.
func TestNewDense(t *testing.T) {
	want := rotated(ascending(100), 1)
	a := &counted{Matrix: Matrix{want}}
	d, err := NewDense(context.Background(), a)
	require.NoError(t, err)
	require.True(t, mat.EqualApprox(want, d.Matrix, 1e-13))
	require.Less(t, d.Asymmetry, 1e-14)
	require.Equal(t, 100, d.Cost.Products)
	require.Equal(t, 2, a.batches)
	values, err := d.Eigenvalues()
	require.NoError(t, err)
	require.InDeltaSlice(t, ascending(100), values, 1e-10)
}

// TestNewDenseMeasuresAsymmetry of what isn't symmetric, and makes it so.
func TestNewDenseMeasuresAsymmetry(t *testing.T) {
	d, err := NewDense(context.Background(), skewed{mat.NewDense(2, 2, []float64{1, 4, 2, -1})})
	require.NoError(t, err)
	require.Equal(t, 0.5, d.Asymmetry)
	require.True(t, mat.Equal(mat.NewSymDense(2, []float64{1, 3, 3, -1}), d.Matrix))
}

// TestNewDenseHasALimit: above it nothing is computed.
func TestNewDenseHasALimit(t *testing.T) {
	a := &counted{Matrix: Matrix{mat.NewDiagDense(DenseLimit+1, nil)}}
	_, err := NewDense(context.Background(), a)
	require.ErrorContains(t, err, "of dimension 2001; want at most 2000")
	require.Zero(t, a.cost)
}

// TestMatrix: its product is the matrix's.
func TestMatrix(t *testing.T) {
	a := Matrix{mat.NewSymDense(2, []float64{1, 2, 2, 5})}
	av := make([]float64, a.Dim())
	require.NoError(t, a.Apply(context.Background(), av, []float64{1, -1}))
	require.Equal(t, []float64{-1, -3}, av)
}
