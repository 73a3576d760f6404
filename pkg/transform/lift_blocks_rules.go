package transform

import (
	"maps"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// blockRule builds the parted node n for a block: [d₁, …, size], with what is left of the axis of
// the examples in its place.
type blockRule func(r *blockReplay, n *graph.Node) *graph.Node

var blockRules map[graph.NodeType]blockRule

func init() { // not a literal: rules call back into the walk.
	blockRules = make(map[graph.NodeType]blockRule)
	for op := range elementwiseOps {
		blockRules[op] = elementwiseInBlock
	}
	for op, reduce := range reductions {
		blockRules[op] = reduceInBlock(reduce)
	}
	maps.Copy(blockRules, map[graph.NodeType]blockRule{
		graph.NodeTypeWhere:                 ofOneShapeInBlock,
		graph.NodeTypeClamp:                 ofOneShapeInBlock,
		graph.NodeTypeReshape:               reshapeInBlock,
		graph.NodeTypeTranspose:             transposeInBlock,
		graph.NodeTypeBroadcastInDim:        broadcastInBlock,
		graph.NodeTypeSlice:                 sliceInBlock,
		graph.NodeTypeConcatenate:           concatenateInBlock,
		graph.NodeTypePad:                   padInBlock,
		graph.NodeTypeReverse:               reverseInBlock,
		graph.NodeTypeArgMinMax:             argMinMaxInBlock,
		graph.NodeTypeDotGeneral:            dotInBlock,
		graph.NodeTypeBatchNormForInference: batchNormInBlock,
	})
	for _, op := range []graph.NodeType{graph.NodeTypeOptimizationBarrier,
		graph.NodeTypeSchedulingBarrier} {
		delete(blockRules, op)
	}
}

// beside is x as an operand of an element-wise operation like the parted node n: with the axis of
// the examples last, of length 1 where x is the same for all; a scalar stays one.
func (r *blockReplay) beside(x, n *graph.Node) *graph.Node {
	if r.parted[x] || x.IsScalar() {
		return r.value[x]
	}
	return graph.InsertAxes(r.narrow(x, r.axis(n)), -1)
}

// narrow is x, which is the same for all examples, with one element along an axis.
func (r *blockReplay) narrow(x *graph.Node, axis int) *graph.Node {
	if x.Shape().Dimensions[axis] == 1 {
		return r.value[x]
	}
	if x.Type() != graph.NodeTypeBroadcastInDim || r.value[x.Inputs()[0]] == nil {
		panic(noBlock(x, "it differs along the axis of the examples, which it doesn't hold"))
	}
	from := x.Inputs()[0]
	ones := make([]int, x.Rank())
	for i := range ones {
		ones[i] = 1
	}
	for i, to := range intsParam(x, "broadcastAxes") {
		if ones[to] = from.Shape().Dimensions[i]; to == axis && ones[to] != 1 {
			panic(noBlock(x, "it differs along the axis of the examples, which it doesn't hold"))
		}
	}
	dims := slices.Clone(x.Shape().Dimensions)
	dims[axis] = 1
	return graph.BroadcastToDims(graph.Reshape(r.value[from], ones...), dims...)
}

// full is beside with all the dimensions of n.
func (r *blockReplay) full(x, n *graph.Node) *graph.Node {
	y := r.beside(x, n)
	if dims := r.Dims(n); !slices.Equal(y.Shape().Dimensions, dims) {
		return graph.BroadcastToDims(y, dims...)
	}
	return y
}

func elementwiseInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	in := make([]*graph.Node, len(n.Inputs()))
	for i, x := range n.Inputs() {
		in[i] = r.beside(x, n)
	}
	out := n.CloneWithInputs(in...)
	if dims := r.Dims(n); !slices.Equal(out.Shape().Dimensions, dims) {
		return graph.BroadcastToDims(out, dims...)
	}
	return out
}

// ofOneShapeInBlock clones n on inputs that all have its shape.
func ofOneShapeInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	in := make([]*graph.Node, len(n.Inputs()))
	for i, x := range n.Inputs() {
		in[i] = r.full(x, n)
	}
	return n.CloneWithInputs(in...)
}

// reshapeInBlock: what is before the examples and what is after them keep their order.
func reshapeInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	return graph.Reshape(r.value[n.Inputs()[0]], r.Dims(n)...)
}

func transposeInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	return graph.TransposeAllAxes(r.value[n.Inputs()[0]],
		append(intsParam(n, "permutation"), n.Rank())...)
}

func broadcastInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	x := n.Inputs()[0]
	dims := make([]int, n.Rank()+1)
	for i := range dims {
		dims[i] = 1
	}
	for i, to := range intsParam(n, "broadcastAxes") {
		dims[to] = r.Dims(x)[i]
	}
	dims[n.Rank()] = r.size
	return graph.BroadcastToDims(graph.Reshape(r.value[x], dims...), r.Dims(n)...)
}

// sliceInBlock: along the examples a slice is whole, or they would have been lost.
func sliceInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	limits, strides := intsParam(n, "limits"), ones(intsParam(n, "strides"), n.Rank())
	axes := make([]graph.SliceAxisSpec, n.Rank())
	for i, start := range intsParam(n, "starts") {
		if axes[i] = graph.AxisRange(); i != r.axis(n) {
			axes[i] = graph.AxisRange(start, limits[i]).Stride(strides[i])
		}
	}
	return graph.Slice(r.value[n.Inputs()[0]], axes...)
}

func concatenateInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	joined := int(param(n, "axis").Int())
	parts := make([]*graph.Node, len(n.Inputs()))
	for i, x := range n.Inputs() {
		y := r.beside(x, n)
		dims := slices.Clone(r.Dims(n))
		dims[joined] = x.Shape().Dimensions[joined]
		if parts[i] = y; !slices.Equal(y.Shape().Dimensions, dims) {
			parts[i] = graph.BroadcastToDims(y, dims...)
		}
	}
	return graph.Concatenate(parts, joined)
}

func padInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	given := param(n, "axesConfig")
	axes := make([]graph.PadAxis, n.Rank()+1)
	for i := range given.Len() {
		of := func(name string) int { return int(given.Index(i).FieldByName(name).Int()) }
		axes[i] = graph.PadAxis{Start: of("Start"), End: of("End"), Interior: of("Interior")}
	}
	x, fill := n.Inputs()[0], n.Inputs()[1]
	if axes[r.axis(n)] != (graph.PadAxis{}) || !r.parted[x] {
		panic(noBlock(n, "it pads examples"))
	}
	return graph.Pad(r.value[x], r.value[fill], axes...)
}

func reverseInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	return graph.Reverse(r.value[n.Inputs()[0]], intsParam(n, "axes")...)
}

func argMinMaxInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	pick := graph.ArgMax
	if param(n, "isMin").Bool() {
		pick = graph.ArgMin
	}
	return pick(r.value[n.Inputs()[0]], int(param(n, "axis").Int()), n.DType())
}

// reduceInBlock: the axes aren't that of the examples, or they would have been pooled.
func reduceInBlock(reduce func(x *graph.Node, axes ...int) *graph.Node) blockRule {
	return func(r *blockReplay, n *graph.Node) *graph.Node {
		return reduce(r.value[n.Inputs()[0]], intsParam(n, "axes")...)
	}
}

// dotInBlock multiplies the examples of one side, [features, size], by a matrix that is the same
// for all. The columns of the product are examples.
func dotInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	d := newDot(n)
	x, w, xAxes, wAxes := d.lhs, d.rhs, d.lhsContracting, d.rhsContracting
	if r.parted[w] {
		x, w, xAxes, wAxes = w, x, wAxes, xAxes
	}
	if r.parted[w] || len(d.lhsBatch) > 0 {
		panic(noBlock(n, "it multiplies what differs from example to example"))
	}
	for axis, length := range r.left(x) {
		if length != 1 && !slices.Contains(xAxes, axis) {
			panic(noBlock(n, "an example has several rows in it"))
		}
	}
	var dims []int // of what is contracted, in the order of w's axes.
	order := slices.Clone(xAxes)
	for _, axis := range xAxes {
		dims = append(dims, x.Shape().Dimensions[axis])
	}
	for axis := range x.Rank() + 1 {
		if !slices.Contains(xAxes, axis) {
			order = append(order, axis)
		}
	}
	columns := graph.Reshape(graph.TransposeAllAxes(r.value[x], order...), append(dims, r.size)...)
	if r.turned[w] {
		wAxes = []int{1}
	}
	product := d.withTypes(graph.Dot(r.value[w], columns))
	out := product.General(wAxes, nil, ascending(len(dims)), nil)
	return graph.Reshape(out, r.Dims(n)...)
}

// batchNormInBlock is batch normalisation with given statistics, in primitives.
func batchNormInBlock(r *blockReplay, n *graph.Node) *graph.Node {
	in := n.Inputs()
	b := newBatchNorm(n, in[0])
	b.dims = append(b.dims, 1)
	if !r.parted[in[0]] {
		panic(noBlock(n, "its statistics differ from example to example"))
	}
	for _, s := range in[1:] {
		if r.parted[s] {
			panic(noBlock(n, "its statistics differ from example to example"))
		}
	}
	return b.normalize(r.value[in[0]], r.value[in[1]], r.value[in[2]], r.value[in[3]],
		r.value[in[4]])
}
