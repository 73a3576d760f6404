package experiments

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"lossland/pkg/lesson/datasets"
)

// TestFallsAsTheory: the GOE's shares must fall and be near theory.
func TestFallsAsTheory(t *testing.T) {
	theory := []float64{0.5, 0.146}
	assert.True(t, fallsAsTheory([]float64{0.5, 0.15, 0.02}, theory, 1000))
	assert.False(t, fallsAsTheory([]float64{0.5, 0.15, 0.15}, theory, 1000))
	assert.False(t, fallsAsTheory([]float64{0.5, 0.2, 0.02}, theory, 1000))
}

// TestFromSemicircle: a spike is far from it, the arcsine law near and not the same.
func TestFromSemicircle(t *testing.T) {
	spike := make([]float64, 100)
	spike[99] = 1
	assert.Greater(t, fromSemicircle(spike), 0.4)
	var even []float64
	for k := range 200 {
		even = append(even, 2*math.Cos(math.Pi*(1-(float64(k)+0.5)/200)))
	}
	assert.Less(t, fromSemicircle(even), 0.15)
}

// TestEntropy: of two classes, three to one.
func TestEntropy(t *testing.T) {
	d := &datasets.Data{Classes: 2, Labels: []int32{0, 0, 0, 1}, Shape: []int{1},
		X: make([]float32, 4)}
	assert.InDelta(t, -(0.75*math.Log(0.75) + 0.25*math.Log(0.25)), entropy(d), 1e-12)
}

// TestLeastAbove leaves the limit itself out.
func TestLeastAbove(t *testing.T) {
	assert.Equal(t, 3.0, leastAbove([]float64{4, 2, 3, 1}, 2))
}
