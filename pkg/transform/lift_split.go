package transform

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
)

// decision is what becomes of a node.
type decision int

const (
	unneeded  decision = iota
	cut                // affine: its coefficients are computed once.
	capture            // independent of the weights: computed once.
	recompute          // computed at each point.
)

// splitter decides for each node that the roots need.
type splitter struct {
	order     []*graph.Node
	dependent map[*graph.Node]bool // on the weights.
	affine    map[*graph.Node]bool
	constant  map[*graph.Node]bool // depends on no parameter.
	traffic   map[*graph.Node]float64
	cheapest  map[*graph.Node]decision
	decided   map[*graph.Node]decision
}

func newSplitter(roots, weights []*graph.Node) *splitter {
	s := &splitter{
		order:     topological(roots),
		dependent: make(map[*graph.Node]bool),
		affine:    make(map[*graph.Node]bool),
		constant:  make(map[*graph.Node]bool),
		traffic:   make(map[*graph.Node]float64),
		cheapest:  make(map[*graph.Node]decision),
		decided:   make(map[*graph.Node]decision),
	}
	for _, w := range weights {
		s.dependent[w], s.affine[w] = true, true
	}
	for _, n := range s.order {
		s.classify(n)
		s.cost(n)
	}
	return s
}

// classify finds out how n depends on the weights.
func (s *splitter) classify(n *graph.Node) {
	if s.affine[n] { // a weight.
		return
	}
	s.constant[n] = n.Type() != graph.NodeTypeParameter &&
		(n.Type() != graph.NodeTypeConstant || n.ConstantValue() != nil)
	on, allAffine := 0, true
	for _, in := range n.Inputs() {
		s.constant[n] = s.constant[n] && s.constant[in]
		if s.dependent[in] {
			on++
			allAffine = allAffine && s.affine[in]
		}
	}
	s.dependent[n] = on > 0
	s.affine[n] = on > 0 && allAffine && s.linear(n, on)
}

// linear reports whether n is linear in those of its inputs that depend on the weights, which
// number on and are all affine.
func (s *splitter) linear(n *graph.Node, on int) bool {
	if n.NumOutputs() != 1 || !n.DType().IsFloat() {
		return false
	}
	in := n.Inputs()
	switch n.Type() {
	case graph.NodeTypeReshape, graph.NodeTypeTranspose, graph.NodeTypeBroadcastInDim,
		graph.NodeTypeReduceSum, graph.NodeTypeNeg,
		graph.NodeTypeSlice, graph.NodeTypeReverse, graph.NodeTypeCumSum, graph.NodeTypeIdentity:
		return true
	case graph.NodeTypeAdd, graph.NodeTypeSub, graph.NodeTypeConcatenate, graph.NodeTypePad:
		return true
	case graph.NodeTypeGather, graph.NodeTypeDynamicSlice, graph.NodeTypeScatterSum,
		graph.NodeTypeDynamicUpdateSlice, graph.NodeTypeWhere:
		// indices and conditions aren't floats, so that one that depended on the weights wouldn't
		// be affine.
		return true
	case graph.NodeTypeMul, graph.NodeTypeDotGeneral, graph.NodeTypeConvGeneral:
		return on == 1 && in[0] != in[1]
	case graph.NodeTypeDiv:
		return on == 1 && s.dependent[in[0]]
	case graph.NodeTypeConvertDType: // rounding to a shorter type isn't linear.
		return in[0].DType().IsFloat() && n.DType().Size() >= in[0].DType().Size()
	case graph.NodeTypeSelectAndScatterMax, graph.NodeTypeSelectAndScatterMin:
		return !s.dependent[in[0]]
	case graph.NodeTypeReduceWindow:
		return compute.ReduceOpType(param(n, "reductionType").Int()) == compute.ReduceOpSum
	}
	return false
}

// cost works out the least memory traffic that a point pays for n's value, and how it is reached.
// Per point a cut reads two tensors (c₀ + αc₁, which is the same for a row of the grid, and c₂), a
// captured node one, and a recomputed one whatever its inputs cost, and one write. Products are too
// costly to recompute.
func (s *splitter) cost(n *graph.Node) {
	size := float64(n.Shape().Size())
	again := size
	if n.Type() == graph.NodeTypeDotGeneral || n.Type() == graph.NodeTypeConvGeneral ||
		n.Type() == graph.NodeTypeParameter {
		again = math.Inf(1)
	}
	for _, in := range n.Inputs() {
		again += s.traffic[in]
	}
	once, how := math.Inf(1), recompute
	switch {
	case s.constant[n]: // the compiler folds it.
		s.traffic[n], s.cheapest[n] = 0, recompute
		return
	case s.affine[n]:
		once, how = 2*size, cut
	case !s.dependent[n] && n.NumOutputs() == 1:
		once, how = size, capture
	}
	if once <= again {
		s.traffic[n], s.cheapest[n] = once, how
		return
	}
	s.traffic[n], s.cheapest[n] = again, recompute
}

// need decides n, and what it is computed from.
func (s *splitter) need(n *graph.Node) {
	if s.decided[n] != unneeded {
		return
	}
	if s.decided[n] = s.cheapest[n]; s.decided[n] == recompute {
		for _, in := range n.Inputs() {
			s.need(in)
		}
	}
}
