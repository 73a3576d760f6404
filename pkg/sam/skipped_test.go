package sam_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/sam"
)

// TestStuck: one bad batch is no error, a good one ends the row, and after StuckAfter in a row each
// of the ways to train says so.
func TestStuck(t *testing.T) {
	t.Run("TrainStep", func(t *testing.T) {
		r := newRunner(seededStore(), sam.New(sgd(0.1)).Done())
		r.run(t, 7)
		_, err := r.o.TrainStep(r.trainer, batchOf(nan))
		require.NoError(t, err)
		require.NoError(t, r.o.Stuck(r.store))
		steps := 0
		for ; err == nil && steps < 100; steps++ {
			_, err = r.o.TrainStep(r.trainer, batchOf(nan))
		}
		require.ErrorIs(t, err, sam.ErrStuck)
		require.GreaterOrEqual(t, steps, sam.StuckAfter-1)
		require.Less(t, steps, 2*sam.StuckAfter)
		_, err = r.trainer.TrainStep(batchOf(1))
		require.NoError(t, err)
		require.NoError(t, r.o.Stuck(r.store), "a good batch ends the row")
	})
	t.Run("Loop", func(t *testing.T) {
		// Adam's moment of a gradient of 1e25 isn't finite, the reported loss is.
		huge := func(labels, predictions []*graph.Node) *graph.Node {
			return graph.MulScalar(graph.ReduceAllMean(crossEntropy(labels, predictions)), 1e25)
		}
		store, o := seededStore(), sam.New(optimizer.Adam().LearningRate(0.01).Done()).Done()
		trainer := train.NewTrainer(goBackend, store, asModelFn(smooth), huge, o, nil, nil)
		loop := train.NewLoop(trainer)
		o.Watch(loop)
		_, err := loop.RunSteps(endless{}, 100)
		require.ErrorIs(t, err, sam.ErrStuck)
		require.EqualValues(t, sam.StuckAfter, optimizer.GetGlobalStep(store))
	})
	t.Run("TwoStep", func(t *testing.T) {
		o := sam.New(sgd(0.1)).Done()
		two, err := o.TwoStep(goBackend, seededStore(), lossOfFull)
		require.NoError(t, err)
		defer two.Close()
		batch := batchOf(nan)
		for step := range sam.StuckAfter {
			_, err := two.FirstStep(batch.Inputs[0], batch.Labels[0])
			require.NoError(t, err)
			_, err = two.SecondStep(batch.Inputs[0], batch.Labels[0])
			if step < sam.StuckAfter-1 {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, sam.ErrStuck)
			}
		}
	})
}

// TestHugeWeights: an input of 3e38 makes finite gradients whose step would leave weights of 1e36,
// which no later step brings back. No variant takes that step, and training goes on.
func TestHugeWeights(t *testing.T) {
	for name, config := range family {
		t.Run(name, func(t *testing.T) {
			store, o := seededStore(), config(sam.New(sam.Momentum().Rate(0.1).Done())).Done()
			trainer := train.NewTrainer(goBackend, store, asModelFn(relu), crossEntropy, o, nil,
				nil)
			for step := range uint64(6) {
				batch := batchOf(step)
				if step == 2 {
					batch = hugeBatch()
				}
				_, err := o.TrainStep(trainer, batch)
				require.NoError(t, err)
			}
			require.EqualValues(t, 1, o.SkippedUpdates(store))
			for path, ws := range values(t, store) {
				require.Less(t, floats.Norm(ws, math.Inf(1)), 10.0, path)
			}
		})
	}
}

// TestWeightThatWasHuge: a constant of 1e20 among the weights is sound, and keeps none of them from
// being trained; that a step makes one so large is still refused.
func TestWeightThatWasHuge(t *testing.T) {
	constant := func(scope *model.Scope, x *graph.Node) *graph.Node {
		c := scope.In("huge").VariableWithValue("constant", float32(1e20)).NodeValue(x)
		return graph.Add(relu(scope, x), graph.StopGradient(graph.MulScalar(c, 0)))
	}
	for name, base := range map[string]func() optimizer.Interface{
		"SAM": func() optimizer.Interface {
			return sam.New(sam.Momentum().Rate(0.1).Done()).Done()
		},
		"Guard": func() optimizer.Interface { return sam.Guard(sam.Momentum().Rate(0.1).Done()) },
	} {
		t.Run(name, func(t *testing.T) {
			store := seededStore()
			trainer := train.NewTrainer(goBackend, store, asModelFn(constant), crossEntropy, base(),
				nil, nil)
			_, err := trainer.TrainStep(batchOf(1))
			require.NoError(t, err)
			first := values(t, store)
			_, err = trainer.TrainStep(batchOf(2))
			require.NoError(t, err)
			second := values(t, store)
			require.NotEqual(t, first, second, "trained")
			_, err = trainer.TrainStep(hugeBatch())
			require.NoError(t, err)
			require.Equal(t, second, values(t, store))
		})
	}
}

// TestHugeWeightsUnguarded is the mutant: the base alone takes that step.
func TestHugeWeightsUnguarded(t *testing.T) {
	for guarded, base := range map[bool]optimizer.Interface{
		false: sam.Momentum().Rate(0.1).Done(), true: sam.Guard(sam.Momentum().Rate(0.1).Done()),
	} {
		store := seededStore()
		trainer := train.NewTrainer(goBackend, store, asModelFn(relu), crossEntropy, base, nil, nil)
		_, err := trainer.TrainStep(hugeBatch())
		require.NoError(t, err)
		largest := 0.0
		for _, ws := range values(t, store) {
			largest = max(largest, floats.Norm(ws, math.Inf(1)))
		}
		require.Equal(t, guarded, largest < 10, "largest weight %v", largest)
	}
}

// hugeBatch has an input of 3e38.
func hugeBatch() train.Batch {
	batch := batchOf(2)
	x := tensors.MustCopyFlatData[float32](batch.Inputs[0])
	x[0] = 3e38
	batch.Inputs[0] = tensors.FromFlatDataAndDimensions(x, batchSize, inputs)
	return batch
}

// relu is a model without normalisation or saturation.
func relu(scope *model.Scope, x *graph.Node) *graph.Node {
	h := activation.Relu(layers.Dense(scope.In("hidden"), x, true, 12))
	return layers.Dense(scope.In("output"), h, true, 3)
}
