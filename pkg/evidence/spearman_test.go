package evidence

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSpearman: it sees the order only, and is NaN without one.
func TestSpearman(t *testing.T) {
	assert.InDelta(t, 1, Spearman([]float64{1, 2, 10}, []float64{-3, 0, 0.1}), 1e-12)
	assert.InDelta(t, -1, Spearman([]float64{1, 2, 10}, []float64{3, 0, -0.1}), 1e-12)
	tied := Spearman([]float64{1, 2, 2, 3}, []float64{1, 3, 2, 4})
	assert.InDelta(t, 4.5/math.Sqrt(4.5*5), tied, 1e-12, "ties share ranks")
	assert.True(t, math.IsNaN(Spearman([]float64{1, 1}, []float64{1, 2})))
}
