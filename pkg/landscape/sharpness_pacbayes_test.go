package landscape

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
)

// TestPACBayesOfQuadratic: the mean rise is ½σ²·Σλ, so σ = √(2δ/Σλ), with half the relative error
// of the rise.
func TestPACBayesOfQuadratic(t *testing.T) {
	s := sharpness(t, here(t, hundred(t)), PACBayes{Draws: 200, Tol: 1e-4})
	want := math.Sqrt(0.2 / 5050)
	require.InDelta(t, want, s.Value, 3*s.Uncertainty.Value)
	rise, deviation := analytic.GaussianSharpness(analytic.Spectrum(100), want)
	require.InEpsilon(t, want/2*(deviation/rise)/math.Sqrt(200), s.Uncertainty.Value, 0.2)
	require.Equal(t, result.Converged, s.Status)
}

// TestPACBayesTermsAreTheValues: they are the rises at the σ returned, at which δ isn't exceeded.
func TestPACBayesTermsAreTheValues(t *testing.T) {
	at := here(t, hundred(t))
	s := sharpness(t, at, PACBayes{Seed: 3})
	again := sharpness(t, at, Gaussian{Sigma: s.Value, Seed: 3})
	require.InDeltaSlice(t, again.Terms, s.Terms, 1e-12)
	require.LessOrEqual(t, result.Mean(s.Terms).Value, 0.1)
}

// TestPACBayesThatNeverRises: 1 − exp(…) never rises by 2.
func TestPACBayesThatNeverRises(t *testing.T) {
	flat := sharpness(t, here(t, known(t, analytic.Plateau(), 0, 0)), PACBayes{Rise: 2})
	require.Equal(t, result.MaxIterations, flat.Status)
	require.Greater(t, flat.Value, 1e4)
	require.Equal(t, result.NoUncertainty, flat.Uncertainty.Kind)
}

// TestPACBayesOnAnEdge: a loss that is infinite beside θ leaves no σ, and isn't Converged.
func TestPACBayesOnAnEdge(t *testing.T) {
	slit := analytic.Problem{Name: "−log(1[θ = 0])", Dim: 1,
		Loss: func(theta *graph.Node) *graph.Node {
			x := graph.Reshape(theta)
			return graph.Neg(graph.Log(graph.OneMinus(graph.Sign(graph.Abs(x)))))
		}}
	s := sharpness(t, here(t, known(t, slit, 0)), PACBayes{})
	require.Equal(t, result.MaxIterations, s.Status)
	require.Equal(t, math.Ldexp(pacBayesFirst, -59), s.Value, "the last of sixty")
	require.Equal(t, math.Inf(1), s.Terms[0])
	require.Equal(t, result.NoUncertainty, s.Uncertainty.Kind)
}
