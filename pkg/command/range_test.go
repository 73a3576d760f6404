package command

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReaches: on a power of the distance the answer is exact; where the loss doesn't rise it is 1.
func TestReaches(t *testing.T) {
	distances := []float64{0.125, 0.25, 0.5, 1, 2}
	power := func(p float64) (rise []float64) {
		for _, d := range distances {
			rise = append(rise, math.Pow(d, p))
		}
		return rise
	}
	for name, c := range map[string]struct {
		rise   []float64
		target float64
		want   float64
	}{
		"square":      {power(2), 0.09, 0.3},
		"line":        {power(1), 0.7, 0.7},
		"at once":     {power(2), 1e-6, 0.13},
		"never":       {power(2), 100, 1},
		"to infinity": {[]float64{0, 0, 0, math.Inf(1), math.Inf(1)}, 1, 1},
		"falling":     {[]float64{-1, -1, -1, -1, -1}, 1, 1},
		"after a dip": {[]float64{-1, -1, 3, 4, 5}, 1, 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, reaches(distances, c.rise, c.target))
		})
	}
}

func TestTwoDigits(t *testing.T) {
	for x, want := range map[float64]float64{0.30001: 0.3, 123.4: 120, 0.00456: 0.0046, 1: 1} {
		require.Equal(t, want, twoDigits(x))
	}
}
