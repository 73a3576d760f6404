package transform

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
)

// spread says how a node's value depends on the examples of a batch.
type spread int

const (
	// apart: not at all; the value is the same whatever the batch holds.
	apart spread = iota
	// along: one part of the value belongs to each example, along an axis that is known.
	along
	// pooled: on all examples at once, such as by sums over them.
	pooled
	// carried: on the batch through what isn't followed: a function (If, Call), an input without an
	// axis of examples.
	carried
	// lost: on examples in a way that wasn't followed.
	lost
)

// place is where a node holds its examples. In row-major order the element at flat index f belongs
// to example (f / stride) mod n, which a Reshape leaves as it is.
type place struct {
	spread spread
	stride int
}

// Examples says which part of a node belongs to which example of a batch. The inputs hold the
// examples along their first axis; from there they are followed through the graph by the rules of
// the operations, and never guessed from a length.
type Examples struct {
	n     int
	roots []*graph.Node
	of    map[*graph.Node]place
	mixed map[*graph.Node]bool // the part of an example depends on the others in its batch.
	// placed: the part of an example depends on its place in the batch.
	placed map[*graph.Node]bool
	still  map[stillAt]bool
	loops  map[*graph.Node][]place // of a While's outputs.
}

// FollowExamples follows n examples from the sources (inputs and labels; those whose first axis
// isn't of length n depend on the batch in a way that isn't followed) to the roots. It builds
// nothing. Cost: one walk.
func FollowExamples(roots, sources []*graph.Node, n int) *Examples {
	e := &Examples{n: n, roots: roots, of: make(map[*graph.Node]place),
		mixed: make(map[*graph.Node]bool), placed: make(map[*graph.Node]bool),
		still: make(map[stillAt]bool), loops: make(map[*graph.Node][]place)}
	for _, s := range sources {
		if s.Rank() == 0 || s.Shape().Dimensions[0] != n {
			e.of[s] = place{spread: carried}
			continue
		}
		e.of[s] = place{along, s.Shape().Size() / n}
	}
	e.visit(roots)
	return e
}

// visit follows the examples to nodes.
func (e *Examples) visit(roots []*graph.Node) {
	for _, node := range topological(roots) {
		if _, known := e.of[node]; !known {
			e.of[node] = e.follow(node)
			e.mix(node)
		}
		if _, known := e.loops[node]; node.Type() == graph.NodeTypeWhile && !known {
			e.loop(node)
		}
	}
}

// mix notes whether an example's part of a node depends on other examples, or on its place.
func (e *Examples) mix(node *graph.Node) {
	if e.n > 1 && e.readsPlace(node) {
		e.placed[node] = true
	}
	for _, in := range node.Inputs() {
		if e.mixed[in] || e.of[node].spread == along && e.of[in].spread == pooled {
			e.mixed[node] = true
		}
		if e.placed[in] {
			e.placed[node] = true
		}
	}
}

// lostAt is the first operation before a node through which the examples couldn't be followed; nil
// if there is none.
func (e *Examples) lostAt(node *graph.Node) *graph.Node {
	for _, n := range topological([]*graph.Node{node}) {
		switch p := e.of[n]; {
		case p.spread == lost && n.Type() == graph.NodeTypeSplitNode:
			return n.Inputs()[0]
		case p.spread == lost, p.spread == carried && e.loops[n] == nil:
			return n
		}
	}
	return nil
}

// Of returns, for each example, the sum of the part of the node's value that belongs to it: shape
// [n]. It returns nil if the node doesn't hold its examples along an axis.
func (e *Examples) Of(node *graph.Node) *graph.Node {
	p := e.of[node]
	if p.spread != along {
		return nil
	}
	cut, others := e.cut(node, p.stride)
	return graph.ReduceSum(cut, others...)
}

// Mean returns the mean of what belongs to each example: shape [n]. nil if the node doesn't hold
// its examples along an axis.
func (e *Examples) Mean(node *graph.Node) *graph.Node {
	p := e.of[node]
	if p.spread != along {
		return nil
	}
	cut, others := e.cut(node, p.stride)
	return graph.ReduceMean(cut, others...)
}

// cut shapes a node as [n, inner], or [outer, n, inner], and names the axes but n's.
func (e *Examples) cut(node *graph.Node, stride int) (*graph.Node, []int) {
	if stride*e.n == node.Shape().Size() {
		return graph.Reshape(node, e.n, stride), []int{1}
	}
	return graph.Reshape(node, -1, e.n, stride), []int{0, 2}
}

// Axis returns the axis along which the node holds its examples, and how many consecutive elements
// of that axis belong to one example. The axis is −1 if it isn't known, or there is none.
func (e *Examples) Axis(node *graph.Node) (axis, inner int) {
	p := e.of[node]
	if p.spread != along {
		return -1, 0
	}
	return e.axisOf(node, p.stride)
}

// axisOf finds the axis that holds the examples at a stride; −1 where they are spread over several.
func (e *Examples) axisOf(node *graph.Node, stride int) (axis, inner int) {
	after := 1
	dims := node.Shape().Dimensions
	for k := len(dims) - 1; k >= 0; k-- {
		whole := after * dims[k]
		if stride >= after && stride*e.n <= whole {
			if stride%after == 0 && whole%(stride*e.n) == 0 {
				return k, stride / after
			}
			return -1, 0
		}
		after = whole
	}
	return -1, 0
}

// at is the place of examples along an axis of a node, inner consecutive elements each.
func (e *Examples) at(node *graph.Node, axis, inner int) place {
	if axis < 0 {
		return place{spread: lost}
	}
	stride := inner
	for _, d := range node.Shape().Dimensions[axis+1:] {
		stride *= d
	}
	return place{along, stride}
}

// follow finds a node's place from those of its inputs.
func (e *Examples) follow(n *graph.Node) place {
	in := n.Inputs()
	if n.Type() == graph.NodeTypeSplitNode && e.loops[in[0]] != nil {
		return e.loops[in[0]][splitIndex(n)]
	}
	merged := place{spread: apart}
	for _, input := range in {
		switch p := e.of[input]; {
		case p.spread == lost:
			return p
		case p.spread > merged.spread && merged.spread != along, p.spread == along:
			merged = p
		}
	}
	switch {
	case merged.spread == apart && !IsClosureOp(n):
		return merged
	case IsClosureOp(n):
		return place{spread: carried}
	case merged.spread == pooled && n.Type() == graph.NodeTypeSort:
		return place{spread: lost}
	case e.n == 1 && n.Rank() > 0: // all of it belongs to the one example.
		return place{along, n.Shape().Size()}
	case merged.spread != along:
		return merged
	}
	if rule := followRules[n.Type()]; rule != nil {
		return rule(e, n, in)
	}
	return e.elementwise(n, in)
}

// elementwise is the rule for operations that act on each element by itself, and for those that
// aren't known: these lose the examples unless the shape stays the same and they are elementwise.
func (e *Examples) elementwise(n *graph.Node, in []*graph.Node) place {
	if !isElementwise(n) {
		return place{spread: lost}
	}
	return e.agreed(n, in)
}

// agreed is the place that all inputs give to n, or lost where they differ. Axes of length 1 may be
// spread, but not that of the examples.
func (e *Examples) agreed(n *graph.Node, in []*graph.Node) place {
	found := place{spread: apart}
	for _, input := range in {
		p := e.of[input]
		if p.spread != along {
			continue
		}
		if !slices.Equal(input.Shape().Dimensions, n.Shape().Dimensions) {
			axis, inner := e.Axis(input)
			if axis < 0 || input.Rank() != n.Rank() ||
				input.Shape().Dimensions[axis] != n.Shape().Dimensions[axis] {
				return place{spread: lost}
			}
			p = e.at(n, axis, inner)
		}
		if found.spread == along && found != p {
			return place{spread: lost}
		}
		found = p
	}
	return found
}

// isElementwise reports whether n computes each element of its output from the same element of its
// inputs (and from scalars).
func isElementwise(n *graph.Node) bool { return elementwiseOps[n.Type()] }

var elementwiseOps = func() map[graph.NodeType]bool {
	ops := make(map[graph.NodeType]bool)
	for _, t := range []graph.NodeType{
		graph.NodeTypeAbs, graph.NodeTypeAdd, graph.NodeTypeAtan2, graph.NodeTypeBitCount,
		graph.NodeTypeBitwiseAnd, graph.NodeTypeBitwiseNot, graph.NodeTypeBitwiseOr,
		graph.NodeTypeBitwiseXor, graph.NodeTypeCeil, graph.NodeTypeClamp, graph.NodeTypeClz,
		graph.NodeTypeConvertDType, graph.NodeTypeCos, graph.NodeTypeDiv, graph.NodeTypeEqual,
		graph.NodeTypeEqualTotalOrder, graph.NodeTypeErf, graph.NodeTypeExp, graph.NodeTypeExpm1,
		graph.NodeTypeFloor, graph.NodeTypeFusedGelu, graph.NodeTypeGreaterOrEqual,
		graph.NodeTypeGreaterOrEqualTotalOrder, graph.NodeTypeGreaterThan,
		graph.NodeTypeGreaterThanTotalOrder, graph.NodeTypeIdentity, graph.NodeTypeIsFinite,
		graph.NodeTypeIsNaN, graph.NodeTypeLessOrEqual, graph.NodeTypeLessOrEqualTotalOrder,
		graph.NodeTypeLessThan, graph.NodeTypeLessThanTotalOrder, graph.NodeTypeLog,
		graph.NodeTypeLog1p, graph.NodeTypeLogicalAnd, graph.NodeTypeLogicalNot,
		graph.NodeTypeLogicalOr, graph.NodeTypeLogicalXor, graph.NodeTypeLogistic,
		graph.NodeTypeMax, graph.NodeTypeMin, graph.NodeTypeMul, graph.NodeTypeNeg,
		graph.NodeTypeNotEqual, graph.NodeTypeNotEqualTotalOrder,
		graph.NodeTypeOptimizationBarrier, graph.NodeTypePow, graph.NodeTypeRem,
		graph.NodeTypeRound, graph.NodeTypeRsqrt, graph.NodeTypeSchedulingBarrier,
		graph.NodeTypeShiftLeft, graph.NodeTypeShiftRightArithmetic,
		graph.NodeTypeShiftRightLogical, graph.NodeTypeSign, graph.NodeTypeSin,
		graph.NodeTypeSqrt, graph.NodeTypeSub, graph.NodeTypeTanh, graph.NodeTypeWhere,
	} {
		ops[t] = true
	}
	return ops
}()

// followRules are those of operations that move axes. Each is called where at least one input holds
// its examples along an axis and none has lost them.
var followRules map[graph.NodeType]func(e *Examples, n *graph.Node, in []*graph.Node) place

func init() {
	followRules = map[graph.NodeType]func(e *Examples, n *graph.Node, in []*graph.Node) place{
		graph.NodeTypeReshape:               (*Examples).reshape,
		graph.NodeTypeTranspose:             (*Examples).transpose,
		graph.NodeTypeBroadcastInDim:        (*Examples).broadcast,
		graph.NodeTypeSlice:                 (*Examples).slice,
		graph.NodeTypeDynamicSlice:          (*Examples).slice,
		graph.NodeTypeSort:                  (*Examples).sorted,
		graph.NodeTypeSplitNode:             (*Examples).split,
		graph.NodeTypeBatchNormForTraining:  (*Examples).first,
		graph.NodeTypePad:                   (*Examples).pad,
		graph.NodeTypeReverse:               (*Examples).reverse,
		graph.NodeTypeConcatenate:           (*Examples).concatenate,
		graph.NodeTypeDotGeneral:            (*Examples).dot,
		graph.NodeTypeConvGeneral:           (*Examples).convolve,
		graph.NodeTypeReduceWindow:          (*Examples).window,
		graph.NodeTypeGather:                (*Examples).gather,
		graph.NodeTypeCumSum:                (*Examples).cumulate,
		graph.NodeTypeArgMinMax:             (*Examples).argMinMax,
		graph.NodeTypeBatchNormForInference: (*Examples).first,
		graph.NodeTypeFusedSoftmax:          (*Examples).fused,
		graph.NodeTypeFusedLayerNorm:        (*Examples).fused,
	}
	for _, t := range []graph.NodeType{graph.NodeTypeReduceSum, graph.NodeTypeReduceMax,
		graph.NodeTypeReduceMin, graph.NodeTypeReduceProduct, graph.NodeTypeReduceLogicalAnd,
		graph.NodeTypeReduceLogicalOr, graph.NodeTypeReduceLogicalXor,
		graph.NodeTypeReduceBitwiseAnd, graph.NodeTypeReduceBitwiseOr,
		graph.NodeTypeReduceBitwiseXor} {
		followRules[t] = (*Examples).reduce
	}
}

func (e *Examples) reshape(n *graph.Node, in []*graph.Node) place {
	p := e.of[in[0]]
	if axis, _ := e.axisOf(n, p.stride); axis < 0 {
		return place{spread: lost}
	}
	return p
}

func (e *Examples) transpose(n *graph.Node, in []*graph.Node) place {
	axis, inner := e.Axis(in[0])
	return e.at(n, slices.Index(intsParam(n, "permutation"), axis), inner)
}

func (e *Examples) broadcast(n *graph.Node, in []*graph.Node) place {
	axis, inner := e.Axis(in[0])
	if axis < 0 {
		return place{spread: lost}
	}
	to := intsParam(n, "broadcastAxes")[axis]
	// one example, spread over more.
	if n.Shape().Dimensions[to] != in[0].Shape().Dimensions[axis] {
		return place{spread: lost}
	}
	return e.at(n, to, inner)
}

// sameLength keeps the axis of the only operand where its length stays and keep says that its
// elements stay in their places.
func (e *Examples) sameLength(n, operand *graph.Node, keep func(axis int) bool) place {
	axis, inner := e.Axis(operand)
	if axis < 0 || n.Shape().Dimensions[axis] != operand.Shape().Dimensions[axis] || !keep(axis) {
		return place{spread: lost}
	}
	return e.at(n, axis, inner)
}

func (e *Examples) slice(n *graph.Node, in []*graph.Node) place {
	return e.sameLength(n, in[0], func(int) bool { return true })
}

func (e *Examples) pad(n *graph.Node, in []*graph.Node) place {
	if e.of[in[1]].spread == along {
		return place{spread: lost}
	}
	config := param(n, "axesConfig")
	return e.sameLength(n, in[0], func(axis int) bool {
		c := config.Index(axis)
		return c.FieldByName("Start").Int() == 0 && c.FieldByName("End").Int() == 0
	})
}

func (e *Examples) reverse(n *graph.Node, in []*graph.Node) place {
	return e.sameLength(n, in[0], func(axis int) bool {
		return !slices.Contains(intsParam(n, "axes"), axis)
	})
}

func (e *Examples) cumulate(n *graph.Node, in []*graph.Node) place {
	return e.sameLength(n, in[0],
		func(axis int) bool { return int(param(n, "axis").Int()) != axis })
}

func (e *Examples) concatenate(n *graph.Node, in []*graph.Node) place {
	joined := int(param(n, "axis").Int())
	found := place{spread: apart}
	for _, input := range in {
		if e.of[input].spread != along {
			continue
		}
		axis, inner := e.Axis(input)
		p := e.at(n, axis, inner)
		if axis == joined || found.spread == along && p != found {
			return place{spread: lost}
		}
		found = p
	}
	return found
}

func (e *Examples) reduce(n *graph.Node, in []*graph.Node) place {
	axis, inner := e.Axis(in[0])
	if axis < 0 {
		return place{spread: lost}
	}
	axes := intsParam(n, "axes")
	if len(axes) == 0 || slices.Contains(axes, axis) {
		return place{spread: pooled}
	}
	return e.at(n, axis-countBelow(axes, axis), inner)
}

func countBelow(axes []int, axis int) (n int) {
	for _, a := range axes {
		if a < axis {
			n++
		}
	}
	return n
}

// sorted keeps examples that it doesn't sort. Its outputs are split next.
func (e *Examples) sorted(n *graph.Node, in []*graph.Node) place {
	axis, _ := e.Axis(in[0])
	if axis < 0 || axis == int(param(n, "axis").Int()) || len(captured(n)) > 0 {
		return place{spread: lost}
	}
	for _, input := range in {
		if e.of[input].spread == along && e.of[input] != e.of[in[0]] {
			return place{spread: lost}
		}
	}
	return e.of[in[0]]
}

// split is one output of an operation that has several: BatchNorm's statistics pool the examples.
func (e *Examples) split(n *graph.Node, in []*graph.Node) place {
	if in[0].Type() == graph.NodeTypeBatchNormForTraining && splitIndex(n) > 0 {
		return place{spread: pooled}
	}
	return e.of[in[0]]
}

func (e *Examples) argMinMax(n *graph.Node, in []*graph.Node) place {
	axis, inner := e.Axis(in[0])
	reduced := int(param(n, "axis").Int())
	if axis < 0 || axis == reduced {
		return place{spread: lost}
	}
	return e.at(n, axis-countBelow([]int{reduced}, axis), inner)
}

// dot: the output's axes are the batch axes, then lhs's other axes, then rhs's. A contraction over
// examples pools them.
func (e *Examples) dot(n *graph.Node, in []*graph.Node) place {
	found := place{spread: apart}
	lhsBatch := intsParam(n, "lhsBatchAxes")
	lhsFree := in[0].Rank() - len(lhsBatch) - len(intsParam(n, "lhsContractingAxes"))
	for side, name := range []string{"lhs", "rhs"} {
		if e.of[in[side]].spread != along {
			continue
		}
		axis, inner := e.Axis(in[side])
		batch, contracted := intsParam(n, name+"BatchAxes"), intsParam(n, name+"ContractingAxes")
		p := place{spread: pooled}
		switch {
		case axis < 0:
			return place{spread: lost}
		case slices.Contains(batch, axis):
			p = e.at(n, slices.Index(batch, axis), inner)
		case !slices.Contains(contracted, axis):
			to := len(batch) + axis - countBelow(batch, axis) - countBelow(contracted, axis)
			if side == 1 {
				to += lhsFree
			}
			p = e.at(n, to, inner)
		}
		if found.spread == along && p.spread == along && found != p {
			return place{spread: lost}
		}
		if found.spread != along {
			found = p
		}
	}
	return found
}

func (e *Examples) convolve(n *graph.Node, in []*graph.Node) place {
	axes := param(n, "axes")
	axis, inner := e.Axis(in[0])
	if e.of[in[1]].spread == along || axis != int(axes.FieldByName("InputBatch").Int()) ||
		param(n, "batchGroupCount").Int() > 1 {
		return place{spread: lost}
	}
	return e.at(n, int(axes.FieldByName("OutputBatch").Int()), inner)
}

func (e *Examples) window(n *graph.Node, in []*graph.Node) place {
	return e.sameLength(n, in[0], func(axis int) bool {
		windows := intsParam(n, "windowDimensions")
		return compute.ReduceOpType(param(n, "reductionType").Int()) >= 0 && windows[axis] == 1
	})
}

// gather: indices of each example into a table that all share, such as an embedding, or slices of
// an operand whole along its examples. Examples that are chosen by indices of none, such as the
// neighbours along the edges of a graph, are pooled.
func (e *Examples) gather(n *graph.Node, in []*graph.Node) place {
	offsets := intsParam(n, "offsetOutputAxes")
	operand, indices := e.of[in[0]].spread == along, e.of[in[1]].spread == along
	if operand && indices || len(in) < 2 {
		return place{spread: lost}
	}
	if indices {
		axis, inner := e.Axis(in[1])
		vector := int(param(n, "indexVectorAxis").Int())
		if axis < 0 || axis == vector {
			return place{spread: lost}
		}
		return e.at(n, nthOther(offsets, axis-countBelow([]int{vector}, axis), n.Rank()), inner)
	}
	axis, inner := e.Axis(in[0])
	collapsed := intsParam(n, "collapsedSliceAxes")
	switch {
	case axis < 0:
		return place{spread: lost}
	case slices.Contains(collapsed, axis),
		intsParam(n, "sliceSizes")[axis] != in[0].Shape().Dimensions[axis]:
		return place{spread: pooled}
	case slices.Contains(intsParam(n, "startIndexMap"), axis):
		return place{spread: lost}
	}
	return e.at(n, offsets[axis-countBelow(collapsed, axis)], inner)
}

// nthOther is the k-th of the axes 0…rank−1 that aren't among taken; −1 if there is none.
func nthOther(taken []int, k, rank int) int {
	for axis := range rank {
		if slices.Contains(taken, axis) {
			continue
		}
		if k == 0 {
			return axis
		}
		k--
	}
	return -1
}

// first: the examples are those of the first input, and the others are statistics or scales.
func (e *Examples) first(n *graph.Node, in []*graph.Node) place {
	if feature := int(param(n, "featureAxis").Int()); e.of[in[0]].spread == along {
		axis, _ := e.Axis(in[0])
		if axis != feature {
			return e.of[in[0]]
		}
	}
	return place{spread: lost}
}

// fused softmax and layer norm mix along axes that aren't the examples'.
func (e *Examples) fused(n *graph.Node, in []*graph.Node) place {
	axis, _ := e.Axis(in[0])
	mixed := []int{}
	if n.Type() == graph.NodeTypeFusedSoftmax {
		mixed = append(mixed, int(param(n, "axis").Int()))
	} else {
		mixed = intsParam(n, "axes")
	}
	if axis < 0 || slices.Contains(mixed, axis) {
		return place{spread: lost}
	}
	return e.of[in[0]]
}
