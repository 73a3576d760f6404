package xla_test

import (
	"errors"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// dense is [n, 64] → [n, 256], whose weights GoMLX draws with a variance of 2/64.
func dense(scope *model.Scope, x *graph.Node) *graph.Node {
	return layers.Dense(scope, x, true, 256)
}

// drawn are the weights and biases that DrawWeights gives dense.
func drawn(t *testing.T, seed int64) (weights, biases []float32, store *model.Store) {
	t.Helper()
	store = model.NewStore()
	store.SetParam(model.ParamInitialSeed, seed)
	require.NoError(t, xla.DrawWeights(store, dense, shapes.Make(dtypes.Float32, 1, 64)))
	read := func(name string) []float32 {
		return tensors.MustCopyFlatData[float32](store.GetVariable("/dense/" + name).MustValue())
	}
	return read("weights"), read("biases"), store
}

// TestDrawWeights: of the initializer's distribution, by the seed, and of use to another backend.
func TestDrawWeights(t *testing.T) {
	weights, biases, store := drawn(t, 1)
	require.Equal(t, make([]float32, 256), biases)
	mean, square := 0.0, 0.0
	for _, w := range weights {
		mean += float64(w) / float64(len(weights))
		square += float64(w) * float64(w) / float64(len(weights))
	}
	require.InDelta(t, 0, mean, 6*math.Sqrt(2./64/float64(len(weights))))
	require.InEpsilon(t, 2./64, square, 6*math.Sqrt(2/float64(len(weights))))
	again, _, _ := drawn(t, 1)
	require.Equal(t, weights, again)
	other, _, _ := drawn(t, 2)
	require.NotEqual(t, weights, other)

	backend, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	first := model.MustNewExec(backend, store, dense).MustCall1(
		[][]float32{append([]float32{1}, make([]float32, 63)...)})
	require.Equal(t, weights[:256], tensors.MustCopyFlatData[float32](first))
}

// TestDrawWeightsKeeps what has a value, and refuses what it can't trace.
func TestDrawWeightsKeeps(t *testing.T) {
	store := model.NewStore()
	store.RootScope().In("dense").VariableWithValue("biases", make([]float32, 256)).
		SetTrainable(true)
	require.NoError(t, store.GetVariable("/dense/biases").SetValue(
		tensors.FromScalarAndDimensions(float32(7), 256)))
	require.NoError(t, xla.DrawWeights(store, dense, shapes.Make(dtypes.Float32, 1, 64)))
	kept := tensors.MustCopyFlatData[float32](store.GetVariable("/dense/biases").MustValue())
	require.EqualValues(t, 7, kept[255])

	require.ErrorContains(t, xla.DrawWeights(store, dense), "the shapes of the model's inputs")
	broken := func(_ *model.Scope, x *graph.Node) *graph.Node { panic(errors.New("no such layer")) }
	require.ErrorContains(t, xla.DrawWeights(store, broken, shapes.Make(dtypes.Float32, 1, 64)),
		"no such layer")
}
