package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/spectrum"
)

// TestEnds: λmax and both ends agree with the whole spectrum.
func TestEnds(t *testing.T) {
	l := testLab(t)
	s, err := l.digits16()
	require.NoError(t, err)
	theta := smallNet.initial(3)
	h, err := l.hessian(smallNet, s, theta)
	require.NoError(t, err)
	dense, err := spectrum.NewDense(t.Context(), h)
	require.NoError(t, err)
	values, err := dense.Eigenvalues()
	require.NoError(t, err)
	low, high := values[0], values[len(values)-1]

	top, err := l.lambdaMax(smallNet, s, theta)
	require.NoError(t, err)
	assert.InEpsilon(t, high, top, 1e-4)
	both, err := l.bothEnds(smallNet, s, theta)
	require.NoError(t, err)
	assert.InEpsilon(t, high, both.Max, 1e-5)
	assert.InDelta(t, low, both.Min, 1e-5*high)
	assert.Equal(t, low < -tolerance(high), both.saddle())
}

// TestTolerance is the plan's.
func TestTolerance(t *testing.T) {
	assert.Equal(t, 2e-3, tolerance(2))
	assert.Equal(t, 1e-6, tolerance(1e-5))
}
