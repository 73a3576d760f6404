package landscape

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLinspaceOfAllNumbers: ends whose distance is infinite give finite coordinates.
func TestLinspaceOfAllNumbers(t *testing.T) {
	most := math.MaxFloat64
	require.Equal(t, []float64{-most, 0, most}, Linspace(-most, most, 3))
	require.Equal(t, []float64{-1, 0, 1}, Linspace(-1, 1, 3))
}
