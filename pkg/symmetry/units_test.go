package symmetry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/layers/regularizer"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
	"lossland/pkg/xla"
)

// pictures is one batch of 6×6 images of 2 channels.
func pictures(n int) testnet.Fixed {
	r := rand.New(rand.NewPCG(5, 0))
	x, y := make([]float32, n*72), make([]int32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range y {
		y[i] = int32(r.IntN(3))
	}
	return testnet.Fixed{train.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, n, 6, 6, 2)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, n, 1)},
	}}
}

// twoConvs has two convolutions with pooling, flattened into a dense layer, and a dense layer of
// the other layout.
func twoConvs(batchNorm bool) func(scope *model.Scope, x *graph.Node) *graph.Node {
	return func(scope *model.Scope, x *graph.Node) *graph.Node {
		x = layers.Convolution(scope.In("conv_0"), x).Channels(4).KernelSize(3).PadSame().Done()
		if batchNorm {
			x = norm.BatchNorm(scope.In("norm_0"), x, -1).Done()
		}
		x = graph.MaxPool(activation.Relu(x)).Window(2).Done()
		x = layers.Convolution(scope.In("conv_1"), x).Channels(5).KernelSize(3).PadSame().Done()
		x = graph.Reshape(activation.Relu(x), x.Shape().Dimensions[0], -1) // [n, 3·3·5]
		x = activation.Relu(layers.DenseWithLayout(scope.In("dense"), x,
			compute.DenseLayoutOutputsInput, true, 7))
		return layers.Dense(scope.In("out"), x, true, 3)
	}
}

// residual adds a dense layer to its input.
func residual(scope *model.Scope, x *graph.Node) *graph.Node {
	x = layers.Dense(scope.In("in"), x, true, 6)
	h := activation.Relu(layers.Dense(scope.In("a"), x, true, 6))
	x = graph.Add(x, layers.Dense(scope.In("b"), h, true, 6))
	x = norm.LayerNorm(scope.In("norm"), x, -1).Done()
	return layers.Dense(scope.In("out"), x, true, 3)
}

// square applies one kernel twice, so that its rows and columns are the same units.
func square(scope *model.Scope, x *graph.Node) *graph.Node {
	x = layers.Dense(scope.In("in"), x, true, 6)
	w := scope.VariableWithShape("w", shapes.Make(x.DType(), 6, 6)).NodeValue(x.Graph())
	x = activation.Relu(graph.Dot(activation.Relu(graph.Dot(x, w).MatMul()), w).MatMul())
	return layers.Dense(scope.In("out"), x, true, 3)
}

// sliced drops one unit, so that they are no longer alike.
func sliced(scope *model.Scope, x *graph.Node) *graph.Node {
	x = activation.Relu(layers.Dense(scope.In("in"), x, true, 6))
	x = graph.Slice(x, graph.AxisRange(), graph.AxisRange(0, 5))
	return layers.Dense(scope.In("out"), x, true, 3)
}

func unitsProblem(t *testing.T, fn func(*model.Scope, *graph.Node) *graph.Node, data testnet.Fixed,
	cfg landscape.Config) *landscape.Problem {
	store := testnet.Store(3)
	store.RootScope().SetParam(regularizer.ParamL2, 0.01)
	p, err := landscape.NewProblem(xla.MustOpen(), store, fn,
		loss.SparseCategoricalCrossEntropyLogits, data, &cfg)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(7, 0))
	for i := range theta { // biases and norms aren't all alike.
		theta[i] += 0.3 * r.NormFloat64()
	}
	require.NoError(t, p.SetWeights(theta))
	return p
}

// axes are the axes of units in words.
func (u Units) axes() []string {
	var parts []string
	for _, a := range u.Axes {
		word := "makes"
		if a.Input {
			word = "reads"
		}
		parts = append(parts,
			fmt.Sprintf("%s %s %d×%d×%d", word, a.Path, a.Outer, u.Size, a.Inner))
	}
	return parts
}

// unitCases are networks and their units, found by hand.
var unitCases = []struct {
	name  string
	model func(*model.Scope, *graph.Node) *graph.Node
	data  testnet.Fixed
	mode  landscape.Mode
	want  [][]string // of each units, its axes.
}{
	{"mlp", testnet.MLP, testnet.RandomBatches(1, 8, 3, 9), landscape.Inference, [][]string{
		{"makes /l0/dense/weights 8×16×1", "makes /l0/dense/biases 1×16×1",
			"reads /l1/dense/weights 1×16×16"},
		{"makes /l1/dense/weights 16×16×1", "makes /l1/dense/biases 1×16×1",
			"reads /out/dense/weights 1×16×10"}}},
	{"cnn", twoConvs(false), pictures(4), landscape.Inference, [][]string{
		{"makes /conv_0/conv/weights 18×4×1", "makes /conv_0/conv/biases 1×4×1",
			"reads /conv_1/conv/weights 9×4×5"},
		conv1, dense}},
	{"cnn, BatchNorm in training", twoConvs(true), pictures(4), landscape.Training, [][]string{
		{"makes /conv_0/conv/weights 18×4×1", "makes /conv_0/conv/biases 1×4×1",
			"makes /norm_0/batch_normalization/scale 1×4×1",
			"makes /norm_0/batch_normalization/offset 1×4×1",
			"reads /conv_1/conv/weights 9×4×5"},
		conv1, dense}},
	{"cnn, BatchNorm in use: its averages are no weights", twoConvs(true), pictures(4),
		landscape.Inference,
		[][]string{conv1, dense}},
	{"residual", residual, testnet.RandomBatches(1, 8, 3, 9), landscape.Inference, [][]string{
		{"makes /in/dense/weights 8×6×1", "makes /in/dense/biases 1×6×1",
			"reads /a/dense/weights 1×6×6", "makes /b/dense/weights 6×6×1",
			"makes /b/dense/biases 1×6×1", "makes /norm/layer_normalization/gain 1×6×1",
			"makes /norm/layer_normalization/offset 1×6×1", "reads /out/dense/weights 1×6×3"},
		{"makes /a/dense/weights 6×6×1", "makes /a/dense/biases 1×6×1",
			"reads /b/dense/weights 1×6×6"}}},
	{"square", square, testnet.RandomBatches(1, 8, 3, 9), landscape.Inference, [][]string{
		{"makes /in/dense/weights 8×6×1", "makes /in/dense/biases 1×6×1", "reads /w 1×6×6",
			"reads /w 6×6×1", "reads /out/dense/weights 1×6×3"}}},
	{"sliced", sliced, testnet.RandomBatches(1, 8, 3, 9), landscape.Inference, nil},
}

// conv1 and dense are the last two units of twoConvs.
var (
	conv1 = []string{"makes /conv_1/conv/weights 36×5×1", "makes /conv_1/conv/biases 1×5×1",
		"reads /dense/dense/weights 63×5×1"}
	dense = []string{"makes /dense/dense/weights 1×7×45", "makes /dense/dense/biases 1×7×1",
		"reads /out/dense/weights 1×7×3"}
)

// TestUnits: what the graph says, by hand; and a random permutation of it all leaves the function
// the same.
func TestUnits(t *testing.T) {
	ctx := context.Background()
	for _, c := range unitCases {
		t.Run(c.name, func(t *testing.T) {
			p := unitsProblem(t, c.model, c.data, landscape.Config{Mode: c.mode})
			units, err := Find(ctx, p)
			require.NoError(t, err)
			var got [][]string
			for _, u := range units {
				got = append(got, u.axes())
			}
			require.Equal(t, c.want, got)

			theta, err := p.Weights()
			require.NoError(t, err)
			moved := theta
			for i, u := range units {
				moved, err = Permute(p, moved, u, shuffle(1, uint64(i), u.Size))
				require.NoError(t, err)
			}
			if len(units) > 0 {
				require.NotEqual(t, theta, moved)
			}
			change, err := changeOf(ctx, p, theta, moved)
			require.NoError(t, err)
			require.Less(t, change.Max(), 1e-5)
			// The regularizer and the weights are only moved.
			require.ElementsMatch(t, theta, moved)
		})
	}
}
