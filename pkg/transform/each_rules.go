package transform

import (
	"maps"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// stackRules holds the rules of SubstituteEach. An operation that isn't here is repeated.
var stackRules map[graph.NodeType]stackRule

func init() { // not a literal: rules call back into the walk.
	stackRules = make(map[graph.NodeType]stackRule)
	for op := range elementwiseOps {
		stackRules[op] = elementwiseEach
	}
	for op, reduce := range reductions {
		stackRules[op] = reduceEach(reduce)
	}
	for op, scatter := range scatters {
		stackRules[op] = scatterEach(scatter)
	}
	maps.Copy(stackRules, map[graph.NodeType]stackRule{
		graph.NodeTypeComplex:             elementwiseEach,
		graph.NodeTypeReal:                elementwiseEach,
		graph.NodeTypeImag:                elementwiseEach,
		graph.NodeTypeConj:                elementwiseEach,
		graph.NodeTypeWhere:               eachOfOneShape,
		graph.NodeTypeClamp:               eachOfOneShape,
		graph.NodeTypeSchedulingBarrier:   passEach,
		graph.NodeTypeOptimizationBarrier: passEach,
		graph.NodeTypeReshape:             reshapeEach,
		graph.NodeTypeTranspose:           transposeEach,
		graph.NodeTypeBroadcastInDim:      broadcastEach,
		graph.NodeTypeSlice:               sliceEach,
		graph.NodeTypeConcatenate:         concatenateEach,
		graph.NodeTypePad:                 padEach,
		graph.NodeTypeReverse:             reverseEach,
		graph.NodeTypeCumSum:              cumSumEach,
		graph.NodeTypeFFT:                 cloneEach,
		graph.NodeTypeArgMinMax:           argMinMaxEach,
		graph.NodeTypeDotGeneral:          dotEach,
		graph.NodeTypeConvGeneral:         convEach,
		graph.NodeTypeReduceWindow:        windowEach,
		graph.NodeTypeSelectAndScatterMax: selectAndScatterEach,
		graph.NodeTypeSelectAndScatterMin: selectAndScatterEach,
		graph.NodeTypeGather:              gatherEach,
		graph.NodeTypeDynamicSlice:        dynamicSliceEach,
		graph.NodeTypeDynamicUpdateSlice:  dynamicUpdateEach,
	})
}

// elementwiseEach clones n on its inputs' values. An input that is the same for all stays a scalar,
// or gets a first axis of length 1, along which the backend broadcasts.
func elementwiseEach(s *stacker, n *graph.Node) *graph.Node {
	in := make([]*graph.Node, len(n.Inputs()))
	for i, x := range n.Inputs() {
		switch values := s.of(x); {
		case values != nil:
			in[i] = raised(values, n.Rank()+1)
		case x.IsScalar():
			in[i] = x
		default:
			in[i] = lead(x)
		}
	}
	out := n.CloneWithInputs(in...)
	if want := s.dims(n); !slices.Equal(out.Shape().Dimensions, want) {
		out = graph.BroadcastToDims(out, want...)
	}
	return out
}

// eachOfOneShape clones n on inputs that all have its shape.
func eachOfOneShape(s *stacker, n *graph.Node) *graph.Node {
	in := make([]*graph.Node, len(n.Inputs()))
	for i, x := range n.Inputs() {
		in[i] = s.like(x, n)
	}
	return n.CloneWithInputs(in...)
}

func passEach(s *stacker, n *graph.Node) *graph.Node { return s.full(n.Inputs()[0]) }

// cloneEach is for what acts on the last axes of one input.
func cloneEach(s *stacker, n *graph.Node) *graph.Node {
	return n.CloneWithInputs(s.of(n.Inputs()[0]))
}

func reshapeEach(s *stacker, n *graph.Node) *graph.Node {
	return graph.Reshape(s.of(n.Inputs()[0]), s.dims(n)...)
}

func transposeEach(s *stacker, n *graph.Node) *graph.Node {
	return graph.TransposeAllAxes(s.of(n.Inputs()[0]),
		append([]int{0}, after(intsParam(n, "permutation"))...)...)
}

func broadcastEach(s *stacker, n *graph.Node) *graph.Node {
	dims := make([]int, n.Rank()+1)
	for i := range dims {
		dims[i] = 1
	}
	dims[0] = s.count
	x := n.Inputs()[0]
	for i, axis := range intsParam(n, "broadcastAxes") {
		dims[axis+1] = x.Shape().Dimensions[i]
	}
	return graph.BroadcastToDims(graph.Reshape(s.of(x), dims...), s.dims(n)...)
}

func sliceEach(s *stacker, n *graph.Node) *graph.Node {
	axes := []graph.SliceAxisSpec{graph.AxisRange()}
	limits, strides := intsParam(n, "limits"), ones(intsParam(n, "strides"), n.Rank())
	for i, start := range intsParam(n, "starts") {
		axes = append(axes, graph.AxisRange(start, limits[i]).Stride(strides[i]))
	}
	return graph.Slice(s.of(n.Inputs()[0]), axes...)
}

func concatenateEach(s *stacker, n *graph.Node) *graph.Node {
	var parts []*graph.Node
	for _, x := range n.Inputs() {
		parts = append(parts, s.full(x))
	}
	return graph.Concatenate(parts, int(param(n, "axis").Int())+1)
}

func padEach(s *stacker, n *graph.Node) *graph.Node {
	x, fill := s.full(n.Inputs()[0]), n.Inputs()[1]
	if s.of(fill) != nil {
		return oneByOne(s, n)
	}
	axes := make([]graph.PadAxis, 1, n.Rank()+1)
	given := param(n, "axesConfig")
	for i := range given.Len() {
		of := func(name string) int { return int(given.Index(i).FieldByName(name).Int()) }
		axes = append(axes, graph.PadAxis{Start: of("Start"), End: of("End"),
			Interior: of("Interior")})
	}
	return graph.Pad(x, fill, axes...)
}

func reverseEach(s *stacker, n *graph.Node) *graph.Node {
	return graph.Reverse(s.of(n.Inputs()[0]), after(intsParam(n, "axes"))...)
}

// cumSumEach takes the values for more of the first axis, where the sum is along another.
func cumSumEach(s *stacker, n *graph.Node) *graph.Node {
	if param(n, "axis").Int() == 0 {
		return oneByOne(s, n)
	}
	return s.parted(n.CloneWithInputs(s.merged(s.of(n.Inputs()[0]), 0)), 0)
}

func argMinMaxEach(s *stacker, n *graph.Node) *graph.Node {
	pick := graph.ArgMax
	if param(n, "isMin").Bool() {
		pick = graph.ArgMin
	}
	return pick(s.of(n.Inputs()[0]), int(param(n, "axis").Int())+1, n.DType())
}

// reductions are those along axes; none stands for all.
var reductions = map[graph.NodeType]func(x *graph.Node, axes ...int) *graph.Node{
	graph.NodeTypeReduceSum:        graph.ReduceSum,
	graph.NodeTypeReduceProduct:    graph.ReduceMultiply,
	graph.NodeTypeReduceMax:        graph.ReduceMax,
	graph.NodeTypeReduceMin:        graph.ReduceMin,
	graph.NodeTypeReduceLogicalAnd: graph.ReduceLogicalAnd,
	graph.NodeTypeReduceLogicalOr:  graph.ReduceLogicalOr,
	graph.NodeTypeReduceLogicalXor: graph.ReduceLogicalXor,
	graph.NodeTypeReduceBitwiseAnd: graph.ReduceBitwiseAnd,
	graph.NodeTypeReduceBitwiseOr:  graph.ReduceBitwiseOr,
	graph.NodeTypeReduceBitwiseXor: graph.ReduceBitwiseXor,
}

func reduceEach(reduce func(x *graph.Node, axes ...int) *graph.Node) stackRule {
	return func(s *stacker, n *graph.Node) *graph.Node {
		x, axes := n.Inputs()[0], after(intsParam(n, "axes"))
		if len(axes) == 0 {
			for axis := range x.Rank() {
				axes = append(axes, axis+1)
			}
		}
		if len(axes) == 0 { // a scalar.
			return s.of(x)
		}
		return reduce(s.of(x), axes...)
	}
}

// windowEach takes the values for more of the first axis, where windows are one element long along
// it.
func windowEach(s *stacker, n *graph.Node) *graph.Node {
	w := newWindow(n)
	if len(w.size) == 0 || w.size[0] != 1 || w.strides[0] != 1 || w.pad[0] != (graph.PadAxis{}) {
		return oneByOne(s, n)
	}
	return s.parted(n.CloneWithInputs(s.merged(s.of(n.Inputs()[0]), 0)), 0)
}

// selectAndScatterEach is windowEach for the gradient of a maximum.
func selectAndScatterEach(s *stacker, n *graph.Node) *graph.Node {
	strides := ones(intsParam(n, "windowStrides"), n.Rank())
	paddings := param(n, "paddings")
	padded := paddings.Len() > 0 &&
		(paddings.Index(0).Index(0).Int() != 0 || paddings.Index(0).Index(1).Int() != 0)
	if intsParam(n, "windowDimensions")[0] != 1 || strides[0] != 1 || padded {
		return oneByOne(s, n)
	}
	in := make([]*graph.Node, len(n.Inputs()))
	for i, x := range n.Inputs() {
		in[i] = s.merged(s.full(x), 0)
	}
	return s.parted(n.CloneWithInputs(in...), 0)
}

// gatherEach takes the first axis along: as part of each slice where the operand differs, as one
// more axis of indices where these do.
func gatherEach(s *stacker, n *graph.Node) *graph.Node {
	x, indices := n.Inputs()[0], n.Inputs()[1]
	vector := int(param(n, "indexVectorAxis").Int())
	offsets := after(intsParam(n, "offsetOutputAxes"))
	collapsed := intsParam(n, "collapsedSliceAxes")
	starts, sizes := intsParam(n, "startIndexMap"), intsParam(n, "sliceSizes")
	sorted := param(n, "indicesAreSorted").Bool()
	switch operand, at := s.of(x), s.of(indices); {
	case at == nil:
		return graph.BackendGather(operand, indices, vector, append([]int{0}, offsets...),
			after(collapsed), after(starts), append([]int{s.count}, sizes...), sorted)
	case operand == nil:
		return graph.BackendGather(x, at, vector+1, offsets, collapsed, starts, sizes, false)
	}
	return oneByOne(s, n)
}

// A scatterFn is one of the scatters with all its parameters.
type scatterFn func(operand, indices, updates *graph.Node, indexVectorAxis int, updateWindowAxes,
	insertedWindowAxes, scatterAxesToOperandAxes []int, sorted, unique bool) *graph.Node

var scatters = map[graph.NodeType]scatterFn{
	graph.NodeTypeScatterSum: graph.BackendScatterSum,
	graph.NodeTypeScatterMax: graph.BackendScatterMax,
	graph.NodeTypeScatterMin: graph.BackendScatterMin,
}

// scatterEach takes the first axis along as part of each window.
func scatterEach(scatter scatterFn) stackRule {
	return func(s *stacker, n *graph.Node) *graph.Node {
		in := n.Inputs()
		if s.of(in[1]) != nil {
			return oneByOne(s, n)
		}
		return scatter(s.full(in[0]), in[1], s.full(in[2]), int(param(n, "indexVectorAxis").Int()),
			append([]int{0}, after(intsParam(n, "updateWindowAxes"))...),
			after(intsParam(n, "insertedWindowAxes")),
			after(intsParam(n, "scatterAxesToOperandAxes")),
			param(n, "indicesAreSorted").Bool(), param(n, "uniqueIndices").Bool())
	}
}

// startsEach are the start indices with that of the first axis, 0; nil where they differ.
func (s *stacker) startsEach(starts []*graph.Node) []*graph.Node {
	for _, x := range starts {
		if s.of(x) != nil {
			return nil
		}
	}
	zero := graph.ScalarZero(starts[0].Graph(), starts[0].DType())
	return append([]*graph.Node{zero}, starts...)
}

func dynamicSliceEach(s *stacker, n *graph.Node) *graph.Node {
	starts := s.startsEach(n.Inputs()[1:])
	if starts == nil {
		return oneByOne(s, n)
	}
	return graph.DynamicSlice(s.of(n.Inputs()[0]), starts, s.dims(n))
}

func dynamicUpdateEach(s *stacker, n *graph.Node) *graph.Node {
	starts := s.startsEach(n.Inputs()[2:])
	if starts == nil {
		return oneByOne(s, n)
	}
	return graph.DynamicUpdateSlice(s.full(n.Inputs()[0]), s.full(n.Inputs()[1]), starts)
}
