package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// split returns the one batch of p's data as batches of the given sizes.
func split(p *Problem, sizes ...int) fixed {
	b := p.data.resident[0]
	x := tensors.MustCopyFlatData[float32](b.Inputs[0])
	y := tensors.MustCopyFlatData[int32](b.Labels[0])
	in := len(x) / len(y)
	var f fixed
	for _, n := range sizes {
		f = append(f, train.Batch{
			Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x[:n*in], n, in)},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y[:n], n, 1)},
		})
		x, y = x[n*in:], y[n:]
	}
	return f
}

func TestLossIsMeanOverExamples(t *testing.T) {
	b := xla.MustOpen()
	store := seededStore(1)
	whole, err := NewProblem(b, store, mlp, loss.SparseCategoricalCrossEntropyLogits,
		randomBatches(1, 8, 10, 70), nil)
	require.NoError(t, err)
	parts, err := NewProblem(b, store, mlp, loss.SparseCategoricalCrossEntropyLogits,
		split(whole, 32, 32, 6), nil)
	require.NoError(t, err)

	e, err := here(t, whole).Loss(context.Background())
	require.NoError(t, err)
	require.Equal(t, 70, e.Loss.N)
	f, err := here(t, parts).Loss(context.Background())
	require.NoError(t, err)
	require.InEpsilon(t, e.Loss.Value, f.Loss.Value, 1e-6)
	require.InEpsilon(t, e.Loss.StdErr, f.Loss.StdErr, 1e-6)

	s := whole.newSlope()
	defer s.close()
	known, _, err := here(t, whole).sample(context.Background(), s)
	require.NoError(t, err)
	require.InEpsilon(t, e.Loss.Value, known.loss, 1e-6)
	h, err := here(t, parts).Gradient(context.Background())
	require.NoError(t, err)
	require.InDeltaSlice(t, known.gradient, h, 1e-6)
}

// TestKeptPrograms: the loss and the gradient are compiled once a problem, not shared with a copy
// in another mode or without the regularizer, and freed by Close.
func TestKeptPrograms(t *testing.T) {
	ctx := context.Background()
	p := networks[1].problem(t, xla.MustOpen(), dtypes.Float32)
	theta, err := p.Weights()
	require.NoError(t, err)
	measure := func(p *Problem) float64 {
		e, err := there(t, p, theta).Loss(ctx)
		require.NoError(t, err)
		_, err = there(t, p, theta).Gradient(ctx)
		require.NoError(t, err)
		return e.Loss.Value
	}
	first := measure(p)
	require.Len(t, p.compiled, 2)
	require.Equal(t, first, measure(p))
	require.Len(t, p.compiled, 2)
	training, err := p.withBatchNorm(BatchNormBatch)
	require.NoError(t, err)
	require.NotEqual(t, first, measure(training))
	require.Len(t, p.compiled, 4)
	p.Close()
	require.Empty(t, p.compiled)
	require.Equal(t, first, measure(p))
	p.Close()
}
