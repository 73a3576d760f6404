package transform

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// Use says how a weight enters a graph: what is done with it once it has been brought into shape
// (see [Uses]).
type Use struct {
	// Op is the operation: DotGeneral, ConvGeneral, Gather, or an element-wise one such as Add (a
	// bias) or Mul (a scale). While, If or Call mean that the weight is used inside a closure,
	// where its filters can't be seen. Invalid means that the roots don't depend on the weight.
	Op graph.NodeType
	// FilterAxes are the weight's axes that index filters: a filter is the slice that feeds one
	// output unit. They are the axes of a product that aren't summed over, a convolution's output
	// channels, or the rows of an embedding. If empty, there is no such axis: the weight is one
	// filter or none.
	FilterAxes []int
}

// Uses finds, for each weight, its use in the graph of roots: the first product, convolution or
// look-up that it goes into, else the first use of any kind. It builds nothing.
//
// Layouts don't matter, be it dense kernels [in, out] or [out, in], convolutions with output
// channels last or first, or attention kernels [in, heads, size]. What counts is which axes the
// product sums over. A batched product keeps its batch axes as filter axes.
//
// On its way a weight may be transposed, reshaped, broadcast, converted, cut into pieces (queries,
// keys and values in one kernel), joined with others, and masked or scaled element by element
// (pruning, weight normalisation), as long as each axis of the result is one of its own. A scale
// that multiplies activations isn't followed further, because their batch axis isn't one of its
// axes.
func Uses(roots, weights []*graph.Node) []Use {
	uses := make([]Use, len(weights))
	for i, w := range weights {
		uses[i] = useOf(roots, w)
	}
	return uses
}

// view is a node that holds a weight in another shape: origin[a] lists the weight's axes that axis
// a stands for.
type view struct{ origin [][]int }

func useOf(roots []*graph.Node, weight *graph.Node) (first Use) {
	views := map[*graph.Node]view{weight: identityView(weight.Rank())}
	for _, n := range Dependents(roots, []*graph.Node{weight}) {
		if n == weight {
			continue
		}
		for k, in := range n.Inputs() {
			v, ok := views[in]
			if !ok {
				continue
			}
			if next, reshapes := v.through(n, k); reshapes {
				views[n] = next
				continue
			}
			switch u := v.use(n, k); {
			case isProduct(u.Op):
				return u
			case first.Op == graph.NodeTypeInvalid:
				first = u
			}
		}
	}
	if first.Op == graph.NodeTypeInvalid {
		first.Op = capturing(roots)
	}
	return first
}

// capturing is the first operation with closures that the roots depend on: what uses a weight that
// isn't seen to be used. Invalid where there is none.
func capturing(roots []*graph.Node) graph.NodeType {
	for _, n := range topological(roots) {
		if IsClosureOp(n) {
			return n.Type()
		}
	}
	return graph.NodeTypeInvalid
}

// isProduct says whether an operation has filters.
func isProduct(op graph.NodeType) bool {
	return op == graph.NodeTypeDotGeneral || op == graph.NodeTypeConvGeneral ||
		op == graph.NodeTypeGather
}

func identityView(rank int) view {
	v := view{make([][]int, rank)}
	for a := range v.origin {
		v.origin[a] = []int{a}
	}
	return v
}

// through follows the view through n, of which it is input k, if n only brings it into another
// shape or scales its elements.
func (v view) through(n *graph.Node, k int) (next view, reshapes bool) {
	switch n.Type() {
	case graph.NodeTypeIdentity, graph.NodeTypeConvertDType, graph.NodeTypeOptimizationBarrier,
		graph.NodeTypeSlice, graph.NodeTypeReverse,
		graph.NodeTypeNeg:
		return v, true
	case graph.NodeTypeConcatenate:
		return v, v.covers(n)
	case graph.NodeTypeMul:
		return v, sameDims(n, k) && v.covers(n)
	case graph.NodeTypeDiv:
		return v, k == 0 && sameDims(n, k) && v.covers(n)
	case graph.NodeTypeWhere:
		return v, k > 0 && sameDims(n, k) && v.covers(n)
	case graph.NodeTypeTranspose:
		for _, from := range intsParam(n, "permutation") {
			next.origin = append(next.origin, v.origin[from])
		}
		return next, true
	case graph.NodeTypeBroadcastInDim:
		next.origin = make([][]int, n.Rank())
		for from, to := range intsParam(n, "broadcastAxes") {
			// else it is repeated along an axis of size 1.
			if n.Shape().Dimensions[to] == n.Inputs()[0].Shape().Dimensions[from] {
				next.origin[to] = v.origin[from]
			}
		}
		return next, true
	case graph.NodeTypeReshape:
		from, to := n.Inputs()[0].Shape().Dimensions, n.Shape().Dimensions
		return view{reshaped(v.origin, from, to)}, true
	}
	return view{}, false
}

// sameDims says whether n doesn't broadcast its input k.
func sameDims(n *graph.Node, k int) bool { return n.Inputs()[k].Shape().EqualDimensions(n.Shape()) }

// covers says whether the view has at least two axes, and n none that isn't an axis of the weight.
func (v view) covers(n *graph.Node) bool {
	axes := 0
	for a, size := range n.Shape().Dimensions {
		switch {
		case size == 1:
		case a >= len(v.origin) || len(v.origin[a]) == 0:
			return false
		default:
			axes++
		}
	}
	return axes >= 2 && len(v.origin) == n.Rank()
}

// reshaped maps axes through a reshape: axes are taken from both sides until the products of their
// sizes agree, and every new axis of such a group stands for all old ones of it.
func reshaped(origin [][]int, from, to []int) [][]int {
	next := make([][]int, len(to))
	for i, j := 0, 0; j < len(to); {
		var group []int
		a, b, start := 1, 1, j
		take := func() {
			a *= from[i]
			group = append(group, origin[i]...)
			i++
		}
		b *= to[j]
		j++
		for i < len(from) && a < b {
			take()
		}
		for a != b && (i < len(from) || j < len(to)) {
			if a < b && i < len(from) {
				take()
			} else if j < len(to) {
				b *= to[j]
				j++
			} else {
				break
			}
		}
		for k := start; k < j; k++ {
			if to[k] > 1 {
				next[k] = group
			}
		}
	}
	return next
}

// use is what n, at its input k, does with the view.
func (v view) use(n *graph.Node, k int) Use {
	u := Use{Op: n.Type()}
	switch n.Type() {
	case graph.NodeTypeDotGeneral:
		summed := intsParam(n, [...]string{"lhsContractingAxes", "rhsContractingAxes"}[k])
		u.FilterAxes = v.except(summed)
	case graph.NodeTypeConvGeneral:
		if k == 1 {
			channels := int(param(n, "axes").FieldByName("KernelOutputChannels").Int())
			u.FilterAxes = slices.Clone(v.origin[channels])
		}
	case graph.NodeTypeGather:
		if k == 0 && len(v.origin) > 0 {
			u.FilterAxes = slices.Clone(v.origin[0])
		}
	}
	slices.Sort(u.FilterAxes)
	return u
}

// except are the weight's axes that none of the given axes of the view stands for.
func (v view) except(summed []int) []int {
	var free, bound []int
	for a, from := range v.origin {
		if slices.Contains(summed, a) {
			bound = append(bound, from...)
		} else {
			free = append(free, from...)
		}
	}
	return slices.DeleteFunc(free, func(a int) bool { return slices.Contains(bound, a) })
}
