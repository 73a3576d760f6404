package transform

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
)

// reduceWindowRule: a sum over windows is linear; a maximum takes the tangent of the element that
// was chosen.
func reduceWindowRule(n *graph.Node, t []*graph.Node) *graph.Node {
	switch kind := compute.ReduceOpType(param(n, "reductionType").Int()); kind {
	case compute.ReduceOpSum:
		return on(n, 0, t[0])
	case compute.ReduceOpMax, compute.ReduceOpMin:
		return newWindow(n).chosen(n, t[0])
	default:
		panic(noRule(n, "there is no rule for windows reduced by "+kind.String()))
	}
}

// window is the geometry of a ReduceWindow.
type window struct {
	size, strides, dilation []int
	pad                     []graph.PadAxis
	fill                    float64 // what the reduction takes padding for: never chosen.
	dims                    []int   // of the output.
}

func newWindow(n *graph.Node) window {
	rank := n.Rank()
	w := window{
		size:     intsParam(n, "windowDimensions"),
		strides:  ones(intsParam(n, "strides"), rank),
		dilation: ones(intsParam(n, "windowDilations"), rank),
		pad:      make([]graph.PadAxis, rank),
		fill:     math.Inf(-1),
		dims:     n.Shape().Dimensions,
	}
	if compute.ReduceOpType(param(n, "reductionType").Int()) == compute.ReduceOpMin {
		w.fill = math.Inf(1)
	}
	base := ones(intsParam(n, "inputDilations"), rank)
	paddings := param(n, "paddings")
	for axis := range w.pad {
		w.pad[axis].Interior = base[axis] - 1
		if paddings.Len() > 0 {
			w.pad[axis].Start = int(paddings.Index(axis).Index(0).Int())
			w.pad[axis].End = int(paddings.Index(axis).Index(1).Int())
		}
	}
	return w
}

// ones is the default of a geometry's list: 1 along each axis.
func ones(given []int, rank int) []int {
	for len(given) < rank {
		given = append(given, 1)
	}
	return given
}

// chosen returns, for each window of n's input, the element of t at the place of the extreme, the
// first one in row-major order if several attain it (as XLA's SelectAndScatter, which is the VJP,
// chooses). The windows' offsets are unrolled: for each, the input is a strided slice of the
// output's shape, so overlapping windows are no different from others. The extreme is found anew by
// comparing the slices with each other, not looked for by its value: a compiler that computes the
// input twice, with other roundings, then still chooses exactly one.
//
// Cost: two slices an element of the window.
func (w window) chosen(n, t *graph.Node) *graph.Node {
	g, x := n.Graph(), n.Inputs()[0]
	x = graph.Pad(x, graph.Scalar(g, x.DType(), w.fill), w.pad...)
	t = graph.Pad(t, graph.ScalarZero(g, t.DType()), w.pad...)
	better := graph.GreaterThan
	if w.fill > 0 {
		better = graph.LessThan
	}
	var best, result *graph.Node
	for i, offset := range w.offsets() {
		xs, ts := w.slice(x, offset), w.slice(t, offset)
		if i == 0 {
			best, result = xs, ts
			continue
		}
		found := better(xs, best)
		best, result = graph.Where(found, xs, best), graph.Where(found, ts, result)
	}
	return result
}

// offsets lists the places within a window, in row-major order.
func (w window) offsets() [][]int {
	all := [][]int{make([]int, len(w.size))}
	for axis, size := range w.size {
		var next [][]int
		for _, o := range all {
			for k := range size {
				c := append([]int{}, o...)
				c[axis] = k * w.dilation[axis]
				next = append(next, c)
			}
		}
		all = next
	}
	return all
}

// slice takes from the padded x the element at the given offset of every window: the output's
// shape.
func (w window) slice(x *graph.Node, offset []int) *graph.Node {
	axes := make([]graph.SliceAxisSpec, len(offset))
	for axis, start := range offset {
		end := start + (w.dims[axis]-1)*w.strides[axis] + 1
		axes[axis] = graph.AxisRange(start, end).Stride(w.strides[axis])
	}
	return graph.Slice(x, axes...)
}
