package landscape

import (
	"context"
	"iter"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/spectrum"
)

// endless repeats a data set.
type endless struct{ fixed }

func (e endless) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for {
			for b, err := range e.fixed.Iter() {
				if !yield(b, err) {
					return
				}
			}
		}
	}
}

func twoLayers(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("l0"), x, true, 6))
	return layers.Dense(scope.In("out"), h, true, 5)
}

// TestTrackEdge trains by plain gradient descent, and compares each point with the Hessian of the
// weights at that step, and the training with one that isn't watched.
func TestTrackEdge(t *testing.T) {
	ctx := context.Background()
	data := randomBatches(4, 4, 5, 30)
	const rate = 0.5
	backend := quick(t)
	run := func(watch bool) (*Edge, *Problem, [][]float64) {
		store := seededStore(4)
		p, err := NewProblem(backend, store, twoLayers, crossEntropy, data, nil)
		require.NoError(t, err)
		sgd := optimizer.StochasticGradientDescent().WithDecay(false).WithLearningRate(rate).Done()
		trainer := train.NewTrainer(backend, store, twoLayers, crossEntropy, sgd, nil, nil)
		loop := train.NewLoop(trainer)
		var path [][]float64
		var edge *Edge
		if watch {
			edge, err = p.TrackEdge(ctx, loop, EdgeConfig{Every: 4, LearningRate: rate,
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
		_, err = loop.RunSteps(endless{data}, 12)
		require.NoError(t, err)
		return edge, p, path
	}
	edge, p, path := run(true)
	defer edge.Close()
	require.Len(t, edge.Points, 4)
	require.Len(t, path, 4)
	op, err := here(t, p).Hessian(ctx, HessianConfig{})
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
	data := randomBatches(4, 4, 5, 30)
	store, backend := seededStore(4), quick(t)
	p, err := NewProblem(backend, store, twoLayers, crossEntropy, data, nil)
	require.NoError(t, err)
	sgd := optimizer.StochasticGradientDescent().Done()
	loop := train.NewLoop(train.NewTrainer(backend, store, twoLayers, crossEntropy, sgd, nil, nil))
	e, err := p.TrackEdge(context.Background(), loop, EdgeConfig{Every: 1})
	require.NoError(t, err)
	_, err = loop.RunSteps(endless{data}, 1)
	require.NoError(t, err)
	e.Close()
	e.Close()
	_, err = loop.RunSteps(endless{data}, 1)
	require.ErrorContains(t, err, "the Edge was closed")
	require.Len(t, e.Points, 2)
}

// TestTrackEdgeOfDivergence: a training that leaves the numbers ends with an error, not a point.
func TestTrackEdgeOfDivergence(t *testing.T) {
	data := randomBatches(4, 4, 5, 30)
	store, backend := seededStore(4), quick(t)
	p, err := NewProblem(backend, store, twoLayers, crossEntropy, data, nil)
	require.NoError(t, err)
	sgd := optimizer.StochasticGradientDescent().WithLearningRate(math.Inf(1)).Done()
	loop := train.NewLoop(train.NewTrainer(backend, store, twoLayers, crossEntropy, sgd, nil, nil))
	e, err := p.TrackEdge(context.Background(), loop, EdgeConfig{Every: 1})
	require.NoError(t, err)
	defer e.Close()
	_, err = loop.RunSteps(endless{data}, 3)
	require.ErrorContains(t, err, "TrackEdge: step 1")
	require.Len(t, e.Points, 1)
}

func TestTrackEdgeRefuses(t *testing.T) {
	data := randomBatches(4, 4, 5, 30)
	p, err := NewProblem(quick(t), seededStore(4), twoLayers, crossEntropy, data, nil)
	require.NoError(t, err)
	sgd := optimizer.StochasticGradientDescent().Done()
	other := train.NewLoop(train.NewTrainer(quick(t), seededStore(5), twoLayers, crossEntropy, sgd,
		nil, nil))
	_, err = p.TrackEdge(context.Background(), other, EdgeConfig{})
	require.ErrorContains(t, err, "another store")
	_, err = p.TrackEdge(context.Background(), other, EdgeConfig{Every: -1})
	require.ErrorContains(t, err, "EdgeConfig.Every")
}
