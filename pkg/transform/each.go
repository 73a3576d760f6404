package transform

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// SubstituteEach is [SubstituteAll] for several replacements at once, in one program: to[i] holds
// count values for from[i] along a further first axis, [count, …], and so do the results. It is
// what jax.vmap does. The loss at many points, or the product of a Hessian with many vectors (the
// roots being those with one vector, which is replaced), become operations on larger tensors: the
// right form for an accelerator, to which each operation is a launch. On a CPU the larger tensors
// leave the caches.
//
// What doesn't depend on from is shared. A product with a matrix that is the same for all is one
// product, and one of two things that both differ is a batched one. Operations that have no rule
// here are repeated count times, which is right and gains nothing: sorts, convolutions whose input
// and kernel both differ, convolutions in groups whose kernel differs.
//
// It panics with an [*Unsupported] where SubstituteAll does, and for an operation with several
// outputs that depend on from.
func SubstituteEach(roots, from, to []*graph.Node) []*graph.Node {
	if len(from) != len(to) || len(from) == 0 {
		exceptions.Panicf("transform: %d nodes to replace, but %d replacements", len(from), len(to))
	}
	s := &stacker{count: to[0].Shape().Dim(0), at: make(map[*graph.Node]*graph.Node)}
	for i, f := range from {
		if want := s.dims(f); !slices.Equal(to[i].Shape().Dimensions, want) ||
			to[i].DType() != f.DType() {
			exceptions.Panicf("transform: replacement %d of %d has shape %s, want %v of %s (%s)",
				i, len(from), to[i].Shape(), want, f.DType(), f)
		}
		s.at[f] = to[i]
	}
	return s.replay(roots, from)
}

// SubstituteAlong is [SubstituteEach] along a line: the roots at from + tₖ·slopes, for each of the
// steps tₖ, which have shape [count]. slopes[i] has the shape of from[i].
//
// That the replacements are on a line is put to use: a product with a small matrix w + t·d, or a
// convolution with such a kernel, is one product with [w|d] whose halves are added, instead of
// count products.
func SubstituteAlong(roots, from, slopes []*graph.Node, steps *graph.Node) []*graph.Node {
	s := &stacker{count: steps.Shape().Dim(0), at: make(map[*graph.Node]*graph.Node),
		slopes: pair(from, slopes), steps: steps}
	return s.replay(roots, from)
}

// stacker replays a graph for several values of some of its nodes.
type stacker struct {
	count  int
	at     map[*graph.Node]*graph.Node // the values of a node, [count, …].
	slopes map[*graph.Node]*graph.Node // of nodes whose values are n + steps·slope.
	steps  *graph.Node                 // [count]
}

// stackRule builds n for all values of its inputs, [count, …].
type stackRule func(s *stacker, n *graph.Node) *graph.Node

// replay builds the roots for all values.
func (s *stacker) replay(roots, from []*graph.Node) []*graph.Node {
	roots = Decompose(roots)
	if err := Check(roots, from); err != nil {
		panic(err)
	}
	for _, n := range Dependents(roots, from) {
		if s.at[n] != nil || s.slopes[n] != nil || isBarrier(n) && n.NumOutputs() > 1 {
			continue
		}
		out := s.build(n)
		if want := s.dims(n); !slices.Equal(out.Shape().Dimensions, want) {
			exceptions.Panicf("transform: %s for each of %d values has shape %s, want %v", n,
				s.count, out.Shape(), want)
		}
		s.at[n] = out
	}
	out := make([]*graph.Node, len(roots))
	for i, r := range roots {
		out[i] = s.full(r)
	}
	return out
}

// build applies the rule of n's operation.
func (s *stacker) build(n *graph.Node) *graph.Node {
	in := n.Inputs()
	if n.Type() == graph.NodeTypeSplitNode && isBarrier(in[0]) {
		return s.full(in[0].Inputs()[splitIndex(n)])
	}
	if n.NumOutputs() != 1 || n.Type() == graph.NodeTypeSplitNode {
		panic(&Unsupported{Transform: "replay of several", Op: opName(n), Node: n.String(),
			Why: "it has several outputs", Fix: "replay one at a time (SubstituteAll)"})
	}
	if r := stackRules[n.Type()]; r != nil {
		return r(s, n)
	}
	return oneByOne(s, n)
}

func isBarrier(n *graph.Node) bool { return n.Type() == graph.NodeTypeOptimizationBarrier }

// oneByOne repeats n.
func oneByOne(s *stacker, n *graph.Node) *graph.Node {
	each := make([]*graph.Node, s.count)
	for k := range each {
		in := make([]*graph.Node, len(n.Inputs()))
		for i, x := range n.Inputs() {
			if in[i] = x; s.of(x) != nil {
				in[i] = graph.Squeeze(graph.Slice(s.of(x), graph.AxisElem(k)), 0)
			}
		}
		each[k] = n.CloneWithInputs(in...)
	}
	return graph.Stack(each, 0)
}

// dims are those of all values of n.
func (s *stacker) dims(n *graph.Node) []int {
	return append([]int{s.count}, n.Shape().Dimensions...)
}

// of are the values of n, or nil where it has one.
func (s *stacker) of(n *graph.Node) *graph.Node {
	if slope := s.slopes[n]; slope != nil && s.at[n] == nil {
		s.at[n] = graph.Add(lead(n), s.times(lead(slope)))
	}
	return s.at[n]
}

// times is steps·x, where the first axis of x is that of the values, or 1 long.
func (s *stacker) times(x *graph.Node) *graph.Node {
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[0] = s.count
	return graph.Mul(graph.Reshape(graph.ConvertDType(s.steps, x.DType()), dims...), x)
}

// full are the values of n, repeated where it has one.
func (s *stacker) full(n *graph.Node) *graph.Node {
	if x := s.of(n); x != nil {
		return x
	}
	return graph.BroadcastToDims(lead(n), s.dims(n)...)
}

// like are the values of x, which is a scalar or has the shape of n, with the dimensions of n.
func (s *stacker) like(x, n *graph.Node) *graph.Node {
	if !x.IsScalar() || n.IsScalar() {
		return s.full(x)
	}
	return graph.BroadcastToDims(raised(s.full(x), n.Rank()+1), s.dims(n)...)
}

// lead gives x a first axis of length 1.
func lead(x *graph.Node) *graph.Node { return graph.InsertAxes(x, 0) }

// raised appends axes of length 1 up to a rank.
func raised(x *graph.Node, rank int) *graph.Node {
	for x.Rank() < rank {
		x = graph.InsertAxes(x, -1)
	}
	return x
}

// merged makes the first axis of x the slower part of another axis: [count, a, b] → [a, count·b]
// for axis 1, counted without the first.
func (s *stacker) merged(x *graph.Node, axis int) *graph.Node {
	order := make([]int, 0, x.Rank())
	var dims []int
	for i := range x.Rank() - 1 {
		d := x.Shape().Dimensions[i+1]
		if i == axis {
			order, d = append(order, 0), d*s.count
		}
		order, dims = append(order, i+1), append(dims, d)
	}
	return graph.Reshape(permuted(x, order), dims...)
}

// parted undoes merged.
func (s *stacker) parted(x *graph.Node, axis int) *graph.Node {
	dims := slices.Clone(x.Shape().Dimensions)
	dims[axis] /= s.count
	return moved(graph.Reshape(x, slices.Insert(dims, axis, s.count)...), axis)
}

// moved makes an axis the first.
func moved(x *graph.Node, axis int) *graph.Node {
	order := []int{axis}
	for i := range x.Rank() {
		if i != axis {
			order = append(order, i)
		}
	}
	return permuted(x, order)
}

// after adds 1 to axes, which are counted without the first.
func after(axes []int) []int {
	out := make([]int, len(axes))
	for i, a := range axes {
		out[i] = a + 1
	}
	return out
}
