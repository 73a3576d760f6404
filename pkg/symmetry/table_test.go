package symmetry

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// reluNet has one hidden layer of ReLU.
func reluNet(scope *model.Scope, x *graph.Node) *graph.Node {
	x = graph.MaxScalar(layers.Dense(scope.In("in"), x, true, 6), 0)
	return layers.Dense(scope.In("out"), x, true, 3)
}

// weightsOf are the store's weights.
func weightsOf(t *testing.T, p *landscape.Problem) []float64 {
	t.Helper()
	theta, err := p.Weights()
	require.NoError(t, err)
	return theta
}

// gradientAt is the gradient at theta.
func gradientAt(ctx context.Context, t *testing.T, p *landscape.Problem,
	theta []float64) ([]float64, error) {
	t.Helper()
	at, err := p.At(theta)
	require.NoError(t, err)
	return at.Gradient(ctx)
}

// tanhNet has one hidden layer of tanh.
func tanhNet(scope *model.Scope, x *graph.Node) *graph.Node {
	return layers.Dense(scope.In("out"), graph.Tanh(layers.Dense(scope.In("in"), x, true, 6)), true,
		3)
}

// TestSymmetry: Dinh's objection, and what survives it.
func TestSymmetry(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, reluNet, testnet.RandomBatches(1, 8, 3, 40),
		landscape.Config{WithoutRegularizer: true})
	before, err := p.Weights()
	require.NoError(t, err)
	calls := 0
	watched := result.WithProgress(ctx, func(done, total int) { calls++ })
	s, err := NewTable(watched, p, weightsOf(t, p), TableConfig{Seed: 4, Alpha: 32})
	require.NoError(t, err)
	require.Equal(t, 3, calls)
	require.Len(t, s.Rows, 6)
	require.Zero(t, s.Rescaling.Max())
	require.Less(t, s.Permuting.Max(), 1e-5)
	t.Logf("\n%s", s)

	row := func(name string) Row {
		for _, r := range s.Rows {
			if r.Name == name {
				return r
			}
		}
		require.Fail(t, "no row", name)
		return Row{}
	}
	require.Equal(t, 1.0, row("loss").RescaledRatio)
	require.Greater(t, row("‖θ‖₂").RescaledRatio, 5.0)
	require.InDelta(t, 1, row("‖θ‖₂").PermutedRatio, 1e-12)
	require.InDelta(t, 1, row("‖∇L‖₂").PermutedRatio, 1e-4)
	require.Greater(t, math.Abs(row("Gaussian(σ=0.01)").RescaledRatio), 10.0)
	require.Greater(t, row("λmax").RescaledRatio, 10.0)
	require.InDelta(t, 1, row("λmax").PermutedRatio, 1e-3)
	// Noise in proportion to each weight is invariant, draw by draw: the noise of the smaller
	// weights is smaller too.
	require.InDelta(t, 1, row("adaptive Gaussian(σ=0.1)").RescaledRatio, 1e-4)

	// The gradient with respect to rescaled weights is divided by their factor: ‖g‖² = Σ_made g²/α²
	// + Σ_read α²g² + the rest.
	g, err := gradientAt(ctx, t, p, before)
	require.NoError(t, err)
	scaled, err := gradientAt(ctx, t, p, s.ThetaRescaled)
	require.NoError(t, err)
	kernel, _ := p.Params().Find("/in/dense/weights")
	next, _ := p.Params().Find("/out/dense/weights")
	require.InDelta(t, g[kernel.Offset+3]/32, scaled[kernel.Offset+3], 1e-6)
	require.InDelta(t, g[next.Offset+3]*32, scaled[next.Offset+3], 1e-4)

	after, err := p.Weights()
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// threeLayers has two hidden layers of ReLU and one of tanh.
func threeLayers(scope *model.Scope, x *graph.Node) *graph.Node {
	for i := range 2 {
		x = graph.MaxScalar(layers.Dense(scope.In("l%d", i), x, true, 5), 0)
	}
	x = graph.Tanh(layers.Dense(scope.In("l2"), x, true, 5))
	return layers.Dense(scope.In("out"), x, true, 3)
}

// TestSymmetryRescalesAllReLULayers at once, and leaves the tanh alone.
func TestSymmetryRescalesAllReLULayers(t *testing.T) {
	ctx := context.Background()
	p, err := landscape.NewProblem(testnet.Quick(t), testnet.Store(1), threeLayers,
		loss.SparseCategoricalCrossEntropyLogits, testnet.RandomBatches(1, 8, 3, 20), nil)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	s, err := NewTable(ctx, p, weightsOf(t, p), TableConfig{Alpha: 4,
		Measures: []landscape.Measure{landscape.Gaussian{Draws: 5},
			landscape.Gaussian{Draws: 5, Adaptive: true}}})
	require.NoError(t, err)
	require.Len(t, s.Units, 3)
	require.Equal(t, []int{0, 1}, s.Rescaled)
	require.Zero(t, s.Rescaling.Max())
	for path, factor := range map[string]float64{"/l0/dense/weights": 4, "/l0/dense/biases": 4,
		"/l1/dense/weights": 1, "/l1/dense/biases": 4,
		"/l2/dense/weights": 0.25, "/l2/dense/biases": 1, "/out/dense/weights": 1} {
		e, ok := p.Params().Find(path)
		require.True(t, ok, path)
		want := append([]float64{}, e.Slice(theta)...)
		floats.Scale(factor, want)
		require.Equal(t, want, e.Slice(s.ThetaRescaled), path)
	}
	require.Len(t, s.Rows, 5)
	require.Equal(t, "Gaussian(σ=0.01)", s.Rows[3].Name)
	require.Greater(t, math.Abs(s.Rows[3].RescaledRatio-1), 0.1)
	require.InDelta(t, 1, s.Rows[4].RescaledRatio, 1e-3)

	_, err = NewTable(ctx, p, weightsOf(t, p), TableConfig{Rescaled: []int{0, 2}})
	require.ErrorIs(t, err, ErrFunctionChanged, "asked for, the tanh is refused")
}

// TestSymmetryWithRegularizer: the regularizer moves with the scale, which is reported and not
// taken for a changed function.
func TestSymmetryWithRegularizer(t *testing.T) {
	p := unitsProblem(t, reluNet, testnet.RandomBatches(1, 8, 3, 9), landscape.Config{})
	s, err := NewTable(context.Background(), p, weightsOf(t, p),
		TableConfig{Measures: []landscape.Measure{}})
	require.NoError(t, err)
	require.Greater(t, s.Rows[0].RescaledRatio, 1.1)
	require.InDelta(t, 1, s.Rows[0].PermutedRatio, 1e-6)
	require.Zero(t, s.Rescaling.Max())
}

func TestSymmetryRefuses(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, tanhNet, testnet.RandomBatches(1, 8, 3, 9), landscape.Config{})
	_, err := NewTable(ctx, p, weightsOf(t, p), TableConfig{})
	require.ErrorIs(t, err, ErrFunctionChanged)
	require.ErrorContains(t, err, `rescaling "/in/dense/weights" by 8`)
	for want, cfg := range map[string]TableConfig{
		"Rescaled":  {Rescaled: []int{0, 9}},
		"Tolerance": {Tolerance: -1},
		"alpha":     {Alpha: -1},
		"empty":     {Units: []Units{}},
	} {
		_, err := NewTable(ctx, p, weightsOf(t, p), cfg)
		require.ErrorContains(t, err, want)
	}
}
