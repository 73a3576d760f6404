package spectrum

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
)

// TestSpectraInNumbers: index, condition and effective rank of lists of eigenvalues.
func TestSpectraInNumbers(t *testing.T) {
	t.Run("index", func(t *testing.T) {
		negative, zero, positive := Index([]float64{-3, -0.1, 0, 0.1, 0.2, 5}, 0.1)
		require.Equal(t, []int{1, 3, 2}, []int{negative, zero, positive})
	})
	t.Run("condition", func(t *testing.T) {
		require.Equal(t, 50.0, Condition([]float64{-5, 0, 0.1, 1}, 0))
		require.Equal(t, 5.0, Condition([]float64{-5, 0, 0.1, 1}, 0.1))
		require.True(t, math.IsNaN(Condition([]float64{0, 0}, 0)))
	})
	t.Run("not numbers", func(t *testing.T) {
		values := []float64{1, math.NaN(), -2}
		require.True(t, math.IsNaN(Condition(values, 0)))
		negative, zero, positive := Index(values, 0)
		require.Equal(t, []int{1, 0, 1}, []int{negative, zero, positive})
	})
	t.Run("effective rank", func(t *testing.T) {
		require.Equal(t, 3.0, EffectiveRank([]float64{2, -2, 2}))
		require.Equal(t, 1.0, EffectiveRank([]float64{0, 7, 0}))
		require.True(t, math.IsNaN(EffectiveRank([]float64{0})))
	})
}

// TestEigenpairsPrint their ends.
func TestEigenpairsPrint(t *testing.T) {
	e := &Eigenpairs{Values: []float64{-1, 4}, Residuals: []float64{1e-5, 2e-5}, Dim: 9, Steps: 7,
		Status: result.Converged}
	require.Equal(t, "2 of 9 eigenvalues, -1 (±1e-05) … 4 (±2e-05), converged after 7 products",
		e.String())
	require.Equal(t, 4.0, e.Condition(0))
	e.Status, e.Tolerance = result.Stalled, 1e-6
	require.Equal(t, "2 of 9 eigenvalues, -1 (±1e-05) … 4 (±2e-05), stalled after 7 products "+
		"(products aren't precise enough for residuals of 1e-06; the eigenvalues are right "+
		"within theirs)", e.String())
}

// TestSortAscending takes vectors and residuals along.
func TestSortAscending(t *testing.T) {
	e := &Eigenpairs{Values: []float64{2, -1, 0}, Residuals: []float64{20, 10, 0},
		Vectors: [][]float64{{2}, {-1}, {0}}}
	e.sortAscending()
	require.Equal(t, []float64{-1, 0, 2}, e.Values)
	require.Equal(t, []float64{10, 0, 20}, e.Residuals)
	require.Equal(t, [][]float64{{-1}, {0}, {2}}, e.Vectors)
}

// TestEffectiveRankOfAnyScale: it doesn't depend on the eigenvalues' scale.
func TestEffectiveRankOfAnyScale(t *testing.T) {
	for _, scale := range []float64{1e-310, 1e-162, 1, 1e160, 1e308} {
		require.InDelta(t, 3, EffectiveRank([]float64{scale, -scale, scale}), 1e-12)
	}
	require.True(t, math.IsNaN(EffectiveRank([]float64{0, 0})))
}
