package evidence

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestQuantile against NumPy's values.
func TestQuantile(t *testing.T) {
	assert.InDelta(t, 5.5, Median(tenths), 1e-12)
	assert.InDelta(t, 3, Median([]float64{9, 3, 1}), 1e-12)
	assert.InDelta(t, 1.45, Quantile(tenths, 0.05), 1e-12) // numpy.quantile(range(1, 11), 0.05)
	assert.InDelta(t, 10, Quantile(tenths, 1), 1e-12)
	assert.True(t, math.IsNaN(Median(nil)))
	assert.True(t, math.IsNaN(Median([]float64{1, math.NaN()})))
}
