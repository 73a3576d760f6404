package landscape

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// TestPlaneThrough: the three points lie in the plane, the second on the α axis.
func TestPlaneThrough(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	x, y, z := gaussian(r, 7), gaussian(r, 7), gaussian(r, 7)
	through, err := PlaneThrough(x, y, z)
	require.NoError(t, err)
	for _, v := range [][]float64{x, y, z} {
		_, _, distance := through.Project(v)
		require.InDelta(t, 0, distance, 1e-12)
	}
	a, b, _ := through.Project(y)
	require.InDeltaSlice(t, []float64{floats.Distance(x, y, 2), 0}, []float64{a, b}, 1e-12)
	_, err = PlaneThrough(x, y, y)
	require.ErrorContains(t, err, "linearly independent")
	_, err = PlaneThrough(x, y, z[1:])
	require.ErrorContains(t, err, "7, 7 and 6")
}
