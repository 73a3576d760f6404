package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// TestRatioMap against the Hessians in closed form.
func TestRatioMap(t *testing.T) {
	a := analytic.Rosenbrock()
	p := known(t, a, 1, 1)
	alphas, betas := []float64{-1, 0, 0.5}, []float64{-2, 0}
	calls := 0
	watched := result.WithProgress(context.Background(), func(done, total int) {
		calls++
		require.Equal(t, calls, done)
		require.Equal(t, 6, total)
	})
	axes := &Plane{Origin: []float64{1, 1}, D1: []float64{1, 0}, D2: []float64{0, 1}}
	cfg := RatioMapConfig{Alphas: alphas, Betas: betas}
	m, err := p.RatioMap(watched, axes, cfg)
	require.NoError(t, err)
	for i, x := range alphas {
		for j, y := range betas {
			// ∇²L at (1+x, 1+y) by hand.
			u, v := 1+x, 1+y
			xx, xy, yy := 2-400*(v-3*u*u), -400*u, 200.0
			mean, radius := (xx+yy)/2, math.Hypot((xx-yy)/2, xy)
			require.InEpsilon(t, mean-radius, m.Min.Z(i, j), 1e-9)
			require.InEpsilon(t, mean+radius, m.Max.Z(i, j), 1e-9)
			require.InEpsilon(t, math.Abs((mean-radius)/(mean+radius)), m.Ratio.Z(i, j), 1e-9)
		}
	}
	require.Zero(t, m.Unconverged)
	require.Equal(t, spectrum.MadeBy{Method: spectrum.ForwardOverReverse}, m.MadeBy)
	require.Equal(t, 6, calls)
}

// TestRatioMapCountsWhatIsUnconverged: running out of products and stalling both count.
func TestRatioMapCountsWhatIsUnconverged(t *testing.T) {
	one := newGrid([]float64{0}, []float64{0})
	m := &RatioMap{Min: one, Max: one, Ratio: one, Residual: one}
	for _, status := range []result.Status{result.Converged, result.Stalled, result.MaxIterations} {
		m.set(0, 0, &spectrum.Eigenpairs{Values: []float64{1, 2}, Residuals: []float64{0, 0},
			Status: status})
	}
	require.Equal(t, 2, m.Unconverged)
}

// TestRatioMapCancelled: what was measured is there, and NaN elsewhere.
func TestRatioMapCancelled(t *testing.T) {
	p := known(t, analytic.Rosenbrock(), 1, 1)
	ctx, cancel := context.WithCancel(context.Background())
	ctx = result.WithProgress(ctx, func(done, _ int) {
		if done == 2 {
			cancel()
		}
	})
	axes := &Plane{Origin: []float64{1, 1}, D1: []float64{1, 0}, D2: []float64{0, 1}}
	m, err := p.RatioMap(ctx, axes, RatioMapConfig{Resolution: 2})
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, math.IsNaN(m.Max.Z(0, 1)))
	require.True(t, math.IsNaN(m.Max.Z(1, 0)))
	require.Equal(t, []float64{-1, 1}, m.Max.Alphas)
}

func TestRatioMapRefuses(t *testing.T) {
	p := known(t, analytic.Rosenbrock(), 1, 1)
	fits := &Plane{Origin: []float64{1, 1}, D1: []float64{1, 0}, D2: []float64{0, 1}}
	for want, c := range map[string]struct {
		plane *Plane
		cfg   RatioMapConfig
	}{
		"plane is nil":         {},
		"Plane.D1":             {plane: &Plane{Origin: fits.Origin, D1: []float64{1}, D2: fits.D2}},
		"RatioMapConfig.Betas": {fits, RatioMapConfig{Betas: []float64{1, 0}}},
		"at least 1":           {fits, RatioMapConfig{Alphas: []float64{}}},
		"Resolution is 1":      {fits, RatioMapConfig{Resolution: 1}},
		"Range is -1":          {fits, RatioMapConfig{Range: -1}},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := p.RatioMap(context.Background(), c.plane, c.cfg)
			require.ErrorContains(t, err, want)
		})
	}
}
