package report

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
)

// quadratic is ½Σλᵢθᵢ² in float64 at θ.
func quadratic(t *testing.T, eigenvalues, theta []float64) *landscape.Problem {
	t.Helper()
	q, err := analytic.Quadratic(eigenvalues)
	require.NoError(t, err)
	program, err := q.Program(dtypes.Float64, theta)
	require.NoError(t, err)
	p, err := landscape.NewProblem(testnet.Quick(t), program.Store, program.Model, program.Loss,
		program.Dataset(1), nil)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// TestLinesOfAQuadratic: the lines go along the eigenvectors of the two largest eigenvalues and of
// the smallest, as far as the curvature raises the loss by four times itself, and are parabolas.
func TestLinesOfAQuadratic(t *testing.T) {
	eigenvalues := []float64{-1, 1, 2, 4, 8}
	cfg := small()
	cfg.Reach = 0
	cfg.Normalize.Others = landscape.OthersScaled
	cfg.Range = 0.01 // so that the surface's range doesn't count.
	p := quadratic(t, eigenvalues, []float64{0, 0, 1, 0, 0})
	r, err := Measure(context.Background(), p, cfg)
	require.NoError(t, err)
	for _, part := range r.Parts {
		require.NoError(t, part.Err, part.Name)
	}
	require.InDeltaSlice(t, []float64{0, 0, 0}, r.Slopes, 1e-6)
	require.InDelta(t, 1, r.Config.Reach, 1e-9, "½·8·1² = 4·L, with L = 1")
	require.Len(t, r.Lines, 3)
	for k, want := range []float64{8, 4, -1} {
		require.InDelta(t, want, r.Curvatures[k], 1e-6)
		line := r.Lines[k]
		for i, at := range line.T {
			require.InDelta(t, 1+want*at*at/2, line.Loss[i].Value, 1e-6)
		}
	}
}

// TestReach: what was asked for is kept; without a scale there is no default.
func TestReach(t *testing.T) {
	cfg := small()
	cfg.Reach = 0.25
	p := quadratic(t, []float64{1, 2, 3}, []float64{1, 1, 1})
	r, err := Measure(context.Background(), p, cfg)
	require.NoError(t, err)
	last := len(r.Lines[0].T) - 1
	require.Equal(t, 0.25, r.Lines[0].T[last])
	for k, line := range r.Lines { // a quadratic is its own parabola, off its centre, too.
		require.InDelta(t, r.Curvatures[k], math.Abs(r.Slopes[k]), 1e-6)
		require.InDelta(t, line.Loss[last].Value, r.parabola(k, 3).Y[last], 1e-6)
	}

	flat := quadratic(t, []float64{0, 0, 0}, []float64{1, 1, 1})
	r, err = Measure(context.Background(), flat, small())
	require.NoError(t, err)
	require.ErrorContains(t, r.refusal(linesPart), "say so with Config.Reach")
	require.Equal(t, 0.0, r.Evaluation.Loss.Value)
	require.True(t, math.IsNaN(r.Config.Reach))
}
