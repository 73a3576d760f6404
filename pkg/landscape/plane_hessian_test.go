package landscape

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// TestHessianPlane: on a quadratic the eigenvectors are the axes, and the loss along each is that
// of its eigenvalue.
func TestHessianPlane(t *testing.T) {
	lambda := []float64{3, -7, 1, 20, 0.5}
	bowl, err := analytic.Quadratic(lambda)
	require.NoError(t, err)
	p := analyticProblem(t, bowl, []float64{0.1, 0.2, 0.3, 0.4, 0.5})
	ctx := context.Background()
	for which, axes := range map[spectrum.Which][2]int{spectrum.
		Largest: {3, 0}, spectrum.Smallest: {1, 4}, spectrum.LargestMagnitude: {3, 1},
		spectrum.BothEnds: {3, 1}} {
		plane, s, err := here(t, p).HessianPlane(ctx, which, HessianConfig{},
			spectrum.LanczosConfig{Tol: 1e-10})
		require.NoError(t, err)
		require.Equal(t, result.Converged, s.Status)
		for k, d := range [][]float64{plane.D1, plane.D2} {
			want := make([]float64, 5)
			want[axes[k]] = 1
			require.InDeltaSlice(t, want, d, 1e-8, "%v", which)
		}
		require.Equal(t, []float64{0.1, 0.2, 0.3, 0.4, 0.5}, plane.Origin)
	}
	plane, _, err := there(t, p,
		make([]float64, 5)).HessianPlane(ctx, spectrum.Largest, HessianConfig{},
		spectrum.LanczosConfig{Tol: 1e-10})
	require.NoError(t, err)
	s, err := p.Surface(ctx, SurfaceConfig{Plane: plane, Resolution: 3})
	require.NoError(t, err)
	require.InDelta(t, 10, s.Loss.Z(2, 1), 1e-8)
	require.InDelta(t, 1.5, s.Loss.Z(1, 0), 1e-8)
	_, _, err = here(t, p).HessianPlane(ctx, spectrum.Largest,
		HessianConfig{Block: func(Param) bool { return true }}, spectrum.LanczosConfig{})
	require.ErrorContains(t, err, "Block")
}
