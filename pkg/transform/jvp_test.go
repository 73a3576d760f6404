package transform_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// opCase is a function that uses some operations, and the shapes of its inputs.
type opCase struct {
	ops    []NodeType
	shapes [][]int
	// added to the inputs, which are standard normal; with positive, their absolute value is.
	shift float64
	pos   bool
	build func(x []*Node) *Node
}

// backend is the pure-Go one, which doesn't compile, except for operations that it lacks or that
// each backend does in its own way.
func (c opCase) backend(t *testing.T) compute.Backend {
	for _, op := range c.ops {
		switch op {
		case NodeTypeConvertDType, NodeTypeConvGeneral, NodeTypeReduceWindow, NodeTypeGather,
			NodeTypeScatterSum, NodeTypeDynamicSlice, NodeTypeDynamicUpdateSlice, NodeTypeFFT,
			NodeTypeBatchNormForInference, NodeTypeBatchNormForTraining,
			NodeTypeOptimizationBarrier, NodeTypeSchedulingBarrier:
			return xla.MustOpen()
		}
	}
	require.NoError(t, os.Setenv(FusionEnv, "0"))
	b, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	return b
}

// unary is a case of one operation on one input of shape [3, 4]. Squaring makes the second
// derivative matter.
func unary(op NodeType, f func(x *Node) *Node) opCase {
	return opCase{ops: []NodeType{op}, shapes: [][]int{{3, 4}},
		build: func(x []*Node) *Node { return f(Square(x[0])) }}
}

func two(op NodeType, a, b []int, f func(x, y *Node) *Node) opCase {
	return opCase{ops: []NodeType{op}, shapes: [][]int{a, b},
		build: func(x []*Node) *Node { return f(Square(x[0]), x[1]) }}
}

func ints(g *Graph, values any) *Node { return Const(g, values) }

// opCases has at least one case for each operation that JVP supports.
var opCases = map[string]opCase{
	"Abs": {ops: []NodeType{NodeTypeAbs}, shapes: [][]int{{3, 4}},
		build: func(x []*Node) *Node { return Square(Abs(x[0])) }},
	"Neg": unary(NodeTypeNeg, Neg),
	"Exp": unary(NodeTypeExp, func(x *Node) *Node { return Exp(Neg(x)) }),
	"Log": {ops: []NodeType{NodeTypeLog}, shapes: [][]int{{3, 4}}, shift: 0.5, pos: true,
		build: func(x []*Node) *Node { return Log(x[0]) }},
	"Log1p":    unary(NodeTypeLog1p, Log1P),
	"Sin":      unary(NodeTypeSin, Sin),
	"Cos":      unary(NodeTypeCos, Cos),
	"Tanh":     unary(NodeTypeTanh, Tanh),
	"Logistic": unary(NodeTypeLogistic, Logistic),
	"Sqrt": {ops: []NodeType{NodeTypeSqrt}, shapes: [][]int{{3, 4}}, shift: 0.5, pos: true,
		build: func(x []*Node) *Node { return Sqrt(x[0]) }},
	"Erf":      unary(NodeTypeErf, Erf),
	"Gelu":     unary(NodeTypeErf, activation.Gelu),
	"Softplus": unary(NodeTypeLog1p, Softplus),
	"Softmax":  unary(NodeTypeDiv, func(x *Node) *Node { return Softmax(x) }),
	"LogSoftmax": unary(NodeTypeReduceMax, func(x *Node) *Node {
		return LogSoftmax(x)
	}),

	"Add": two(NodeTypeAdd, []int{3, 4}, []int{3, 4},
		func(x, y *Node) *Node { return Square(Add(x, y)) }),
	"Add broadcast": two(NodeTypeAdd, []int{3, 4}, []int{1, 4},
		func(x, y *Node) *Node { return Square(Add(y, x)) }),
	"Sub": two(NodeTypeSub, []int{3, 4}, []int{3, 4},
		func(x, y *Node) *Node { return Square(Sub(x, y)) }),
	"Sub broadcast": two(NodeTypeSub, []int{3, 4}, []int{},
		func(x, y *Node) *Node { return Square(Sub(y, x)) }),
	"Mul":           two(NodeTypeMul, []int{3, 4}, []int{3, 4}, Mul),
	"Mul broadcast": two(NodeTypeMul, []int{3, 1}, []int{1, 4}, Mul),
	"Div": two(NodeTypeDiv, []int{3, 4}, []int{3, 4},
		func(x, y *Node) *Node { return Div(y, AddScalar(x, 1)) }),
	"Div broadcast": two(NodeTypeDiv, []int{1, 4}, []int{3, 4},
		func(x, y *Node) *Node { return Div(y, AddScalar(x, 1)) }),
	"Div numerator": unary(NodeTypeDiv,
		func(x *Node) *Node { return Square(Div(x, Scalar(x.Graph(), x.DType(), 3))) }),
	"Div denominator": unary(NodeTypeDiv, func(x *Node) *Node {
		return Div(Scalar(x.Graph(), x.DType(), 3), AddScalar(x, 1))
	}),
	"Pow": two(NodeTypePow, []int{3, 4}, []int{3, 4},
		func(x, y *Node) *Node { return Pow(AddScalar(x, 1), y) }),
	"Pow of a constant": unary(NodeTypePow, func(x *Node) *Node {
		return Pow(Scalar(x.Graph(), x.DType(), 2), x)
	}),
	"PowScalar": {ops: []NodeType{NodeTypePow}, shapes: [][]int{{3, 4}},
		build: func(x []*Node) *Node { return PowScalar(x[0], 3) }},
	"Max": two(NodeTypeMax, []int{3, 4}, []int{3, 4},
		func(x, y *Node) *Node { return Square(Max(x, y)) }),
	"Min": two(NodeTypeMin, []int{3, 4}, []int{3, 4},
		func(x, y *Node) *Node { return Square(Min(x, y)) }),
	"Relu": {ops: []NodeType{NodeTypeMax}, shapes: [][]int{{3, 4}},
		build: func(x []*Node) *Node { return Square(activation.Relu(x[0])) }},
	"Clip": {ops: []NodeType{NodeTypeMin}, shapes: [][]int{{3, 4}},
		build: func(x []*Node) *Node { return Square(ClipScalar(x[0], -0.5, 0.5)) }},
	"Where": two(NodeTypeWhere, []int{3, 4}, []int{3, 4}, func(x, y *Node) *Node {
		return Square(Where(GreaterThan(y, ZerosLike(y)), x, y))
	}),
	"Where scalar": two(NodeTypeWhere, []int{3, 4}, []int{}, func(x, y *Node) *Node {
		return Square(Where(GreaterThan(x, OnesLike(x)), x, y))
	}),

	"Reshape": unary(NodeTypeReshape,
		func(x *Node) *Node { return Square(Reshape(x, 2, 6)) }),
	"Transpose": unary(NodeTypeTranspose,
		func(x *Node) *Node { return Square(Transpose(x, 0, 1)) }),
	"BroadcastInDim": unary(NodeTypeBroadcastInDim,
		func(x *Node) *Node { return Square(BroadcastPrefix(x, 2)) }),
	"ConvertDType": unary(NodeTypeConvertDType, func(x *Node) *Node {
		return ConvertDType(Square(ConvertDType(x, dtypes.Complex128)), dtypes.Float64)
	}),
	"ReduceSum": unary(NodeTypeReduceSum, func(x *Node) *Node { return Square(ReduceSum(x, 0)) }),
	// On the input itself: GoMLX's VJP of a maximum compares by subtracting, which XLA may fuse
	// with a product before it.
	"ReduceMax": {ops: []NodeType{NodeTypeReduceMax}, shapes: [][]int{{3, 4}},
		build: func(x []*Node) *Node { return Square(ReduceMax(x[0], 1)) }},
	"ReduceMin": {ops: []NodeType{NodeTypeReduceMin}, shapes: [][]int{{3, 4}},
		build: func(x []*Node) *Node { return Square(ReduceMin(x[0], 0)) }},
	"ReduceAllMax": {ops: []NodeType{NodeTypeReduceMax}, shapes: [][]int{{3, 4}},
		build: func(x []*Node) *Node { return Square(ReduceAllMax(x[0])) }},
	"Slice": unary(NodeTypeSlice,
		func(x *Node) *Node {
			return Square(Slice(x, AxisRange(0, 2),
				AxisRange(0, 4).Stride(2)))
		}),
	"Reverse": unary(NodeTypeReverse, func(x *Node) *Node { return Mul(x, Reverse(x, 1)) }),
	"CumSum": unary(NodeTypeReduceWindow,
		func(x *Node) *Node { return Square(CumSum(x, 1)) }),
	"CumSum reversed": unary(NodeTypeReduceWindow,
		func(x *Node) *Node {
			return Square(CumSum(x, 0,
				&CumSumOptions{Reverse: true, Exclusive: true}))
		}),
	"Pad": unary(NodeTypePad, func(x *Node) *Node {
		return Square(Pad(x, Scalar(x.Graph(), x.DType(), 0.7), PadAxis{Start: 1, Interior: 1},
			PadAxis{End: 2}))
	}),
	"Concatenate": two(NodeTypeConcatenate, []int{3, 4}, []int{3, 2}, func(x, y *Node) *Node {
		return Square(Concatenate([]*Node{x, y, Ones(x.Graph(), shapes.Make(x.DType(), 3, 1))}, 1))
	}),
	"Gather": unary(NodeTypeGather,
		func(x *Node) *Node {
			return Square(Gather(x,
				ints(x.Graph(), [][]int32{{0}, {2}, {0}})))
		}),
	"GatherSlices": unary(NodeTypeGather, func(x *Node) *Node {
		return Square(GatherSlices(x, []int{1}, ints(x.Graph(), [][]int32{{0}, {1}}), []int{2},
			false))
	}),
	"ScatterSum": two(NodeTypeScatterSum, []int{3, 4}, []int{2, 4}, func(x, y *Node) *Node {
		return Square(ScatterSum(x, ints(x.Graph(), [][]int32{{0}, {2}}), y, false, false))
	}),
	"DynamicSlice": unary(NodeTypeDynamicSlice, func(x *Node) *Node {
		return Square(DynamicSlice(x, []*Node{ints(x.Graph(), int32(1)), ints(x.Graph(), int32(2))},
			[]int{2, 2}))
	}),
	"DynamicUpdateSlice": two(NodeTypeDynamicUpdateSlice, []int{3, 4}, []int{2, 2},
		func(x, y *Node) *Node {
			return Square(DynamicUpdateSlice(x, y,
				[]*Node{ints(x.Graph(), int32(1)), ints(x.Graph(), int32(2))}))
		}),
	"FFT": {ops: []NodeType{NodeTypeFFT, NodeTypeReal, NodeTypeImag, NodeTypeComplex, NodeTypeConj},
		shapes: [][]int{{8}, {8}}, build: func(x []*Node) *Node {
			f := Conj(FFT(Complex(x[0], Square(x[1]))))
			return Add(Square(Real(f)), Square(Imag(f)))
		}},

	"DotGeneral": two(NodeTypeDotGeneral, []int{3, 4}, []int{4, 2},
		func(x, y *Node) *Node { return Square(MatMul(x, y)) }),
	"Einsum": two(NodeTypeDotGeneral, []int{2, 3, 4}, []int{2, 5, 4},
		func(x, y *Node) *Node { return Einsum("bij,bkj->bki", x, y) }),
	"ConvGeneral": two(NodeTypeConvGeneral, []int{2, 5, 5, 2}, []int{3, 3, 2, 3},
		func(x, y *Node) *Node {
			return Square(Convolve(x, y).PadSame().Done())
		}),
	"ConvGeneral strided": two(NodeTypeConvGeneral, []int{2, 6, 5, 2}, []int{3, 3, 2, 3},
		func(x, y *Node) *Node {
			return Square(Convolve(x, y).Strides(2).Done())
		}),
	"ConvGeneral grouped": two(NodeTypeConvGeneral, []int{2, 5, 5, 4}, []int{3, 3, 2, 4},
		func(x, y *Node) *Node {
			return Square(Convolve(x, y).ChannelGroupCount(2).PadSame().Done())
		}),

	"MaxPool": pool(func(x *Node) *Node { return MaxPool(x).Window(2).Done() }),
	"MaxPool overlapping": pool(
		func(x *Node) *Node { return MaxPool(x).Window(3).Strides(1).Done() }),
	"MaxPool padded": pool(
		func(x *Node) *Node { return MaxPool(x).Window(3).Strides(2).PadSame().Done() }),
	// Of a product, which a compiler may compute anew, with other roundings, where it is used
	// again.
	"MaxPool of a product": pool(func(x *Node) *Node {
		return MaxPool(Mul(AddScalar(x, 0.3), MulScalar(x, 1.7))).Window(3).Strides(2).Done()
	}),
	"MinPool":  pool(func(x *Node) *Node { return MinPool(x).Window(3).Strides(2).Done() }),
	"MeanPool": pool(func(x *Node) *Node { return MeanPool(x).Window(2).Done() }),
	"MeanPool padded": pool(
		func(x *Node) *Node { return MeanPool(x).Window(3).Strides(1).PadSame().Done() }),
	"SumPool": pool(func(x *Node) *Node { return SumPool(x).Window(2).Done() }),

	"BatchNormForInference": {ops: []NodeType{NodeTypeBatchNormForInference},
		shapes: [][]int{{4, 3, 2}, {2}, {2}, {2}, {2}},
		build: func(x []*Node) *Node {
			return Square(InternalBatchNormForInference(Square(x[0]), x[1], x[2], x[3],
				Square(x[4]), 0.1, 2))
		}},
	"BatchNormForTraining": {ops: []NodeType{NodeTypeBatchNormForTraining},
		shapes: [][]int{{4, 3, 2}, {3}, {3}},
		build: func(x []*Node) *Node {
			y, mean, variance := InternalBatchNormForTraining(Square(x[0]), x[1], x[2], 0.1, 1)
			return Concatenate([]*Node{Reshape(Square(y), 24), Square(mean), Square(variance)}, 0)
		}},
	"OptimizationBarrier": unary(NodeTypeOptimizationBarrier,
		func(x *Node) *Node { return Square(OptimizationBarrier(x)) }),
	"OptimizationBarriers": two(NodeTypeOptimizationBarrier, []int{3, 4}, []int{3, 4},
		func(x, y *Node) *Node {
			b := OptimizationBarriers(x, y)
			return Mul(b[0], b[1])
		}),
	"SchedulingBarrier": two(NodeTypeSchedulingBarrier, []int{3, 4}, []int{3, 4},
		func(x, y *Node) *Node {
			return Mul(SchedulingBarrier(x, y), y)
		}),
	"Checkpoint": unary(NodeTypeOptimizationBarrier,
		func(x *Node) *Node { return Sin(Cos(x.Checkpoint())).StopCheckpoint() }),
}

// pool is a case of pooling over images of [2, 7, 6, 2].
func pool(f func(x *Node) *Node) opCase {
	return opCase{ops: []NodeType{NodeTypeReduceWindow}, shapes: [][]int{{2, 7, 6, 2}},
		build: func(x []*Node) *Node { return Square(f(x[0])) }}
}

func (c opCase) inputs(seed uint64) []*tensors.Tensor {
	r := rand.New(rand.NewPCG(seed, 1))
	var out []*tensors.Tensor
	for _, dims := range c.shapes {
		flat := make([]float64, shapes.Make(dtypes.Float64, dims...).Size())
		for i := range flat {
			x := r.NormFloat64()
			if c.pos && x < 0 {
				x = -x
			}
			flat[i] = x + c.shift
		}
		out = append(out, tensors.FromFlatDataAndDimensions(flat, dims...))
	}
	return out
}

// TestDerivativesOfOperations checks each rule, to first and to second order, against central
// differences.
func TestDerivativesOfOperations(t *testing.T) {
	for name, c := range opCases {
		t.Run(name, func(t *testing.T) {
			seen := make(map[NodeType]bool)
			build := func(x []*Node) *Node {
				y := c.build(x)
				for _, n := range x[0].Graph().Nodes() {
					seen[n.Type()] = true
				}
				return y
			}
			check, err := transform.CheckGradient(c.backend(t), build, c.inputs(1), 1)
			require.NoError(t, err)
			require.NoError(t, check.Check(1e-7))
			require.NotZero(t, check.Forward)
			for _, op := range c.ops {
				require.True(t, seen[op], "the case doesn't use %s", op)
			}
		})
	}
}

// TestEveryDifferentiableOperationIsCovered: whatever GoMLX can differentiate is in opCases, or is
// here with the reason.
func TestEveryDifferentiableOperationIsCovered(t *testing.T) {
	exempt := map[NodeType]string{
		NodeTypeInvalid: "not an operation", NodeTypeConstant: "no inputs",
		NodeTypeParameter: "no inputs", NodeTypeIota: "no inputs",
		NodeTypeLogicalAnd: "boolean", NodeTypeLogicalOr: "boolean", NodeTypeLogicalXor: "boolean",
		NodeTypeLogicalNot: "boolean",
		NodeTypeBitwiseAnd: "integer", NodeTypeBitwiseOr: "integer", NodeTypeBitwiseXor: "integer",
		NodeTypeBitwiseNot:           "integer",
		NodeTypeDynamicDimensionSize: "integer", NodeTypeDynamicShape: "integer",
		NodeTypeDynamicIota:                    "no float input",
		NodeTypeDynamicPad:                     "needs shapes unknown at compile time",
		NodeTypeDynamicReshape:                 "needs shapes unknown at compile time",
		NodeTypeDynamicBroadcastInDim:          "needs shapes unknown at compile time",
		NodeTypeFusedScaledDotProductAttention: "fused; refused (TestRefusedByName)",
		NodeTypeCumSum:                         "TestCumSum", NodeTypeScatterMax: "TestScatterMax",
		NodeTypeScatterMin: "TestScatterMax",
	}
	covered := make(map[NodeType]bool)
	for _, c := range opCases {
		for _, op := range c.ops {
			covered[op] = true
		}
	}
	for op := range VJPRegistration {
		require.True(t, covered[op] || exempt[op] != "", "%s has a VJP, and no case", op)
		require.False(t, covered[op] && exempt[op] != "", "%s is exempt, and has a case", op)
	}
}

// TestScatterMax goes through the general rule, which differentiates the operation's VJP.
func TestScatterMax(t *testing.T) {
	for name, scatter := range map[string]func(operand, indices, updates *Node, sorted,
		unique bool) *Node{"max": ScatterMax, "min": ScatterMin} {
		t.Run(name, func(t *testing.T) {
			c := two(NodeTypeScatterMax, []int{3, 4}, []int{2, 4}, func(x, y *Node) *Node {
				return Square(scatter(x, ints(x.Graph(), [][]int32{{0}, {2}}), y, false, true))
			})
			check, err := transform.CheckGradient(xla.MustOpen(), c.build, c.inputs(3), 3)
			require.NoError(t, err)
			require.NoError(t, check.Check(1e-7))
		})
	}
}

// TestCumSum: XLA has no such operation (GoMLX uses a window there), the pure-Go backend does.
func TestCumSum(t *testing.T) {
	backend, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	for _, name := range []string{"CumSum", "CumSum reversed"} {
		c, used := opCases[name], false
		check, err := transform.CheckGradient(backend, func(x []*Node) *Node {
			y := c.build(x)
			for _, n := range y.Graph().Nodes() {
				used = used || n.Type() == NodeTypeCumSum
			}
			return y
		}, c.inputs(1), 1)
		require.NoError(t, err)
		require.True(t, used)
		require.NoError(t, check.Check(1e-7))
	}
}

// TestForwardOnly: operations that GoMLX has no VJP for.
func TestForwardOnly(t *testing.T) {
	x := []float64{0.3, 1.2, 2.5}
	for name, f := range map[string]func(x *Node) *Node{"Expm1": Expm1, "Rsqrt": Rsqrt} {
		t.Run(name, func(t *testing.T) {
			const h = 1e-6
			out := MustNewExec(xla.MustOpen(), func(x *Node) []*Node {
				up, down := f(AddScalar(x, h)), f(AddScalar(x, -h))
				return []*Node{transform.JVP([]*Node{f(x)}, []*Node{x}, []*Node{OnesLike(x)})[0],
					DivScalar(Sub(up, down), 2*h)}
			}).MustCall(x)
			require.InDeltaSlice(t, out[1].Value(), out[0].Value(), 1e-8)
		})
	}
}

// TestJVPConventions pins what happens at StopGradient, custom gradients and piecewise constant
// operations.
func TestJVPConventions(t *testing.T) {
	tangent := func(f func(x *Node) *Node) []float64 {
		return MustNewExec(xla.MustOpen(), func(x *Node) *Node {
			return transform.JVP([]*Node{f(x)}, []*Node{x}, []*Node{OnesLike(x)})[0]
		}).MustCall1([]float64{-1, 0, 2}).Value().([]float64)
	}
	require.Equal(t, []float64{0, 0, 0}, tangent(StopGradient))
	require.Equal(t, []float64{1, 1, 1}, tangent(func(x *Node) *Node {
		return Add(x, StopGradient(Sub(Round(x), x)))
	}), "straight through")
	through := MustNewExec(xla.MustOpen(), func(x *Node) *Node {
		ones := [][]*Node{{OnesLike(x)}}
		return transform.JVPsThroughStops([]*Node{StopGradient(x)}, []*Node{x}, ones)[0][0]
	}).MustCall1([]float64{-1, 0, 2})
	require.Equal(t, []float64{1, 1, 1}, through.Value())
	require.Equal(t, []float64{1, 1, 1}, tangent(func(x *Node) *Node {
		return IdentityWithCustomGradient(x, func(_, v *Node) *Node { return MulScalar(v, 7) })
	}))
	require.Equal(t, []float64{0, 0, 0}, tangent(Sign))
	require.Equal(t, []float64{0, 0, 0},
		tangent(func(x *Node) *Node {
			return ConvertDType(ConvertDType(x, dtypes.Int32),
				dtypes.Float64)
		}))
	require.Equal(t, []float64{0, 1, 1}, tangent(activation.Relu),
		"at the kink: 1, as in GoMLX's VJP")
	require.Equal(t, []float64{0, 0, 0},
		tangent(func(x *Node) *Node { return Const(x.Graph(), []float64{1, 2, 3}) }))

	// Second order: the custom gradient is what is differentiated.
	out := MustNewExec(xla.MustOpen(), func(x *Node) *Node {
		f := ReduceAllSum(
			Square(IdentityWithCustomGradient(x,
				func(_, v *Node) *Node { return MulScalar(v, 7) })))
		h, _ := transform.HVP(f, []*Node{x}, [][]*Node{{OnesLike(x)}})
		return h[0][0]
	}).MustCall1([]float64{-1, 0, 2})
	require.Equal(t, []float64{14, 14, 14}, out.Value())
}

// TestTangentsOfBroadcastOperands have the shape of the result, where one operand is spread over
// another that has no tangent.
func TestTangentsOfBroadcastOperands(t *testing.T) {
	wide := func(x *Node) *Node { return Const(x.Graph(), [][]float64{{1, 2}, {3, 4}, {-5, -6}}) }
	for name, c := range map[string]struct {
		f    func(x *Node) *Node
		want [][]float64
	}{
		"first of a sum": {func(x *Node) *Node { return Add(x, wide(x)) },
			[][]float64{{7, 9}, {7, 9}, {7, 9}}},
		"second of a sum": {func(x *Node) *Node { return Add(wide(x), x) },
			[][]float64{{7, 9}, {7, 9}, {7, 9}}},
		"subtracted": {func(x *Node) *Node { return Sub(wide(x), x) },
			[][]float64{{-7, -9}, {-7, -9}, {-7, -9}}},
		"the larger": {func(x *Node) *Node { return Max(x, wide(x)) },
			[][]float64{{0, 0}, {0, 0}, {7, 9}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := MustNewExec(xla.MustOpen(), func(x *Node) *Node {
				along := Const(x.Graph(), [][]float64{{7, 9}})
				return transform.JVP([]*Node{c.f(x)}, []*Node{x}, []*Node{along})[0]
			}).MustCall1([][]float64{{0.5, -1}})
			require.Equal(t, c.want, got.Value())
		})
	}
}

// TestTransposes: where several elements attain a maximum, JVP and VJP still are transposes of each
// other.
func TestTransposes(t *testing.T) {
	ties := make([][][][]float64, 1)
	for i := range 6 {
		ties[0] = append(ties[0], make([][]float64, 6))
		for j := range 6 {
			ties[0][i][j] = []float64{float64((i * j) % 3)}
		}
	}
	for name, f := range map[string]func(x *Node) *Node{
		"MaxPool": func(x *Node) *Node {
			return MaxPool(x).Window(3).Strides(
				2).PadSame().Done()
		},
		"MinPool":   func(x *Node) *Node { return MinPool(x).Window(2).Strides(1).Done() },
		"ReduceMax": func(x *Node) *Node { return ReduceMax(x, 1) },
		"Relu":      activation.Relu,
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(4, 4))
			draw := func(like *Node) *Node {
				flat := make([]float64, like.Shape().Size())
				for i := range flat {
					flat[i] = r.NormFloat64()
				}
				return Reshape(Const(like.Graph(), flat), like.Shape().Dimensions...)
			}
			out := MustNewExec(xla.MustOpen(), func(x *Node) []*Node {
				y := f(x)
				u, v := draw(y), draw(x)
				jv := transform.JVP([]*Node{y}, []*Node{x}, []*Node{v})[0]
				uj := Gradient(ReduceAllSum(Mul(y, u)), x)[0]
				return []*Node{ReduceAllSum(Mul(u, jv)), ReduceAllSum(Mul(uj, v))}
			}).MustCall(ties)
			require.InDelta(t, out[1].Value(), out[0].Value(), 1e-12)
		})
	}
}

// TestRefusedByName: an operation without a rule is named, with the way out.
func TestRefusedByName(t *testing.T) {
	cases := map[string]func(x *Node) *Node{
		"ReduceProduct": func(x *Node) *Node { return ReduceMultiply(x, 0) },
		"Clamp": func(x *Node) *Node {
			return Clamp(Scalar(x.Graph(), x.DType(), 0), x,
				Scalar(x.Graph(), x.DType(), 1))
		},
		"ReduceWindow": func(x *Node) *Node {
			return BackendReduceWindow(x, compute.ReduceOpProduct, []int{2}, []int{2}, nil, nil,
				nil)
		},
		"Call": func(x *Node) *Node {
			double := NewFunction(x.Graph(), "double",
				func(g *Graph) []*Node {
					return []*Node{MulScalar(Parameter(g, "s", x.Shape()),
						2)}
				})
			return double.Call(x)[0]
		},
		"Sort": func(x *Node) *Node { return Sort(x, 0, true) },
		"While": func(x *Node) *Node {
			return While(NewClosure(x.Graph(), func(g *Graph) []*Node {
				s := Parameter(g, "s", x.Shape())
				return []*Node{LessThan(ReduceAllSum(s), Scalar(g, x.DType(), 10))}
			}), NewClosure(x.Graph(), func(g *Graph) []*Node {
				return []*Node{MulScalar(Parameter(g, "s", x.Shape()), 2)}
			}), x)[0]
		},
	}
	for op, f := range cases {
		t.Run(op, func(t *testing.T) {
			_, err := NewExec(xla.MustOpen(), func(x *Node) *Node { return x })
			require.NoError(t, err)
			exec := MustNewExec(xla.MustOpen(), func(x *Node) *Node {
				return transform.JVP([]*Node{f(x)}, []*Node{x}, []*Node{OnesLike(x)})[0]
			})
			_, err = exec.Call([]float64{1, 2})
			var u *transform.Unsupported
			require.ErrorAs(t, err, &u)
			require.Equal(t, op, u.Op)
			require.Equal(t, "jvp", u.Transform)
			require.Contains(t, u.Fix, "spectrum.CentralDifference")
		})
	}
}

// TestJVPRefusesCaptures: a loop that reads x without having it as an input would have no tangent.
// Backends that take captures are few; XLA doesn't.
func TestJVPRefusesCaptures(t *testing.T) {
	_, err := MustNewExec(pureGo(t), func(x *Node) *Node {
		y := While(NewClosure(x.Graph(), func(g *Graph) []*Node {
			s := Parameter(g, "s", x.Shape())
			return []*Node{LessThan(ReduceAllSum(s), Scalar(g, x.DType(), 10))}
		}), NewClosure(x.Graph(), func(g *Graph) []*Node {
			return []*Node{Add(Parameter(g, "s", x.Shape()), x)}
		}), Const(x.Graph(), []float64{0, 0}))[0]
		return transform.JVP([]*Node{y}, []*Node{x}, []*Node{OnesLike(x)})[0]
	}).Call([]float64{1, 2})
	var u *transform.Unsupported
	require.ErrorAs(t, err, &u)
	require.Equal(t, "While", u.Op)
	require.Equal(t, "jvp", u.Transform)
}

// TestPowOfConstantExponentAtZero: x¹ and x² have finite second derivatives at 0, where the rule's
// 0·x⁻¹ hasn't.
func TestPowOfConstantExponentAtZero(t *testing.T) {
	at := []*tensors.Tensor{tensors.FromValue([]float64{0, 0, 2})}
	for exponent, scale := range map[float64]float64{1: 0, 2: 2} {
		check, err := transform.CheckGradient(xla.MustOpen(),
			func(x []*Node) *Node { return PowScalar(x[0], exponent) }, at, 1)
		require.NoError(t, err)
		require.NoError(t, check.Check(1e-7), "x^%g", exponent)
		h := MustNewExec(xla.MustOpen(), func(x *Node) *Node {
			h, _ := transform.HVP(ReduceAllSum(PowScalar(x, exponent)), []*Node{x},
				[][]*Node{{OnesLike(x)}})
			return h[0][0]
		}).MustCall1([]float64{0, 0, 2})
		require.Equal(t, []float64{scale, scale, scale}, h.Value())
	}
}

// TestSharedPrimal: several vectors in one graph give what one at a time gives.
func TestSharedPrimal(t *testing.T) {
	f := func(x *Node) *Node { return ReduceAllSum(Exp(Sin(MatMul(x, Transpose(x, 0, 1))))) }
	x := [][]float64{{0.1, 0.2}, {0.3, -0.4}}
	v := [][][]float64{{{1, 0}, {0, 0}}, {{0.5, 2}, {-1, 3}}}
	together := MustNewExec(xla.MustOpen(), func(x, v *Node) []*Node {
		a, b := Squeeze(Slice(v, AxisRange(0, 1)), 0), Squeeze(Slice(v, AxisRange(1, 2)), 0)
		h, _ := transform.HVP(f(x), []*Node{x}, [][]*Node{{a}, {b}})
		return []*Node{h[0][0], h[1][0]}
	}).MustCall(x, v)
	for i := range v {
		alone := MustNewExec(xla.MustOpen(), func(x, v *Node) *Node {
			h, _ := transform.HVP(f(x), []*Node{x}, [][]*Node{{v}})
			return h[0][0]
		}).MustCall1(x, v[i])
		require.Equal(t, alone.Value(), together[i].Value())
	}
}
