package landscape

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
)

// TestProjectedLBFGSInside finds a maximum in the interior of the box, where the quasi-Newton steps
// matter.
func TestProjectedLBFGSInside(t *testing.T) {
	a := analytic.Rosenbrock()
	evaluations := 0
	f := func(y []float64) (sample, error) {
		evaluations++
		g := make([]float64, 2)
		a.Gradient(g, y)
		floats.Scale(-1, g)
		return sample{-a.Value(y), g}, nil
	}
	best, status, err := maximize(f, []float64{-1.2, 1}, []float64{2, 2}, 100)
	require.NoError(t, err)
	require.NotEqual(t, result.MaxIterations, status)
	require.InDelta(t, 0, best, 1e-8)
	require.Less(t, evaluations, 120)
	// With a bound that cuts the minimum off: x ≤ ½ leaves (½, ¼) with the value ¼.
	best, _, err = maximize(f, []float64{-0.4, 0.4}, []float64{0.5, 2}, 200)
	require.NoError(t, err)
	require.InDelta(t, -0.25, best, 1e-6)
	_, status, err = maximize(f, []float64{-1.2, 1}, []float64{2, 2}, 3)
	require.NoError(t, err)
	require.Equal(t, result.MaxIterations, status)
	// A gradient that points the wrong way: the line search finds nothing higher.
	wrong := func(y []float64) (sample, error) { return sample{y[0], []float64{-1, 0}}, nil }
	_, status, err = maximize(wrong, []float64{0, 0}, []float64{1, 1}, 10)
	require.NoError(t, err)
	require.Equal(t, result.Stalled, status)
}
