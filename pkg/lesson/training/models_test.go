package training

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// built runs a model on an input of zeros and returns its output and how many trainable weights it
// has.
func built(t *testing.T, m Model, dims ...int) (output *tensors.Tensor, weights int, err error) {
	t.Helper()
	store := model.NewStore()
	require.NoError(t, store.SetRNGStateFromSeed(1))
	exec, err := model.NewExec(xla.MustOpen(), store, m.Graph)
	require.NoError(t, err)
	defer exec.Finalize()
	outputs, err := exec.Exec(tensors.FromShape(shapes.Make(dtypes.Float32, dims...)))
	if err != nil {
		return nil, 0, err
	}
	for v := range store.IterVariables() {
		if v.Trainable {
			weights += v.Shape().Size()
		}
	}
	return outputs[0], weights, nil
}

func TestModelsHaveTheirWeights(t *testing.T) {
	for _, c := range []struct {
		model   Model
		dims    []int
		weights int
	}{
		{MLP{Outputs: 10}, []int{3, 64}, 64*10 + 10},
		{MLP{Hidden: []int{128, 128}, Outputs: 10}, []int{3, 64},
			64*128 + 128 + 128*128 + 128 + 1290},
		{MLP{Hidden: []int{5}, Outputs: 2, Activation: "gelu", Dropout: 0.5}, []int{3, 2, 2, 1},
			4*5 + 5 + 12},
		{MLP{Hidden: []int{5}, Outputs: 2, Activation: "tanh", BatchNorm: true}, []int{3, 4},
			4*5 + 5 + 10 + 12},
		{MLP{Hidden: []int{4, 4}, Outputs: 3, Activation: "linear"}, []int{3, 2},
			2*4 + 4 + 4*4 + 4 + 4*3 + 3},
		{CNN{Outputs: 10}, []int{3, 8, 8, 1}, 9*8 + 8 + 9*8*16 + 16 + 64*10 + 10},
		{CNN{Outputs: 10}, []int{3, 64}, 9*8 + 8 + 9*8*16 + 16 + 64*10 + 10},
		{CNN{Outputs: 10, BatchNorm: true}, []int{3, 64},
			9*8 + 8 + 9*8*16 + 16 + 64*10 + 10 + 2*(8+16)},
	} {
		output, weights, err := built(t, c.model, c.dims...)
		require.NoError(t, err, c.model.Name())
		assert.Equal(t, c.weights, weights, c.model.Name())
		assert.Equal(t, 2, output.Rank(), c.model.Name())
		assert.Equal(t, 3, output.Shape().Dimensions[0], c.model.Name())
	}
}

func TestModelNamesTellThemApart(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range []Model{
		MLP{Outputs: 10},
		MLP{Outputs: 2},
		MLP{Hidden: []int{10}, Outputs: 10},
		MLP{Hidden: []int{10, 10}, Outputs: 10},
		MLP{Hidden: []int{10}, Outputs: 10, Activation: "tanh"},
		MLP{Hidden: []int{10}, Outputs: 10, Activation: "linear"},
		MLP{Hidden: []int{10}, Outputs: 10, BatchNorm: true},
		MLP{Hidden: []int{10}, Outputs: 10, Dropout: 0.1},
		MLP{Hidden: []int{10}, Outputs: 10, Dropout: 0.2},
		CNN{Outputs: 10},
		CNN{Outputs: 10, BatchNorm: true},
		CNN{Outputs: 10, Activation: "gelu"},
		CNN{Outputs: 3},
		ModelFunc{ID: "a"},
		ModelFunc{ID: "b"},
	} {
		assert.False(t, seen[m.Name()], m.Name())
		seen[m.Name()] = true
	}
	assert.Equal(t, MLP{Hidden: []int{1}, Activation: "relu"}.Name(), MLP{Hidden: []int{1}}.Name(),
		"the default has one name")
}

func TestModelsRefuse(t *testing.T) {
	for _, c := range []struct {
		model Model
		dims  []int
		want  string
	}{
		{MLP{Hidden: []int{3}, Outputs: 2, Activation: "swish"}, []int{1, 4}, `activation "swish"`},
		{CNN{Outputs: 2}, []int{1, 60}, "60 features are no square image"},
		{CNN{Outputs: 2}, []int{1, 8, 8}, "want [N, features] or"},
	} {
		_, _, err := built(t, c.model, c.dims...)
		assert.ErrorContains(t, err, c.want)
	}
}

// TestBatchNormGradient: the gradient in training flows through the batch's mean and variance,
// which is what makes it orthogonal to the weights that it normalises. With statistics held fixed
// it is not, and models train much worse.
func TestBatchNormGradient(t *testing.T) {
	store := model.NewStore()
	require.NoError(t, store.SetRNGStateFromSeed(3))
	x := tensors.FromFlatDataAndDimensions(
		[]float32{1, -2, 0.5, 3, 0, 1, -1, 2, 2, 1, -3, 0.2}, 6, 2)
	exec, err := model.NewExec(xla.MustOpen(), store,
		func(scope *model.Scope, x *graph.Node) *graph.Node {
			g := x.Graph()
			store.SetTraining(g, true)
			y := batchNorm(scope, layers.Dense(scope, x, false, 1))
			loss := graph.ReduceAllSum(graph.Mul(graph.Sin(y), graph.Iota(g, y.Shape(), 0)))
			weights := store.GetVariable("/dense/weights").NodeValue(g)
			return graph.ReduceAllSum(graph.Mul(weights, graph.Gradient(loss, weights)[0]))
		})
	require.NoError(t, err)
	outputs, err := exec.Exec(x)
	require.NoError(t, err)
	// −5.5 with fixed statistics
	assert.InDelta(t, 0, outputs[0].Value(), 0.02, "⟨w, ∇w⟩, zero but for BatchNorm's ε")
}
