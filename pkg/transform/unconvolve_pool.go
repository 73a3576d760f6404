package transform

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// asSelection rebuilds a pooling to the maximum or minimum as a choice among the elements of the
// window, one comparison for each place in it. Forward mode, reverse mode and their mixture all
// follow the element that is chosen: the first extreme of its window in row-major order, as XLA's
// SelectAndScatter chooses. A NaN is always chosen.
func asSelection(w window, x *graph.Node) *graph.Node {
	exceeds := graph.GreaterThan
	if w.fill > 0 {
		exceeds = graph.LessThan
	}
	var best *graph.Node
	for _, v := range w.views(x) {
		if best == nil {
			best = v
			continue
		}
		found := graph.LogicalOr(exceeds(v, best), graph.NotEqual(v, v))
		best = graph.Where(found, v, best)
	}
	return best
}

// asBlockSum rebuilds a sum over windows that lie side by side as a reduction, whose gradient is a
// broadcast.
func asBlockSum(w window, x *graph.Node) *graph.Node {
	blocks, places := w.blocks(x)
	return graph.ReduceSum(blocks, places...)
}

// views are the elements at each place of the windows: the output's shape. They are cut from blocks
// where the windows lie side by side, because the gradient of a strided slice is slower.
func (w window) views(x *graph.Node) []*graph.Node {
	var all []*graph.Node
	if !w.tiles() {
		if !w.isBare() {
			x = graph.Pad(x, graph.Scalar(x.Graph(), x.DType(), w.fill), w.pad...)
		}
		for _, offset := range w.offsets() {
			all = append(all, w.slice(x, offset))
		}
		return all
	}
	blocks, places := w.blocks(x)
	for _, offset := range w.offsets() {
		element := make([]graph.SliceAxisSpec, blocks.Rank())
		for i := range element {
			element[i] = graph.AxisRange()
		}
		for i, axis := range w.pooled() {
			element[places[i]] = graph.AxisElem(offset[axis])
		}
		all = append(all, graph.Reshape(graph.Slice(blocks, element...), w.dims...))
	}
	return all
}

// blocks is x with two axes, [windows, places], for each one that is pooled, and the numbers of the
// second ones. What no window covers is left out.
func (w window) blocks(x *graph.Node) (blocks *graph.Node, places []int) {
	covered := make([]graph.SliceAxisSpec, x.Rank())
	var dims []int
	for axis, size := range w.size {
		covered[axis] = graph.AxisRange(0, w.dims[axis]*size)
		if dims = append(dims, w.dims[axis]); size > 1 {
			places = append(places, len(dims))
			dims = append(dims, size)
		}
	}
	if shapes.Make(x.DType(), dims...).Size() != x.Shape().Size() {
		x = graph.Slice(x, covered...)
	}
	return graph.Reshape(x, dims...), places
}

// pooled are the axes along which a window holds more than one element.
func (w window) pooled() []int {
	var axes []int
	for axis, size := range w.size {
		if size > 1 {
			axes = append(axes, axis)
		}
	}
	return axes
}

// tiles reports whether the windows lie side by side, without padding.
func (w window) tiles() bool {
	for axis, size := range w.size {
		if w.strides[axis] != size || w.dilation[axis] != 1 {
			return false
		}
	}
	return w.isBare()
}

// isBare reports whether nothing is padded.
func (w window) isBare() bool {
	return !slices.ContainsFunc(w.pad, func(p graph.PadAxis) bool { return p != graph.PadAxis{} })
}

// places is the number of elements of a window.
func (w window) places() int {
	k := 1
	for _, size := range w.size {
		k *= size
	}
	return k
}

// crops reports whether a padding is negative: GoMLX has no gradient of such a Pad.
func (w window) crops() bool {
	return slices.ContainsFunc(w.pad, func(p graph.PadAxis) bool {
		return p.Start < 0 || p.End < 0
	})
}

// reduction is what a ReduceWindow does to a window.
func reduction(n *graph.Node) compute.ReduceOpType {
	return compute.ReduceOpType(param(n, "reductionType").Int())
}

// asSharedExtreme is a maximum or minimum along axes as the mean of the elements that attain it,
// which is the same number; they share its derivative. x is n's input, with its axes perhaps in
// another order.
func asSharedExtreme(n, x *graph.Node, axes []int) *graph.Node {
	kept := slices.Clone(x.Shape().Dimensions)
	for axis := range kept {
		if slices.Contains(axes, axis) {
			kept[axis] = 1
		}
	}
	extreme := graph.Reshape(reductions[n.Type()](x, axes...), kept...)
	attains := graph.Equal(x, graph.BroadcastToShape(extreme, x.Shape()))
	sum := graph.ReduceSum(graph.Where(attains, x, graph.ZerosLike(x)), axes...)
	return graph.Div(sum, graph.ReduceSum(graph.ConvertDType(attains, n.DType()), axes...))
}
