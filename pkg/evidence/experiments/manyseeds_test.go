package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestLogEdges: bins of equal ratio, both ends included.
func TestLogEdges(t *testing.T) {
	assert.InDeltaSlice(t, []float64{1, 10, 100}, logEdges(1, 100, 2), 1e-12)
}
