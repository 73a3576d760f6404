package transform

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
)

// largestPool is up to how many elements a window is unrolled.
const largestPool = 16

// asSlices rebuilds a pooling over windows that don't overlap as the maximum (minimum, sum) of
// strided slices, one for each place in the window; nil if n isn't one. XLA's CPU compiler makes a
// scalar loop of a ReduceWindow, at about three times the cost, while slices are fused with what is
// computed before and after. The maximum is the same to the bit, the sum up to rounding.
func asSlices(n, x *graph.Node) *graph.Node {
	var join func(a, b *graph.Node) *graph.Node
	switch compute.ReduceOpType(param(n, "reductionType").Int()) {
	case compute.ReduceOpMax:
		join = graph.Max
	case compute.ReduceOpMin:
		join = graph.Min
	case compute.ReduceOpSum:
		join = graph.Add
	default:
		return nil
	}
	w := newWindow(n)
	elements := 1
	for axis, size := range w.size {
		if w.strides[axis] != size || w.dilation[axis] != 1 || w.pad[axis] != (graph.PadAxis{}) {
			return nil
		}
		elements *= size
	}
	if elements > largestPool {
		return nil
	}
	var out *graph.Node
	for _, offset := range w.offsets() {
		if s := w.slice(x, offset); out == nil {
			out = s
		} else {
			out = join(out, s)
		}
	}
	return out
}
