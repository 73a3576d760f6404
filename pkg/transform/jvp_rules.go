package transform

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// rule returns the tangent of n, given the tangents of its inputs, of which at least one isn't nil; nil stands for zero.
type rule func(n *graph.Node, t []*graph.Node) *graph.Node

// rules holds a rule for each operation that has one of its own. Others go through localRule.
var rules map[graph.NodeType]rule

func init() { // not a literal: rules call back into the walk.
	rules = map[graph.NodeType]rule{
		// Identity in value.
		graph.NodeTypeIdentity:            passFirst,
		graph.NodeTypeOptimizationBarrier: passFirst,
		graph.NodeTypeSchedulingBarrier:   passFirst,

		// Linear in their first input; the others are integers or shapes.
		graph.NodeTypeReshape:               linearIn(0),
		graph.NodeTypeTranspose:             linearIn(0),
		graph.NodeTypeBroadcastInDim:        linearIn(0),
		graph.NodeTypeDynamicBroadcastInDim: linearIn(0),
		graph.NodeTypeDynamicReshape:        linearIn(0),
		graph.NodeTypeConvertDType:          linearIn(0),
		graph.NodeTypeReduceSum:             linearIn(0),
		graph.NodeTypeNeg:                   linearIn(0),
		graph.NodeTypeSlice:                 linearIn(0),
		graph.NodeTypeDynamicSlice:          linearIn(0),
		graph.NodeTypeReverse:               linearIn(0),
		graph.NodeTypeCumSum:                linearIn(0),
		graph.NodeTypeGather:                linearIn(0),
		graph.NodeTypeFFT:                   linearIn(0),
		graph.NodeTypeReal:                  linearIn(0),
		graph.NodeTypeImag:                  linearIn(0),
		graph.NodeTypeConj:                  linearIn(0),

		// Linear in the scattered source; the operand only selects, piecewise constant.
		graph.NodeTypeSelectAndScatterMax: linearIn(1),
		graph.NodeTypeSelectAndScatterMin: linearIn(1),

		// Linear in all their float inputs together.
		graph.NodeTypeConcatenate:        jointlyLinear,
		graph.NodeTypePad:                jointlyLinear,
		graph.NodeTypeDynamicPad:         jointlyLinear,
		graph.NodeTypeScatterSum:         jointlyLinear,
		graph.NodeTypeDynamicUpdateSlice: jointlyLinear,
		graph.NodeTypeWhere:              jointlyLinear,
		graph.NodeTypeComplex:            jointlyLinear,
		graph.NodeTypeAdd:                addRule,
		graph.NodeTypeSub:                addRule,

		// Bilinear.
		graph.NodeTypeMul:         bilinear,
		graph.NodeTypeDotGeneral:  bilinear,
		graph.NodeTypeConvGeneral: bilinear,

		graph.NodeTypeDiv: divRule,
		graph.NodeTypePow: powRule,
		graph.NodeTypeMax: maxMinRule,
		graph.NodeTypeMin: maxMinRule,

		graph.NodeTypeReduceMax:    reduceExtremeRule,
		graph.NodeTypeReduceMin:    reduceExtremeRule,
		graph.NodeTypeReduceWindow: reduceWindowRule,

		// Piecewise constant.
		graph.NodeTypeSign:  zeroRule,
		graph.NodeTypeFloor: zeroRule,
		graph.NodeTypeCeil:  zeroRule,
		graph.NodeTypeRound: zeroRule,
	}
	for op, slope := range slopes {
		rules[op] = elementwise(slope)
	}
}

// slopes are the derivatives of element-wise functions y = f(x).
var slopes = map[graph.NodeType]func(x, y *graph.Node) *graph.Node{
	graph.NodeTypeAbs:   func(x, _ *graph.Node) *graph.Node { return graph.SignPlusOrMinus(x) },
	graph.NodeTypeExp:   func(_, y *graph.Node) *graph.Node { return y },
	graph.NodeTypeExpm1: func(_, y *graph.Node) *graph.Node { return graph.OnePlus(y) },
	graph.NodeTypeLog:   func(x, _ *graph.Node) *graph.Node { return graph.Reciprocal(x) },
	graph.NodeTypeLog1p: func(x, _ *graph.Node) *graph.Node { return graph.Reciprocal(graph.OnePlus(x)) },
	graph.NodeTypeSin:   func(x, _ *graph.Node) *graph.Node { return graph.Cos(x) },
	graph.NodeTypeCos:   func(x, _ *graph.Node) *graph.Node { return graph.Neg(graph.Sin(x)) },
	graph.NodeTypeTanh:  func(_, y *graph.Node) *graph.Node { return graph.OneMinus(graph.Square(y)) },
	graph.NodeTypeLogistic: func(_, y *graph.Node) *graph.Node {
		return graph.Mul(y, graph.OneMinus(y))
	},
	graph.NodeTypeSqrt: func(_, y *graph.Node) *graph.Node { return graph.DivScalar(graph.Reciprocal(y), 2) },
	graph.NodeTypeRsqrt: func(x, y *graph.Node) *graph.Node {
		return graph.MulScalar(graph.Div(y, x), -0.5)
	},
	graph.NodeTypeErf: func(x, _ *graph.Node) *graph.Node {
		return graph.MulScalar(graph.Exp(graph.Neg(graph.Square(x))), 2/math.Sqrt(math.Pi))
	},
}

func passFirst(_ *graph.Node, t []*graph.Node) *graph.Node { return t[0] }

func zeroRule(*graph.Node, []*graph.Node) *graph.Node { return nil }

// on clones n with input k replaced by x.
func on(n *graph.Node, k int, x *graph.Node) *graph.Node {
	in := append([]*graph.Node{}, n.Inputs()...)
	in[k] = x
	return n.CloneWithInputs(in...)
}

// sum adds what isn't nil.
func sum(a, b *graph.Node) *graph.Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return graph.Add(a, b)
}

// fill broadcasts the tangent of an operand to the shape of n, the result of an element-wise operation that broadcasts.
func fill(x, n *graph.Node) *graph.Node {
	if x == nil || x.Shape().Equal(n.Shape()) {
		return x
	}
	return graph.Add(x, graph.ZerosLike(n))
}

// linearIn is the rule of an operation that is linear in input k, and piecewise constant in the others.
func linearIn(k int) rule {
	return func(n *graph.Node, t []*graph.Node) *graph.Node {
		if t[k] == nil {
			return nil
		}
		return on(n, k, t[k])
	}
}

// jointlyLinear clones n on the tangents, with zeros where an input has none. Integers and booleans stay.
func jointlyLinear(n *graph.Node, t []*graph.Node) *graph.Node {
	in := append([]*graph.Node{}, n.Inputs()...)
	for i, x := range in {
		switch {
		case t[i] != nil:
			in[i] = t[i]
		case x.DType().IsFloat() || x.DType().IsComplex():
			in[i] = graph.ZerosLike(x)
		}
	}
	return n.CloneWithInputs(in...)
}

// addRule is jointlyLinear for Add and Sub without adding zeros.
func addRule(n *graph.Node, t []*graph.Node) *graph.Node {
	switch {
	case t[0] != nil && t[1] != nil:
		return n.CloneWithInputs(t...)
	case t[0] != nil:
		return fill(t[0], n)
	case n.Type() == graph.NodeTypeSub:
		return fill(graph.Neg(t[1]), n)
	}
	return fill(t[1], n)
}

// bilinear: d(a·b) = da·b + a·db.
func bilinear(n *graph.Node, t []*graph.Node) *graph.Node {
	var total *graph.Node
	for k := range t {
		if t[k] != nil {
			total = sum(total, on(n, k, t[k]))
		}
	}
	return total
}

// divRule: d(a/b) = (da − y·db)/b.
func divRule(n *graph.Node, t []*graph.Node) *graph.Node {
	b := n.Inputs()[1]
	if t[1] == nil {
		return graph.Div(t[0], b)
	}
	numerator := graph.Neg(graph.Mul(n, t[1]))
	if t[0] != nil {
		numerator = graph.Add(t[0], numerator)
	}
	return graph.Div(numerator, b)
}

// powRule: d(aᵇ) = b·aᵇ⁻¹·da + aᵇ·ln a·db. For b = 0 the first term is 0 also at a = 0, where aᵇ⁻¹ is infinite.
func powRule(n *graph.Node, t []*graph.Node) *graph.Node {
	a, b := n.Inputs()[0], n.Inputs()[1]
	var total *graph.Node
	if t[0] != nil {
		constant := graph.Equal(b, graph.ZerosLike(b))
		lower := graph.Where(constant, graph.ZerosLike(b), graph.AddScalar(b, -1))
		total = graph.Mul(graph.Mul(b, graph.Pow(a, lower)), t[0])
	}
	if t[1] != nil {
		total = sum(total, graph.Mul(graph.Mul(n, graph.Log(a)), t[1]))
	}
	return total
}

// elementwise: df(x) = f′(x)·dx.
func elementwise(slope func(x, y *graph.Node) *graph.Node) rule {
	return func(n *graph.Node, t []*graph.Node) *graph.Node {
		if n.Inputs()[0].DType().IsComplex() {
			panic(noRule(n, "its input is complex"))
		}
		return graph.Mul(slope(n.Inputs()[0], n), t[0])
	}
}

// maxMinRule takes the tangent of the side that was chosen: of two equal ones the first for Max and the second for Min, as GoMLX's
// VJP does.
func maxMinRule(n *graph.Node, t []*graph.Node) *graph.Node {
	a, b := fill(n.Inputs()[0], n), fill(n.Inputs()[1], n)
	sides := []*graph.Node{fill(t[0], n), fill(t[1], n)}
	for i := range sides {
		if sides[i] == nil {
			sides[i] = graph.ZerosLike(n)
		}
	}
	if n.Type() == graph.NodeTypeMin {
		sides[0], sides[1] = sides[1], sides[0]
	}
	return graph.Where(graph.GreaterOrEqual(a, b), sides[0], sides[1])
}

// reduceExtremeRule sums the tangents of all positions that attain the extreme, as GoMLX's VJP gives the adjoint to all of them.
func reduceExtremeRule(n *graph.Node, t []*graph.Node) *graph.Node {
	x := n.Inputs()[0]
	axes := intsParam(n, "axes")
	kept := append([]int{}, x.Shape().Dimensions...)
	if len(axes) == 0 {
		for axis := range kept {
			axes = append(axes, axis)
		}
	}
	for _, axis := range axes {
		kept[axis] = 1
	}
	extreme := fill(graph.Reshape(n, kept...), x)
	return graph.ReduceSum(graph.Where(graph.Equal(x, extreme), t[0], graph.ZerosLike(x)), axes...)
}
