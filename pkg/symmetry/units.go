package symmetry

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"lossland/pkg/landscape"
	"lossland/pkg/transform"
)

// Units are hidden units that can be exchanged with each other, such as the outputs of one dense
// layer or the channels of a convolution. Any permutation, applied to all of Axes at once, leaves
// the network's function the same.
type Units struct {
	// Name is the path of the first variable that has them, such as "/l0/dense/weights".
	Name string
	// Size is how many there are.
	Size int
	// Axes are all the places where the units are.
	Axes []UnitAxis
}

// UnitAxis says where a variable has some units: along the middle axis, if its values are seen as a
// row-major array of shape [Outer, Size, Inner].
type UnitAxis struct {
	Path         string
	Outer, Inner int
	// Input says that the variable reads the units, as the rows of the next layer's kernel do.
	// Otherwise it makes them, as the columns of this layer's kernel and its bias do.
	Input bool
}

// Find finds the model's exchangeable units in its traced graph. It follows every axis of every
// weight through the loss and notes which axes an operation ties together. It leaves out an axis
// that meets the data, a position (the spatial axes of a convolution, a slice) or an operation that
// it doesn't know. So it may find too little, but not too much. Match and NewTable check that on
// the data all the same.
//
// It knows dense layers of both layouts, convolutions, pooling, BatchNorm, LayerNorm, LSTMs that
// are written out step by step, and elementwise operations, with flattening in between. BatchNorm's
// moving averages aren't weights, so in Inference mode their units are fixed: use Training mode.
// FindUnfollowed returns the axes that it couldn't follow.
//
// The units are in the order of the forward pass. Cost: one tracing of the model.
func Find(ctx context.Context, p *landscape.Problem) ([]Units, error) {
	units, _, err := follow(ctx, p)
	return units, err
}

// Unfollowed are axes of a weight that may have exchangeable units but that Find couldn't follow.
// They aren't matched.
type Unfollowed struct {
	Path string // of the variable.
	Axes []int  // of the variable.
	// Why is what stopped the search: an operation, such as "Gather", or a variable that isn't a
	// weight.
	Why string
}

// String is "/lstm/recurrentW, axes [2 3]: While".
func (u Unfollowed) String() string { return fmt.Sprintf("%s, axes %v: %s", u.Path, u.Axes, u.Why) }

// FindUnfollowed finds the axes of weights that Find couldn't follow because a loop or an operation
// that it doesn't know reads them. It leaves out axes whose order is certainly fixed: those of the
// data, of the predictions and of positions. Cost: one tracing of the model.
func FindUnfollowed(ctx context.Context, p *landscape.Problem) ([]Unfollowed, error) {
	_, lost, err := follow(ctx, p)
	return lost, err
}

// follow finds the units that could be followed, and the axes that couldn't.
func follow(ctx context.Context, p *landscape.Problem) (
	units []Units, lost []Unfollowed, err error) {
	err = p.Trace(ctx, func(loss *graph.Node, predictions, weights, data []*graph.Node) {
		f := &follower{axes: make(map[*graph.Node][]axis),
			view: make(map[*graph.Node]*graph.Node)}
		f.follow(loss, predictions, weights, data)
		list := p.Params().List()
		units, lost = f.collect(list, weights), f.lost(list, weights)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("symmetry: Find: %w", err)
	}
	return units, lost, nil
}

// atom is a factor of an axis's size: flattening [h, w, c] makes an axis of three. Atoms that were
// found to be the same are united.
type atom struct {
	size   int
	fixed  bool    // it can't be permuted.
	order  bool    // fixed since its order means something: of the data, say.
	why    string  // fixed since this couldn't be followed; empty: it could.
	parent *atom   // union-find: the atom that stands for this one.
	parts  []*atom // what it was split into, outermost first.
}

// axis is the factorisation of an axis, outermost first. It is empty for an axis of size 1, or one
// along which all values are equal.
type axis []*atom

func (a *atom) root() *atom {
	for a.parent != nil {
		a = a.parent
	}
	return a
}

// expand are the atoms that stand for a's by now.
func (a axis) expand() axis {
	var out axis
	for _, x := range a {
		if x = x.root(); x.parts != nil {
			out = append(out, axis(x.parts).expand()...)
			continue
		}
		out = append(out, x)
	}
	return out
}

// fix notes that the order of an axis means something.
func (a axis) fix() {
	for _, x := range a.expand() {
		x.fixed, x.order = true, true
	}
}

// lose notes what kept an axis from being followed.
func (a axis) lose(why string) {
	for _, x := range a.expand() {
		x.fixed, x.why = true, cmp.Or(x.why, why)
	}
}

func newAxis(size int, fixed bool) axis {
	if size == 1 {
		return nil
	}
	return axis{{size: size, fixed: fixed, order: fixed}}
}

// split splits a root into d and the rest.
func (a *atom) split(d int) {
	first, rest := *a, *a
	first.size, rest.size = d, a.size/d
	a.parts = []*atom{&first, &rest}
}

// unite declares two axes to be the same.
func unite(a, b axis) {
	x, y := a.expand(), b.expand()
	if len(x) == 0 || len(y) == 0 {
		return
	}
	for len(x) > 0 && len(y) > 0 {
		switch m, n := x[0], y[0]; {
		case m == n:
		case m.size == n.size:
			m.fixed, m.order = m.fixed || n.fixed, m.order || n.order
			m.why = cmp.Or(m.why, n.why)
			n.parent = m
		case m.size%n.size == 0:
			m.split(n.size)
			unite(a, b)
			return
		case n.size%m.size == 0:
			n.split(m.size)
			unite(a, b)
			return
		default:
			x.lose("axes of different sizes")
			y.lose("axes of different sizes")
			return
		}
		x, y = x[1:].expand(), y[1:].expand()
	}
}

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

// collect gathers the places of each atom that is free.
func (f *follower) collect(list []landscape.Param, weights []*graph.Node) []Units {
	reads := f.readers()
	index := make(map[*atom]int)
	var units []Units
	for _, i := range byCreation(weights) {
		var factors axis
		for _, a := range f.axes[weights[i]] {
			factors = append(factors, a.expand()...)
		}
		outer, e := 1, list[i]
		for _, a := range factors {
			if !a.fixed {
				if _, ok := index[a]; !ok {
					index[a] = len(units)
					units = append(units, Units{Name: e.Path, Size: a.size})
				}
				u := &units[index[a]]
				u.Axes = append(u.Axes,
					UnitAxis{e.Path, outer, e.Size / outer / a.size, reads[weights[i]][a]})
			}
			outer *= a.size
		}
	}
	return units
}

// lost are the axes of weights that something kept from being followed, and whose order doesn't
// mean anything as far as was seen.
func (f *follower) lost(list []landscape.Param, weights []*graph.Node) []Unfollowed {
	var out []Unfollowed
	for _, i := range byCreation(weights) {
		u := Unfollowed{Path: list[i].Path}
		for k, a := range f.axes[weights[i]] {
			for _, x := range a.expand() {
				if x.why != "" && !x.order && !slices.Contains(u.Axes, k) {
					u.Axes, u.Why = append(u.Axes, k), cmp.Or(u.Why, x.why)
				}
			}
		}
		if len(u.Axes) > 0 {
			out = append(out, u)
		}
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

// byCreation are the indices of nodes in the order of their creation: that of the forward pass.
func byCreation(nodes []*graph.Node) []int {
	order := upTo(len(nodes))
	slices.SortFunc(order, func(a, b int) int { return int(nodes[a].Id()) - int(nodes[b].Id()) })
	return order
}
