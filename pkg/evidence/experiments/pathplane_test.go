package experiments

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// TestPrincipalShares: a straight path lies in one direction.
func TestPrincipalShares(t *testing.T) {
	first, second, err := principalShares([][]float64{{0, 0, 0}, {1, 1, 0}, {2, 2, 0}, {4, 4, 0}})
	require.NoError(t, err)
	assert.InDelta(t, 1, first, 1e-12)
	assert.InDelta(t, 0, second, 1e-12)
}

// TestPlaneShare: half of a displacement lies in the plane of the first two axes.
func TestPlaneShare(t *testing.T) {
	path := [][]float64{{0, 0, 0}, {1, 0, 1}, {0, 0, 0}}
	assert.InDelta(t, 0.5, planeShare(path, [][]float64{{1, 0, 0}, {0, 1, 0}}), 1e-12)
}

// TestRandomPlane: its directions are orthonormal.
func TestRandomPlane(t *testing.T) {
	plane := randomPlane(rand.New(rand.NewPCG(1, 0)), 50)
	assert.InDelta(t, 1, floats.Norm(plane[0], 2), 1e-12)
	assert.InDelta(t, 1, floats.Norm(plane[1], 2), 1e-12)
	assert.InDelta(t, 0, floats.Dot(plane[0], plane[1]), 1e-12)
}
