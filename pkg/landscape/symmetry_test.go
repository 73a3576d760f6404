package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
)

func tanhNet(scope *model.Scope, x *graph.Node) *graph.Node {
	return layers.Dense(scope.In("out"), graph.Tanh(layers.Dense(scope.In("in"), x, true, 6)), true, 3)
}

// TestSymmetry: Dinh's objection, and what survives it.
func TestSymmetry(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, reluNet, randomBatches(1, 8, 3, 40), Inference)
	p.cfg.Regularizer = WithoutRegularizer
	before, err := p.Weights()
	require.NoError(t, err)
	calls := 0
	s, err := p.Symmetry(ctx, SymmetryConfig{Seed: 4, Alpha: 32, Progress: func(done, total int) { calls++ }})
	require.NoError(t, err)
	require.Equal(t, 18, calls)
	require.Len(t, s.Rows, 6)
	require.Zero(t, s.Rescaling.Max())
	require.Less(t, s.Permuting.Max(), 1e-5)
	t.Logf("\n%s", s)

	row := func(name string) Moved {
		for _, r := range s.Rows {
			if r.Measure == name {
				return r
			}
		}
		require.Fail(t, "no row", name)
		return Moved{}
	}
	require.Equal(t, 1.0, row("loss").RescaledRatio)
	require.Greater(t, row("‖θ‖₂").RescaledRatio, 5.0)
	require.InDelta(t, 1, row("‖θ‖₂").PermutedRatio, 1e-12)
	require.InDelta(t, 1, row("‖∇L‖₂").PermutedRatio, 1e-4)
	require.Greater(t, math.Abs(row("Gaussian sharpness, σ = 0.01").RescaledRatio), 10.0)
	require.Greater(t, row("λmax").RescaledRatio, 10.0)
	require.InDelta(t, 1, row("λmax").PermutedRatio, 1e-3)
	// Noise in proportion to each weight is invariant, draw by draw: the noise of the smaller weights is smaller too.
	require.InDelta(t, 1, row("adaptive Gaussian sharpness, σ = 0.1·|θᵢ|").RescaledRatio, 1e-4)

	// The gradient with respect to rescaled weights is divided by their factor: ‖g‖² = Σ_made g²/α² + Σ_read α²g² + the rest.
	g, _, err := p.Gradient(ctx, before)
	require.NoError(t, err)
	scaled, _, err := p.Gradient(ctx, s.ThetaRescaled)
	require.NoError(t, err)
	kernel, _ := p.Params().Find("/in/dense/weights")
	next, _ := p.Params().Find("/out/dense/weights")
	require.InDelta(t, g[kernel.Offset+3]/32, scaled[kernel.Offset+3], 1e-6)
	require.InDelta(t, g[next.Offset+3]*32, scaled[next.Offset+3], 1e-4)

	after, err := p.Weights()
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// TestSymmetryWithRegularizer: the regularizer moves with the scale, which is reported and not taken for a changed function.
func TestSymmetryWithRegularizer(t *testing.T) {
	p := unitsProblem(t, reluNet, randomBatches(1, 8, 3, 9), Inference)
	s, err := p.Symmetry(context.Background(), SymmetryConfig{Measures: DefaultMeasures(0)[:1]})
	require.NoError(t, err)
	require.Greater(t, s.Rows[0].RescaledRatio, 1.1)
	require.InDelta(t, 1, s.Rows[0].PermutedRatio, 1e-6)
	require.Zero(t, s.Rescaling.Max())
}

func TestSymmetryRefuses(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, tanhNet, randomBatches(1, 8, 3, 9), Inference)
	_, err := p.Symmetry(ctx, SymmetryConfig{})
	require.ErrorIs(t, err, ErrFunctionChanged)
	require.ErrorContains(t, err, `rescaling "/in/dense/weights" by 8`)
	for want, cfg := range map[string]SymmetryConfig{
		"Rescaled":  {Rescaled: 9},
		"Tolerance": {Tolerance: -1},
		"alpha":     {Alpha: -1},
		"Theta":     {Theta: []float64{1}},
		"empty":     {Units: []Units{}},
	} {
		_, err := p.Symmetry(ctx, cfg)
		require.ErrorContains(t, err, want)
	}
}
