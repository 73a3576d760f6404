package landscape

import (
	"lossland/pkg/spectrum"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// TestOrthonormal: an orthonormal basis of the span, of fewer vectors where they depend on each
// other.
func TestOrthonormal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	a, b := gaussian(r, 7), gaussian(r, 7)
	sum := floats.AddTo(make([]float64, 7), a, b)
	basis := spectrum.Orthonormal([][]float64{a, b, sum})
	require.Len(t, basis, 2)
	for i, u := range basis {
		for j, v := range basis {
			want := 0.0
			if i == j {
				want = 1
			}
			require.InDelta(t, want, floats.Dot(u, v), 1e-12)
		}
	}
	left := append([]float64{}, sum...)
	for _, u := range basis {
		floats.AddScaled(left, -floats.Dot(u, sum), u)
	}
	require.Less(t, floats.Norm(left, 2), 1e-12)
}

func TestUnit(t *testing.T) {
	for _, length := range []float64{1, 0x1p-1060, 0x1p1000} {
		v := []float64{3 * length, 4 * length}
		require.InDeltaSlice(t, []float64{0.6, 0.8}, unit(v), 1e-15, "%g", length)
	}
}

func TestNotFinite(t *testing.T) {
	require.Equal(t, -1, notFinite([]float64{0, -1e300}))
	require.Equal(t, 1, notFinite([]float64{0, math.NaN(), math.Inf(1)}))
	require.Equal(t, 0, notFinite([]float64{math.Inf(-1)}))
}
