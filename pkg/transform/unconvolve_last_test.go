package transform

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// between is a network that has, between two convolutions, one of each kind of operation that keeps
// examples last: [5, 6, 6, 2] → [5, 4]. first says that channels come first.
func between(x, k0, bias, k1 *graph.Node, first bool) *graph.Node {
	convolve := func(x, k *graph.Node) *graph.Node {
		if !first {
			return graph.Convolve(x, k).PadSame().Done()
		}
		x = graph.TransposeAllAxes(x, 0, 3, 1, 2)
		axes := graph.ConvolveAxesConfig{InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3},
			KernelSpatial: []int{0, 1}, KernelInputChannels: 2, KernelOutputChannels: 3,
			OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3}}
		y := graph.Convolve(x, k).AxesConfig(axes).PadSame().Done()
		return graph.TransposeAllAxes(y, 0, 2, 3, 1)
	}
	g := x.Graph()
	h := graph.Add(convolve(x, k0), graph.Reshape(bias, 1, 1, 1, 3))
	h = graph.Max(h, graph.ScalarZero(g, h.DType()))
	h = graph.Min(h, graph.MulScalar(graph.OnesLike(h), 2))
	h = graph.MaxPool(h).Window(2).Done()
	h = graph.Where(graph.GreaterThan(h, graph.Scalar(g, h.DType(), 0.5)), graph.Sin(h), h)
	h = graph.Mul(h, graph.Reshape(graph.ReduceSum(h, 3), 5, 3, 3, 1))
	h = graph.Concatenate([]*graph.Node{h, graph.Neg(h)}, 3)
	h = graph.Tanh(convolve(h, k1))
	return graph.ReduceMax(graph.ReduceSum(h, 1), 1)
}

// known wants every rewrite that there is, whatever the backend and shape.
func known(n *graph.Node) bool {
	return n.Type() == graph.NodeTypeConvGeneral || n.Type() == graph.NodeTypeReduceWindow ||
		isExtreme(n)
}

// TestExamplesStayLast: values, gradient and product with the Hessian are those of the plain
// network, and no tensor of four axes is transposed back.
func TestExamplesStayLast(t *testing.T) {
	for name, first := range map[string]bool{"channels last": false, "channels first": true} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 8))
			in := []any{normal(r, dtypes.Float64, 5, 6, 6, 2)}
			for range 2 { // the point, and a direction.
				in = append(in, normal(r, dtypes.Float64, 3, 3, 2, 3),
					normal(r, dtypes.Float64, 3), normal(r, dtypes.Float64, 3, 3, 6, 4))
			}
			out := graph.MustNewExec(xla.MustOpen(), func(in []*graph.Node) []*graph.Node {
				at, along := in[1:4], in[4:]
				plain := between(in[0], at[0], at[1], at[2], first)
				made := unconvolve([]*graph.Node{plain}, at, known)[0]
				back := 0
				for _, n := range Dependents([]*graph.Node{made}, at) {
					require.NotEqual(t, graph.NodeTypeConvGeneral, n.Type())
					if n.Type() == graph.NodeTypeTranspose && n.Rank() == 4 &&
						n.Shape().Dimensions[0] == 5 {
						back++
					}
				}
				require.Zero(t, back)
				var numbers []*graph.Node
				numbers = append(numbers, plain, made)
				g, h := graph.Gradient(sines(plain), at...), graph.Gradient(sines(made), at...)
				p, q := JVP(g, at, along), JVP(h, at, along)
				for i := range at {
					numbers = append(numbers, g[i], h[i], p[i], q[i])
				}
				return numbers
			}).MustCall(in...)
			for i := 0; i < len(out); i += 2 {
				requireClose(t, flat(out[i]), flat(out[i+1]), 1e-12)
			}
		})
	}
}

// TestUnconvolvedReLU: a maximum with what is differentiated is left as it is, and so is its
// gradient of NaN. At equal values the gradient goes where GoMLX's goes, and a NaN before a ReLU is
// kept, too (its gradient isn't).
func TestUnconvolvedReLU(t *testing.T) {
	nan := math.NaN()
	out := graph.MustNewExec(xla.MustOpen(), func(x, b *graph.Node) []*graph.Node {
		g := x.Graph()
		relu := func(x *graph.Node) []*graph.Node {
			k := graph.OnesLike(graph.Reshape(x, 1, 1, 5))
			k = graph.Slice(k, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, 1))
			y := graph.Convolve(graph.Reshape(x, 5, 1, 1), k).Done()
			up := graph.Max(y, graph.ScalarZero(g, x.DType()))
			down := graph.Min(y, graph.ScalarZero(g, x.DType()))
			learned := graph.BroadcastToDims(graph.Reshape(b, 1, 1, 1), 5, 1, 1)
			return []*graph.Node{up, down, graph.Max(y, learned)}
		}
		plain := relu(x)
		made := unconvolve(plain, []*graph.Node{x, b}, known)
		var numbers []*graph.Node
		for i := range plain {
			require.NotSame(t, plain[i], made[i])
			numbers = append(numbers, plain[i], made[i],
				graph.Gradient(graph.ReduceAllSum(plain[i]), x)[0],
				graph.Gradient(graph.ReduceAllSum(made[i]), x)[0])
		}
		return numbers
	}).MustCall([]float64{-1, 0, 2, nan, 3}, nan)
	for i := 0; i < len(out); i += 2 {
		want, got := flat(out[i]), flat(out[i+1])
		for j := range want {
			if math.IsNaN(want[j]) {
				require.True(t, i == 2 || i == 6 || math.IsNaN(got[j]), "%d %d", i, j)
				continue
			}
			require.Equal(t, want[j], got[j], "%d %d", i, j)
		}
	}
}
