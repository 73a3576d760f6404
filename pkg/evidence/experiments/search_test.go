package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lossland/pkg/lesson/datasets"
)

// TestCriticalKind counts beyond the tolerance, which is a thousandth of the largest eigenvalue.
func TestCriticalKind(t *testing.T) {
	c := &critical{Eigenvalues: []float64{-0.5, -0.002, 0, 1}, Gradient: 1, StartGradient: 1e5}
	negative, zero, positive := c.kind(1)
	assert.Equal(t, []int{2, 1, 1}, []int{negative, zero, positive})
	assert.Equal(t, 0.25, c.index(10))
	assert.True(t, c.isSaddle(10))
	assert.False(t, c.isSaddle(600))
	assert.True(t, c.found())
	assert.Len(t, found([]*critical{c, {Gradient: 1, StartGradient: 1}}), 1)
}

// TestIsNew: a point that lies where an earlier one does isn't.
func TestIsNew(t *testing.T) {
	at := func(x float64) *critical { return &critical{Theta: []float64{1, x}} }
	assert.True(t, isNew(nil, at(0)))
	assert.True(t, isNew([]*critical{at(0)}, at(0.01)))
	assert.False(t, isNew([]*critical{at(0.5), at(0)}, at(1e-4)))
}

// TestAveraged: the first pixel of the small image is the mean of a corner's four.
func TestAveraged(t *testing.T) {
	d := &datasets.Data{Shape: []int{64}, X: make([]float32, 64), Labels: []int32{0}, Classes: 1}
	d.X[0], d.X[1], d.X[8], d.X[9], d.X[63] = 1, 2, 3, 6, 8
	small := averaged(d)
	assert.Len(t, small.X, 16)
	assert.EqualValues(t, 3, small.X[0])
	assert.EqualValues(t, 2, small.X[15])
}
