package landscape

import (
	"context"
	"fmt"
	"lossland/pkg/transform"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
)

// strayLabels are labels of three classes, one of which is another integer, with extra labels.
func strayLabels(stray int32, extra ...*tensors.Tensor) fixed {
	y := tensors.FromFlatDataAndDimensions([]int32{0, stray, 2, 1}, 4, 1)
	x := floatsOf(dtypes.Float64, make([]float64, 4), 4, 1)
	f := fixed{{}}
	f[0].Inputs, f[0].Labels = []*tensors.Tensor{x}, append([]*tensors.Tensor{y}, extra...)
	return f
}

// TestLabelsBeyondTheClasses are refused by name where they count.
func TestLabelsBeyondTheClasses(t *testing.T) {
	c := []float64{0.3, -0.2, 0.1}
	sparse := loss.SparseCategoricalCrossEntropyLogits
	for _, stray := range []int32{-1, 3, math.MaxInt32} {
		t.Run(fmt.Sprint(stray), func(t *testing.T) {
			_, err := NewProblem(quick(t), seededStore(1), biasModel(c), sparse, strayLabels(stray),
				nil)
			require.ErrorContains(t, err, "labels[0] is integers from")
			require.ErrorContains(t, err, "1 beyond the classes count")
			require.ErrorContains(t, err, "want 0 … 2")
		})
	}
	mask := tensors.FromFlatDataAndDimensions([]bool{true, false, true, true}, 4)
	t.Run("masked", func(t *testing.T) {
		p := problemOf(t, quick(t), biasModel(c), sparse, strayLabels(-100, mask))
		e, err := here(t, p).Loss(context.Background())
		require.NoError(t, err)
		require.Equal(t, 3, e.Loss.N)
	})
	t.Run("ignored by the loss", func(t *testing.T) {
		ignoring := func(y, z []*graph.Node) *graph.Node {
			counts := graph.NotEqual(y[0], graph.Const(y[0].Graph(), int32(-100)))
			return sparse([]*graph.Node{y[0], graph.Squeeze(counts, -1)}, z)
		}
		p := problemOf(t, quick(t), biasModel(c), ignoring, strayLabels(-100))
		e, err := here(t, p).Loss(context.Background())
		require.NoError(t, err)
		require.Equal(t, 3, e.Loss.N)
		require.Equal(t, transform.RatioOfSums, p.LossForm().Kind)
	})
}

// TestLabelsOfEveryKind: labels that are no class are refused in every integer dtype, also where
// the loss slices, turns, joins or shifts them, and however it writes its one-hot.
func TestLabelsOfEveryKind(t *testing.T) {
	entropy := func(y, z *graph.Node) *graph.Node {
		return loss.SparseCategoricalCrossEntropyLogits([]*graph.Node{y}, []*graph.Node{z})
	}
	type pair = func(y, z *graph.Node) *graph.Node
	full := func(y, z *graph.Node) *graph.Node { // a one-hot by a whole Iota.
		n := y.Shape().Dim(0)
		classes := graph.Iota(y.Graph(), shapes.Make(y.DType(), n, 3), -1)
		hot := graph.Equal(graph.BroadcastToDims(graph.Reshape(y, n, 1), n, 3), classes)
		logs := graph.LogSoftmax(z, -1)
		return graph.Neg(graph.DivScalar(graph.ReduceAllSum(graph.Mul(
			graph.ConvertDType(hot, z.DType()), logs)), float64(n)))
	}
	for name, c := range map[string]struct {
		labels any // of five examples.
		of     pair
		right  bool
	}{
		"uint64":        {[]uint64{0, 1, 2, 7, 1}, entropy, false},
		"uint64, right": {[]uint64{0, 1, 2, 0, 1}, entropy, true},
		"from 1": {[]int32{0, 1, 2, 3, 1}, func(y, z *graph.Node) *graph.Node {
			return entropy(graph.AddScalar(y, -1), z)
		}, false},
		"from 1, right": {[]int32{1, 2, 3, 3, 1}, func(y, z *graph.Node) *graph.Node {
			return entropy(graph.AddScalar(y, -1), z)
		}, true},
		"sliced": {[]int32{0, 1, 2, 2, 9}, func(y, z *graph.Node) *graph.Node {
			return entropy(graph.Slice(y, graph.AxisRange(1)), graph.Slice(z, graph.AxisRange(1)))
		}, false},
		"turned": {[]int32{0, 1, 2, 2, 9}, func(y, z *graph.Node) *graph.Node {
			y = graph.Transpose(graph.Transpose(y, 0, 1), 0, 1)
			return entropy(graph.Reverse(y, 0), graph.Reverse(z, 0))
		}, false},
		"joined": {[]int32{0, 1, 2, 2, 9}, func(y, z *graph.Node) *graph.Node {
			return entropy(graph.Concatenate([]*graph.Node{y, graph.ZerosLike(y)}, 0),
				graph.Concatenate([]*graph.Node{z, z}, 0))
		}, false},
		"a whole Iota":        {[]int32{0, 1, 2, 3, 4}, full, false},
		"a whole Iota, right": {[]int32{0, 1, 2, 1, 0}, full, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := fixed{{}}
			f[0].Inputs = []*tensors.Tensor{floatsOf(dtypes.Float64, make([]float64, 5), 5, 1)}
			f[0].Labels = []*tensors.Tensor{integers(c.labels)}
			of := func(y, z []*graph.Node) *graph.Node { return c.of(y[0], z[0]) }
			_, err := NewProblem(quick(t), seededStore(1), biasModel([]float64{0.3, -0.2, 0.1}), of,
				f, nil)
			if c.right {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "beyond the classes count")
		})
	}
}

// integers are a tensor [n 1] of integers.
func integers(values any) *tensors.Tensor {
	switch v := values.(type) {
	case []uint64:
		return tensors.FromFlatDataAndDimensions(v, len(v), 1)
	case []int32:
		return tensors.FromFlatDataAndDimensions(v, len(v), 1)
	}
	panic(fmt.Sprintf("%T", values))
}

// TestNarrowLabels: eight bits count to 256, and a label compared with 300 classes is two of them.
func TestNarrowLabels(t *testing.T) {
	f := fixed{{}}
	f[0].Inputs = []*tensors.Tensor{floatsOf(dtypes.Float64, make([]float64, 2), 2, 1)}
	f[0].Labels = []*tensors.Tensor{tensors.FromFlatDataAndDimensions([]uint8{0, 1}, 2, 1)}
	_, err := NewProblem(quick(t), seededStore(1), biasModel(make([]float64, 300)),
		loss.SparseCategoricalCrossEntropyLogits, f, nil)
	require.ErrorContains(t, err, "labels of a wider dtype")
}
