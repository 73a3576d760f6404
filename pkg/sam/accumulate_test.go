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

// TestAccumulate: GoMLX's gradient accumulation with SAM's loss is m-SAM.
func TestAccumulate(t *testing.T) {
	const m, steps = batchSize / 3, 3
	same := func(c *sam.Config) *sam.Config { return c }
	for name, config := range map[string]func(*sam.Config) *sam.Config{
		"total loss": same,
		"data loss":  func(c *sam.Config) *sam.Config { return c.Ascend(sam.DataLoss) },
		"filter":     func(c *sam.Config) *sam.Config { return c.Filter(sam.WeightsOnly) },
	} {
		t.Run(name, func(t *testing.T) {
			momentum := sam.Momentum().Rate(0.1).Done()
			in := func(rho float64) *sam.Config { return config(sam.New(momentum).Rho(rho)) }
			got := accumulated(t, in(0.3), momentum, m, steps)
			whole := func(c *sam.Config) *model.Store {
				store, _ := trained(t, asModelFn(smooth), crossEntropy, c.Done(), 0, 1, 2)
				return store
			}
			require.Less(t, apart(t, whole(in(0.3).MSAM(m)), got), 1e-6)
			require.Greater(t, apart(t, whole(in(0.3)), got), 1e-4, "mutant: one climb for all")
			off := accumulated(t, in(0), momentum, m, steps)
			require.Greater(t, apart(t, off, got), 1e-4, "mutant: switched off")
			require.EqualValues(t, steps, optimizer.GetGlobalStep(got))
		})
	}
}

// accumulated trains on batches that are cut into parts of m, with SAM's loss.
func accumulated(
	t *testing.T, c *sam.Config, base optimizer.Interface, m, steps int,
) *model.Store {
	t.Helper()
	store, loss := seededStore(), c.Done().Loss(crossEntropy)
	trainer := train.NewTrainer(goBackend, store, asModelFn(smooth), loss, base, nil, nil)
	require.NoError(t, trainer.AccumulateGradients(batchSize/m))
	for seed := range uint64(steps) {
		for from := 0; from < batchSize; from += m {
			_, err := trainer.TrainStep(part(batchOf(seed), from, from+m))
			require.NoError(t, err)
		}
	}
	return store
}

// TestAccumulateRefusesTheOptimizer: the error comes when accumulation is asked for.
func TestAccumulateRefusesTheOptimizer(t *testing.T) {
	trainer := train.NewTrainer(goBackend, seededStore(), asModelFn(smooth), crossEntropy,
		sam.New(sgd(0.1)).Done(), nil, nil)
	require.ErrorContains(t, trainer.AccumulateGradients(2), "OptimizeWithGradients")
}

// TestLossIsClean: the value is the plain loss, in training and in evaluation, where it is all
// there is.
func TestLossIsClean(t *testing.T) {
	o := sam.New(sgd(0)).Rho(0.5).Done()
	_, want := trained(t, asModelFn(full), crossEntropy, sam.Momentum().Rate(0).Done(), 1)
	_, got := trained(t, asModelFn(full), o.Loss(crossEntropy), sam.Momentum().Rate(0).Done(), 1)
	require.InDelta(t, want[reportedLoss], got[reportedLoss], 1e-6)

	exec := model.MustNewExec(goBackend, seededStore(),
		func(scope *model.Scope, x, y *graph.Node) []*graph.Node {
			prediction := []*graph.Node{smooth(scope, x)}
			return []*graph.Node{graph.ReduceAllMean(crossEntropy([]*graph.Node{y}, prediction)),
				o.Loss(crossEntropy)([]*graph.Node{y}, prediction)}
		})
	batch := batchOf(1)
	losses := exec.MustCall(batch.Inputs[0], batch.Labels[0])
	require.Equal(t, losses[0].Value(), losses[1].Value())
}

// TestLossRefuses: the variants that are more than a place to take the gradient at.
func TestLossRefuses(t *testing.T) {
	for _, c := range []*sam.Config{sam.New(sgd(1)).GSAM(0.1), sam.New(sgd(1)).FSAM(1, 0.9),
		sam.New(sgd(1)).MSAM(4), sam.New(sgd(1)).Every(2)} {
		trainer := train.NewTrainer(goBackend, seededStore(), asModelFn(smooth),
			c.Done().Loss(crossEntropy), sgd(1), nil, nil)
		_, err := trainer.TrainStep(batchOf(1))
		require.ErrorContains(t, err, "only chooses where the gradient is taken")
	}
}
