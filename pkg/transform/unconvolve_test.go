package transform

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// drawnConv is a convolution drawn at random.
type drawnConv struct {
	dtype             dtypes.DType
	x, kernel         []int
	axes              graph.ConvolveAxesConfig
	strides, dilation []int
	base              []int
	pad               [][2]int
	groups, batches   int
}

func drawConv(r *rand.Rand, kind int) drawnConv {
	space := 1 + r.IntN(2)
	c := drawnConv{dtype: dtypes.Float64, groups: 1, batches: 1}
	if r.IntN(2) == 0 {
		c.dtype = dtypes.Float32
	}
	batch, in, out := 1+r.IntN(2*leastExamples), 1+r.IntN(3), 1+r.IntN(4)
	switch kind % 4 {
	case 0: // grouped, and depthwise.
		c.groups = 2 + r.IntN(2)
		in, out = c.groups*(1+kind/4%2), c.groups*(1+r.IntN(2))
	case 1:
		c.batches = 2
		batch, out = 2*batch, 2*out
	}
	tensor, kernel, output := r.Perm(space+2), r.Perm(space+2), r.Perm(space+2)
	c.x, c.kernel = make([]int, space+2), make([]int, space+2)
	c.axes = graph.ConvolveAxesConfig{InputBatch: tensor[0], InputChannels: tensor[1],
		InputSpatial: tensor[2:], KernelInputChannels: kernel[0], KernelOutputChannels: kernel[1],
		KernelSpatial: kernel[2:], OutputBatch: output[0], OutputChannels: output[1],
		OutputSpatial: output[2:]}
	c.x[tensor[0]], c.x[tensor[1]] = batch, in
	c.kernel[kernel[0]], c.kernel[kernel[1]] = in/c.groups, out
	strided := r.IntN(2) == 0
	for i := range space {
		size, stride, dilation := 1+r.IntN(3), 1, 1
		if strided {
			stride = 1 + r.IntN(3)
		} else {
			dilation = 1 + r.IntN(2)
		}
		c.kernel[kernel[2+i]] = size
		c.x[tensor[2+i]] = (size-1)*dilation + 1 + r.IntN(5)
		c.strides, c.dilation = append(c.strides, stride), append(c.dilation, dilation)
		c.base = append(c.base, 1)
		c.pad = append(c.pad, [2]int{r.IntN(size), r.IntN(size)})
	}
	if kind%5 == 4 {
		c.base[0] = 2
	}
	return c
}

func (c drawnConv) build(x, kernel *graph.Node) *graph.Node {
	base := c.base
	if base[0] == 1 {
		base = nil
	}
	return graph.ConvGeneral(x, kernel, c.axes, c.strides, c.pad, base, c.dilation, c.groups,
		c.batches)
}

// all wants every rewrite, whatever the backend and shape.
func all(*graph.Node) bool { return true }

func normal(r *rand.Rand, dtype dtypes.DType, dims ...int) *tensors.Tensor {
	s := shapes.Make(dtypes.Float64, dims...)
	values := make([]float64, s.Size())
	for i := range values {
		values[i] = r.NormFloat64()
	}
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(values, dims...)
	}
	single := make([]float32, len(values))
	for i, v := range values {
		single[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(single, dims...)
}

// TestUnconvolveOnRandomShapes compares convolutions drawn at random with what they become. The
// values are compared one by one; gradient and product with the Hessian as derivatives along random
// directions, of which the plain ones are forward mode's. That needs no gradient of a convolution:
// GoMLX has none where input and output order their axes differently, or with a base dilation.
func TestUnconvolveOnRandomShapes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 14 {
		c := drawConv(r, i)
		t.Run(fmt.Sprintf("%d %+v", i, c), func(t *testing.T) {
			var in []any
			for range 3 { // the point, and two directions.
				in = append(in, normal(r, c.dtype, c.x...), normal(r, c.dtype, c.kernel...))
			}
			out := graph.MustNewExec(xla.MustOpen(), func(in []*graph.Node) []*graph.Node {
				at, d, e := in[:2], in[2:4], in[4:]
				plain := c.build(at[0], at[1])
				made := unconvolve([]*graph.Node{plain}, at, all)[0]
				for _, n := range topological([]*graph.Node{made}) {
					require.NotEqual(t, graph.NodeTypeConvGeneral, n.Type())
				}
				slope := JVP([]*graph.Node{sines(plain)}, at, d)
				curvature := JVP(slope, at, e)
				g := graph.Gradient(sines(made), at...)
				return []*graph.Node{plain, made, slope[0], inner(g, d), curvature[0],
					inner(JVP(g, at, e), d)}
			}).MustCall(in...)
			tolerance := 1e-12
			if c.dtype == dtypes.Float32 {
				tolerance = 1e-5
			}
			for i := 0; i < len(out); i += 2 {
				requireClose(t, flat(out[i]), flat(out[i+1]), tolerance)
			}
		})
	}
}

func sines(x *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Sin(x)) }

func inner(a, b []*graph.Node) *graph.Node {
	var total *graph.Node
	for i := range a {
		total = sum(total, graph.ReduceAllSum(graph.Mul(a[i], b[i])))
	}
	return total
}

// requireClose compares relative to the largest value.
func requireClose(t *testing.T, want, got []float64, tolerance float64) {
	t.Helper()
	require.Len(t, got, len(want))
	scale := 1.0
	for _, x := range want {
		scale = max(scale, math.Abs(x))
	}
	require.InDeltaSlice(t, want, got, tolerance*scale)
}

// poolCase is a pooling.
type poolCase struct {
	op              compute.ReduceOpType
	window, strides []int
	pad             [][2]int
}

// TestUnconvolvePools compares pools with what they become: values to the bit where nothing is
// added, the gradient and the product with the Hessian up to rounding. Whole numbers make ties.
func TestUnconvolvePools(t *testing.T) {
	cases := map[string]poolCase{
		"max of tiles": {compute.ReduceOpMax, []int{1, 2, 3, 1}, []int{1, 2, 3, 1}, nil},
		"min of tiles": {compute.ReduceOpMin, []int{1, 3, 2, 1}, []int{1, 3, 2, 1}, nil},
		"sum of tiles": {compute.ReduceOpSum, []int{1, 2, 2, 1}, []int{1, 2, 2, 1}, nil},
		"max that overlaps and is padded": {compute.ReduceOpMax, []int{1, 3, 3, 1},
			[]int{1, 2, 2, 1}, [][2]int{{0, 0}, {1, 1}, {1, 0}, {0, 0}}},
	}
	r := rand.New(rand.NewPCG(5, 6))
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			x, d := normal(r, dtypes.Float64, 2, 7, 7, 3), normal(r, dtypes.Float64, 2, 7, 7, 3)
			out := graph.MustNewExec(xla.MustOpen(), func(x, d *graph.Node) []*graph.Node {
				x = graph.Round(x)
				at, along := []*graph.Node{x}, []*graph.Node{d}
				plain := graph.BackendReduceWindow(x, c.op, c.window, c.strides, nil, nil, c.pad)
				made := Unconvolve([]*graph.Node{plain}, at)[0]
				require.NotSame(t, plain, made)
				numbers := []*graph.Node{plain, made}
				g := graph.Gradient(sines(plain), x)
				h := graph.Gradient(sines(made), x)
				return append(numbers, g[0], h[0], JVP(g, at, along)[0], JVP(h, at, along)[0])
			}).MustCall(x, d)
			tolerance := 0.0
			for i := 0; i < len(out); i += 2 {
				if i > 0 || c.op == compute.ReduceOpSum {
					tolerance = 1e-14
				}
				requireClose(t, flat(out[i]), flat(out[i+1]), tolerance)
			}
		})
	}
}

// TestUnconvolvedMaximumKeepsNaN wherever it is in its window.
func TestUnconvolvedMaximumKeepsNaN(t *testing.T) {
	nan := math.NaN()
	out := graph.MustNewExec(xla.MustOpen(), func(x *graph.Node) *graph.Node {
		pooled := graph.BackendReduceWindow(x, compute.ReduceOpMax, []int{1, 3}, []int{1, 3}, nil,
			nil, nil)
		return Unconvolve([]*graph.Node{pooled}, []*graph.Node{x})[0]
	}).MustCall1([][]float64{{nan, 1, 2, 1, nan, 2, 1, 2, nan, 1, 3, 2}})
	values := flat(out)
	require.True(t, math.IsNaN(values[0]) && math.IsNaN(values[1]) && math.IsNaN(values[2]))
	require.EqualValues(t, 3, values[3])
}

// TestWhereUnconvolvePays: on XLA's CPU by shape, elsewhere only where there is no gradient
// otherwise, and only what depends on the weights.
func TestWhereUnconvolvePays(t *testing.T) {
	conv := func(batch, channels, size int) func(x, k *graph.Node) *graph.ConvolutionBuilder {
		return func(x, k *graph.Node) *graph.ConvolutionBuilder {
			x = graph.BroadcastToDims(graph.Reshape(x, 1, 1, 1, 1), batch, 8, 8, channels)
			k = graph.BroadcastToDims(graph.Reshape(k, 1, 1, 1, 1), size, size, channels, 8)
			return graph.Convolve(x, k)
		}
	}
	cases := map[string]struct {
		build     func(x, k *graph.Node) *graph.Node
		cpu, pure bool
	}{
		"few channels": {func(x, k *graph.Node) *graph.Node {
			return conv(4, 12, 3)(x, k).Done()
		}, true, false},
		"few channels, a small batch": {func(x, k *graph.Node) *graph.Node {
			return conv(3, 12, 3)(x, k).Done()
		}, true, false},
		"many channels": {func(x, k *graph.Node) *graph.Node {
			return conv(4, 13, 3)(x, k).Done()
		}, false, false},
		"a kernel of 49 places": {func(x, k *graph.Node) *graph.Node {
			return conv(4, 2, 7)(x, k).Done()
		}, true, false},
		"a larger kernel": {func(x, k *graph.Node) *graph.Node {
			return conv(4, 2, 8)(x, k).Done()
		}, false, false},
		"a kernel of 36 places, a small batch": {func(x, k *graph.Node) *graph.Node {
			return conv(3, 2, 6)(x, k).Done()
		}, false, false},
		"strides": {func(x, k *graph.Node) *graph.Node {
			return conv(4, 32, 3)(x, k).Strides(2).Done()
		}, true, false},
		"strides, a small batch": {func(x, k *graph.Node) *graph.Node {
			return conv(3, 32, 3)(x, k).Strides(2).Done()
		}, false, false},
		"groups": {func(x, k *graph.Node) *graph.Node {
			k = graph.BroadcastToDims(graph.Reshape(k, 1, 1, 1, 1), 3, 3, 2, 8)
			x = graph.BroadcastToDims(graph.Reshape(x, 1, 1, 1, 1), 4, 8, 8, 4)
			return graph.Convolve(x, k).ChannelGroupCount(2).Done()
		}, false, false},
		"depthwise": {func(x, k *graph.Node) *graph.Node {
			k = graph.BroadcastToDims(graph.Reshape(k, 1, 1, 1, 1), 3, 3, 1, 8)
			x = graph.BroadcastToDims(graph.Reshape(x, 1, 1, 1, 1), 4, 8, 8, 4)
			return graph.Convolve(x, k).ChannelGroupCount(4).Done()
		}, true, false},
		"one place": {func(x, k *graph.Node) *graph.Node {
			return conv(2, 64, 1)(x, k).Done()
		}, true, false},
		"a dilated input": {func(x, k *graph.Node) *graph.Node {
			return conv(2, 64, 3)(x, k).InputDilationPerAxis(2, 2).Done()
		}, true, true},
		"a pool": {func(x, _ *graph.Node) *graph.Node {
			x = graph.BroadcastToDims(graph.Reshape(x, 1, 1, 1, 1), 2, 8, 8, 3)
			return graph.MaxPool(x).Window(2).Done()
		}, true, false},
		"a large pool": {func(x, _ *graph.Node) *graph.Node {
			x = graph.BroadcastToDims(graph.Reshape(x, 1, 1, 1, 1), 2, 8, 8, 3)
			return graph.MaxPool(x).Window(4).Done()
		}, false, false},
	}
	pure, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for backend, want := range map[compute.Backend]bool{xla.MustOpen(): c.cpu,
				pure: c.pure} {
				g := graph.NewGraph(backend, "rule")
				x := graph.Parameter(g, "x", shapes.Make(dtypes.Float32))
				k := graph.Parameter(g, "k", shapes.Make(dtypes.Float32))
				root := []*graph.Node{c.build(x, k)}
				require.Equal(t, want, Unconvolve(root, []*graph.Node{x, k})[0] != root[0],
					backend.Name())
				other := graph.Parameter(g, "other", shapes.Make(dtypes.Float32))
				require.Same(t, root[0], Unconvolve(root, []*graph.Node{other})[0])
				g.Finalize()
			}
		})
	}
}

func flat(t *tensors.Tensor) []float64 {
	if t.DType() == dtypes.Float64 {
		return tensors.MustCopyFlatData[float64](t)
	}
	var out []float64
	for _, v := range tensors.MustCopyFlatData[float32](t) {
		out = append(out, float64(v))
	}
	return out
}

// Elements that attain a maximum or minimum together share its gradient, and its Hessian is that of
// the one function that they are.
func TestTiedExtremesShare(t *testing.T) {
	lowest := func(x *graph.Node, axes ...int) *graph.Node {
		return graph.Neg(graph.ReduceMin(graph.Neg(x), axes...))
	}
	for name, reduce := range map[string]func(*graph.Node, ...int) *graph.Node{
		"max": graph.ReduceMax, "min": lowest} {
		t.Run(name, func(t *testing.T) {
			out := graph.MustExecOnceN(xla.MustOpen(), func(b *graph.Node) []*graph.Node {
				x := graph.Const(b.Graph(), [][]float64{{0, 0, 0, 0, 1}, {0, 0, 0, 1, 3}})
				top := reduce(graph.Sub(b, x), 1) // b, at 4 and at 3 places.
				loss := graph.ReduceAllMean(graph.Square(top))
				along := [][]*graph.Node{{graph.OnesLike(b)}}
				products, gradient := HVP(loss, []*graph.Node{b}, along)
				return []*graph.Node{loss, gradient[0], products[0][0]}
			}, 2.0)
			got := make([]float64, len(out))
			for i, o := range out {
				got[i] = tensors.ToScalar[float64](o)
			}
			require.InDeltaSlice(t, []float64{4, 4, 2}, got, 1e-12)
		})
	}
}
