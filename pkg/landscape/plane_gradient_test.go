package landscape

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/spectrum"
)

// TestGradientPlane: on a quadratic both directions are known in closed form. At θ = (0.4, 0.3, 0)
// the gradient of ½Σλᵢθᵢ², λ = (2, 6, 20), is (0.8, 1.8, 0), and the sharpest direction the third
// axis, which is orthogonal to it.
func TestGradientPlane(t *testing.T) {
	bowl, err := analytic.Quadratic([]float64{2, 6, 20})
	require.NoError(t, err)
	p := analyticProblem(t, bowl, []float64{0.4, 0.3, 0})
	exact := spectrum.LanczosConfig{Tol: 1e-10}
	plane, s, err := here(t, p).GradientPlane(context.Background(), HessianConfig{}, exact)
	require.NoError(t, err)
	require.Equal(t, []float64{0.4, 0.3, 0}, plane.Origin)
	require.InDelta(t, 20, s.Max(), 1e-8)
	const length = 1.9697715603592207 // of (0.8, 1.8).
	require.InDeltaSlice(t, []float64{-0.8 / length, -1.8 / length, 0}, plane.D1, 1e-12)
	require.InDeltaSlice(t, []float64{0, 0, 1}, plane.D2, 1e-8)
	require.Contains(t, plane.Name, "‖∇L‖ = 1.96977")

	surface, err := p.Surface(context.Background(), SurfaceConfig{Plane: plane, Resolution: 3})
	require.NoError(t, err)
	require.InDelta(t, 10, surface.Loss.Z(1, 2)-surface.Loss.Z(1, 1), 1e-8, "½λ")
}

// TestGradientPlaneIsOrthonormal where the gradient isn't orthogonal to the eigenvector.
func TestGradientPlaneIsOrthonormal(t *testing.T) {
	bowl, err := analytic.Quadratic([]float64{2, 6, 20})
	require.NoError(t, err)
	theta := []float64{0.4, 0, 0.1}
	p := analyticProblem(t, bowl, make([]float64, 3))
	plane, _, err := there(t, p, theta).GradientPlane(context.Background(), HessianConfig{},
		spectrum.LanczosConfig{Tol: 1e-10})
	require.NoError(t, err)
	require.Equal(t, theta, plane.Origin)
	alpha, beta, off := plane.Project(plane.At(1, 1))
	require.InDeltaSlice(t, []float64{1, 1, 0}, []float64{alpha, beta, off}, 1e-12)
	require.InDelta(t, 0, plane.D1[0]*plane.D2[0]+plane.D1[2]*plane.D2[2], 1e-12)
	require.Positive(t, plane.D2[0], "its largest component")
}

func TestGradientPlaneRefuses(t *testing.T) {
	bowl, err := analytic.Quadratic([]float64{2, 6, 20})
	require.NoError(t, err)
	p := analyticProblem(t, bowl, make([]float64, 3))
	_, _, err = here(t, p).GradientPlane(context.Background(), HessianConfig{},
		spectrum.LanczosConfig{})
	require.ErrorContains(t, err, "direction 1 is of norm 0", "a critical point")
	block := HessianConfig{Block: func(Param) bool { return true }}
	_, _, err = here(t, p).GradientPlane(context.Background(), block, spectrum.LanczosConfig{})
	require.ErrorContains(t, err, "HessianConfig.Block")
}
