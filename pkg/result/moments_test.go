package result

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMomentsMerge: batches merge to the mean and the standard error of all terms at once.
func TestMomentsMerge(t *testing.T) {
	terms := []float64{3, -1, 4, 1, -5, 9}
	var parts Moments
	parts.Add(2, 1, 8)         // 3, −1
	parts.Add(4, 2.25, 102.75) // 4, 1, −5, 9
	want := Mean(terms)
	require.InDelta(t, want.Value, parts.Estimate().Value, 1e-14)
	require.InDelta(t, want.StdErr, parts.Estimate().StdErr, 1e-14)
	require.Equal(t, 6, want.N)
	require.InDelta(t, 11.0/6, want.Value, 1e-14)
}

// TestInfiniteMoments: an infinite loss in any batch makes the mean infinite, with an unknown
// error; only ∞ − ∞ and NaN make NaN.
func TestInfiniteMoments(t *testing.T) {
	inf := math.Inf(1)
	for _, means := range [][]float64{{inf, 1, 2}, {1, inf, 2}, {1, 2, inf}, {inf, inf, 1}, {inf}} {
		var m Moments
		for _, x := range means {
			m.Add(3, x, 1)
		}
		e := m.Estimate()
		require.Equal(t, inf, e.Value, means)
		require.True(t, math.IsNaN(e.StdErr), means)
		require.Equal(t, 3*len(means), e.N)
	}
	for _, means := range [][]float64{{inf, -inf}, {inf, math.NaN()}, {math.NaN(), 1}} {
		var m Moments
		for _, x := range means {
			m.Add(3, x, 1)
		}
		require.True(t, math.IsNaN(m.Estimate().Value), means)
	}
}
