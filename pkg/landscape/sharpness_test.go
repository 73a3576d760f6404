package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/xla"
)

// known is a problem with known answers in float64 at theta, as a landscape problem.
func known(t *testing.T, a analytic.Problem, theta ...float64) *Problem {
	t.Helper()
	return knownIn(t, dtypes.Float64, a, theta...)
}

func knownIn(t *testing.T, dtype dtypes.DType, a analytic.Problem, theta ...float64) *Problem {
	t.Helper()
	program, err := a.Program(dtype, theta)
	require.NoError(t, err)
	p, err := NewProblem(quick(t), program.Store, program.Model, program.Loss, program.Dataset(1), nil)
	require.NoError(t, err)
	return p
}

// hundred is the quadratic with the spectrum 1, 2, …, 100, at its minimum.
func hundred(t *testing.T) *Problem {
	t.Helper()
	q, err := analytic.Quadratic(analytic.Spectrum(100))
	require.NoError(t, err)
	return known(t, q, make([]float64, 100)...)
}

func TestGaussianSharpnessOfQuadratic(t *testing.T) {
	p := hundred(t)
	want, deviation := analytic.GaussianSharpness(analytic.Spectrum(100), 0.01)
	s, err := p.Sharpness(context.Background(), SharpnessConfig{Seed: 1})
	require.NoError(t, err)
	require.InDelta(t, want, s.Value, 3*s.StdErr)
	require.Len(t, s.Terms, 20)
	require.InEpsilon(t, deviation/math.Sqrt(20), s.StdErr, 0.6, "a standard error from 20 draws has itself an error of 16 %%")

	s, err = p.Sharpness(context.Background(), SharpnessConfig{Seed: 1, Draws: 2000, Chunk: 20})
	require.NoError(t, err)
	require.InDelta(t, want, s.Value, 3*s.StdErr)
	require.InEpsilon(t, deviation/math.Sqrt(2000), s.StdErr, 0.1)
}

// TestGaussianSharpnessIsThePlainLoop compares with the lesson's loop: set the weights, measure, restore.
func TestGaussianSharpnessIsThePlainLoop(t *testing.T) {
	ctx := context.Background()
	data := randomBatches(2, 8, 10, 40, 25)
	store := busyStore(t, data)
	p, err := NewProblem(xla.MustOpen(), store, busy, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	before := snapshot(t, store)
	theta, err := p.Weights()
	require.NoError(t, err)
	for _, adaptive := range []bool{false, true} {
		cfg := SharpnessConfig{Draws: 2, Scale: 0.1, Adaptive: adaptive, Seed: 7, Chunk: 2}
		s, err := p.Sharpness(ctx, cfg)
		require.NoError(t, err)
		require.Equal(t, before, snapshot(t, store))
		base, err := p.Loss(ctx, nil)
		require.NoError(t, err)
		require.InDelta(t, base.Loss.Value, s.Base, 1e-6)
		for k, rise := range s.Terms {
			moved := append([]float64{}, theta...)
			for i, z := range draw(cfg, k, theta) {
				moved[i] += z
			}
			require.NoError(t, p.SetWeights(moved))
			e, err := p.Loss(ctx, nil)
			require.NoError(t, err)
			require.InDelta(t, e.Loss.Value-base.Loss.Value, rise, 2e-6)
		}
		require.NoError(t, p.SetWeights(theta))

		cfg.Chunk = 1
		again, err := p.Sharpness(ctx, cfg)
		require.NoError(t, err)
		require.InDeltaSlice(t, s.Terms, again.Terms, 1e-6)
		cfg.Chunk = 2
		again, err = p.Sharpness(ctx, cfg)
		require.NoError(t, err)
		require.Equal(t, s.Terms, again.Terms, "same seed, same bytes")
	}
}

func TestSharpnessRefusesBadArguments(t *testing.T) {
	p := hundred(t)
	for _, cfg := range []SharpnessConfig{{Scale: -1}, {Scale: math.NaN()}, {Draws: -1}, {Chunk: -2}, {Theta: []float64{1}}} {
		_, err := p.Sharpness(context.Background(), cfg)
		var bad *BadArgument
		require.ErrorAs(t, err, &bad)
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err := p.Sharpness(ctx, SharpnessConfig{Progress: func(done, total int) {
		require.Equal(t, 4, done)
		require.Equal(t, 20, total)
		cancel()
	}})
	require.ErrorIs(t, err, context.Canceled)
}
