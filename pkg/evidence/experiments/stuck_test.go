package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestStuckAt: a low valley of ‖∇L‖ while the loss is high, or the lowest of the first half.
func TestStuckAt(t *testing.T) {
	valley := trace{Loss: []float64{9, 8, 7, 6, 5, 4},
		GradientNorm: []float64{10, 2, 0.5, 0.9, 3, 1}}
	steps, fallback := stuckAt(valley, 1)
	assert.Equal(t, []int{2}, steps)
	assert.False(t, fallback)
	steps, fallback = stuckAt(valley, 4) // the loss there isn't above twice the final one
	assert.Equal(t, []int{2}, steps)
	assert.True(t, fallback)
}

// TestSpread takes both ends.
func TestSpread(t *testing.T) {
	assert.Equal(t, []int{1, 2}, spread([]int{1, 2}, 5))
	assert.Equal(t, []int{0, 2, 4, 6, 8}, spread([]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, 5))
}
