package transform

import (
	"reflect"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// convolution is the geometry of a ConvGeneral: of x as [batch, space…, channels] with a kernel
// [space…, channels of a group, outputs].
type convolution struct {
	toInput, toKernel []int // permutations of the two inputs into these orders.
	toOutput          []int // permutation of [batch, space…, outputs] into the node's order.
	window            window
	channelGroups     int
	batchGroups       int
	group             int // channels of a group.
}

func newConvolution(n *graph.Node) convolution {
	axes := param(n, "axes").FieldByName
	c := convolution{
		toInput:       order(axes("InputBatch"), axes("InputSpatial"), axes("InputChannels")),
		toOutput:      order(axes("OutputBatch"), axes("OutputSpatial"), axes("OutputChannels")),
		channelGroups: max(1, int(param(n, "channelGroupCount").Int())),
		batchGroups:   max(1, int(param(n, "batchGroupCount").Int())),
	}
	kernel := order(axes("KernelInputChannels"), axes("KernelSpatial"),
		axes("KernelOutputChannels"))
	last := len(kernel) - 1
	c.toKernel = slices.Concat(kernel[1:last], kernel[:1], kernel[last:])
	k := n.Inputs()[1].Shape().Dimensions
	c.group = k[kernel[0]]
	c.window = c.newWindow(n, kernel[1:last])
	return c
}

// order lists a first axis, those of space, and a last one.
func order(first, space, last reflect.Value) []int {
	axes := []int{int(first.Int())}
	for i := range space.Len() {
		axes = append(axes, int(space.Index(i).Int()))
	}
	return append(axes, int(last.Int()))
}

// newWindow is what the kernel sees of the transposed input, of one channel.
func (c convolution) newWindow(n *graph.Node, kernelSpace []int) window {
	space := len(kernelSpace)
	strides := ones(intsParam(n, "strides"), space)
	dilation := ones(intsParam(n, "kernelDilations"), space)
	base := ones(intsParam(n, "inputDilations"), space)
	paddings := param(n, "paddings")
	w := window{size: []int{1}, strides: []int{1}, dilation: []int{1},
		pad: make([]graph.PadAxis, space+2)}
	for i, axis := range kernelSpace {
		w.size = append(w.size, n.Inputs()[1].Shape().Dimensions[axis])
		w.strides = append(w.strides, strides[i])
		w.dilation = append(w.dilation, dilation[i])
		w.pad[i+1].Interior = base[i] - 1
		if paddings.Len() > 0 {
			w.pad[i+1].Start = int(paddings.Index(i).Index(0).Int())
			w.pad[i+1].End = int(paddings.Index(i).Index(1).Int())
		}
	}
	w.size, w.strides = append(w.size, 1), append(w.strides, 1)
	w.dilation = append(w.dilation, 1)
	for _, axis := range c.toOutput {
		w.dims = append(w.dims, n.Shape().Dimensions[axis])
	}
	return w
}

// asProduct is the convolution of x with kernel as one matrix product.
//
// For each place k of the kernel the input is cut to the positions that this place sees at every
// output: a strided slice of the padded input. Side by side these are the patches,
// P[batch·space, places·channels], and the output is P·W with the kernel as a matrix W. With groups
// the product is one for each of them. Groups of one channel (depthwise) leave nothing to be
// contracted but the places: the slices are weighted and added.
func (c convolution) asProduct(x, kernel *graph.Node) *graph.Node {
	x, kernel = permuted(x, c.toInput), permuted(kernel, c.toKernel)
	if !c.window.isBare() {
		x = graph.Pad(x, graph.ScalarZero(x.Graph(), x.DType()), c.window.pad...)
	}
	var out *graph.Node
	switch k := kernel.Shape().Dimensions; {
	case c.batchGroups > 1:
		out = c.batchGrouped(x, kernel)
	case c.channelGroups == 1:
		patches := graph.Reshape(c.patches(x, 1), -1, c.window.places()*c.group)
		out = graph.MatMul(patches, graph.Reshape(kernel, c.window.places()*c.group, k[len(k)-1]))
	case c.group == 1:
		out = c.weighted(x, kernel)
	default:
		patches := graph.Reshape(c.patches(x, c.channelGroups), -1, c.channelGroups,
			c.window.places()*c.group)
		out = graph.DotGeneral(patches, []int{2}, []int{1},
			c.grouped(kernel, c.channelGroups), []int{0}, []int{1})
		out = graph.TransposeAllAxes(out, 1, 0, 2)
	}
	return permuted(graph.Reshape(out, c.window.dims...), inverse(c.toOutput))
}

// grouped is the kernel as [places·channels, groups, outputs of a group].
func (c convolution) grouped(kernel *graph.Node, groups int) *graph.Node {
	return graph.Reshape(kernel, c.window.places()*c.group, groups, -1)
}

// patches is [batch, space…, groups, places·channels of a group].
func (c convolution) patches(x *graph.Node, groups int) *graph.Node {
	views := c.views(x)
	for i, v := range views {
		dims := slices.Clone(v.Shape().Dimensions)
		last := len(dims) - 1
		views[i] = graph.Reshape(v, append(dims[:last], groups, dims[last]/groups)...)
	}
	return graph.Concatenate(views, -1)
}

// views are what each place of the kernel sees: [batch, space…, channels].
func (c convolution) views(x *graph.Node) []*graph.Node {
	seen := c.window
	seen.dims = slices.Clone(seen.dims)
	last := len(seen.dims) - 1
	seen.dims[0], seen.dims[last] = x.Shape().Dimensions[0], x.Shape().Dimensions[last]
	var views []*graph.Node
	for _, offset := range seen.offsets() {
		views = append(views, seen.slice(x, offset))
	}
	return views
}

// weighted is the product where each group is one channel.
func (c convolution) weighted(x, kernel *graph.Node) *graph.Node {
	places := graph.Reshape(kernel, c.window.places(), c.channelGroups, -1)
	var out *graph.Node
	for k, v := range c.views(x) {
		weight := graph.Slice(places, graph.AxisElem(k))
		out = sum(out, graph.Mul(graph.Reshape(v, -1, c.channelGroups, 1), weight))
	}
	return out
}

// batchGrouped is the convolution whose g-th group of the batch makes the g-th group of outputs.
func (c convolution) batchGrouped(x, kernel *graph.Node) *graph.Node {
	patches := graph.Reshape(c.patches(x, 1), c.batchGroups, -1, c.window.places()*c.group)
	out := graph.DotGeneral(patches, []int{2}, []int{0},
		c.grouped(kernel, c.batchGroups), []int{0}, []int{1})
	return graph.TransposeAllAxes(out, 1, 0, 2)
}

// permuted transposes x unless that changes nothing.
func permuted(x *graph.Node, axes []int) *graph.Node {
	if slices.IsSorted(axes) {
		return x
	}
	return graph.TransposeAllAxes(x, axes...)
}

// inverse is the permutation that undoes axes.
func inverse(axes []int) []int {
	back := make([]int, len(axes))
	for i, axis := range axes {
		back[axis] = i
	}
	return back
}
