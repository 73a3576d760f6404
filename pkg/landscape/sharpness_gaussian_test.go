package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
	"lossland/pkg/xla"
)

func TestGaussianOfQuadratic(t *testing.T) {
	at := here(t, hundred(t))
	want, deviation := analytic.GaussianSharpness(analytic.Spectrum(100), 0.01)
	s := sharpness(t, at, Gaussian{Seed: 1})
	require.InDelta(t, want, s.Value, 3*s.Uncertainty.Value)
	require.Len(t, s.Terms, 20)
	require.InEpsilon(t, deviation/math.Sqrt(20), s.Uncertainty.Value, 0.6,
		"a standard error from 20 draws has itself an error of 16 %%")

	s = sharpness(t, at, Gaussian{Seed: 1, Draws: 2000})
	require.InDelta(t, want, s.Value, 3*s.Uncertainty.Value)
	require.Equal(t, result.Uncertainty{Value: s.Uncertainty.Value,
		Kind: result.StandardError, N: 2000}, s.Uncertainty)
	require.InEpsilon(t, deviation/math.Sqrt(2000), s.Uncertainty.Value, 0.1)
}

// TestGaussianIsThePlainLoop compares with the lesson's loop: set the weights, measure, restore.
func TestGaussianIsThePlainLoop(t *testing.T) {
	ctx := context.Background()
	data := randomBatches(2, 8, 10, 40, 25)
	store := busyStore(t, data)
	p, err := NewProblem(xla.MustOpen(), store, busy, loss.SparseCategoricalCrossEntropyLogits,
		data, nil)
	require.NoError(t, err)
	before := snapshot(t, store)
	at := here(t, p)
	for _, adaptive := range []bool{false, true} {
		g := Gaussian{Draws: 2, Sigma: 0.1, Adaptive: adaptive, Seed: 7}
		s := sharpness(t, at, g)
		require.Equal(t, before, snapshot(t, store))
		base, err := at.Loss(ctx)
		require.NoError(t, err)
		require.InDelta(t, base.Loss.Value, s.Base, 1e-6)
		for k, rise := range s.Terms {
			moved := at.Theta()
			for i, z := range g.draw(k, at.theta) {
				moved[i] += z
			}
			require.NoError(t, p.SetWeights(moved))
			e, err := here(t, p).Loss(ctx)
			require.NoError(t, err)
			require.InDelta(t, e.Loss.Value-base.Loss.Value, rise, 2e-6)
		}
		require.NoError(t, p.SetWeights(at.Theta()))
		require.Equal(t, s.Terms, sharpness(t, at, g).Terms, "same seed, same bytes")
	}
}

// TestDrawsDoNotDependOnHowManyShareAPass: one by one, three at once and with others.
func TestDrawsDoNotDependOnHowManyShareAPass(t *testing.T) {
	at := here(t, classifier(t, smooth, 24))
	want := sharpness(t, at, Gaussian{Sigma: 0.1, Draws: 9}).Terms
	for draws := 1; draws <= 9; draws++ {
		got := sharpness(t, at, Gaussian{Sigma: 0.1, Draws: draws}).Terms
		require.InDeltaSlice(t, want[:draws], got, 1e-12)
	}
}

func TestGaussianDefaults(t *testing.T) {
	for want, g := range map[string]Gaussian{
		"Gaussian(σ=0.01)": {}, "adaptive Gaussian(σ=0.1)": {Adaptive: true},
		"Gaussian(σ=0.05)": {Sigma: 0.05},
	} {
		require.Equal(t, want, g.String())
	}
	s := sharpness(t, here(t, known(t, analytic.Rosenbrock(), 1, 1)), Gaussian{Adaptive: true})
	require.Equal(t, Gaussian{Sigma: 0.1, Draws: 20, Adaptive: true}, s.Measure)
}
