package landscape

import (
	"context"
	"iter"
	"math/rand"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// fixed is a data set of the batches it was made with.
type fixed []train.Batch

func (f fixed) Name() string { return "fixed" }

func (f fixed) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for _, b := range f {
			c, err := b.Clone()
			if !yield(c, err) {
				return
			}
		}
	}
}

// randomBatches returns batches of the given sizes of in-dimensional Gaussian inputs with labels
// 0…classes−1.
func randomBatches(seed int64, in, classes int, sizes ...int) fixed {
	r := rand.New(rand.NewSource(seed))
	var f fixed
	for _, n := range sizes {
		x, y := make([]float32, n*in), make([]int32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		for i := range y {
			y[i] = int32(r.Intn(classes))
		}
		f = append(f, train.Batch{
			Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, n, in)},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, n, 1)},
		})
	}
	return f
}

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

func mlp(scope *model.Scope, x *graph.Node) *graph.Node {
	h := activation.Relu(layers.Dense(scope.In("l0"), x, true, 16))
	h = activation.Relu(layers.Dense(scope.In("l1"), h, true, 16))
	return layers.Dense(scope.In("out"), h, true, 10)
}

func seededStore(seed int64) *model.Store {
	s := model.NewStore()
	s.SetParam(model.ParamInitialSeed, seed)
	return s
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
