package transform

import (
	"github.com/gomlx/gomlx/core/graph"
)

func passFirst(_ *graph.Node, t []*graph.Node) *graph.Node { return t[0] }

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

// fill broadcasts the tangent of an operand to the shape of n, the result of an element-wise
// operation that broadcasts.
func fill(x, n *graph.Node) *graph.Node {
	if x == nil || x.Shape().Equal(n.Shape()) {
		return x
	}
	return graph.Add(x, graph.ZerosLike(n))
}

// linearIn is the rule of an operation that is linear in input k, and piecewise constant in the
// others.
func linearIn(k int) rule {
	return func(n *graph.Node, t []*graph.Node) *graph.Node {
		if t[k] == nil {
			return nil
		}
		return on(n, k, t[k])
	}
}

// transposeRule transposes each of two summands, such as the tangents of a product: XLA then makes
// a product and its transposition one, which it can't behind the sum.
func transposeRule(n *graph.Node, t []*graph.Node) *graph.Node {
	if t[0].Type() != graph.NodeTypeAdd {
		return on(n, 0, t[0])
	}
	a, b := t[0].Inputs()[0], t[0].Inputs()[1]
	if !a.Shape().Equal(b.Shape()) {
		return on(n, 0, t[0])
	}
	return graph.Add(on(n, 0, a), on(n, 0, b))
}

// jointlyLinear clones n on the tangents, with zeros where an input has none. Integers and booleans
// stay.
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
