package lesson

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAround(t *testing.T) {
	assert.Equal(t, []float64{0, 2, 4}, AxisAround([]float64{3, 1, 2}, 0.5, 3))
}
