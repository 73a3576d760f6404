package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
)

// here is the point of the store's weights.
func here(t testing.TB, p *Problem) *Point {
	t.Helper()
	at, err := p.Here()
	require.NoError(t, err)
	return at
}

// there is the point theta.
func there(t testing.TB, p *Problem, theta []float64) *Point {
	t.Helper()
	at, err := p.At(theta)
	require.NoError(t, err)
	return at
}

// root is √(1 − |θ|), which is no number beyond 1.
var root = analytic.Problem{Name: "√(1 − |θ|)", Dim: 1, Loss: func(theta *graph.Node) *graph.Node {
	return graph.Sqrt(graph.OneMinus(graph.Abs(graph.Reshape(theta))))
}}

// TestPointRounds: θ is what the variables' dtype can hold, and Theta a copy of it.
func TestPointRounds(t *testing.T) {
	p := knownIn(t, dtypes.Float32, analytic.Rosenbrock(), 1, 1)
	given := []float64{0.1, 2}
	at := there(t, p, given)
	require.Equal(t, []float64{float64(float32(0.1)), 2}, at.Theta())
	given[1], at.Theta()[0] = 5, 5
	require.Equal(t, []float64{float64(float32(0.1)), 2}, at.Theta())
}

// TestPointStays: training on doesn't move a point, and closing it doesn't end it.
func TestPointStays(t *testing.T) {
	ctx := context.Background()
	p := known(t, analytic.Rosenbrock(), 1, 1)
	at := here(t, p)
	require.NoError(t, p.SetWeights([]float64{0, 0}))
	e, err := at.Loss(ctx)
	require.NoError(t, err)
	require.Zero(t, e.Loss.Value)
	at.Close()
	at.Close()
	g, err := at.Gradient(ctx)
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0}, g)
}

// TestPointRemembers: the second loss and gradient are the first, also if the caller wrote to it.
func TestPointRemembers(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p := known(t, analytic.Rosenbrock(), -1, 1)
	at := here(t, p)
	e, err := at.Loss(ctx)
	require.NoError(t, err)
	e.Metrics["mine"] = result.Estimate{}
	g, err := at.Gradient(ctx)
	require.NoError(t, err)
	require.Equal(t, []float64{-4, 0}, g)
	g[0] = 0
	cancel() // nothing is measured any more.
	e, err = at.Loss(ctx)
	require.NoError(t, err)
	require.Equal(t, 4.0, e.Loss.Value)
	require.Empty(t, e.Metrics)
	g, err = at.Gradient(ctx)
	require.NoError(t, err)
	require.Equal(t, []float64{-4, 0}, g)
	_, err = there(t, p, []float64{1, 1}).Loss(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestPointRefuses(t *testing.T) {
	p := knownIn(t, dtypes.Float32, analytic.Rosenbrock(), 1, 1)
	for want, theta := range map[string][]float64{
		"theta is a vector of 0": nil,
		"theta is a vector of 3": {1, 2, 3},
		"theta[1] is NaN":        {1, math.NaN()},
		"theta[0] is +Inf":       {math.Inf(1), 1},
		"theta[1] is 1e+39":      {1, 1e39}, // beyond float32.
	} {
		t.Run(want, func(t *testing.T) {
			_, err := p.At(theta)
			var bad *result.BadArgument
			require.ErrorAs(t, err, &bad)
			require.ErrorContains(t, err, want)
		})
	}
	require.ErrorContains(t, p.SetWeights([]float64{math.NaN(), 1}),
		"landscape.SetWeights: theta[0] is NaN")
	require.NoError(t, p.params.set("SetWeights", []float64{math.NaN(), 1})) // as training may.
	_, err := p.Here()
	require.ErrorContains(t, err, "landscape.Here: theta[0] is NaN")
}

// TestPointWithoutANumber: the loss is returned as it is, and what needs a finite one is an error.
func TestPointWithoutANumber(t *testing.T) {
	ctx := context.Background()
	bad := there(t, knownIn(t, dtypes.Float64, root, 0.5), []float64{1.5})
	e, err := bad.Loss(ctx)
	require.NoError(t, err)
	require.True(t, math.IsNaN(e.Loss.Value))
	edge := there(t, knownIn(t, dtypes.Float64, root, 0.5), []float64{1}) // L = 0, ∇L = −∞.
	for name, measure := range map[string]func(at *Point) error{
		"Classify": func(at *Point) error {
			_, err := at.Classify(ctx, ClassifyConfig{})
			return err
		},
		"FindCritical": func(at *Point) error {
			_, err := at.FindCritical(ctx, CriticalConfig{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, measure(bad), "the loss at θ is NaN")
			require.ErrorContains(t, measure(edge), "the gradient at θ isn't finite")
		})
	}
}

// TestGradientHasTheLayoutOfParams: its slope along a direction is the loss's.
func TestGradientHasTheLayoutOfParams(t *testing.T) {
	ctx := context.Background()
	data := in(dtypes.Float64, randomBatches(1, 6, 5, 24))
	p, err := NewProblem(quick(t), seededStore(1), smooth,
		loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	g, err := there(t, p, theta).Gradient(ctx)
	require.NoError(t, err)
	const h = 1e-6
	for _, i := range []int{0, len(theta) / 2, len(theta) - 1} {
		var side [2]float64
		for k, sign := range []float64{1, -1} {
			moved := append([]float64{}, theta...)
			moved[i] += sign * h
			e, err := there(t, p, moved).Loss(ctx)
			require.NoError(t, err)
			side[k] = e.Loss.Value
		}
		require.InDelta(t, (side[0]-side[1])/(2*h), g[i], 1e-8)
	}
}
