package transform

import (
	"maps"
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// rule returns the tangent of n, given the tangents of its inputs, of which at least one isn't nil;
// nil stands for zero.
type rule func(n *graph.Node, t []*graph.Node) *graph.Node

// rules holds a rule for each operation that has one of its own. Others go through localRule.
var rules map[graph.NodeType]rule

func init() { // not a literal: rules call back into the walk.
	rules = map[graph.NodeType]rule{}
	tables := []map[graph.NodeType]rule{shapeRules, sumRules, productRules, otherRules}
	for _, table := range tables {
		maps.Copy(rules, table)
	}
	for op, slope := range slopes {
		rules[op] = elementwise(slope)
	}
}

// shapeRules are for what is linear in one input, the others being integers or shapes.
var shapeRules = map[graph.NodeType]rule{
	// Identity in value.
	graph.NodeTypeIdentity:            passFirst,
	graph.NodeTypeOptimizationBarrier: passFirst,
	graph.NodeTypeSchedulingBarrier:   passFirst,

	graph.NodeTypeReshape:               linearIn(0),
	graph.NodeTypeTranspose:             transposeRule,
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
}

// sumRules are for what is linear in all float inputs together.
var sumRules = map[graph.NodeType]rule{
	graph.NodeTypeConcatenate:        jointlyLinear,
	graph.NodeTypePad:                jointlyLinear,
	graph.NodeTypeDynamicPad:         jointlyLinear,
	graph.NodeTypeScatterSum:         jointlyLinear,
	graph.NodeTypeDynamicUpdateSlice: jointlyLinear,
	graph.NodeTypeWhere:              jointlyLinear,
	graph.NodeTypeComplex:            jointlyLinear,
	graph.NodeTypeAdd:                addRule,
	graph.NodeTypeSub:                addRule,
}

// productRules are for products, quotients and powers.
var productRules = map[graph.NodeType]rule{
	graph.NodeTypeMul:         bilinear,
	graph.NodeTypeDotGeneral:  bilinear,
	graph.NodeTypeConvGeneral: bilinear,
	graph.NodeTypeDiv:         divRule,
	graph.NodeTypePow:         powRule,
}

// otherRules are for extremes and for what is piecewise constant.
var otherRules = map[graph.NodeType]rule{
	graph.NodeTypeMax:          maxMinRule,
	graph.NodeTypeMin:          maxMinRule,
	graph.NodeTypeReduceMax:    reduceExtremeRule,
	graph.NodeTypeReduceMin:    reduceExtremeRule,
	graph.NodeTypeReduceWindow: reduceWindowRule,

	graph.NodeTypeSign:  zeroRule,
	graph.NodeTypeFloor: zeroRule,
	graph.NodeTypeCeil:  zeroRule,
	graph.NodeTypeRound: zeroRule,
}

// slopes are the derivatives of element-wise functions y = f(x).
var slopes = map[graph.NodeType]func(x, y *graph.Node) *graph.Node{
	graph.NodeTypeAbs:   func(x, _ *graph.Node) *graph.Node { return graph.SignPlusOrMinus(x) },
	graph.NodeTypeExp:   func(_, y *graph.Node) *graph.Node { return y },
	graph.NodeTypeExpm1: func(_, y *graph.Node) *graph.Node { return graph.OnePlus(y) },
	graph.NodeTypeLog:   func(x, _ *graph.Node) *graph.Node { return graph.Reciprocal(x) },
	graph.NodeTypeLog1p: func(x, _ *graph.Node) *graph.Node {
		return graph.Reciprocal(graph.OnePlus(x))
	},
	graph.NodeTypeSin: func(x, _ *graph.Node) *graph.Node { return graph.Cos(x) },
	graph.NodeTypeCos: func(x, _ *graph.Node) *graph.Node { return graph.Neg(graph.Sin(x)) },
	graph.NodeTypeTanh: func(_, y *graph.Node) *graph.Node {
		return graph.OneMinus(graph.Square(y))
	},
	graph.NodeTypeLogistic: func(_, y *graph.Node) *graph.Node {
		return graph.Mul(y, graph.OneMinus(y))
	},
	graph.NodeTypeSqrt: func(_, y *graph.Node) *graph.Node {
		return graph.DivScalar(graph.Reciprocal(y), 2)
	},
	graph.NodeTypeRsqrt: func(x, y *graph.Node) *graph.Node {
		return graph.MulScalar(graph.Div(y, x), -0.5)
	},
	graph.NodeTypeErf: func(x, _ *graph.Node) *graph.Node {
		return graph.MulScalar(graph.Exp(graph.Neg(graph.Square(x))), 2/math.Sqrt(math.Pi))
	},
}
