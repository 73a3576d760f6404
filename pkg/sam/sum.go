package sam

import "github.com/gomlx/gomlx/core/graph"

// lanes is how many numbers [sumOf] adds at a time.
const lanes = 16

// sumOf is the sum of all numbers of x.
//
// XLA's CPU compiler adds them up one after the other, at a nanosecond each. So x is first halved
// four times, its second half added to the first: that is vector code, and part of what makes x.
func sumOf(x *graph.Node) *graph.Node {
	n := x.Shape().Size()
	part := n / lanes
	if part < lanes {
		return graph.ReduceAllSum(x)
	}
	x = graph.Reshape(x, n)
	var rest *graph.Node
	if lanes*part < n {
		rest = graph.ReduceAllSum(graph.Slice(x, graph.AxisRange(lanes*part)))
		x = graph.Slice(x, graph.AxisRange(0, lanes*part))
	}
	for size := lanes * part; size > part; size /= 2 {
		half := size / 2
		x = graph.Add(graph.Slice(x, graph.AxisRange(0, half)),
			graph.Slice(x, graph.AxisRange(half, size)))
	}
	return plus(graph.ReduceAllSum(x), rest)
}
