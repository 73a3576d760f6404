package figures

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// parabola is a loss of 1 + t² with the given standard error.
func parabola(err float64) *landscape.Profile {
	l := &landscape.Profile{T: landscape.Linspace(-1, 1, 5)}
	for _, t := range l.T {
		l.Loss = append(l.Loss, result.Estimate{Value: 1 + t*t, StdErr: err})
	}
	return l
}

func TestSeries(t *testing.T) {
	s := Series("along v", parabola(0.5))
	require.Equal(t, "along v", s.Label)
	require.Equal(t, []float64{-1, -0.5, 0, 0.5, 1}, s.X)
	require.Equal(t, []float64{2, 1.25, 1, 1.25, 2}, s.Y)
	require.Equal(t, []float64{1.5, 0.75, 0.5, 0.75, 1.5}, s.Lo)
	require.Equal(t, []float64{2.5, 1.75, 1.5, 1.75, 2.5}, s.Hi)
}

// TestSeriesWithoutErrors: an unknown error is no band.
func TestSeriesWithoutErrors(t *testing.T) {
	s := Series("", parabola(math.NaN()))
	require.Len(t, s.Y, 5)
	require.Nil(t, s.Lo)
	require.Nil(t, s.Hi)
}

func TestProfile(t *testing.T) {
	l := parabola(0.1)
	f := Profile(l, "loss (nats)")
	require.Equal(t, "loss (nats)", f.Y.Label)
	require.False(t, f.Y.Log)
	require.Contains(t, f.Alt(), "lowest 1 at 0")

	l.Loss[0].Value = 100
	require.True(t, Profile(l, "loss").Y.Log)
	l.Loss[0].StdErr = 100 // the band reaches zero.
	f = Profile(l, "loss")
	require.False(t, f.Y.Log)
	_, err := f.SVG()
	require.NoError(t, err)
}
