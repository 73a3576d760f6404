package landscape

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
)

// TestWorstCaseOfQuadratic: ½ρ²λmax, from below.
func TestWorstCaseOfQuadratic(t *testing.T) {
	at := here(t, hundred(t))
	want := analytic.WorstCaseL2(analytic.Spectrum(100), 0.05)
	s := sharpness(t, at, WorstCase{Seed: 1, Restarts: 5, Steps: 20})
	require.LessOrEqual(t, s.Value, want*(1+1e-12), "a lower bound")
	require.Greater(t, s.Value, 0.9*want)
	require.Equal(t, result.MaxIterations, s.Status,
		"20 steps turn to the largest eigenvalue, but not all the way")
	require.Equal(t, result.Uncertainty{Value: s.Uncertainty.Value,
		Kind: result.RestartSpread, N: 5}, s.Uncertainty)

	s = sharpness(t, at, WorstCase{Steps: 2000, Restarts: 1})
	require.InEpsilon(t, want, s.Value, 1e-6)
	require.Equal(t, result.Converged, s.Status)
	require.Equal(t, result.Uncertainty{}, s.Uncertainty, "one restart has no spread")
}

// TestWorstCaseInACube: every weight at its bound, ½ρ²Σλ.
func TestWorstCaseInACube(t *testing.T) {
	s := sharpness(t, here(t, hundred(t)), WorstCase{Norm: LInf, Radius: 0.01, Steps: 20})
	require.InEpsilon(t, 0.5*1e-4*5050, s.Value, 1e-9)
	require.Equal(t, result.Converged, s.Status)
}

// TestAdaptiveWorstCase: at θ = (3, −1) with L = ½(λ₁θ₁² + λ₂θ₂²) and u in the ball, L(θ+Tu) =
// ½Σλᵢθᵢ²(1+uᵢ)².
func TestAdaptiveWorstCase(t *testing.T) {
	q, err := analytic.Quadratic([]float64{2, 5})
	require.NoError(t, err)
	at := here(t, known(t, q, 3, -1))
	best := 0.0
	for i := range 100000 {
		angle := 2 * math.Pi * float64(i) / 100000
		u, v := 1+0.1*math.Cos(angle), 1+0.1*math.Sin(angle)
		best = math.Max(best, (2*9*u*u+5*v*v)/2-23.0/2)
	}
	s := sharpness(t, at, WorstCase{Adaptive: true, Radius: 0.1, Steps: 100})
	require.InDelta(t, best, s.Value, 1e-8)
	s = sharpness(t, at, WorstCase{Adaptive: true, Norm: LInf, Radius: 0.1})
	require.InDelta(t, 23.0/2*(1.21-1), s.Value, 1e-12)
}

func TestWorstCaseDefaults(t *testing.T) {
	for want, w := range map[string]WorstCase{
		"worst case(L2, ρ=0.05)":          {},
		"worst case(L∞, ρ=0.001)":         {Norm: LInf},
		"adaptive worst case(L2, ρ=0.5)":  {Adaptive: true},
		"adaptive worst case(L∞, ρ=0.01)": {Adaptive: true, Norm: LInf},
		"worst case(L2, ρ=3)":             {Radius: 3},
	} {
		require.Equal(t, want, w.String())
	}
	s := sharpness(t, here(t, known(t, analytic.Rosenbrock(), 1, 1)), WorstCase{})
	require.Equal(t, WorstCase{Radius: 0.05, Restarts: 3, Steps: 10}, s.Measure)
}
