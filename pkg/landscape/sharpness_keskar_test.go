package landscape

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
)

// TestKeskarOfQuadratic: 0.2525 at ε = 1e-3 on λ = 1 … 100.
func TestKeskarOfQuadratic(t *testing.T) {
	s := sharpness(t, here(t, hundred(t)), Keskar{Seed: 1})
	require.InDelta(t, 0.2525, s.Value, 1e-9)
	require.Equal(t, result.Converged, s.Status)
	require.Len(t, s.Terms, 3)
	require.Equal(t, result.RestartSpread, s.Uncertainty.Kind)
}

// TestKeskarAwayFromTheMinimum compares with the closed form.
func TestKeskarAwayFromTheMinimum(t *testing.T) {
	spectrum := analytic.Spectrum(10)
	q, err := analytic.Quadratic(spectrum)
	require.NoError(t, err)
	theta := []float64{1, -2, 0.5, 3, -1, 0.1, -0.2, 2, 0, 1}
	want, err := analytic.KeskarSharpness(spectrum, theta, 5e-4)
	require.NoError(t, err)
	s := sharpness(t, here(t, known(t, q, theta...)), Keskar{Epsilon: 5e-4})
	require.InEpsilon(t, want, s.Value, 1e-9)
}

// TestKeskarInASubspace: the best corner of ten orthonormal directions a is ½ε²·(Σ±aᵢ)ᵀΛ(Σ±aᵢ), at
// least its mean ½ε²·ΣaᵢᵀΛaᵢ, and at most what the largest eigenvalue allows.
func TestKeskarInASubspace(t *testing.T) {
	at := here(t, hundred(t))
	s := sharpness(t, at, Keskar{Subspace: 10})
	require.Equal(t, "Keskar(ε=0.001, p=10)", s.Measure.String())
	require.Greater(t, s.Value, 100*0.5e-6*10*35.0)
	require.Less(t, s.Value, 100*0.5e-6*10*100.0)

	all := sharpness(t, at, Keskar{Subspace: 999}).Measure.(Keskar)
	require.Equal(t, 100, all.Subspace, "more than there are stands for all")
}

// TestKeskarOfANetwork: on a small trained network, whose maximum in the box nobody knows, an
// independent maximiser finds the same to a per cent: plain projected ascent by the gradient's
// signs, from as many corners of the box.
func TestKeskarOfANetwork(t *testing.T) {
	ctx := context.Background()
	p := classifier(t, smooth, 24)
	theta, err := p.Weights()
	require.NoError(t, err)
	for range 300 { // gradient descent.
		g, err := there(t, p, theta).Gradient(ctx)
		require.NoError(t, err)
		floats.AddScaled(theta, -0.5, g)
	}
	const epsilon, restarts = 5e-3, 12
	s := sharpness(t, there(t, p, theta), Keskar{Epsilon: epsilon, Restarts: restarts})
	slope := p.newSlope()
	defer slope.close()
	r := rand.New(rand.NewPCG(9, 9))
	var best float64
	for range restarts {
		y, move := make([]float64, len(theta)), make([]float64, len(theta))
		for i := range y {
			y[i] = math.Copysign(1, r.Float64()-0.5) // in units of the box.
		}
		for step := 0.5; step > 1e-3; step *= 0.9 {
			for i := range y {
				move[i] = theta[i] + y[i]*epsilon*(math.Abs(theta[i])+1)
			}
			g, l, err := slope.at(ctx, move)
			require.NoError(t, err)
			best = math.Max(best, 100*(l-s.Base)/(1+s.Base))
			for i := range y {
				y[i] = math.Max(-1, math.Min(1, y[i]+math.Copysign(step, g[i])))
			}
		}
	}
	t.Logf("Keskar %.6g (%s), ascent %.6g, loss %.3g", s.Value, s.Status, best, s.Base)
	require.Greater(t, s.Value, 0.1)
	require.InEpsilon(t, best, s.Value, 0.01)
}
