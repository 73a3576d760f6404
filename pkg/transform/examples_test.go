package transform_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
)

// followed is a case: y is computed from x, whose first axis holds the examples.
type followed struct {
	shape []int
	build func(x *graph.Node) *graph.Node
	axis  int // of the result; −1: not along any.
}

func followedCases() map[string]followed {
	fixed := func(x *graph.Node, dims ...int) *graph.Node {
		return graph.AddScalar(graph.IotaFull(x.Graph(), shapes.Make(dtypes.Float64, dims...)), 1)
	}
	return map[string]followed{
		"elementwise": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			return graph.Sqrt(graph.AddScalar(graph.Square(x), 1))
		}, 0},
		"transposed": {[]int{4, 4},
			func(x *graph.Node) *graph.Node { return graph.Transpose(x, 0, 1) }, 1},
		"flattened": {[]int{4, 3},
			func(x *graph.Node) *graph.Node { return graph.Reshape(x, 12) }, 0},
		"flattened behind time": {[]int{4, 3},
			func(x *graph.Node) *graph.Node { return graph.Reshape(graph.Transpose(x, 0, 1), 12) },
			0},
		"split again": {[]int{4, 6},
			func(x *graph.Node) *graph.Node { return graph.Reshape(graph.Reshape(x, 24), 4, 2, 3) },
			0},
		"split across examples": {[]int{4, 3},
			func(x *graph.Node) *graph.Node { return graph.Reshape(x, 3, 4) }, -1},
		"a layer": {[]int{4, 3},
			func(x *graph.Node) *graph.Node { return graph.Dot(x, fixed(x, 3, 5)).Product() }, 0},
		"a layer from the left": {[]int{4, 3},
			func(x *graph.Node) *graph.Node {
				return graph.Dot(fixed(x, 5, 3),
					graph.Transpose(x, 0, 1)).Product()
			}, 1},
		"softmax": {[]int{4, 3},
			func(x *graph.Node) *graph.Node { return graph.Softmax(x) }, 0},
		"softmax over the examples": {[]int{4, 3},
			func(x *graph.Node) *graph.Node { return graph.Softmax(x, 0) }, -1},
		"summed over features": {[]int{4, 3, 2},
			func(x *graph.Node) *graph.Node { return graph.ReduceSum(x, 1) }, 0},
		"summed over examples": {[]int{4, 3},
			func(x *graph.Node) *graph.Node { return graph.ReduceSum(x, 0) }, -1},
		"summed over time before the examples": {[]int{4, 3, 2}, func(x *graph.Node) *graph.Node {
			return graph.ReduceSum(graph.Transpose(x, 0, 1), 0)
		}, 0},
		"reversed features": {[]int{4, 3},
			func(x *graph.Node) *graph.Node { return graph.Reverse(x, 1) }, 0},
		"reversed examples": {[]int{4, 3},
			func(x *graph.Node) *graph.Node { return graph.Reverse(x, 0) }, -1},
		"sliced features": {[]int{4, 3},
			func(x *graph.Node) *graph.Node {
				return graph.Slice(x, graph.AxisRange(),
					graph.AxisRange(1))
			}, 0},
		"sliced examples": {[]int{4, 3},
			func(x *graph.Node) *graph.Node { return graph.Slice(x, graph.AxisRange(1)) }, -1},
		"joined features": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			return graph.Concatenate([]*graph.Node{x, graph.Neg(x)}, 1)
		}, 0},
		"joined examples": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			return graph.Concatenate([]*graph.Node{x, graph.Neg(x)}, 0)
		}, -1},
		"attention": {[]int{4, 3, 2}, func(x *graph.Node) *graph.Node {
			return graph.Einsum("bqk,bkd->bqd", graph.Softmax(graph.Einsum("bqd,bkd->bqk", x, x)),
				x)
		}, 0},
		"distances between examples": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			return graph.Dot(x, graph.Transpose(x, 0, 1)).Product()
		}, -1},
		"a convolution": {[]int{4, 5, 5, 1}, func(x *graph.Node) *graph.Node {
			return graph.Convolve(x, fixed(x, 3, 3, 1, 2)).PadSame().Done()
		}, 0},
		"a pool": {[]int{4, 4, 4, 2}, func(x *graph.Node) *graph.Node {
			return graph.MaxPool(x).Window(2).Done()
		}, 0},
		"an embedding": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			ids := graph.ConvertDType(graph.Abs(x), dtypes.Int32)
			return graph.Gather(fixed(x, 7, 2), graph.InsertAxes(ids, -1))
		}, 0},
	}
}

// TestFollowExamples: where an axis is found it is the right one, tried by what a change of one
// example changes; where examples were mixed none is found.
func TestFollowExamples(t *testing.T) {
	for name, c := range followedCases() {
		t.Run(name, func(t *testing.T) {
			g := graph.NewGraph(pureGo(t), t.Name())
			defer g.Finalize()
			x := graph.Parameter(g, "x", shapes.Make(dtypes.Float64, c.shape...))
			y := c.build(x)
			examples := transform.FollowExamples([]*graph.Node{y}, []*graph.Node{x}, c.shape[0])
			axis, _ := examples.Axis(y)
			require.Equal(t, c.axis, axis)
			parts := examples.Of(y)
			require.Equal(t, axis >= 0, parts != nil)
			if parts == nil {
				return
			}
			require.NoError(t, g.Compile(parts))
			requireOwn(t, g, c.shape)
		})
	}
}

// requireOwn: a change of example k changes the k-th part alone.
func requireOwn(t *testing.T, g *graph.Graph, shape []int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 0))
	values := make([]float64, shapes.Make(dtypes.Float64, shape...).Size())
	for i := range values {
		values[i] = 1 + 2*r.Float64()
	}
	run := func() []float64 {
		return g.Run(tensors.FromFlatDataAndDimensions(values, shape...))[0].Value().([]float64)
	}
	before := run()
	size := len(values) / shape[0]
	for k := range shape[0] {
		for i := k * size; i < (k+1)*size; i++ {
			values[i] += 1.5 * float64(1+i%size)
		}
		after := run()
		for i := range after {
			if i == k {
				continue
			}
			require.InDelta(t, before[i], after[i], 1e-12, "example %d moved part %d", k, i)
		}
		before = after
	}
}
