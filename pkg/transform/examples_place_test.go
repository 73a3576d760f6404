package transform_test

import (
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
)

// placedCase computes something from x, [4, 3], of four examples.
type placedCase struct {
	build  func(x *graph.Node) *graph.Node
	placed bool
}

func placedCases() map[string]placedCase {
	times := func(values any) func(x *graph.Node) *graph.Node {
		return func(x *graph.Node) *graph.Node {
			return graph.Mul(x, graph.Const(x.Graph(), values))
		}
	}
	turned := func(values [][]float64) func(x *graph.Node) *graph.Node {
		return func(x *graph.Node) *graph.Node {
			return graph.Mul(x, graph.Transpose(graph.Const(x.Graph(), values), 0, 1))
		}
	}
	counted := func(axis int, dims ...int) func(x *graph.Node) *graph.Node {
		return func(x *graph.Node) *graph.Node {
			at := graph.Iota(x.Graph(), shapes.Make(dtypes.Float64, dims...), axis)
			for at.Rank() > x.Rank() {
				at = graph.ReduceSum(at, 1)
			}
			return graph.Mul(x, graph.Slice(at, graph.AxisRange(0, 4)))
		}
	}
	perExample := func(last float64) func(x *graph.Node) *graph.Node {
		weights := make([][][]float64, 4)
		for i := range weights {
			weights[i] = [][]float64{{1, 2}, {3, 4}, {5, 6}}
		}
		weights[3] = [][]float64{{1, 2}, {3, 4}, {5, last}}
		return func(x *graph.Node) *graph.Node {
			return graph.Einsum("bi,bij->bj", x, graph.Const(x.Graph(), weights))
		}
	}
	row := []float64{1, 2, 3}
	return map[string]placedCase{
		"itself":                   {graph.Square, false},
		"position along the row":   {counted(1, 4, 3), false},
		"position in the batch":    {counted(0, 4, 3), true},
		"position in a larger one": {counted(0, 6, 3), true},
		"position that is summed":  {counted(1, 4, 5, 3), false},
		"a constant row":           {times([][]float64{row, row, row, row}), false},
		"another row for the last": {times([][]float64{row, row, row, {1, 2, 4}}), true},
		"one number for each column": {
			turned([][]float64{{1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}}), false},
		"another in the last column": {
			turned([][]float64{{1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 4}}), true},
		"weights of all":  {perExample(6), false},
		"weights of each": {perExample(7), true},
	}
}

// TestReadsPlace: what depends on an example's place in its batch is said to, and only that. In
// another order the examples have the same values where it doesn't.
func TestReadsPlace(t *testing.T) {
	for name, c := range placedCases() {
		t.Run(name, func(t *testing.T) {
			g := graph.NewGraph(pureGo(t), t.Name())
			defer g.Finalize()
			x := graph.Parameter(g, "x", shapes.Make(dtypes.Float64, 4, 3))
			y := c.build(x)
			examples := transform.FollowExamples([]*graph.Node{y}, []*graph.Node{x}, 4)
			others, place := examples.Reads(y)
			require.False(t, others)
			require.Equal(t, c.placed, place)
			require.NoError(t, g.Compile(examples.Of(y)))
			values := []float64{.3, -.1, .2, .7, .4, -.5, -.3, .1, .5, .9, -.8, .6}
			run := func() []float64 {
				at := tensors.FromFlatDataAndDimensions(values, 4, 3)
				return g.Run(at)[0].Value().([]float64)
			}
			before := run()
			values = slices.Concat(values[9:], values[:9]) // the last becomes the first.
			require.Equal(t, !c.placed,
				slices.Equal(slices.Concat(before[3:], before[:3]), run()))
		})
	}
}
