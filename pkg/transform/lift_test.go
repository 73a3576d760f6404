package transform_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/images"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/support/exceptions"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// normals are standard normal float64 tensors of the given shapes.
func normals(seed uint64, scale float64, dimensions ...[]int) []*tensors.Tensor {
	r := rand.New(rand.NewPCG(seed, 0))
	ts := make([]*tensors.Tensor, len(dimensions))
	for i, dims := range dimensions {
		size := 1
		for _, d := range dims {
			size *= d
		}
		values := make([]float64, size)
		for k := range values {
			values[k] = scale * r.NormFloat64()
		}
		ts[i] = tensors.FromFlatDataAndDimensions(values, dims...)
	}
	return ts
}

// spoiled changes one of the coefficients: coefficient k, of the first cut.
type spoiled func(c [][]*Node)

// liftedAt evaluates f at w + αd₁ + βd₂, lifted, in a graph of its own, and directly. It returns
// both and the lift.
func liftedAt(t *testing.T, backend compute.Backend, f func(w []*Node) *Node, w, d1,
	d2 []*tensors.Tensor, alpha, beta float64, spoil spoiled) (lifted, direct []float64,
	lift *transform.Lift) {
	t.Helper()
	parameters := func(g *Graph, name string, ts []*tensors.Tensor) []*Node {
		ps := make([]*Node, len(ts))
		for i, x := range ts {
			ps[i] = Parameter(g, fmt.Sprint(name, i), x.Shape())
		}
		return ps
	}
	args := func(lists ...[]*tensors.Tensor) (all []any) {
		for _, l := range lists {
			for _, x := range l {
				all = append(all, x)
			}
		}
		return all
	}
	at := func(a *Node, b,
		c *Node) *Node {
		return Add(a, Add(MulScalar(b, alpha), MulScalar(c, beta)))
	}

	prepare := NewGraph(backend, "prepare")
	t.Cleanup(prepare.Finalize)
	weights := parameters(prepare, "w", w)
	n1, n2 := parameters(prepare, "d1", d1), parameters(prepare, "d2", d2)
	lift = transform.NewLift([]*Node{f(weights)}, weights)
	c := lift.Coefficients(n1, n2)
	if spoil != nil {
		spoil(c)
	}
	outs := append(append(append(append([]*Node{}, lift.Cuts()...), c[0]...), c[1]...),
		lift.Fixed()...)
	moved := make([]*Node, len(weights))
	for i := range weights {
		moved[i] = at(weights[i], n1[i], n2[i])
	}
	require.NoError(t, prepare.Compile(append(outs, f(moved))...))
	prepared := prepare.Run(args(w, d1, d2)...)
	direct = tensors.MustCopyFlatData[float64](prepared[len(outs)])

	sweep := NewGraph(backend, "sweep")
	t.Cleanup(sweep.Finalize)
	k := len(lift.Cuts())
	ps := parameters(sweep, "c", prepared[:len(outs)])
	cuts := make([]*Node, k)
	for i := range cuts {
		cuts[i] = at(ps[i], ps[k+i], ps[2*k+i])
	}
	require.NoError(t, sweep.Compile(lift.Replay(sweep, cuts, ps[3*k:])...))
	return tensors.MustCopyFlatData[float64](sweep.Run(args(prepared[:len(outs)])...)[0]), direct,
		lift
}

// farFrom is the largest difference relative to the largest value.
func farFrom(want, got []float64) float64 {
	var worst, largest float64
	for i := range want {
		worst = math.Max(worst, math.Abs(want[i]-got[i]))
		largest = math.Max(largest, math.Abs(want[i]))
	}
	return worst / largest
}

// TestLiftOfOperations lifts functions of every operation: those that aren't affine must come out
// right too.
func TestLiftOfOperations(t *testing.T) {
	t.Setenv(FusionEnv, "0")
	backend := pureGo(t) // it compiles nothing.
	for name, c := range opCases {
		t.Run(name, func(t *testing.T) {
			check := func(backend compute.Backend) func() {
				return func() {
					w := c.inputs(1)
					d1, d2 := normals(2, 0.1, c.shapes...), normals(3, 0.1, c.shapes...)
					lifted, direct, _ := liftedAt(t, backend, c.build, w, d1, d2, 0.3, -0.7, nil)
					require.Less(t, farFrom(direct, lifted), 1e-12)
				}
			}
			err := exceptions.TryCatch[error](check(backend))
			// which goes through complex numbers.
			if errors.Is(err, compute.ErrNotImplemented) || name == "ConvertDType" {
				err = exceptions.TryCatch[error](check(xla.MustOpen()))
			}
			require.NoError(t, err)
		})
	}
}

// TestLiftOfWhatLooksAffine: quotients by weights, rounding, pools whose windows tile their input,
// and stopped gradients, which are affine all the same.
func TestLiftOfWhatLooksAffine(t *testing.T) {
	picture := [][]int{{2, 5, 5, 1}}
	for name, c := range map[string]opCase{
		"a number over weights": {shapes: [][]int{{3, 4}}, pos: true, shift: 1,
			build: func(w []*Node) *Node { return Inverse(w[0]) }},
		"rounded to float32": {shapes: [][]int{{3, 4}}, build: func(w []*Node) *Node {
			return ConvertDType(ConvertDType(w[0], dtypes.Float32), dtypes.Float64)
		}},
		"largest of tiles": {shapes: picture,
			build: func(w []*Node) *Node { return MaxPool(w[0]).Window(2).Done() }},
		"largest of padded tiles": {shapes: picture,
			build: func(w []*Node) *Node {
				return MaxPool(w[0]).Window(2).PadSame().Strides(2).Done()
			}},
		"least of tiles": {shapes: picture,
			build: func(w []*Node) *Node { return MinPool(w[0]).Window(2).Done() }},
		"sum of tiles of squares": {shapes: picture,
			build: func(w []*Node) *Node { return SumPool(Square(w[0])).Window(2).Done() }},
		"stopped": {shapes: [][]int{{3, 4}}, build: func(w []*Node) *Node {
			return Mul(Sin(w[0]), StopGradient(MulScalar(w[0], 3)))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.inputs(1)
			d1, d2 := normals(2, 0.1, c.shapes...), normals(3, 0.1, c.shapes...)
			lifted, direct, _ := liftedAt(t, xla.MustOpen(), c.build, w, d1, d2, 0.3, -0.7, nil)
			require.Less(t, farFrom(direct, lifted), 1e-12)
		})
	}
}

// affineCases are affine in all inputs, or in the first with the second fixed data.
var affineCases = map[string]struct {
	shapes   [][]int
	build    func(w []*Node, x *Node) *Node // x: data, [6, 4].
	replayed int
}{
	"Dense": {shapes: [][]int{{4, 3}, {1, 3}},
		build: func(w []*Node, x *Node) *Node { return Add(Dot(x, w[0]).Product(), w[1]) }},
	"Dense, [out, in]": {shapes: [][]int{{3, 4}},
		build: func(w []*Node, x *Node) *Node { return Einsum("bi,oi->bo", x, w[0]) }},
	"Dense after a sum": {shapes: [][]int{{4, 3}}, build: func(w []*Node, x *Node) *Node {
		return Dot(x, Add(w[0], Transpose(Reshape(w[0], 3, 4), 0, 1))).Product()
	}},
	"convolution":        {shapes: [][]int{{3, 3, 1, 2}, {1, 1, 1, 2}}, build: conv(false)},
	"convolution, first": {shapes: [][]int{{2, 1, 3, 3}, {1, 2, 1, 1}}, build: conv(true)},
	"embedding": {shapes: [][]int{{5, 3}}, build: func(w []*Node, x *Node) *Node {
		return Gather(w[0], Const(x.Graph(), [][]int32{{4}, {0}, {4}, {2}, {1}, {3}, {3}}))
	}},
	"mean pool": {shapes: [][]int{{4, 6, 6, 1}},
		build: func(w []*Node, _ *Node) *Node { return MeanPool(w[0]).Window(2).Done() }},
	"concatenate": {shapes: [][]int{{6, 2}},
		build: func(w []*Node, x *Node) *Node {
			return Concatenate([]*Node{x, w[0], Neg(w[0])},
				1)
		}},
	"slice, pad": {shapes: [][]int{{6, 4}}, build: func(w []*Node, x *Node) *Node {
		return Pad(Slice(w[0], AxisRange(1, 5), AxisRange(0, 4).Stride(2)),
			ScalarOne(x.Graph(), x.DType()), PadAxis{Start: 1})
	}},
	"residual": {shapes: [][]int{{4, 4}}, build: func(w []*Node, x *Node) *Node {
		return Sub(Mul(x, Scalar(x.Graph(), x.DType(), 2)), Dot(x, w[0]).Product())
	}},
	"where": {shapes: [][]int{{6, 4}}, build: func(w []*Node, x *Node) *Node {
		return Where(GreaterThan(x, ScalarZero(x.Graph(), x.DType())), w[0], x)
	}},
	"mean": {shapes: [][]int{{6, 4}},
		build: func(w []*Node, x *Node) *Node { return ReduceMean(DivScalar(Mul(w[0], x), 3), 1) }},
	"cumsum": {shapes: [][]int{{6, 4}},
		build: func(w []*Node, _ *Node) *Node { return CumSum(Reverse(w[0], 1), 0) }},
	"scatter": {shapes: [][]int{{5, 3}, {2, 3}}, build: func(w []*Node, x *Node) *Node {
		return ScatterSum(w[0], Const(x.Graph(), [][]int32{{3}, {1}}), w[1], false, true)
	}},
	"widening": {shapes: [][]int{{6, 4}}, build: func(w []*Node, x *Node) *Node {
		return ConvertDType(ConvertDType(w[0], dtypes.Float64), dtypes.Float64)
	}},
	"broadcast": {shapes: [][]int{{4}},
		build: func(w []*Node, x *Node) *Node {
			return ExpandAndBroadcast(w[0], []int{6, 4},
				[]int{0})
		}, replayed: 1},
}

func conv(first bool) func(w []*Node, x *Node) *Node {
	return func(w []*Node, x *Node) *Node {
		image := Reshape(x, 1, 6, 4, 1)
		c := Convolve(image, w[0]).PadSame()
		if first {
			c = Convolve(Reshape(x, 1, 1, 6, 4), w[0]).ChannelsAxis(images.ChannelsFirst).PadSame()
		}
		return Add(c.Done(), w[1])
	}
}

// TestWhatIsAffineIsLifted: nothing of it remains to be computed at each point, and leaving out a
// coefficient shows.
func TestWhatIsAffineIsLifted(t *testing.T) {
	t.Setenv(FusionEnv, "0")
	backend := pureGo(t)
	data := normals(9, 1, []int{6, 4})[0]
	for name, c := range affineCases {
		t.Run(name, func(t *testing.T) {
			points := func() (w, d1, d2 []*tensors.Tensor) {
				return normals(1, 1, c.shapes...), normals(2, 1, c.shapes...),
					normals(3, 1, c.shapes...)
			}
			w, d1, d2 := points()
			f := func(
				w []*Node) *Node {
				return Square(c.build(w, ConstTensor(w[0].Graph(), data)))
			}
			lifted, direct, lift := liftedAt(t, xla.MustOpen(), f, w, d1, d2, 0.3, -0.7, nil)
			require.Less(t, farFrom(direct, lifted), 1e-13)
			for k := range 2 { // mutants.
				w, d1, d2 := points()
				spoilt, direct, _ := liftedAt(t, backend, f, w, d1, d2, 0.3, -0.7,
					func(c [][]*Node) { c[k][0] = ZerosLike(c[k][0]) })
				require.Greater(t, farFrom(direct, spoilt), 1e-3, "without c%d", k+1)
			}
			require.LessOrEqual(t, lift.Replayed(), 1+c.replayed,
				"Square, and what is cheaper to do again")
			require.Len(t, lift.Cuts(), 1)
		})
	}
}

// TestWhereItIsCut: at the cheapest place.
func TestWhereItIsCut(t *testing.T) {
	g := NewGraph(xla.MustOpen(), "cuts")
	defer g.Finalize()
	x := Parameter(g, "x", shapes.Make(dtypes.Float32, 100, 30))
	w0, b0 := Parameter(g, "w0", shapes.Make(dtypes.Float32, 30, 20)),
		Parameter(g, "b0", shapes.Make(dtypes.Float32, 20))
	w1, b1 := Parameter(g, "w1", shapes.Make(dtypes.Float32, 20, 5)),
		Parameter(g, "b1", shapes.Make(dtypes.Float32, 5))
	first := Add(Dot(x, w0).Product(), Reshape(b0, 1, 20))
	out := Add(Dot(activation.Relu(first), w1).Product(), Reshape(b1, 1, 5))
	lift := transform.NewLift([]*Node{ReduceAllSum(out)}, []*Node{w0, b0, w1, b1})
	require.ElementsMatch(t, []*Node{first, w1, b1}, notReshaped(lift.Cuts()))
	require.Empty(t, lift.Fixed())

	// A regularizer keeps its weights, but the first layer is still lifted.
	lift = transform.NewLift([]*Node{Add(ReduceAllSum(out), ReduceAllSum(Square(w0)))},
		[]*Node{w0, b0, w1, b1})
	require.ElementsMatch(t, []*Node{first, w0, w1, b1}, notReshaped(lift.Cuts()))

	// A loss that doesn't depend on the weights is fixed.
	lift = transform.NewLift([]*Node{ReduceAllSum(x)}, []*Node{w0})
	require.Empty(t, lift.Cuts())
	require.Len(t, lift.Fixed(), 1)
}

// notReshaped looks through reshapes.
func notReshaped(ns []*Node) []*Node {
	out := make([]*Node, len(ns))
	for i, n := range ns {
		if out[i] = n; n.Type() == NodeTypeReshape {
			out[i] = n.Inputs()[0]
		}
	}
	return out
}

func TestLiftRefusesClosures(t *testing.T) {
	g := NewGraph(xla.MustOpen(), "closure")
	defer g.Finalize()
	w := Parameter(g, "w", shapes.Make(dtypes.Float32))
	yes := NewClosure(g, func(*Graph) []*Node { return []*Node{Const(g, float32(1))} })
	no := NewClosure(g, func(*Graph) []*Node { return []*Node{Const(g, float32(2))} })
	y := Mul(w, If(GreaterThan(w, ZerosLike(w)), yes, no)[0])
	var u *transform.Unsupported
	require.ErrorAs(t,
		exceptions.TryCatch[error](func() { transform.NewLift([]*Node{y}, []*Node{w}) }), &u)
	require.Equal(t, "If", u.Op)
}
