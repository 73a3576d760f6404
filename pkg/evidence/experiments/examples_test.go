package experiments

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/assert"

	"lossland/pkg/lesson/datasets"
)

// TestExamples: labels are one-hot, and tensors hold them row by row in either type.
func TestExamples(t *testing.T) {
	e := newExamples(&datasets.Data{X: []float32{1, 2, 3, 4}, Shape: []int{2},
		Labels: []int32{2, 0}, Classes: 3})
	assert.Equal(t, 2, e.N)
	assert.Equal(t, []float64{0, 0, 1, 1, 0, 0}, e.Y)
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		x, y := e.tensors(dtype)
		assert.Equal(t, []float64{1, 2, 3, 4}, valuesOf(x))
		e.gather([]int{1, 1}, x, y)
		assert.Equal(t, []float64{3, 4, 3, 4}, valuesOf(x))
		assert.Equal(t, []float64{1, 0, 0, 1, 0, 0}, valuesOf(y))
	}
}
