package sam_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// allFinite reports whether every float32 variable of the store is finite.
func allFinite(store *model.Store) bool {
	for v := range store.IterVariables() {
		if v.DType() != dtypes.Float32 {
			continue
		}
		for _, x := range tensors.MustCopyFlatData[float32](v.MustValue()) {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return false
			}
		}
	}
	return true
}

// TestHugeGradient: a gradient of 1e25 is finite and its square in Adam's moment is not, from which
// Adam would never come back. The step is skipped.
func TestHugeGradient(t *testing.T) {
	huge := func(labels, predictions []*graph.Node) *graph.Node {
		return graph.MulScalar(graph.ReduceAllMean(crossEntropy(labels, predictions)), 1e25)
	}
	adam := func() optimizer.Interface { return optimizer.Adam().LearningRate(0.01).Done() }
	o := sam.New(adam()).Done()
	store, _ := trained(t, asModelFn(smooth), huge, o, 1, 2)
	require.True(t, allFinite(store))
	require.EqualValues(t, 2, o.SkippedUpdates(store))
	store, _ = trained(t, asModelFn(smooth), huge, adam(), 1, 2)
	require.False(t, allFinite(store), "mutant: no guard")
	store, _ = trained(t, asModelFn(smooth), huge, sam.Guard(adam()), 1, 2)
	require.True(t, allFinite(store))
}

// TestGuardAccumulation: a bad batch loses the accumulated step that it is in, and nothing else.
func TestGuardAccumulation(t *testing.T) {
	in := func(base optimizer.Interface, seeds ...uint64) *model.Store {
		store := seededStore()
		trainer := train.NewTrainer(goBackend, store, asModelFn(smooth),
			sam.New(base).Rho(0.3).Done().Loss(crossEntropy), base, nil, nil)
		require.NoError(t, trainer.AccumulateGradients(2))
		for _, seed := range seeds {
			_, err := trainer.TrainStep(batchOf(seed))
			require.NoError(t, err)
		}
		return store
	}
	momentum := func() optimizer.Interface { return sam.Momentum().Rate(0.1).Done() }
	want := in(momentum(), 1, 2, 5, 6)
	require.Zero(t, apart(t, want, in(sam.Guard(momentum()), 1, 2, 3, nan, 5, 6)))
	require.True(t, math.IsNaN(apart(t, want, in(momentum(), 1, 2, 3, nan, 5, 6))),
		"mutant: no guard")

	trainer := train.NewTrainer(goBackend, seededStore(), asModelFn(smooth), crossEntropy,
		sam.Guard(takesNoGradients{}), nil, nil)
	require.NoError(t, trainer.AccumulateGradients(1))
	_, err := trainer.TrainStep(batchOf(1))
	require.ErrorContains(t, err, "takes no gradients")
}

// TestGuardSeesGradients: an infinite gradient skips the step also where the base would clip it.
func TestGuardSeesGradients(t *testing.T) {
	infinite := func(labels, predictions []*graph.Node) *graph.Node {
		// The value is finite, and its gradient isn't: √0.
		l := graph.ReduceAllMean(crossEntropy(labels, predictions))
		return graph.Add(l, graph.Sqrt(graph.ReduceAllSum(graph.MulScalar(predictions[0], 0))))
	}
	store := seededStore()
	store.SetParam(optimizer.ParamClipNaN, true)
	o := sam.New(sam.Momentum().Rate(0.1).Done()).Done()
	trainedIn(t, store, asModelFn(smooth), infinite, o, 1, 2)
	require.EqualValues(t, 2, o.SkippedUpdates(store))
}
