package audit

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/layers/lstm"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
)

// kind is a kind of model, with the checks that say "look" of it, and what isn't tried.
type kind struct {
	name     string
	model    any
	loss     train.LossFn
	data     testnet.Fixed
	look     []Check
	notTried []Check
	steps    int // of training, before it is measured.
}

var kinds = []kind{
	{name: "MLP", model: testnet.MLP, loss: testnet.CrossEntropy,
		data: testnet.RandomBatches(1, 8, 10, 24, 16), look: []Check{Kinks},
		notTried: []Check{Averages}},
	{name: "CNN with BatchNorm", model: convolved, loss: testnet.CrossEntropy,
		data: testnet.RandomBatches(2, 36, 3, 16, 16), steps: 60},
	{name: "transformer with a padding mask", model: transformer, loss: testnet.CrossEntropy,
		data: sentences(3, true, 6, 4, 6), notTried: []Check{Averages}},
	{name: "tied embeddings", model: tied, loss: testnet.CrossEntropy,
		data: sentences(4, false, 6, 6), notTried: []Check{Averages}},
	{name: "LSTM", model: recurrent, loss: testnet.CrossEntropy,
		data: testnet.RandomBatches(5, 8, 3, 12, 8), notTried: []Check{Averages}},
	{name: "graph network with few labels", model: graphNetwork, loss: testnet.CrossEntropy,
		data: nodes(6, 20, 6), notTried: []Check{Batches, Averages}},
	{name: "regression", model: curvedLine, loss: loss.MeanSquaredError, data: line(7, 20, 12),
		notTried: []Check{Averages}},
	{name: "two heads", model: twoHeads, loss: bothHeads, data: twoLabels(8, 20, 12),
		notTried: []Check{Averages}},
	{name: "bfloat16", model: curvedLine, loss: loss.MeanSquaredError,
		data: short(line(9, 20, 12)), look: []Check{Precision},
		notTried: []Check{Averages, Slope}},
}

// TestKindsOfModels: the audit passes what is right, and says of each kind what there is to know.
func TestKindsOfModels(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			p := k.problem(t)
			r, err := Run(context.Background(), p, Config{Seed: 1})
			require.NoError(t, err)
			t.Log("\n" + r.String())
			require.Len(t, r.Rows, int(checks))
			require.True(t, r.OK())
			require.Empty(t, r.In(Wrong), "%s", r)
			require.Equal(t, k.look, r.In(Look), "%s", r)
			require.Equal(t, k.notTried, r.In(NotTried), "%s", r)
		})
	}
}

// problem is the kind's problem, on the backend that compiles nothing.
func (k kind) problem(t *testing.T) *landscape.Problem {
	t.Helper()
	return k.problemOn(t, testnet.Quick(t), testnet.Store(1))
}

func (k kind) problemOn(t *testing.T, b compute.Backend, store *model.Store) *landscape.Problem {
	t.Helper()
	if k.steps > 0 {
		k.train(t, b, store)
	}
	var p *landscape.Problem
	var err error
	switch fn := k.model.(type) {
	case func(*model.Scope, *graph.Node) *graph.Node:
		p, err = landscape.NewProblem(b, store, fn, k.loss, k.data, nil)
	case func(*model.Scope, []*graph.Node) []*graph.Node:
		p, err = landscape.NewProblem(b, store, fn, k.loss, k.data, nil)
	default:
		t.Fatalf("a model of type %T", fn)
	}
	require.NoError(t, err)
	return p
}

// train takes some steps, so that BatchNorm's averages are those of the data.
func (k kind) train(t *testing.T, b compute.Backend, store *model.Store) {
	t.Helper()
	fn := k.model.(func(*model.Scope, *graph.Node) *graph.Node)
	adam := optimizer.Adam().LearningRate(0.01).Done()
	trainer := train.NewTrainer(b, store, fn, k.loss, adam, nil, nil)
	for step := range k.steps {
		for batch, err := range k.data[step%len(k.data):][:1].Iter() {
			require.NoError(t, err)
			_, err = trainer.TrainStep(batch)
			require.NoError(t, err)
		}
	}
}

// convolved has a convolution, BatchNorm and pooling, on images of 6 × 6.
func convolved(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Reshape(x, -1, 6, 6, 1)
	h = layers.Convolution(scope.In("conv"), h).Channels(4).KernelSize(3).PadSame().Done()
	h = norm.BatchNorm(scope.In("bn"), h, -1).UseBackendInference(false).Done()
	h = graph.MeanPool(graph.Tanh(h)).Window(2).Done()
	return layers.Dense(scope.In("out"), graph.Reshape(h, h.Shape().Dimensions[0], -1), true, 3)
}

// words is how many there are, and length how many a sentence holds.
const words, length = 7, 5

// transformer predicts a word at each place; the places after a sentence's end are masked.
func transformer(scope *model.Scope, in []*graph.Node) []*graph.Node {
	h := layers.Embedding(scope.In("embed"), in[0], dtypes.Float32, words, 4)
	attended := attention.SelfAttention(scope.In("attend"), h, 2, 2).WithKeyMask(in[1]).Done()
	h = norm.LayerNorm(scope.In("norm"), graph.Add(h, attended), -1).Done()
	return []*graph.Node{layers.Dense(scope.In("out"), graph.Tanh(h), true, words)}
}

// tied uses one table to read words and to predict the next ones.
func tied(scope *model.Scope, in []*graph.Node) []*graph.Node {
	embed := scope.In("words")
	h := layers.Embedding(embed, in[0], dtypes.Float32, words, 4)
	h = graph.Tanh(layers.Dense(scope.In("hidden"), h, true, 4))
	table := embed.GetVariable("embeddings")
	return []*graph.Node{graph.Einsum("btf,wf->btw", h, table.NodeValue(h.Graph()))}
}

// recurrent reads eight numbers as four steps of two.
func recurrent(scope *model.Scope, x *graph.Node) *graph.Node {
	_, last, _ := lstm.New(scope.In("lstm"), graph.Reshape(x, -1, 4, 2), 4).Done()
	return layers.Dense(scope.In("out"), graph.Squeeze(last, 0), true, 3)
}

// graphNetwork averages over the neighbours of each node, twice.
func graphNetwork(scope *model.Scope, in []*graph.Node) []*graph.Node {
	features, neighbours := in[0], in[1]
	h := graph.Tanh(layers.Dense(scope.In("l0"), graph.MatMul(neighbours, features), true, 16))
	return []*graph.Node{layers.Dense(scope.In("l1"), graph.MatMul(neighbours, h), true, 3)}
}

// curvedLine is a smooth network of one output, in the dtype of its input.
func curvedLine(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("l0"), x, true, 16))
	return layers.Dense(scope.In("l1"), h, true, 1)
}

// twoHeads has a class and a number for each example.
func twoHeads(scope *model.Scope, in []*graph.Node) []*graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("body"), in[0], true, 6))
	return []*graph.Node{layers.Dense(scope.In("class"), h, true, 3),
		layers.Dense(scope.In("number"), h, true, 1)}
}

func bothHeads(labels, predictions []*graph.Node) *graph.Node {
	class := loss.SparseCategoricalCrossEntropyLogits(labels[:1], predictions[:1])
	number := loss.MeanSquaredError(labels[1:], predictions[1:])
	return graph.Add(graph.ReduceAllMean(class), graph.MulScalar(graph.ReduceAllMean(number), 0.5))
}

func draws(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// normals are Gaussian numbers.
func normals(r *rand.Rand, dims ...int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	x := make([]float32, size)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(x, dims...)
}

// classes are random labels below k.
func classes(r *rand.Rand, k int, dims ...int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	y := make([]int32, size)
	for i := range y {
		y[i] = int32(r.IntN(k))
	}
	return tensors.FromFlatDataAndDimensions(y, dims...)
}

// sentences are batches of words with the next ones as labels. Padded ones come with their mask, to
// the model and to the loss.
func sentences(seed uint64, padded bool, sizes ...int) (f testnet.Fixed) {
	r := draws(seed)
	for _, n := range sizes {
		b := train.Batch{Inputs: []*tensors.Tensor{classes(r, words, n, length, 1)},
			Labels: []*tensors.Tensor{classes(r, words, n, length, 1)}}
		if padded {
			mask := make([]bool, n*length)
			for i := range n {
				for k := range 1 + r.IntN(length) {
					mask[i*length+k] = true
				}
			}
			b.Inputs = append(b.Inputs, tensors.FromFlatDataAndDimensions(mask, n, length))
			b.Labels = append(b.Labels, tensors.FromFlatDataAndDimensions(mask, n, length))
		}
		f = append(f, b)
	}
	return f
}

// nodes is one graph: features, the mean over the neighbours as a matrix, and labels of a few.
func nodes(seed uint64, n, labelled int) testnet.Fixed {
	r := draws(seed)
	mean, mask := make([]float32, n*n), make([]bool, n)
	for i := range n {
		mask[i] = i < labelled
		near := []int{i, (i + 1) % n, (i + n - 1) % n, r.IntN(n)}
		for _, j := range near {
			mean[i*n+j] += 1 / float32(len(near))
		}
	}
	return testnet.Fixed{{
		Inputs: []*tensors.Tensor{normals(r, n, 4),
			tensors.FromFlatDataAndDimensions(mean, n, n)},
		Labels: []*tensors.Tensor{classes(r, 3, n, 1),
			tensors.FromFlatDataAndDimensions(mask, n)}}}
}

// line is a noisy regression.
func line(seed uint64, sizes ...int) (f testnet.Fixed) {
	r := draws(seed)
	for _, n := range sizes {
		f = append(f, train.Batch{Inputs: []*tensors.Tensor{normals(r, n, 3)},
			Labels: []*tensors.Tensor{normals(r, n, 1)}})
	}
	return f
}

// twoLabels has a class and a number for each example.
func twoLabels(seed uint64, sizes ...int) (f testnet.Fixed) {
	r := draws(seed)
	for _, n := range sizes {
		f = append(f, train.Batch{Inputs: []*tensors.Tensor{normals(r, n, 3)},
			Labels: []*tensors.Tensor{classes(r, 3, n, 1), normals(r, n, 1)}})
	}
	return f
}

// short is the data in bfloat16.
func short(f testnet.Fixed) (out testnet.Fixed) {
	convert := func(ts []*tensors.Tensor) (out []*tensors.Tensor) {
		for _, t := range ts {
			var values []bfloat16.BFloat16
			tensors.MustConstFlatData(t, func(flat []float32) {
				for _, x := range flat {
					values = append(values, bfloat16.FromFloat32(x))
				}
			})
			out = append(out, tensors.FromFlatDataAndDimensions(values, t.Shape().Dimensions...))
		}
		return out
	}
	for _, b := range f {
		out = append(out, train.Batch{Inputs: convert(b.Inputs), Labels: convert(b.Labels)})
	}
	return out
}

// bits are a store's variables, bit by bit.
func bits(t *testing.T, store *model.Store) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for v := range store.IterVariables() {
		value, err := v.Value()
		require.NoError(t, err)
		require.NoError(t, value.ConstBytes(func(b []byte) { out[v.Path()] = string(b) }))
	}
	require.NotEmpty(t, out)
	return out
}

// normalsNaN is a bias that a diverged training leaves.
func normalsNaN() *tensors.Tensor { return tensors.FromValue([]float32{float32(math.NaN())}) }
