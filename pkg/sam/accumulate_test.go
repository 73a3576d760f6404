package sam_test

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// part is examples from … to−1 of a batch.
func part(b train.Batch, from, to int) train.Batch {
	x := tensors.MustCopyFlatData[float32](b.Inputs[0])[from*inputs : to*inputs]
	y := tensors.MustCopyFlatData[int32](b.Labels[0])[from:to]
	return train.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, to-from, inputs)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, to-from, 1)},
	}
}

// TestAccumulate: GoMLX's gradient accumulation with SAM's loss is m-SAM, and the optimizer itself is refused for it rather than switched
// off.
func TestAccumulate(t *testing.T) {
	const m, steps = batchSize / 3, 3
	for name, config := range map[string]func(optimizer.Interface) *sam.Config{
		"total loss": func(base optimizer.Interface) *sam.Config { return sam.New(base).Rho(0.3) },
		"data loss":  func(base optimizer.Interface) *sam.Config { return sam.New(base).Rho(0.3).Ascend(sam.DataLoss) },
		"filter":     func(base optimizer.Interface) *sam.Config { return sam.New(base).Rho(0.3).Filter(sam.WeightsOnly) },
	} {
		t.Run(name, func(t *testing.T) {
			momentum := sam.Momentum().Rate(0.1).Done()
			in := func(c *sam.Config, accumulate bool) *model.Store {
				store, o := seededStore(), c.Done()
				if !accumulate {
					trainer := train.NewTrainer(goBackend, store, asModelFn(smooth), crossEntropy, o, nil, nil)
					for seed := range uint64(steps) {
						_, err := trainer.TrainStep(batchOf(seed))
						require.NoError(t, err)
					}
					return store
				}
				trainer := train.NewTrainer(goBackend, store, asModelFn(smooth), o.Loss(crossEntropy), momentum, nil, nil)
				require.NoError(t, trainer.AccumulateGradients(batchSize/m))
				for seed := range uint64(steps) {
					for from := 0; from < batchSize; from += m {
						_, err := trainer.TrainStep(part(batchOf(seed), from, from+m))
						require.NoError(t, err)
					}
				}
				return store
			}
			accumulated := in(config(momentum), true)
			require.Less(t, apart(t, in(config(momentum).Micro(m), false), accumulated), 1e-6)
			require.Greater(t, apart(t, in(config(momentum), false), accumulated), 1e-4, "mutant: one climb for the whole batch")
			require.Greater(t, apart(t, in(config(momentum).Rho(0), true), accumulated), 1e-4, "mutant: switched off")
			require.EqualValues(t, steps, optimizer.GetGlobalStep(accumulated))
		})
	}
}

// TestAccumulateRefusesTheOptimizer: the error comes when accumulation is asked for.
func TestAccumulateRefusesTheOptimizer(t *testing.T) {
	trainer := train.NewTrainer(goBackend, seededStore(), asModelFn(smooth), crossEntropy, sam.New(sgd(0.1)).Done(), nil, nil)
	require.ErrorContains(t, trainer.AccumulateGradients(2), "OptimizeWithGradients")
}

// TestLossIsClean: the value is the plain loss, in training and in evaluation, where it is all there is.
func TestLossIsClean(t *testing.T) {
	o := sam.New(sgd(0)).Rho(0.5).Done()
	_, want := trained(t, asModelFn(full), crossEntropy, sam.Momentum().Rate(0).Done(), 1)
	_, got := trained(t, asModelFn(full), o.Loss(crossEntropy), sam.Momentum().Rate(0).Done(), 1)
	require.InDelta(t, want[reportedLoss], got[reportedLoss], 1e-6)

	exec := model.MustNewExec(goBackend, seededStore(), func(scope *model.Scope, x, y *graph.Node) []*graph.Node {
		prediction := []*graph.Node{smooth(scope, x)}
		return []*graph.Node{graph.ReduceAllMean(crossEntropy([]*graph.Node{y}, prediction)), o.Loss(crossEntropy)([]*graph.Node{y}, prediction)}
	})
	batch := batchOf(1)
	losses := exec.MustCall(batch.Inputs[0], batch.Labels[0])
	require.Equal(t, losses[0].Value(), losses[1].Value())
}

// TestLossRefuses: the variants that are more than a place to take the gradient at.
func TestLossRefuses(t *testing.T) {
	for _, c := range []*sam.Config{sam.New(sgd(1)).GSAM(0.1), sam.New(sgd(1)).Friendly(1, 0.9), sam.New(sgd(1)).Micro(4), sam.New(sgd(1)).Every(2)} {
		trainer := train.NewTrainer(goBackend, seededStore(), asModelFn(smooth), c.Done().Loss(crossEntropy), sgd(1), nil, nil)
		_, err := trainer.TrainStep(batchOf(1))
		require.ErrorContains(t, err, "only chooses where the gradient is taken")
	}
}
