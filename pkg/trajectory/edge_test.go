package trajectory

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
	"lossland/pkg/spectrum"
	"lossland/pkg/transform"
)

func twoLayers(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("l0"), x, true, 6))
	return layers.Dense(scope.In("out"), h, true, 5)
}

// TestTrackEdge trains by plain gradient descent, and compares each point with the Hessian of the
// weights at that step, and the training with one that isn't watched.
func TestTrackEdge(t *testing.T) {
	ctx := context.Background()
	data := testnet.RandomBatches(4, 4, 5, 30)
	const rate = 0.5
	backend := testnet.Quick(t)
	run := func(watch bool) (*Edge, *landscape.Problem, [][]float64) {
		store := testnet.Store(4)
		p, err := landscape.NewProblem(backend, store, twoLayers, testnet.CrossEntropy, data, nil)
		require.NoError(t, err)
		sgd := optimizer.StochasticGradientDescent().WithDecay(false).WithLearningRate(rate).Done()
		trainer := train.NewTrainer(backend, store, twoLayers, testnet.CrossEntropy, sgd, nil, nil)
		loop := train.NewLoop(trainer)
		var path [][]float64
		var edge *Edge
		if watch {
			edge, err = TrackEdge(ctx, p, loop, EdgeConfig{Every: 4, LearningRate: rate,
				Eigenvalues: 2, Density: &spectrum.DensityConfig{Probes: 2, Steps: 10}})
			require.NoError(t, err)
			theta, err := p.Weights()
			require.NoError(t, err)
			path = append(path, theta)
			train.EveryNSteps(loop, 4, "keep", 1, func(*train.Loop, []*tensors.Tensor) error {
				theta, err := p.Weights()
				path = append(path, theta)
				return err
			})
		}
		_, err = loop.RunSteps(testnet.Endless{Fixed: data}, 12)
		require.NoError(t, err)
		return edge, p, path
	}
	edge, p, path := run(true)
	defer edge.Close()
	require.Len(t, edge.Points, 4)
	require.Len(t, path, 4)
	here, err := p.Here()
	require.NoError(t, err)
	op, err := here.Hessian(ctx, landscape.HessianConfig{})
	require.NoError(t, err)
	defer op.Close()
	for i, point := range edge.Points {
		require.Equal(t, 4*i, point.Step)
		require.Equal(t, 2/rate, point.Stability)
		require.Len(t, point.Density.Probes, 2)
		require.NoError(t, op.MoveTo(path[i]))
		dense, err := spectrum.NewDense(ctx, op)
		require.NoError(t, err)
		values, err := dense.Eigenvalues()
		require.NoError(t, err)
		top := values[len(values)-2:]
		require.InDeltaSlice(t, top, point.Eigenvalues, 2e-3*top[1])
		require.Equal(t, point.Eigenvalues[1], edge.LambdaMax()[i])
	}
	require.Less(t, edge.Points[3].Loss, edge.Points[0].Loss)

	_, alone, _ := run(false)
	watched, err := p.Weights()
	require.NoError(t, err)
	unwatched, err := alone.Weights()
	require.NoError(t, err)
	require.Equal(t, unwatched, watched, "measuring doesn't change the training")
}

// TestEdgeAfterClose: a loop that runs on ends with an error.
func TestEdgeAfterClose(t *testing.T) {
	data := testnet.RandomBatches(4, 4, 5, 30)
	store, backend := testnet.Store(4), testnet.Quick(t)
	p, err := landscape.NewProblem(backend, store, twoLayers, testnet.CrossEntropy, data, nil)
	require.NoError(t, err)
	sgd := optimizer.StochasticGradientDescent().Done()
	loop := train.NewLoop(train.NewTrainer(backend, store, twoLayers, testnet.CrossEntropy, sgd,
		nil, nil))
	e, err := TrackEdge(context.Background(), p, loop, EdgeConfig{Every: 1})
	require.NoError(t, err)
	_, err = loop.RunSteps(testnet.Endless{Fixed: data}, 1)
	require.NoError(t, err)
	e.Close()
	e.Close()
	_, err = loop.RunSteps(testnet.Endless{Fixed: data}, 1)
	require.ErrorContains(t, err, "the Edge was closed")
	require.Len(t, e.Points, 2)
}

// TestTrackEdgeOfDivergence: a training that leaves the numbers ends with an error, not a point.
func TestTrackEdgeOfDivergence(t *testing.T) {
	data := testnet.RandomBatches(4, 4, 5, 30)
	store, backend := testnet.Store(4), testnet.Quick(t)
	p, err := landscape.NewProblem(backend, store, twoLayers, testnet.CrossEntropy, data, nil)
	require.NoError(t, err)
	sgd := optimizer.StochasticGradientDescent().WithLearningRate(math.Inf(1)).Done()
	loop := train.NewLoop(train.NewTrainer(backend, store, twoLayers, testnet.CrossEntropy, sgd,
		nil, nil))
	e, err := TrackEdge(context.Background(), p, loop, EdgeConfig{Every: 1})
	require.NoError(t, err)
	defer e.Close()
	_, err = loop.RunSteps(testnet.Endless{Fixed: data}, 3)
	require.ErrorContains(t, err, "TrackEdge: step 1")
	require.Len(t, e.Points, 1)
}

func TestTrackEdgeRefuses(t *testing.T) {
	data := testnet.RandomBatches(4, 4, 5, 30)
	p, err := landscape.NewProblem(testnet.Quick(t), testnet.Store(4), twoLayers,
		testnet.CrossEntropy, data, nil)
	require.NoError(t, err)
	sgd := optimizer.StochasticGradientDescent().Done()
	other := train.NewLoop(train.NewTrainer(testnet.Quick(t), testnet.Store(5), twoLayers,
		testnet.CrossEntropy, sgd, nil, nil))
	_, err = TrackEdge(context.Background(), p, other, EdgeConfig{})
	require.ErrorContains(t, err, "another store")
	_, err = TrackEdge(context.Background(), p, other, EdgeConfig{Every: -1})
	require.ErrorContains(t, err, "EdgeConfig.Every")
}

// TestTrackEdgeByDifferences: products with a gradient of which the forward rule is unknown are
// made by differences where that is asked for, and not without.
func TestTrackEdgeByDifferences(t *testing.T) {
	ctx := context.Background()
	backend, store := testnet.Quick(t), testnet.Store(4)
	data := testnet.RandomBatches(3, 6, 5, 24)
	p, err := landscape.NewProblem(backend, store, clamped, testnet.CrossEntropy, data, nil)
	require.NoError(t, err)
	track := func(m spectrum.Method) (spectrum.MadeBy, error) {
		sgd := optimizer.StochasticGradientDescent().WithLearningRate(0).Done()
		trainer := train.NewTrainer(backend, store, clamped, testnet.CrossEntropy, sgd, nil, nil)
		loop := train.NewLoop(trainer)
		e, err := TrackEdge(ctx, p, loop, EdgeConfig{Method: m, Every: 1})
		if err != nil {
			return spectrum.MadeBy{}, err
		}
		defer e.Close()
		_, err = loop.RunSteps(testnet.Endless{Fixed: data}, 1)
		require.NoError(t, err)
		return e.Points[1].MadeBy, nil
	}
	_, err = track(0)
	var u *transform.Unsupported
	require.ErrorAs(t, err, &u)
	made, err := track(spectrum.CentralDifference)
	require.NoError(t, err)
	require.Equal(t, spectrum.CentralDifference, made.Method)
	require.Positive(t, made.MethodError)
	require.Less(t, made.MethodError, 1e-2)
	_, err = track(9)
	require.ErrorContains(t, err, "ForwardThroughStops or CentralDifference")
}

// clamped has a custom gradient of an operation that has a rule neither forward nor backward; its
// value is the true gradient.
func clamped(scope *model.Scope, x *graph.Node) *graph.Node {
	y := layers.Dense(scope.In("out"), x, true, 5)
	return graph.IdentityWithCustomGradient(y, func(y, v *graph.Node) *graph.Node {
		g, dtype := y.Graph(), y.DType()
		two := graph.AddScalar(graph.MulScalar(y, 0), 2)
		one := graph.Clamp(graph.ScalarZero(g, dtype), two, graph.ScalarOne(g, dtype))
		return graph.Mul(v, one)
	})
}
