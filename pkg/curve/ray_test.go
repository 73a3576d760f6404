package curve

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRay(t *testing.T) {
	r := Ray{Origin: []float64{1, 2}, Direction: []float64{3, 4}}
	require.Equal(t, []float64{-5, -6}, r.At(-2))
	from, to := r.Domain()
	require.Equal(t, []float64{-1, 1}, []float64{from, to}, "the default")
	require.Equal(t, 10.0, r.Length())
	r.To = 3
	require.Equal(t, 15.0, r.Length(), "from 0 to 3")
}
