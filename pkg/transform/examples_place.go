package transform

import (
	"bytes"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// stillAt asks whether a node is the same for all places at a stride.
type stillAt struct {
	node   *graph.Node
	stride int
}

// readsPlace says whether a node gives examples something that isn't theirs and that differs from
// place to place in the batch, such as an Iota or a constant along their axis. In other batches the
// same example would get something else.
func (e *Examples) readsPlace(n *graph.Node) bool {
	in := n.Inputs()
	dot := n.Type() == graph.NodeTypeDotGeneral
	if p := e.of[n]; p.spread == along && !dot {
		together := isElementwise(n) || n.Type() == graph.NodeTypeConcatenate ||
			n.Type() == graph.NodeTypeSort
		axis, inner := e.Axis(n)
		for _, x := range in {
			if together && e.of[x].spread == apart && !e.same(n, x, axis, inner) {
				return true
			}
		}
		return false
	}
	if !dot {
		return false
	}
	for side, names := range [][2]string{{"lhs", "rhs"}, {"rhs", "lhs"}} {
		other := in[1-side]
		if e.of[in[side]].spread != along || e.of[other].spread != apart {
			continue
		}
		axis, inner := e.Axis(in[side])
		for _, kind := range []string{"BatchAxes", "ContractingAxes"} {
			k := slices.Index(intsParam(n, names[0]+kind), axis)
			if k >= 0 && !e.stillAlong(other, intsParam(n, names[1]+kind)[k], inner) {
				return true
			}
		}
	}
	return false
}

// Reads says what an example's part of a node depends on beside itself and the weights: the others
// of its batch, or its place in it.
func (e *Examples) Reads(node *graph.Node) (others, place bool) {
	return e.mixed[node], e.placed[node]
}

// same says whether x, an input of n with axes as n's, or a scalar, is the same along an axis of n.
func (e *Examples) same(n, x *graph.Node, axis, inner int) bool {
	switch {
	case x.IsScalar():
		return true
	case axis < 0:
		return e.stillEverywhere(x)
	case x.Rank() != n.Rank():
		return false
	}
	return e.stillAlong(x, axis, inner)
}

// stillEverywhere says whether all elements of a node are the same.
func (e *Examples) stillEverywhere(x *graph.Node) bool {
	for axis := range x.Rank() {
		if x.Shape().Dimensions[axis] > 1 && !e.stillAlong(x, axis, 1) {
			return false
		}
	}
	return true
}

// stillAlong says whether a node that doesn't depend on examples is the same along an axis; inner
// is how many consecutive elements of it belong to one place.
func (e *Examples) stillAlong(n *graph.Node, axis, inner int) bool {
	if n.Shape().Dimensions[axis] == 1 {
		return true
	}
	p := e.at(n, axis, inner)
	key := stillAt{n, p.stride}
	if known, is := e.still[key]; is {
		return known
	}
	e.still[key] = e.findStill(n, axis, inner, p.stride)
	return e.still[key]
}

// findStill is stillAlong by the rules of the operations; false for those that it doesn't know.
func (e *Examples) findStill(n *graph.Node, axis, inner, stride int) bool {
	in := n.Inputs()
	switch n.Type() {
	case graph.NodeTypeConstant:
		return e.constantStill(n, stride)
	case graph.NodeTypeIota:
		return int(param(n, "iotaAxis").Int()) != axis
	case graph.NodeTypeReshape:
		to, within := e.axisOf(in[0], stride)
		return in[0].Shape().Size() == 1 || to >= 0 && e.stillAlong(in[0], to, within)
	case graph.NodeTypeBroadcastInDim:
		k := slices.Index(intsParam(n, "broadcastAxes"), axis)
		return k < 0 || e.stillAlong(in[0], k, inner)
	case graph.NodeTypeTranspose:
		return e.stillAlong(in[0], intsParam(n, "permutation")[axis], inner)
	case graph.NodeTypeDotGeneral:
		return e.dotStill(n, axis, inner)
	case graph.NodeTypeGather:
		vector, taken := int(param(n, "indexVectorAxis").Int()), intsParam(n, "offsetOutputAxes")
		if slices.Contains(taken, axis) {
			return false
		}
		to := nthOther([]int{vector}, axis-countBelow(taken, axis), in[1].Rank())
		return to >= 0 && e.stillAlong(in[1], to, inner)
	case graph.NodeTypeConcatenate, graph.NodeTypeCumSum:
		if int(param(n, "axis").Int()) == axis {
			return false
		}
	case graph.NodeTypeReduceSum, graph.NodeTypeReduceMax, graph.NodeTypeReduceMin,
		graph.NodeTypeReduceProduct, graph.NodeTypeReduceLogicalAnd,
		graph.NodeTypeReduceLogicalOr:
		return e.stillAlong(in[0], nthOther(intsParam(n, "axes"), axis, in[0].Rank()), inner)
	case graph.NodeTypeSlice, graph.NodeTypePad, graph.NodeTypeReverse:
		in = in[:1]
		if in[0].Shape().Dimensions[axis] != n.Shape().Dimensions[axis] {
			return false
		}
	default:
		if !isElementwise(n) {
			return false
		}
	}
	for _, x := range in {
		if !e.same(n, x, axis, inner) {
			return false
		}
	}
	return true
}

// dotStill is findStill for the axes of a product.
func (e *Examples) dotStill(n *graph.Node, axis, inner int) bool {
	in := n.Inputs()
	batch := len(intsParam(n, "lhsBatchAxes"))
	free := func(side string) []int {
		return slices.Concat(intsParam(n, side+"BatchAxes"), intsParam(n, side+"ContractingAxes"))
	}
	if axis < batch {
		return e.stillAlong(in[0], intsParam(n, "lhsBatchAxes")[axis], inner) &&
			e.stillAlong(in[1], intsParam(n, "rhsBatchAxes")[axis], inner)
	}
	left := in[0].Rank() - len(free("lhs"))
	if k := axis - batch; k < left {
		return e.stillAlong(in[0], nthOther(free("lhs"), k, in[0].Rank()), inner)
	}
	return e.stillAlong(in[1], nthOther(free("rhs"), axis-batch-left, in[1].Rank()), inner)
}

// constantStill compares a constant's values.
func (e *Examples) constantStill(n *graph.Node, stride int) (still bool) {
	value := n.ConstantValue()
	if value == nil {
		return false
	}
	still = true
	err := value.ConstBytes(func(data []byte) {
		run := stride * len(data) / n.Shape().Size()
		for low := 0; low < len(data); low += run * e.n {
			for k := 1; k < e.n && still; k++ {
				still = bytes.Equal(data[low:][:run], data[low+k*run:][:run])
			}
		}
	})
	return err == nil && still
}
