package transform

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Blocks is the replay of a [Lift] in two parts. The first one computes what belongs to each
// example by itself, for a block of examples at a time, with the examples along the last axis: on a
// CPU a block's activations stay in a core's cache, from layer to layer and, where blocks are the
// outer loop and points the inner one, from point to point; and the examples fill the vector
// registers, however narrow the layers are. The second part computes what takes all examples at
// once, such as their mean, from the few numbers of each that the first one leaves: the border.
//
//	b := NewBlocks(lift, FollowExamples(roots, inputs, n), size)
//	u := b.Split(cut, x)                       // of each cut and fixed node
//	border := b.Replay(g, cuts, fixed)         // of one block at a point, in any graph g
//	whole := b.Join(b.Border()[i], all)        // of the values of all blocks
//	roots := b.Rest(g, cuts, fixed, wholes)    // at a point, in any graph g
//
// A node of shape [d₁, …, N, …, d_k], of which N counts the examples, is [d₁, …, 1, …, d_k, size]
// in a block and [count, d₁, …, 1, …, d_k, size] when it is split. Where the axis holds more than
// the examples, what is left of it keeps its place. The last block is filled up with the first
// examples. A matrix [in, out] that only blocks read, to multiply with it, is [out, in] when it is
// split.
type Blocks struct {
	lift   *Lift
	at     *Examples
	n      int                  // examples.
	size   int                  // of a block.
	count  int                  // of blocks.
	moves  map[*graph.Node]bool // nodes that depend on the weights.
	parted map[*graph.Node]bool // nodes with a part for each example that depends on no other.
	inside []*graph.Node        // replayed for each block, inputs before consumers.
	rest   []*graph.Node        // replayed once a point.
	border []*graph.Node
	turned map[*graph.Node]bool // matrices that a block reads transposed.
	// what each part reads of the cuts and fixed nodes.
	readInside, readAfter map[*graph.Node]bool
}

// The border and what is computed from it have at most so many numbers an example.
const (
	widestBorder = 64
	widestRest   = 16 * widestBorder
)

// NewBlocks analyses a lift for blocks of size examples. The examples must have been followed to
// the lift's roots. It panics with an [*Unsupported] where an operation on the parts of examples
// has no rule here, and where what takes all examples at once isn't small: products of two things
// that both hold examples (attention), sorts, gathers, convolutions and pools, layers on several
// places of an example, batch normalisation in training.
func NewBlocks(lift *Lift, follow *Examples, size int) *Blocks {
	size = min(size, follow.n)
	b := &Blocks{lift: lift, at: follow, n: follow.n, size: size,
		count: (follow.n + size - 1) / size, moves: make(map[*graph.Node]bool),
		parted: make(map[*graph.Node]bool)}
	for _, n := range lift.cuts {
		b.moves[n] = true
	}
	for _, n := range lift.replay {
		b.moves[n] = slices.ContainsFunc(n.Inputs(), func(x *graph.Node) bool { return b.moves[x] })
	}
	for _, n := range slices.Concat(lift.cuts, lift.fixed, lift.replay) {
		axis, _ := follow.Axis(n)
		b.parted[n] = n.NumOutputs() == 1 && axis >= 0 && !follow.mixed[n]
	}
	b.divide()
	b.refuse()
	return b
}

// divide finds what is computed after the blocks, then the border, then what is computed inside.
func (b *Blocks) divide() {
	after := make(map[*graph.Node]bool)
	onBorder := func(n *graph.Node) bool { return b.parted[n] && b.moves[n] }
	for _, r := range b.lift.roots {
		after[r] = true
	}
	for _, n := range slices.Backward(b.lift.replay) {
		if !after[n] || onBorder(n) {
			continue
		}
		b.rest = append(b.rest, n)
		for _, in := range n.Inputs() {
			after[in] = true
		}
	}
	slices.Reverse(b.rest)
	b.readAfter = after
	inside := make(map[*graph.Node]bool)
	for _, n := range slices.Concat(b.lift.cuts, b.lift.replay) {
		if after[n] && onBorder(n) {
			b.border, inside[n] = append(b.border, n), true
		}
	}
	for _, n := range slices.Backward(b.lift.replay) {
		if !inside[n] {
			continue
		}
		b.inside = append(b.inside, n)
		for _, in := range n.Inputs() {
			inside[in] = true
		}
	}
	slices.Reverse(b.inside)
	b.readInside = inside
	b.turn()
}

// turn finds the matrices [in, out] that only blocks read, to multiply with them. They multiply
// columns of examples by [out, in]: XLA's CPU backend has its fast kernels for that, and a
// transposition at each point would cost what they gain.
func (b *Blocks) turn() {
	b.turned = make(map[*graph.Node]bool)
	for _, n := range slices.Concat(b.lift.cuts, b.lift.fixed) {
		b.turned[n] = n.Rank() == 2 && !b.parted[n] && b.readInside[n] && !b.readAfter[n]
	}
	for _, n := range b.inside {
		for k, x := range n.Inputs() {
			if b.turned[x] && !b.multiplies(n, k) {
				delete(b.turned, x)
			}
		}
	}
}

// multiplies reports whether n is the product of a block with the matrix [in, out] that is its k-th
// input.
func (b *Blocks) multiplies(n *graph.Node, k int) bool {
	if n.Type() != graph.NodeTypeDotGeneral || !b.parted[n.Inputs()[1-k]] {
		return false
	}
	contracted := intsParam(n, []string{"lhs", "rhs"}[k]+"ContractingAxes")
	return slices.Equal(contracted, []int{0}) && len(intsParam(n, "lhsBatchAxes")) == 0
}

// refuse panics where the parts can't be built, or wouldn't pay.
func (b *Blocks) refuse() {
	wide := 0
	for _, n := range b.border {
		wide += n.Shape().Size()
	}
	if len(b.border) == 0 || wide > widestBorder*b.n {
		panic(&Unsupported{Transform: "blocks", Op: opName(b.lift.roots[0]),
			Node: b.lift.roots[0].String(), Fix: "sweep the whole batch",
			Why: "the examples don't come down to a few numbers each"})
	}
	for _, n := range b.rest {
		product := n.Type() == graph.NodeTypeDotGeneral || n.Type() == graph.NodeTypeConvGeneral
		if n.NumOutputs() > 1 || b.at.of[n].spread != apart &&
			(product || n.Shape().Size() > widestRest*b.n) {
			panic(noBlock(n, "it takes all examples at once"))
		}
	}
	g := graph.NewGraph(b.lift.roots[0].Graph().Backend(), "blocks: trial")
	defer g.Finalize()
	given := func(name string, nodes []*graph.Node, dims func(n *graph.Node) []int) []*graph.Node {
		return parametersLike(g, name, nodes, dims)
	}
	b.Replay(g, given("cut", b.lift.cuts, b.Dims), given("fixed", b.lift.fixed, b.Dims))
}

// parametersLike are parameters of the nodes' types and other dimensions.
func parametersLike(g *graph.Graph, name string, nodes []*graph.Node,
	dims func(n *graph.Node) []int) []*graph.Node {
	ps := make([]*graph.Node, len(nodes))
	for i, n := range nodes {
		s := n.Shape().Clone()
		s.Dimensions = dims(n)
		ps[i] = graph.Parameter(g, fmt.Sprint(name, i), s)
	}
	return ps
}

func noBlock(n *graph.Node, why string) *Unsupported {
	return &Unsupported{Transform: "blocks", Op: opName(n), Node: n.String(), Why: why,
		Fix: "sweep the whole batch"}
}

// What pays was measured on XLA's CPU backend (docs/performance.md).
const (
	// Blocks of fewer examples don't fill the loops, more leave a core's cache.
	leastInBlock, mostInBlock = 128, 640
	// XLA shares an element-wise operation on some more numbers between cores, each of which has a
	// row of its own to do.
	widestInBlock = 40 << 10
	// Cuts of fewer elements are done in less time than a second execution takes.
	leastCut = 1 << 15
	// Of deep networks two cores sweep rows of their own hardly faster than one does.
	mostProducts = 4
	// YNNPACK's fastest kernel takes whole groups of so many columns.
	columnsAtOnce = 64
)

// BlockSize is for how many examples a block the replay of a lift pays on XLA's CPU backend; 0: it
// doesn't. It does unless the cuts are small, the layers are many or wide, or the weights, which
// each block moves to the point anew, are more than two fifths of its activations: 128→128, not
// 256→256.
func BlockSize(lift *Lift, examples int) int {
	cuts, first := 0, 1
	for _, n := range lift.cuts {
		if size := n.Shape().Size(); n.DType() == dtypes.Float32 {
			cuts, first = cuts+size, max(first, size/examples)
		}
	}
	products, weights, activations, widest := 0, 0, first, first // of an example.
	for _, n := range lift.replay {
		if n.Type() != graph.NodeTypeDotGeneral {
			continue
		}
		columns, rows := max(1, n.Shape().Size()/examples), 1
		for _, axis := range intsParam(n, "lhsContractingAxes") {
			rows *= n.Inputs()[0].Shape().Dimensions[axis]
		}
		products, weights, activations = products+1, weights+rows*columns, activations+columns
		widest = max(widest, rows, columns)
	}
	most := min(mostInBlock, widestInBlock/widest/columnsAtOnce*columnsAtOnce)
	if cuts < leastCut || most < leastInBlock || examples < 2*leastInBlock {
		return 0
	}
	size, all := 0, func(size int) int { return (examples + size - 1) / size * size }
	for s := most; s >= leastInBlock; s -= columnsAtOnce { // the least that is filled up.
		if size == 0 || all(s) < all(size) {
			size = s
		}
	}
	if products > mostProducts || 5*weights > 2*size*activations {
		return 0
	}
	return size
}

// Count is the number of blocks.
func (b *Blocks) Count() int { return b.count }

// Border are the nodes whose parts, one an example, the blocks leave for the rest.
func (b *Blocks) Border() []*graph.Node { return b.border }

// Parted reports whether a block reads its part only of a cut or a fixed node.
func (b *Blocks) Parted(n *graph.Node) bool { return b.parted[n] && b.readInside[n] }

// Inside and After report whether the blocks, and what follows them, read a cut or a fixed node.
func (b *Blocks) Inside(n *graph.Node) bool { return b.readInside[n] }

// After is documented with Inside.
func (b *Blocks) After(n *graph.Node) bool {
	return b.readAfter[n] && !(b.parted[n] && b.moves[n])
}

// Dims are the dimensions of n in a block: its own where it isn't parted.
func (b *Blocks) Dims(n *graph.Node) []int {
	if b.turned[n] {
		return []int{n.Shape().Dimensions[1], n.Shape().Dimensions[0]}
	}
	if !b.parted[n] {
		return n.Shape().Dimensions
	}
	return append(b.left(n), b.size)
}

// left are the dimensions of a parted node without its examples.
func (b *Blocks) left(n *graph.Node) []int {
	dims := slices.Clone(n.Shape().Dimensions)
	dims[b.axis(n)] /= b.n
	return dims
}

// axis is where a parted node holds its examples.
func (b *Blocks) axis(n *graph.Node) int {
	axis, _ := b.at.Axis(n)
	return axis
}

// around are the dimensions of a parted node with the axis of its examples in three: what is
// before, the examples, what is after. The examples are axis + 1.
func (b *Blocks) around(n *graph.Node) (dims []int, examples int) {
	axis, inner := b.at.Axis(n)
	d := n.Shape().Dimensions
	three := []int{d[axis] / (b.n * inner), b.n, inner}
	return slices.Concat(d[:axis], three, d[axis+1:]), axis + 1
}

// Split returns x, a value of the cut or fixed node n, as blocks read it: [count, …, size] if it is
// Parted, transposed if it is a matrix that only they multiply with, else as it is. It may be in
// any graph.
func (b *Blocks) Split(n, x *graph.Node) *graph.Node {
	switch {
	case b.turned[n]:
		return graph.Transpose(x, 0, 1)
	case !b.Parted(n):
		return x
	}
	dims, examples := b.around(n)
	x = graph.Reshape(x, dims...)
	if more := b.count*b.size - b.n; more > 0 {
		axes := make([]graph.SliceAxisSpec, examples+1)
		for i := range axes {
			axes[i] = graph.AxisRange()
		}
		axes[examples] = graph.AxisRange(0, more)
		x = graph.Concatenate([]*graph.Node{x, graph.Slice(x, axes...)}, examples)
	}
	dims = slices.Replace(dims, examples, examples+1, b.count, b.size)
	order := []int{examples}
	for axis := range dims {
		if axis != examples && axis != examples+1 {
			order = append(order, axis)
		}
	}
	x = graph.TransposeAllAxes(graph.Reshape(x, dims...), append(order, examples+1)...)
	return graph.Reshape(x, b.SplitDims(n)...)
}

// SplitDims are the dimensions of what Split returns.
func (b *Blocks) SplitDims(n *graph.Node) []int { return append([]int{b.count}, b.Dims(n)...) }

// Join undoes Split.
func (b *Blocks) Join(n, x *graph.Node) *graph.Node {
	dims, examples := b.around(n)
	others := slices.Delete(slices.Clone(dims), examples, examples+1)
	x = graph.Reshape(x, slices.Concat([]int{b.count}, others, []int{b.size})...)
	var order []int
	for axis := range others {
		if axis == examples {
			order = append(order, 0, len(others)+1)
		}
		order = append(order, axis+1)
	}
	dims[examples] = b.count * b.size
	x = graph.Reshape(graph.TransposeAllAxes(x, order...), dims...)
	axes := make([]graph.SliceAxisSpec, examples+1)
	for i := range axes {
		axes[i] = graph.AxisRange()
	}
	axes[examples] = graph.AxisRange(0, b.n)
	return graph.Reshape(graph.Slice(x, axes...), n.Shape().Dimensions...)
}

// Replay builds the border of one block in g, from the values of the cuts at a point and those of
// the fixed nodes, both as Dims says.
func (b *Blocks) Replay(g *graph.Graph, cuts, fixed []*graph.Node) []*graph.Node {
	r := &blockReplay{Blocks: b, value: make(map[*graph.Node]*graph.Node)}
	r.give(cuts, fixed)
	for _, n := range b.inside {
		if !b.parted[n] {
			if slices.ContainsFunc(n.Inputs(), func(x *graph.Node) bool { return b.parted[x] }) {
				panic(noBlock(n, "its examples are spread over several axes"))
			}
			r.value[n] = rebuild(g, n, r.value)
			continue
		}
		rule := blockRules[n.Type()]
		if rule == nil {
			panic(noBlock(n, "it has no rule"))
		}
		out := rule(r, n)
		if want := b.Dims(n); !slices.Equal(out.Shape().Dimensions, want) {
			exceptions.Panicf("transform: %s in blocks has shape %s, want %v", n, out.Shape(), want)
		}
		r.value[n] = out
	}
	return r.values(b.border)
}

// Rest builds the roots in g from the values of the cuts at a point, those of the fixed nodes and
// those of the border, all whole. What After denies isn't read and may be nil.
func (b *Blocks) Rest(g *graph.Graph, cuts, fixed, border []*graph.Node) []*graph.Node {
	r := &blockReplay{Blocks: b, value: make(map[*graph.Node]*graph.Node)}
	r.give(cuts, fixed)
	for i, n := range b.border {
		r.value[n] = border[i]
	}
	for _, n := range b.rest {
		r.value[n] = rebuild(g, n, r.value)
	}
	return r.values(b.lift.roots)
}

// blockReplay is a replay in one graph.
type blockReplay struct {
	*Blocks
	value map[*graph.Node]*graph.Node
}

func (r *blockReplay) give(cuts, fixed []*graph.Node) {
	for i, n := range r.lift.cuts {
		r.value[n] = cuts[i]
	}
	for i, n := range r.lift.fixed {
		r.value[n] = fixed[i]
	}
}

func (r *blockReplay) values(nodes []*graph.Node) []*graph.Node {
	out := make([]*graph.Node, len(nodes))
	for i, n := range nodes {
		out[i] = r.value[n]
	}
	return out
}
