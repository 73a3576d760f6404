package experiments

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// TestWorstIn: what the ascents find is at least what one step finds, and more than chance.
func TestWorstIn(t *testing.T) {
	l := testLab(t)
	s, err := l.digits()
	require.NoError(t, err)
	w, err := l.worstIn(mlp, s, mlp.initial(1), 0.05)
	require.NoError(t, err)
	assert.Positive(t, w.FirstStep)
	assert.GreaterOrEqual(t, w.Largest, w.FirstStep)
	assert.Greater(t, w.FirstStep, w.Random)
	m, err := l.meter(mlp, s, false)
	require.NoError(t, err)
	at, err := m.at(mlp.initial(1))
	require.NoError(t, err)
	assert.InDelta(t, at.Loss, w.Base, 1e-6)
}

// TestKeskarGrows with the box.
func TestKeskarGrows(t *testing.T) {
	l := testLab(t)
	s, err := l.digits()
	require.NoError(t, err)
	small, err := l.keskar(mlp, s, mlp.initial(1), 1e-4)
	require.NoError(t, err)
	large, err := l.keskar(mlp, s, mlp.initial(1), 1e-3)
	require.NoError(t, err)
	assert.Positive(t, small)
	assert.Greater(t, large, 5*small)
}

// TestOnSphere: the radius, and the corner of the box that the gradient points to.
func TestOnSphere(t *testing.T) {
	assert.InDelta(t, 3, floats.Norm(onSphere(rand.New(rand.NewPCG(1, 0)), 40, 3), 2), 1e-12)
	y := []float64{9, 9, 9}
	toCorner(y, []float64{1, -3, 0}, []float64{2, -0.1, 0}, 0.1)
	assert.InDeltaSlice(t, []float64{0.2, -0.4, 0}, y, 1e-12)
}
