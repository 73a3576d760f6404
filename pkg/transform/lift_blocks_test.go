package transform

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// blockedExamples is a prime: blocks of 4 leave one that isn't full.
const blockedExamples = 7

// blocksCase is a function of data, whose first axis is that of the examples, and weights.
type blocksCase struct {
	data, weights [][]int
	build         func(x, w []*graph.Node) *graph.Node
}

// dims puts the examples before.
func withExamples(dims ...int) []int { return append([]int{blockedExamples}, dims...) }

func dense(x, w *graph.Node) *graph.Node { return graph.Dot(x, w).Product() }

func positive(x *graph.Node) *graph.Node { return graph.Max(x, graph.ZerosLike(x)) }

// hidden is a layer, which is lifted, and its activation.
func hidden(x, w []*graph.Node) *graph.Node { return positive(dense(x[0], w[0])) }

// crossEntropy is that of logits against targets, for each example.
func crossEntropy(z, y *graph.Node) *graph.Node {
	return graph.Neg(graph.ReduceSum(graph.Mul(y, graph.LogSoftmax(z)), -1))
}

// layered is a dense layer, then what f makes of it, then the mean of the squares.
func layered(f func(h *graph.Node) *graph.Node) blocksCase {
	return blocksCase{data: [][]int{withExamples(3)}, weights: [][]int{{3, 6}},
		build: func(x, w []*graph.Node) *graph.Node {
			return graph.ReduceAllMean(graph.Square(f(graph.Sin(dense(x[0], w[0])))))
		}}
}

var blocksCases = map[string]blocksCase{
	"two layers, cross-entropy": {
		data:    [][]int{withExamples(5), withExamples(4)},
		weights: [][]int{{5, 6}, {1, 6}, {6, 4}, {4}},
		build: func(x, w []*graph.Node) *graph.Node {
			h := positive(graph.Add(dense(x[0], w[0]), w[1]))
			z := graph.Add(dense(h, w[2]), graph.ExpandLeftToRank(w[3], 2))
			return graph.ReduceAllMean(crossEntropy(z, x[1]))
		}},
	"kernels [out, in], squares": {
		data: [][]int{withExamples(5), withExamples(2)}, weights: [][]int{{6, 5}, {2, 6}},
		build: func(x, w []*graph.Node) *graph.Node {
			h := graph.Tanh(graph.Einsum("bi,oi->bo", x[0], w[0]))
			z := graph.Einsum("bi,oi->bo", h, w[1])
			return graph.ReduceAllMean(graph.Square(graph.Sub(z, x[1])))
		}},
	"weights and a mask of examples": {
		data:    [][]int{withExamples(5), withExamples(4), withExamples(), withExamples()},
		weights: [][]int{{5, 6}, {6, 4}},
		build: func(x, w []*graph.Node) *graph.Node {
			z := dense(positive(dense(x[0], w[0])), w[1])
			mask := graph.GreaterThan(x[3], graph.ScalarZero(x[3].Graph(), x[3].DType()))
			each := graph.Mul(crossEntropy(z, x[1]), graph.Square(x[2]))
			each = graph.Where(mask, each, graph.ZerosLike(each))
			below := graph.ReduceAllSum(graph.ConvertDType(mask, each.DType()))
			return graph.Div(graph.ReduceAllSum(each), graph.AddScalar(below, 1))
		}},
	"a penalty on the weights": {
		data: [][]int{withExamples(5)}, weights: [][]int{{5, 6}, {6, 4}},
		build: func(x, w []*graph.Node) *graph.Node {
			z := dense(hidden(x, w), w[1])
			return graph.Add(graph.ReduceAllMean(graph.Square(z)),
				graph.ReduceAllSum(graph.Square(w[1])))
		}},
	"mean and deviation": {
		data: [][]int{withExamples(5)}, weights: [][]int{{5, 6}},
		build: func(x, w []*graph.Node) *graph.Node {
			each := graph.ConvertDType(graph.ReduceMax(hidden(x, w), 1), dtypes.Float64)
			mean := graph.ReduceAllMean(each)
			return graph.Stack([]*graph.Node{mean,
				graph.ReduceAllSum(graph.Square(graph.Sub(each, mean)))}, 0)
		}},
	"a value of each example": {
		data: [][]int{withExamples(5)}, weights: [][]int{{5, 6}},
		build: func(x, w []*graph.Node) *graph.Node {
			return graph.ReduceSum(hidden(x, w), -1)
		}},
	"the examples along the last axis": {
		data: [][]int{withExamples(5)}, weights: [][]int{{6, 5}, {4, 6}},
		build: func(x, w []*graph.Node) *graph.Node {
			h := graph.Sin(graph.Dot(w[0], graph.Transpose(x[0], 0, 1)).Product())
			return graph.ReduceAllMean(graph.Square(graph.Dot(w[1], h).Product()))
		}},
	"two places of an example": {
		data: [][]int{withExamples(4, 3)}, weights: [][]int{{3, 6}, {1, 6}},
		build: func(x, w []*graph.Node) *graph.Node {
			rows := graph.Reshape(x[0], blockedExamples*4, 3)
			h := graph.Sin(graph.Add(dense(rows, w[0]), w[1]))
			return graph.ReduceAllMean(graph.ReduceMax(graph.Reshape(h, -1, 4, 6), 1))
		}},
	"accuracy": {
		data: [][]int{withExamples(5), withExamples()}, weights: [][]int{{5, 6}, {6, 4}},
		build: func(x, w []*graph.Node) *graph.Node {
			best := graph.ConvertDType(graph.ArgMax(dense(hidden(x, w), w[1]), -1), x[1].DType())
			return graph.ReduceAllMean(graph.Abs(graph.Sub(best, x[1])))
		}},
	"norm of a layer": layered(func(h *graph.Node) *graph.Node {
		mean := graph.ReduceAndKeep(h, graph.ReduceMean, -1)
		return graph.Div(graph.Sub(h, mean), graph.Sqrt(graph.AddScalar(graph.ReduceAndKeep(
			graph.Square(graph.Sub(h, mean)), graph.ReduceMean, -1), 1e-3)))
	}),
	"clamp": layered(func(h *graph.Node) *graph.Node {
		return graph.Clamp(graph.ScalarZero(h.Graph(), h.DType()), h,
			graph.Scalar(h.Graph(), h.DType(), 0.5))
	}),
	"concatenate": layered(func(h *graph.Node) *graph.Node {
		return graph.Concatenate([]*graph.Node{h, graph.Cos(h), graph.OnesLike(h)}, 1)
	}),
	"pad": layered(func(h *graph.Node) *graph.Node {
		return graph.Pad(h, graph.Scalar(h.Graph(), h.DType(), 3), graph.PadAxis{},
			graph.PadAxis{Start: 1, End: 2, Interior: 1})
	}),
	"slice": layered(func(h *graph.Node) *graph.Node {
		return graph.Slice(h, graph.AxisRange(), graph.AxisRange(1, 6).Stride(2))
	}),
	"reverse": layered(func(h *graph.Node) *graph.Node {
		return graph.Mul(graph.Reverse(h, 1), graph.Cos(h))
	}),
	"transpose": layered(func(h *graph.Node) *graph.Node {
		h = graph.Reshape(h, -1, 2, 3)
		return graph.ReduceMultiply(graph.TransposeAllAxes(h, 2, 0, 1), 0)
	}),
	"broadcast": layered(func(h *graph.Node) *graph.Node {
		wide := graph.BroadcastToDims(graph.InsertAxes(h, 1), blockedExamples, 3, 6)
		factor := graph.Iota(h.Graph(), shapes.Make(h.DType(), 1, 3, 1), 1)
		return graph.Mul(wide, graph.BroadcastToDims(factor, wide.Shape().Dimensions...))
	}),
	"batch normalisation with given statistics": {
		data: [][]int{withExamples(5)}, weights: [][]int{{5, 6}, {6}, {6}},
		build: func(x, w []*graph.Node) *graph.Node {
			y := graph.InternalBatchNormForInference(dense(x[0], w[0]), w[1], w[2],
				graph.MulScalar(graph.OnesLike(w[1]), 0.3), graph.OnesLike(w[1]), 1e-3, -1)
			return graph.ReduceAllMean(graph.Square(positive(y)))
		}},
}

// inBlocks returns a function's values at w + d, as it is and in blocks of size.
func (c blocksCase) inBlocks(dtype dtypes.DType, size int) (direct, blocked []float64, err error) {
	r := rand.New(rand.NewPCG(4, 2))
	g := graph.NewGraph(xla.MustOpen(), "blocks")
	defer g.Finalize()
	var args []any
	draw := func(name string, all [][]int) (ps []*graph.Node) {
		for i, dims := range all {
			value := normal(r, dtype, dims...)
			args = append(args, value)
			ps = append(ps, graph.Parameter(g, fmt.Sprint(name, i), value.Shape()))
		}
		return ps
	}
	x, w, d := draw("x", c.data), draw("w", c.weights), draw("d", c.weights)
	var outs []*graph.Node
	err = exceptions.TryCatch[error](func() {
		root := c.build(x, w)
		there := make([]*graph.Node, len(w))
		for i := range w {
			there[i] = graph.Add(w[i], d[i])
		}
		outs = []*graph.Node{Substitute(root, w, there), blocksAt(root, x, w, d, size)}
		if err := g.Compile(outs...); err != nil {
			panic(err)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	values := g.Run(args...)
	return flatten(values[0]), flatten(values[1]), nil
}

// blocksAt is the root at w + d in blocks.
func blocksAt(root *graph.Node, x, w, d []*graph.Node, size int) *graph.Node {
	lift := NewLift([]*graph.Node{root}, w)
	b := NewBlocks(lift, FollowExamples([]*graph.Node{root}, x, blockedExamples), size)
	cuts := make([]*graph.Node, len(lift.Cuts()))
	for i, slope := range lift.Coefficients(d)[0] {
		cuts[i] = graph.Add(lift.Cuts()[i], slope)
	}
	of := func(nodes, values []*graph.Node, block int) []*graph.Node {
		out := slices.Clone(values)
		for i, n := range nodes {
			if out[i] = b.Split(n, values[i]); b.Parted(n) {
				out[i] = graph.Squeeze(graph.Slice(out[i], graph.AxisElem(block)), 0)
			}
		}
		return out
	}
	rows := make([][]*graph.Node, len(b.Border()))
	for block := range b.Count() {
		border := b.Replay(root.Graph(), of(lift.Cuts(), cuts, block),
			of(lift.Fixed(), lift.Fixed(), block))
		for k := range border {
			rows[k] = append(rows[k], border[k])
		}
	}
	border := make([]*graph.Node, len(rows))
	for k, n := range b.Border() {
		border[k] = b.Join(n, graph.Stack(rows[k], 0))
	}
	for i, n := range lift.Cuts() {
		if !b.After(n) {
			cuts[i] = nil
		}
	}
	return b.Rest(root.Graph(), cuts, lift.Fixed(), border)[0]
}

func flatten(t *tensors.Tensor) []float64 {
	if t.DType() == dtypes.Int64 {
		return nil
	}
	return flat(t)
}

// TestBlocksAreTheWhole: block by block a function has the values that it has as a whole.
func TestBlocksAreTheWhole(t *testing.T) {
	for name, c := range blocksCases {
		for _, in := range []struct {
			dtype     dtypes.DType
			size      int
			tolerance float64
		}{{dtypes.Float64, 4, 1e-12}, {dtypes.Float32, blockedExamples, 1e-5}} {
			t.Run(fmt.Sprint(name, ", ", in.dtype, ", blocks of ", in.size), func(t *testing.T) {
				direct, blocked, err := c.inBlocks(in.dtype, in.size)
				require.NoError(t, err)
				requireClose(t, direct, blocked, in.tolerance)
			})
		}
	}
}

// TestBlocksRefuse: what has no rule, or takes all examples at once, is refused by name.
func TestBlocksRefuse(t *testing.T) {
	for name, c := range map[string]blocksCase{
		"it multiplies what differs from example to example": {
			data: [][]int{withExamples(4, 3)}, weights: [][]int{{3, 5}},
			build: func(x, w []*graph.Node) *graph.Node {
				h := graph.Sin(graph.Einsum("bti,ij->btj", x[0], w[0]))
				return graph.ReduceAllMean(graph.Einsum("bti,bsi->bts", h, h))
			}},
		"an example has several rows in it": {
			data: [][]int{withExamples(4, 3)}, weights: [][]int{{3, 5}, {5, 2}},
			build: func(x, w []*graph.Node) *graph.Node {
				h := graph.Sin(graph.Einsum("bti,ij->btj", x[0], w[0]))
				return graph.ReduceAllMean(graph.Sin(graph.Einsum("bti,ij->btj", h, w[1])))
			}},
		"it takes all examples at once": {
			data: [][]int{withExamples(3)}, weights: [][]int{{3, 5}, {5, 2}},
			build: func(x, w []*graph.Node) *graph.Node {
				h := graph.Sin(dense(x[0], w[0]))
				h = graph.Sub(h, graph.ReduceAndKeep(h, graph.ReduceMean, 0))
				return graph.ReduceAllMean(graph.Sin(dense(h, w[1])))
			}},
		"it has no rule": {
			data: [][]int{withExamples(3)}, weights: [][]int{{3, 16}, {3, 3, 1, 2}},
			build: func(x, w []*graph.Node) *graph.Node {
				h := graph.Reshape(graph.Sin(dense(x[0], w[0])), -1, 4, 4, 1)
				return graph.ReduceAllMean(graph.Sin(graph.Convolve(h, w[1]).Done()))
			}},
		"the examples don't come down to a few numbers each": {
			data: [][]int{withExamples(3)}, weights: [][]int{{3, 100}},
			build: func(x, w []*graph.Node) *graph.Node {
				return graph.ReduceAllMean(graph.Sin(dense(x[0], w[0])))
			}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := c.inBlocks(dtypes.Float64, 4)
			var unsupported *Unsupported
			require.True(t, errors.As(err, &unsupported), "%v", err)
			require.Equal(t, name, unsupported.Why)
		})
	}
}

// TestBlocksTurnMatrices: what only blocks multiply with is [out, in] for them; what something else
// reads, too, stays as it is.
func TestBlocksTurnMatrices(t *testing.T) {
	for _, c := range []struct {
		why     string
		penalty bool
		want    [][]int
	}{
		{"two layers", false, [][]int{{1, 6, blockedExamples}, {4, 6}, {3, 4}}},
		{"and a penalty on the last", true, [][]int{{1, 6, blockedExamples}, {4, 6}, {4, 3}}},
	} {
		t.Run(c.why, func(t *testing.T) {
			g := graph.NewGraph(xla.MustOpen(), c.why)
			defer g.Finalize()
			var p []*graph.Node
			for i, dims := range [][]int{withExamples(5), {5, 6}, {6, 4}, {4, 3}} {
				shape := shapes.Make(dtypes.Float32, dims...)
				p = append(p, graph.Parameter(g, fmt.Sprint("p", i), shape))
			}
			h := dense(positive(dense(positive(dense(p[0], p[1])), p[2])), p[3])
			root := graph.ReduceAllMean(h)
			if c.penalty {
				root = graph.Add(root, graph.ReduceAllSum(graph.Square(p[3])))
			}
			roots := []*graph.Node{root}
			lift := NewLift(roots, p[1:])
			b := NewBlocks(lift, FollowExamples(roots, p[:1], blockedExamples), blockedExamples)
			var dims [][]int
			for _, n := range lift.Cuts() {
				dims = append(dims, b.Dims(n))
				split := b.Split(n, n).Shape().Dimensions
				require.Equal(t, b.Dims(n), split[len(split)-len(b.Dims(n)):])
			}
			require.ElementsMatch(t, c.want, dims)
		})
	}
}

// TestBlockSize spells out where blocks pay.
func TestBlockSize(t *testing.T) {
	for _, c := range []struct {
		why      string
		examples int
		widths   []int
		dtype    dtypes.DType
		want     int
	}{
		{"a wide cut, a narrow head", 2048, []int{784, 128, 10}, dtypes.Float32, 256},
		{"equal blocks", 1000, []int{784, 128, 10}, dtypes.Float32, 256},
		{"layers of 64", 1797, []int{64, 64, 64, 64, 10}, dtypes.Float32, 640},
		{"many layers", 1797, []int{64, 64, 64, 64, 64, 64, 10}, dtypes.Float32, 0},
		{"layers of 128", 1797, []int{64, 128, 128, 10}, dtypes.Float32, 320},
		{"all at once", 500, []int{64, 64, 64, 10}, dtypes.Float32, 512},
		{"several cores at a block's numbers", 2048, []int{64, 330, 10}, dtypes.Float32, 0},
		{"as many weights as activations", 1797, []int{64, 256, 128, 10}, dtypes.Float32, 0},
		{"wide layers", 2048, []int{784, 512, 512, 10}, dtypes.Float32, 0},
		{"a small cut", 2048, []int{784, 8, 10}, dtypes.Float32, 0},
		{"few examples", 255, []int{8, 256, 2}, dtypes.Float32, 0},
		{"not measured", 2048, []int{784, 128, 10}, dtypes.Float64, 0},
	} {
		t.Run(c.why, func(t *testing.T) {
			g := graph.NewGraph(xla.MustOpen(), c.why)
			defer g.Finalize()
			h := graph.Parameter(g, "x", shapes.Make(c.dtype, c.examples, c.widths[0]))
			var weights []*graph.Node
			for i, width := range c.widths[1:] {
				shape := shapes.Make(c.dtype, c.widths[i], width)
				w := graph.Parameter(g, fmt.Sprint("w", i), shape)
				weights, h = append(weights, w), positive(dense(h, w))
			}
			lift := NewLift([]*graph.Node{graph.ReduceAllMean(h)}, weights)
			require.Equal(t, c.want, BlockSize(lift, c.examples))
		})
	}
}
