package transform

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
)

// turned is a node's value with its axes in another order: that of graph.TransposeAllAxes(n,
// order...). Behind a convolution as a product it is [channels, space…, batch]: examples last, so
// that they fill the vector registers however few the channels are, and patches, pools and their
// gradients copy whole rows of examples.
type turned struct {
	value *graph.Node
	order []int
}

// rewriter replays a graph with some of its nodes in other operations.
type rewriter struct {
	replaced map[*graph.Node]*graph.Node // in n's own order of axes.
	turned   map[*graph.Node]turned
	depends  map[*graph.Node]bool // on what is differentiated.
}

// plain is n in its own order of axes.
func (r *rewriter) plain(n *graph.Node) *graph.Node {
	if t, is := r.turned[n]; is && r.replaced[n] == nil {
		r.replaced[n] = graph.TransposeAllAxes(t.value, inverse(t.order)...)
	}
	return orSelf(r.replaced, n)
}

// as is n with its axes in an order.
func (r *rewriter) as(n *graph.Node, order []int) *graph.Node {
	if t, is := r.turned[n]; is && slices.Equal(t.order, order) {
		return t.value
	}
	return permuted(r.plain(n), order)
}

// moves reports whether an input of n isn't what it was.
func (r *rewriter) moves(n *graph.Node) bool {
	return slices.ContainsFunc(n.Inputs(), func(in *graph.Node) bool {
		_, is := r.turned[in]
		return is || r.replaced[in] != nil
	})
}

// keep notes the value of n in an order of axes.
func (r *rewriter) keep(n, value *graph.Node, order []int) {
	if slices.IsSorted(order) {
		r.replaced[n] = value
		return
	}
	r.turned[n] = turned{value, order}
}

// rewrite keeps n, which is wanted, in other operations.
func (r *rewriter) rewrite(n *graph.Node) {
	x := n.Inputs()[0]
	switch {
	case isExtreme(n):
		axes, order := r.reduced(n)
		r.keep(n, asSharedExtreme(n, r.as(x, r.orderOf(x)), axes), order)
	case n.Type() == graph.NodeTypeConvGeneral:
		r.convolve(n, newConvolution(n))
	default:
		order := r.orderOf(x)
		pool := asSelection
		if reduction(n) == compute.ReduceOpSum {
			pool = asBlockSum
		}
		r.keep(n, pool(newWindow(n).in(order), r.as(x, order)), order)
	}
}

// convolve keeps a convolution as a product: with its examples last where that is known to pay.
func (r *rewriter) convolve(n *graph.Node, c convolution) {
	x, kernel := n.Inputs()[0], r.plain(n.Inputs()[1])
	if !c.examplesLast() {
		r.replaced[n] = c.asProduct(r.plain(x), kernel)
		return
	}
	r.keep(n, c.asProductLast(r.as(x, swapped(c.toInput)), kernel), swapped(c.toOutput))
}

// follow keeps n, some inputs of which aren't what they were. Between convolutions the order of
// axes stays as it is turned: through what acts on each element, and along axes that are named.
func (r *rewriter) follow(n *graph.Node) {
	order := r.orderOf(n.Inputs()...)
	if slices.IsSorted(order) || n.NumOutputs() != 1 || n.CustomGradient() != nil {
		r.copy(n)
		return
	}
	x := n.Inputs()[0]
	switch op := n.Type(); {
	case isElementwise(n) && !isBarrier(n) && n.Rank() == len(order),
		op == graph.NodeTypeWhere && n.Rank() == len(order):
		in := make([]*graph.Node, len(n.Inputs()))
		for i, x := range n.Inputs() {
			if in[i] = r.plain(x); !x.IsScalar() {
				in[i] = r.as(x, order)
			}
		}
		r.keep(n, r.elementwise(n, in), order)
	case reductions[op] != nil:
		axes, left := r.reduced(n)
		r.keep(n, reductions[op](r.as(x, order), axes...), left)
	case op == graph.NodeTypeTranspose:
		back := inverse(intsParam(n, "permutation"))
		now := make([]int, len(order))
		for i, axis := range order {
			now[i] = back[axis]
		}
		r.keep(n, r.as(x, order), now)
	case op == graph.NodeTypeConcatenate:
		in := make([]*graph.Node, len(n.Inputs()))
		for i, x := range n.Inputs() {
			in[i] = r.as(x, order)
		}
		axis := slices.Index(order, int(param(n, "axis").Int()))
		r.keep(n, graph.Concatenate(in, axis), order)
	default:
		r.copy(n)
	}
}

// elementwise is n on other inputs. A maximum or minimum with what is constant, such as a ReLU, is
// a selection: so is its gradient then, where GoMLX's is a product, and XLA adds up products over
// all places, for the gradient of a bias, six times slower. Where both are equal the gradient goes
// where GoMLX's goes, and a NaN is kept.
func (r *rewriter) elementwise(n *graph.Node, in []*graph.Node) *graph.Node {
	selects := map[graph.NodeType]func(a, b *graph.Node) *graph.Node{
		graph.NodeTypeMax: graph.LessThan, graph.NodeTypeMin: graph.GreaterOrEqual}[n.Type()]
	if selects == nil || r.depends[n.Inputs()[1]] ||
		in[0].Shape().Size() != n.Shape().Size() ||
		!in[1].IsScalar() && in[1].Shape().Size() != n.Shape().Size() {
		return n.CloneWithInputs(in...)
	}
	return graph.Where(selects(in[0], in[1]), in[1], in[0])
}

// copy keeps n's operation on its inputs in their own order.
func (r *rewriter) copy(n *graph.Node) {
	in := make([]*graph.Node, len(n.Inputs()))
	for i, x := range n.Inputs() {
		in[i] = r.plain(x)
	}
	r.replaced[n] = n.CloneWithInputs(in...)
}

// orderOf is the order of axes of the first node that is turned, or else that of the first one.
func (r *rewriter) orderOf(nodes ...*graph.Node) []int {
	for _, n := range nodes {
		if t, is := r.turned[n]; is {
			return t.order
		}
	}
	return ascending(nodes[0].Rank())
}

// reduced are the axes of a reduction's turned input that it reduces, and the order of those that
// are left.
func (r *rewriter) reduced(n *graph.Node) (axes, left []int) {
	x := n.Inputs()[0]
	gone := intsParam(n, "axes")
	if len(gone) == 0 {
		gone = ascending(x.Rank())
	}
	for i, axis := range r.orderOf(x) {
		if slices.Contains(gone, axis) {
			axes = append(axes, i)
			continue
		}
		before := 0
		for _, g := range gone {
			if g < axis {
				before++
			}
		}
		left = append(left, axis-before)
	}
	return axes, left
}

// leastExamples is from how many examples on they are the last axis.
const leastExamples = 4

// examplesLast reports whether a convolution as a product has its examples last.
func (c convolution) examplesLast() bool {
	return c.window.dims[0] >= leastExamples && c.channelGroups == 1 && c.batchGroups == 1
}

// asProductLast is asProduct with examples last: x is [channels, space…, batch], the patches are
// P[places·channels, space·batch], and the output Wᵀ·P is [outputs, space…, batch].
func (c convolution) asProductLast(x, kernel *graph.Node) *graph.Node {
	c.window = c.window.in(swapped(ascending(x.Rank())))
	if !c.window.isBare() {
		x = graph.Pad(x, graph.ScalarZero(x.Graph(), x.DType()), c.window.pad...)
	}
	rows := c.window.places() * c.group
	patches := graph.Reshape(graph.Concatenate(c.views(x), 0), rows, -1)
	matrix := graph.Reshape(permuted(kernel, c.toKernel), rows, -1)
	out := graph.DotGeneral(matrix, []int{0}, nil, patches, []int{0}, nil)
	return graph.Reshape(out, c.window.dims...)
}

// in is the window on an input whose axes are in another order.
func (w window) in(order []int) window {
	return window{size: reordered(w.size, order), strides: reordered(w.strides, order),
		dilation: reordered(w.dilation, order), pad: reordered(w.pad, order), fill: w.fill,
		dims: reordered(w.dims, order)}
}

func reordered[T any](of []T, order []int) []T {
	out := make([]T, len(order))
	for i, axis := range order {
		out[i] = of[axis]
	}
	return out
}

// swapped is an order of axes whose first and last one have changed places.
func swapped(order []int) []int {
	out, last := slices.Clone(order), len(order)-1
	out[0], out[last] = out[last], out[0]
	return out
}

// ascending are the axes up to a rank, in their own order.
func ascending(rank int) []int {
	axes := make([]int, rank)
	for i := range axes {
		axes[i] = i
	}
	return axes
}
