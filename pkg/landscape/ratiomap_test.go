package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/spectrum"
)

// TestRatioMap against the Hessians in closed form.
func TestRatioMap(t *testing.T) {
	a := analytic.Rosenbrock()
	p := known(t, a, 1, 1)
	alphas, betas := []float64{-1, 0, 0.5}, []float64{-2, 0}
	calls := 0
	m, err := p.RatioMap(context.Background(), []float64{1, 0}, []float64{0, 1}, alphas, betas, RatioMapConfig{Progress: func(done, total int) {
		calls++
		require.Equal(t, calls, done)
		require.Equal(t, 6, total)
	}})
	require.NoError(t, err)
	for i, x := range alphas {
		for j, y := range betas {
			// ∇²L at (1+x, 1+y) by hand.
			u, v := 1+x, 1+y
			xx, xy, yy := 2-400*(v-3*u*u), -400*u, 200.0
			mean, radius := (xx+yy)/2, math.Hypot((xx-yy)/2, xy)
			require.InEpsilon(t, mean-radius, m.Min[i][j], 1e-9)
			require.InEpsilon(t, mean+radius, m.Max[i][j], 1e-9)
			require.InEpsilon(t, math.Abs((mean-radius)/(mean+radius)), m.Ratio[i][j], 1e-9)
		}
	}
	require.Zero(t, m.Unconverged)
	require.Equal(t, spectrum.MadeBy{Method: spectrum.ForwardOverReverse}, m.MadeBy)
	stalled := &RatioMap{Min: [][]float64{{0}}, Max: [][]float64{{0}}, Ratio: [][]float64{{0}}, Residual: [][]float64{{0}}}
	for _, status := range []Status{Converged, Stalled, MaxIterations} {
		stalled.set(0, 0, &spectrum.Eigenpairs{Values: []float64{1, 2}, Residuals: []float64{0, 0}, Status: status})
	}
	require.Equal(t, 2, stalled.Unconverged)
	require.Equal(t, 6, calls)

	_, err = p.RatioMap(context.Background(), []float64{1}, []float64{0, 1}, alphas, betas, RatioMapConfig{})
	require.ErrorContains(t, err, "d1")
	_, err = p.RatioMap(context.Background(), []float64{1, 0}, []float64{0, 1}, nil, betas, RatioMapConfig{})
	require.ErrorContains(t, err, "alphas")
}
