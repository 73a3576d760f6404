package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/regularizer"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// TestBatchNormContracts: frozen, batch and re-estimated statistics are three pictures. With all data in one batch the last two agree.
func TestBatchNormContracts(t *testing.T) {
	data := randomBatches(2, 8, 10, 64)
	store := busyStore(t, data)
	store.SetParam(layers.ParamDropoutRate, 0.0)
	store.SetParam(regularizer.ParamL2, 0.0)
	p, err := NewProblem(xla.MustOpen(), store, busy, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	before := digest(t, store)
	at := func(p *Problem, contract BatchNorm) [][]float64 {
		s, err := p.Surface(context.Background(), SurfaceConfig{BatchNorm: contract, Resolution: 3, Range: 3})
		require.NoError(t, err)
		require.Contains(t, s.Record.Config["batch norm"], contract.String())
		return s.Loss.Value
	}
	frozen, batch, reestimated := at(p, Frozen), at(p, Batch), at(p, Reestimated)
	require.Equal(t, frozen, at(p, AsMode))
	closeGrid(t, batch, reestimated, 1e-5)
	require.Greater(t, math.Abs(batch[0][0]/frozen[0][0]-1), 0.01)
	require.Equal(t, before, digest(t, store))

	// In several batches the re-estimated statistics are the means over batches, whatever the order; the batch's own differ.
	parts, err := NewProblem(xla.MustOpen(), store, busy, loss.SparseCategoricalCrossEntropyLogits, split(p, 24, 24, 16), nil)
	require.NoError(t, err)
	closeGrid(t, frozen, at(parts, Frozen), 1e-5)
	inParts := at(parts, Reestimated)
	closeGrid(t, reestimated, inParts, 0.2)
	require.NotEqual(t, reestimated, inParts)
	closeGrid(t, batch, at(parts, Batch), 0.5)

	training, err := NewProblem(xla.MustOpen(), store, busy, loss.SparseCategoricalCrossEntropyLogits, data, &Config{Mode: Training})
	require.NoError(t, err)
	require.Equal(t, batch, at(training, AsMode))
	require.Equal(t, frozen, at(training, Frozen))
}

func TestBatchNormRefusals(t *testing.T) {
	data := randomBatches(2, 8, 10, 40)
	ctx := context.Background()
	p, err := NewProblem(xla.MustOpen(), busyStore(t, data), busy, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	_, err = p.Surface(ctx, SurfaceConfig{BatchNorm: Batch, Resolution: 2})
	require.ErrorIs(t, err, ErrRandom, "it has dropout")
	_, err = p.Surface(ctx, SurfaceConfig{BatchNorm: 9, Resolution: 2})
	require.ErrorContains(t, err, "SurfaceConfig.BatchNorm is 9")
	q, err := NewProblem(xla.MustOpen(), seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, train.Dataset(data), nil)
	require.NoError(t, err)
	_, err = q.Surface(ctx, SurfaceConfig{BatchNorm: Reestimated, Resolution: 2})
	require.ErrorContains(t, err, "norm.BatchNorm layers")
}
