package transform

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// TestCounts: an Iota counts along its own axis, and nothing else counts.
func TestCounts(t *testing.T) {
	g := graph.NewGraph(xla.MustOpen(), t.Name())
	shape := shapes.Make(dtypes.Int32, 3, 5)
	require.Equal(t, 3, Counts(graph.Iota(g, shape, 0)))
	require.Equal(t, 5, Counts(graph.Iota(g, shape, 1)))
	require.Zero(t, Counts(graph.OnePlus(graph.Iota(g, shape, 1))))
	require.Zero(t, Counts(graph.Parameter(g, "x", shape)))
}

// TestParam pins the unexported fields of GoMLX that param reads: a new version that renames one
// fails here.
func TestParam(t *testing.T) {
	graph.MustNewExec(xla.MustOpen(), func(x *graph.Node) *graph.Node {
		one := graph.Ones(x.Graph(), x.Shape())
		vector := graph.ReduceSum(x, 0)
		bn := graph.InternalBatchNormForInference(x, vector, vector, vector, vector, 0.125, 1)
		require.Equal(t, graph.NodeTypeBatchNormForInference, bn.Type())
		require.Equal(t, 0.125, param(bn, "epsilon").Float())
		require.EqualValues(t, 1, param(bn, "featureAxis").Int())

		require.Equal(t, []int{0}, intsParam(graph.ReduceMax(x, 0), "axes"))

		w := graph.BackendReduceWindow(x, compute.ReduceOpMax, []int{2, 1}, []int{1, 1}, nil, nil,
			[][2]int{{1, 0}, {0, 0}})
		require.Equal(t, compute.ReduceOpMax, compute.ReduceOpType(param(w, "reductionType").Int()))
		require.Equal(t, []int{2, 1}, intsParam(w, "windowDimensions"))
		require.Equal(t, []int{1, 1}, intsParam(w, "strides"))
		require.Empty(t, intsParam(w, "inputDilations"))
		require.Empty(t, intsParam(w, "windowDilations"))
		require.EqualValues(t, 1, param(w, "paddings").Index(0).Index(0).Int())

		barrier := graph.OptimizationBarriers(x, one)
		require.Equal(t, graph.NodeTypeSplitNode, barrier[1].Type())
		require.Equal(t, 1, splitIndex(barrier[1]))
		return graph.Add(x, barrier[1])
	}).MustCall1([][]float64{{1, 2, 3}, {4, 5, 6}})
}
