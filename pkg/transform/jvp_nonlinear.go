package transform

import (
	"github.com/gomlx/gomlx/core/graph"
)

// zeroRule is for what is piecewise constant.
func zeroRule(*graph.Node, []*graph.Node) *graph.Node { return nil }

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

// powRule: d(aᵇ) = b·aᵇ⁻¹·da + aᵇ·ln a·db. For b = 0 the first term is 0 also at a = 0, where aᵇ⁻¹
// is infinite.
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

// maxMinRule takes the tangent of the side that was chosen: of two equal ones the first for Max and
// the second for Min, as GoMLX's VJP does.
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

// reduceExtremeRule sums the tangents of all positions that attain the extreme, as GoMLX's VJP
// gives the adjoint to all of them.
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
