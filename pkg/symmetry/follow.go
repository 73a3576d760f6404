package symmetry

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"lossland/pkg/transform"
)

// follower follows the axes of weights through a graph.
type follower struct {
	axes map[*graph.Node][]axis
	// view maps a node that is nothing but a weight, reshaped or transposed, to that weight.
	view map[*graph.Node]*graph.Node
	read []reading
	// given are the inputs and the labels.
	given map[*graph.Node]bool
}

// reading is an axis along which an operation sums over a weight.
type reading struct {
	weight *graph.Node
	axis   axis
}

func (f *follower) follow(loss *graph.Node, predictions, weights, data []*graph.Node) {
	for _, w := range weights {
		f.axes[w], f.view[w] = f.fresh(w, false), w
	}
	f.given = make(map[*graph.Node]bool)
	for _, n := range data {
		f.given[n] = true
	}
	roots := append([]*graph.Node{loss}, predictions...)
	for _, n := range transform.Dependents(roots, weights) {
		if f.axes[n] == nil {
			f.axes[n] = f.through(n)
		}
	}
	f.loseCaptured(loss.Graph())
	for _, n := range predictions {
		for _, a := range f.of(n) {
			a.fix()
		}
	}
}

// loseCaptured gives up what closures read.
func (f *follower) loseCaptured(g *graph.Graph) {
	for _, n := range g.Nodes() {
		if n.Function().IsMain() {
			continue
		}
		for _, in := range n.Inputs() {
			for _, a := range f.axes[in] {
				a.lose("a closure (While, If or Call)")
			}
		}
	}
}

func (f *follower) fresh(n *graph.Node, fixed bool) []axis {
	out := make([]axis, n.Rank())
	for i, d := range n.Shape().Dimensions {
		out[i] = newAxis(d, fixed)
	}
	return out
}

// of are the axes of a node; those of one that doesn't depend on the weights are fixed, unless all
// its values are the same.
func (f *follower) of(n *graph.Node) []axis {
	if f.axes[n] == nil {
		f.axes[n] = make([]axis, n.Rank())
		if !uniform(n) {
			f.axes[n] = f.fresh(n, true)
		}
		if n.Type() == graph.NodeTypeParameter && !f.given[n] {
			f.axes[n] = f.fresh(n, false)
			for _, a := range f.axes[n] {
				a.lose(n.GetParameterName() + ", which is no weight")
			}
		}
	}
	return f.axes[n]
}

// uniform reports whether all values of a node that doesn't depend on weights are surely the same.
func uniform(n *graph.Node) bool {
	if n.Shape().Size() == 1 {
		return true
	}
	switch n.Type() {
	case graph.NodeTypeBroadcastInDim, graph.NodeTypeReshape, graph.NodeTypeConvertDType,
		graph.NodeTypeIdentity:
		return uniform(n.Inputs()[0])
	}
	return false
}

// elementwise are the operations whose output at a place depends on the inputs at that place.
var elementwise = nodeTypes(
	graph.NodeTypeAbs, graph.NodeTypeAdd, graph.NodeTypeCeil, graph.NodeTypeClamp,
	graph.NodeTypeConvertDType, graph.NodeTypeCos, graph.NodeTypeDiv, graph.NodeTypeEqual,
	graph.NodeTypeErf, graph.NodeTypeExp, graph.NodeTypeExpm1, graph.NodeTypeFloor,
	graph.NodeTypeGreaterOrEqual, graph.NodeTypeGreaterThan, graph.NodeTypeIdentity,
	graph.NodeTypeIsFinite, graph.NodeTypeIsNaN, graph.NodeTypeLessOrEqual, graph.NodeTypeLessThan,
	graph.NodeTypeLog, graph.NodeTypeLog1p, graph.NodeTypeLogicalAnd, graph.NodeTypeLogicalNot,
	graph.NodeTypeLogicalOr, graph.NodeTypeLogicalXor, graph.NodeTypeLogistic, graph.NodeTypeMax,
	graph.NodeTypeMin, graph.NodeTypeMul, graph.NodeTypeNeg, graph.NodeTypeNotEqual,
	graph.NodeTypeOptimizationBarrier, graph.NodeTypePow, graph.NodeTypeRem, graph.NodeTypeRound,
	graph.NodeTypeRsqrt, graph.NodeTypeSign, graph.NodeTypeSin, graph.NodeTypeSqrt,
	graph.NodeTypeSub, graph.NodeTypeTanh, graph.NodeTypeWhere,
)

func nodeTypes(types ...graph.NodeType) map[graph.NodeType]bool {
	set := make(map[graph.NodeType]bool)
	for _, t := range types {
		set[t] = true
	}
	return set
}

// through ties the axes of n's inputs to each other and returns those of its output.
func (f *follower) through(n *graph.Node) []axis {
	switch n.Type() {
	case graph.NodeTypeReshape:
		f.keepView(n)
		from := n.Inputs()[0]
		return reshape(f.of(from), from.Shape().Dimensions, n.Shape().Dimensions)
	case graph.NodeTypeTranspose:
		f.keepView(n)
		return pickAxes(f.of(n.Inputs()[0]), static(n, "permutation"))
	case graph.NodeTypeBroadcastInDim:
		out := make([]axis, n.Rank())
		for i, to := range static(n, "broadcastAxes") {
			out[to] = f.of(n.Inputs()[0])[i]
		}
		return out
	case graph.NodeTypeReduceSum, graph.NodeTypeReduceMax, graph.NodeTypeReduceMin,
		graph.NodeTypeReduceProduct:
		axes := static(n, "axes")
		if len(axes) == 0 { // all of them.
			return []axis{}
		}
		return without(f.of(n.Inputs()[0]), axes)
	case graph.NodeTypeReduceWindow:
		return f.window(n)
	case graph.NodeTypeSlice:
		f.keepView(n)
		return f.slice(n)
	case graph.NodeTypeConcatenate:
		return f.concatenate(n)
	case graph.NodeTypeDotGeneral:
		return f.dot(n)
	case graph.NodeTypeConvGeneral:
		return f.convolution(n)
	case graph.NodeTypeBatchNormForInference, graph.NodeTypeBatchNormForTraining:
		return f.batchNorm(n)
	case graph.NodeTypeSplitNode:
		// BatchNormForTraining is the only operation of several outputs that is known here. Its
		// first output is normalised.
		of := n.Inputs()[0]
		if of.Type() == graph.NodeTypeBatchNormForTraining && static(n, "index")[0] == 0 {
			return f.of(of)
		}
	}
	if elementwise[n.Type()] {
		if len(n.Inputs()) == 1 {
			f.keepView(n)
		}
		return f.each(n)
	}
	return f.unknown(n)
}

// keepView notes that n is a view of the weight that its input is a view of, if it is.
func (f *follower) keepView(n *graph.Node) {
	switch n.Type() {
	case graph.NodeTypeReshape, graph.NodeTypeTranspose, graph.NodeTypeConvertDType,
		graph.NodeTypeIdentity, graph.NodeTypeSlice:
		if w := f.view[n.Inputs()[0]]; w != nil {
			f.view[n] = w
		}
	}
}

// unknown fixes every axis that the operation touches.
func (f *follower) unknown(n *graph.Node) []axis {
	why := transform.OpName(n.Type())
	if n.Type() == graph.NodeTypeSplitNode { // one of the outputs of the operation that counts.
		why = transform.OpName(n.Inputs()[0].Type())
	}
	for _, in := range n.Inputs() {
		for _, a := range f.of(in) {
			a.lose(why)
		}
	}
	out := f.fresh(n, false)
	for _, a := range out {
		a.lose(why)
	}
	return out
}

// slice passes on the axes that are kept whole. A single element is at a position.
func (f *follower) slice(n *graph.Node) []axis {
	from := n.Inputs()[0]
	in, out := f.of(from), make([]axis, n.Rank())
	for i, d := range n.Shape().Dimensions {
		switch {
		case d == from.Shape().Dimensions[i]:
			out[i] = in[i]
		case d == 1:
			in[i].fix()
		default:
			in[i].lose("Slice")
			out[i] = newAxis(d, false)
			out[i].lose("Slice")
		}
	}
	return out
}

// concatenate unites the axes along which nothing is joined. What was stacked is at positions.
func (f *follower) concatenate(n *graph.Node) []axis {
	out := make([]axis, n.Rank())
	for i, d := range n.Shape().Dimensions {
		for _, from := range n.Inputs() {
			a := f.of(from)[i]
			if from.Shape().Dimensions[i] != d {
				a.lose("Concatenate")
				out[i] = newAxis(d, true)
				continue
			}
			unite(out[i], a)
			if len(out[i]) == 0 {
				out[i] = a
			}
		}
	}
	return out
}

// each unites the inputs of an elementwise operation, axis by axis; scalars and axes of size 1 are
// broadcast.
func (f *follower) each(n *graph.Node) []axis {
	out := make([]axis, n.Rank())
	for _, in := range n.Inputs() {
		if in.IsScalar() {
			continue
		}
		for i, a := range f.of(in) {
			unite(out[i], a)
			if len(out[i]) == 0 {
				out[i] = a
			}
		}
	}
	return out
}

func (f *follower) dot(n *graph.Node) []axis {
	lhs, rhs := n.Inputs()[0], n.Inputs()[1]
	l, r := f.of(lhs), f.of(rhs)
	lc, rc := static(n, "lhsContractingAxes"), static(n, "rhsContractingAxes")
	lb, rb := static(n, "lhsBatchAxes"), static(n, "rhsBatchAxes")
	for i := range lc {
		unite(l[lc[i]], r[rc[i]])
		f.reads(lhs, l[lc[i]])
		f.reads(rhs, r[rc[i]])
	}
	for i := range lb {
		unite(l[lb[i]], r[rb[i]])
	}
	out := append(pickAxes(l, lb), without(l, append(slices.Clone(lb), lc...))...)
	return append(out, without(r, append(slices.Clone(rb), rc...))...)
}

// reads notes that a sum runs over an axis of a weight.
func (f *follower) reads(n *graph.Node, a axis) {
	if w := f.view[n]; w != nil {
		f.read = append(f.read, reading{w, a})
	}
}

func (f *follower) convolution(n *graph.Node) []axis {
	if static(n, "channelGroupCount")[0] > 1 || static(n, "batchGroupCount")[0] > 1 {
		return f.unknown(n)
	}
	one := func(name string) int { return static(n, name)[0] }
	input, kernel := f.of(n.Inputs()[0]), f.of(n.Inputs()[1])
	unite(input[one("InputChannels")], kernel[one("KernelInputChannels")])
	f.reads(n.Inputs()[1], kernel[one("KernelInputChannels")])
	for _, i := range static(n, "InputSpatial") {
		input[i].fix()
	}
	for _, i := range static(n, "KernelSpatial") {
		kernel[i].fix()
	}
	out := f.fresh(n, true) // positions are fixed.
	out[one("OutputBatch")] = input[one("InputBatch")]
	out[one("OutputChannels")] = kernel[one("KernelOutputChannels")]
	return out
}

// window passes on the axes along which the window has size 1, and fixes the others.
func (f *follower) window(n *graph.Node) []axis {
	from := n.Inputs()[0]
	in, size, strides := f.of(from), static(n, "windowDimensions"), static(n, "strides")
	out := f.fresh(n, true)
	for i := range out {
		same := n.Shape().Dimensions[i] == from.Shape().Dimensions[i]
		if size[i] == 1 && (len(strides) == 0 || strides[i] == 1) && same {
			out[i] = in[i]
			continue
		}
		in[i].fix()
	}
	return out
}

func (f *follower) batchNorm(n *graph.Node) []axis {
	out := f.of(n.Inputs()[0])
	features := static(n, "featureAxis")[0]
	for _, in := range n.Inputs()[1:] {
		unite(out[features], f.of(in)[0])
	}
	return out
}

// reshape regroups the factors of axes, whose sizes are from, into axes of the given sizes.
func reshape(in []axis, from, sizes []int) []axis {
	var factors axis
	for i, a := range in {
		if a = a.expand(); len(a) == 0 { // all values are the same along it.
			a = newAxis(from[i], false)
		}
		factors = append(factors, a...)
	}
	out := make([]axis, len(sizes))
	rest := factors
	for i, need := range sizes {
		for need > 1 && len(rest) > 0 {
			if a := rest[0]; a.size > need && a.size%need == 0 {
				a.split(need)
				rest = append(slices.Clone(a.parts), rest[1:]...)
			} else if need%a.size != 0 {
				rest = nil
				break
			}
			out[i] = append(out[i], rest[0])
			need /= rest[0].size
			rest = rest[1:].expand()
		}
		if need > 1 { // the factors don't fit the sizes.
			factors.lose("Reshape")
			for k, d := range sizes {
				out[k] = newAxis(d, false)
				out[k].lose("Reshape")
			}
			return out
		}
	}
	return out
}

func pickAxes(axes []axis, which []int) []axis {
	out := make([]axis, len(which))
	for i, k := range which {
		out[i] = axes[k]
	}
	return out
}

func without(axes []axis, which []int) []axis {
	out := []axis{}
	for i, a := range axes {
		if !slices.Contains(which, i) {
			out = append(out, a)
		}
	}
	return out
}

// static reads one of an operation's static arguments, integers all, from the way GoMLX prints the
// operation: there is no other way to ask for them. It panics if they aren't there.
func static(n *graph.Node, name string) []int {
	argument := regexp.MustCompile(`[ ({]` + name + `[=:](\[[^\]]*\]|-?\d+)`)
	found := argument.FindStringSubmatch(n.String())
	if found == nil {
		panic(fmt.Errorf("symmetry: GoMLX no longer prints the argument %q of %s; "+
			"give the units yourself (see Units)", name, n))
	}
	var out []int
	for _, word := range strings.Fields(strings.Trim(found[1], "[]")) {
		x, err := strconv.Atoi(word)
		if err != nil {
			panic(fmt.Errorf("symmetry: the argument %q of %s isn't made of integers; "+
				"give the units yourself (see Units)", name, n))
		}
		out = append(out, x)
	}
	return out
}

// readers are the atoms that each weight reads.
func (f *follower) readers() map[*graph.Node]map[*atom]bool {
	reads := make(map[*graph.Node]map[*atom]bool)
	for _, r := range f.read {
		if reads[r.weight] == nil {
			reads[r.weight] = make(map[*atom]bool)
		}
		for _, a := range r.axis.expand() {
			reads[r.weight][a] = true
		}
	}
	return reads
}
