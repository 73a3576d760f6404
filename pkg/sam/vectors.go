package sam

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// Vector is a vector in weight space as nodes of a graph: one node for each of [Step.Weights], in
// that order and of that weight's shape. A nil entry is zero, and so is a nil Vector.
//
// Sums run in float64, where the square of a float32 neither overflows nor underflows.
type Vector []*graph.Node

// Dot is ⟨v, o⟩, a float64 scalar; nil if every entry of v is.
func (v Vector) Dot(o Vector) *graph.Node {
	var sum *graph.Node
	for i := range v {
		if v[i] == nil || o[i] == nil {
			continue
		}
		a, b := graph.ConvertDType(v[i], dtypes.Float64), graph.ConvertDType(o[i], dtypes.Float64)
		sum = addScaled(sum, sumOf(graph.Mul(a, b)), 1)
	}
	return sum
}

// Norm is ‖v‖₂, a float64 scalar.
func (v Vector) Norm() *graph.Node { return graph.Sqrt(v.Dot(v)) }

// Cosine is ⟨v, o⟩/(‖v‖‖o‖), and 0 where a norm is 0.
func (v Vector) Cosine(o Vector) *graph.Node {
	return orZero(v.Dot(o), graph.Mul(v.Norm(), o.Norm()))
}

// Times is factor·v for a float64 scalar, in the types of v.
func (v Vector) Times(factor *graph.Node) Vector {
	return v.each(func(x *graph.Node) *graph.Node { return scale(x, factor) })
}

// Plus is v + factor·o, in the wider of the two types.
func (v Vector) Plus(factor float64, o Vector) Vector {
	if o == nil {
		return v
	}
	out := make(Vector, len(v))
	for i := range v {
		a, b := sameType(v[i], o[i])
		if out[i] = a; b != nil {
			out[i] = addScaled(a, b, factor)
		}
	}
	return out
}

// Decompose splits v into the part along a vector and the part orthogonal to it:
// v = (⟨v, a⟩/‖a‖²)·a + rest. Where a is 0, all of v is orthogonal.
func (v Vector) Decompose(a Vector) (parallel, orthogonal Vector) {
	ratio := orZero(v.Dot(a), a.Dot(a))
	parallel = a.widened().Times(ratio)
	return parallel, v.Plus(-1, parallel)
}

// widened is v in its entries' wide types.
func (v Vector) widened() Vector {
	return v.each(func(x *graph.Node) *graph.Node { return graph.ConvertDType(x, wide(x.DType())) })
}

// each maps the entries that aren't nil.
func (v Vector) each(f func(*graph.Node) *graph.Node) Vector {
	out := make(Vector, len(v))
	for i, x := range v {
		if x != nil {
			out[i] = f(x)
		}
	}
	return out
}

// sameType converts the narrower of two nodes, of which either may be nil.
func sameType(a, b *graph.Node) (*graph.Node, *graph.Node) {
	if a == nil || b == nil || a.DType() == b.DType() {
		return a, b
	}
	if a.DType() != wide(a.DType()) {
		return graph.ConvertDType(a, b.DType()), b
	}
	return a, graph.ConvertDType(b, a.DType())
}

// orZero is a/b, and 0 where b is 0.
func orZero(a, b *graph.Node) *graph.Node {
	zero := graph.ZerosLike(b)
	return graph.Where(graph.Equal(b, zero), zero, graph.Div(a, b))
}

// addScaled is sum + factor·x; a nil sum is 0.
func addScaled(sum, x *graph.Node, factor float64) *graph.Node {
	if factor != 1 {
		x = graph.MulScalar(x, factor)
	}
	if sum == nil {
		return x
	}
	return graph.Add(sum, x)
}

// plus is a + b, where nil is 0.
func plus(a, b *graph.Node) *graph.Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return graph.Add(a, b)
}

// scale is x times a float64 scalar, in x's type.
func scale(x, factor *graph.Node) *graph.Node {
	return graph.Mul(x, graph.ConvertDType(factor, x.DType()))
}
