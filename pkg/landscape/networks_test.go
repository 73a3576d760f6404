package landscape

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"
)

// crossEntropy is the loss of most tests.

// smooth is a small network without kinks, so that differences of its gradient converge.
func smooth(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("l0"), x, true, 6))
	h = activation.Gelu(layers.Dense(scope.In("l1"), h, true, 6))
	return layers.Dense(scope.In("out"), h, true, 5)
}

// cnn has two convolutions, overlapping max-pool, mean-pool and BatchNorm in GoMLX's default form,
// on images of 6 × 6.
func cnn(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Reshape(x, -1, 6, 6, 1)
	h = layers.Convolution(scope.In("c0"), h).Channels(2).KernelSize(3).PadSame().Done()
	h = norm.BatchNorm(scope.In("bn"), h, -1).Done()
	h = activation.Relu(h)
	h = graph.MaxPool(h).Window(3).Strides(2).Done()
	h = layers.Convolution(scope.In("c1"), h).Channels(3).KernelSize(3).PadSame().Done()
	h = graph.MeanPool(graph.Tanh(h)).Window(2).Strides(1).Done()
	h = graph.Reshape(h, h.Shape().Dimensions[0], -1)
	return layers.Dense(scope.In("out"), h, true, 5)
}

// transformer has an embedding, attention, LayerNorm and GELU, on six tokens of eight kinds.
func transformer(scope *model.Scope, x *graph.Node) *graph.Node {
	kinds := graph.MinScalar(graph.MulScalar(graph.Abs(x), 3), 7)
	tokens := graph.InsertAxes(graph.ConvertDType(kinds, dtypes.Int32), -1)
	h := layers.Embedding(scope.In("embed"), tokens, x.DType(), 8, 4)
	h = graph.Add(h, attention.SelfAttention(scope.In("attend"), h, 2, 2).Done())
	h = norm.LayerNorm(scope.In("norm"), h, -1).Done()
	h = activation.Gelu(layers.Dense(scope.In("mlp"), h, true, 4))
	return layers.Dense(scope.In("out"), graph.ReduceMean(h, 1), true, 5)
}

// in returns batches of float inputs in another precision.
func in(dtype dtypes.DType, f fixed) fixed {
	if dtype == dtypes.Float32 {
		return f
	}
	var out fixed
	for _, b := range f {
		x := b.Inputs[0]
		flat := tensors.MustCopyFlatData[float32](x)
		wide := make([]float64, len(flat))
		for i, v := range flat {
			wide[i] = float64(v)
		}
		converted := tensors.FromFlatDataAndDimensions(wide, x.Shape().Dimensions...)
		out = append(out, train.Batch{Inputs: []*tensors.Tensor{converted}, Labels: b.Labels})
	}
	return out
}

// network is a model for images or tokens of in numbers and five classes.
type network struct {
	name  string
	model func(*model.Scope, *graph.Node) *graph.Node
	in    int
	mode  Mode
}

var networks = []network{
	{"mlp", smooth, 6, Inference},
	{"cnn, inference", cnn, 36, Inference},
	{"cnn, training", cnn, 36, Training},
	{"transformer", transformer, 6, Inference},
}

// problem makes the network's problem in a precision. It is initialised in float32 and taken over,
// so that both precisions are at exactly the same point.
func (n network) problem(t *testing.T, backend compute.Backend, dtype dtypes.DType) *Problem {
	t.Helper()
	narrow := n.in32(t, backend)
	if dtype == dtypes.Float32 {
		return narrow
	}
	p, err := NewProblem(backend, seededStore(1), n.model, crossEntropy,
		in(dtype, randomBatches(3, n.in, 5, 24)), &Config{Mode: n.mode})
	require.NoError(t, err)
	theta, err := narrow.Weights()
	require.NoError(t, err)
	require.NoError(t, p.SetWeights(theta))
	return p
}

// in32 is the problem in float32, away from BatchNorm's symmetric start and from zero biases.
func (n network) in32(t *testing.T, backend compute.Backend) *Problem {
	t.Helper()
	p, err := NewProblem(backend, seededStore(1), n.model, crossEntropy,
		randomBatches(3, n.in, 5, 24), &Config{Mode: n.mode})
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range theta {
		theta[i] += 0.1 * r.NormFloat64()
	}
	require.NoError(t, p.SetWeights(theta))
	return p
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
