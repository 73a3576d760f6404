package landscape

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"

	"lossland/internal/accelerator"
	"lossland/pkg/transform"
)

// blocksOf divides a sweep into blocks of examples; nil where it can't be, or where that doesn't
// pay (docs/performance.md).
func (l *lifted) blocksOf(t *traced, lift *transform.Lift,
	statistics *graph.Node) (b *transform.Blocks) {
	size := l.blockSize(t.batch, lift)
	if size == 0 {
		return nil
	}
	err := exceptions.TryCatch[error](func() {
		roots := []*graph.Node{statistics}
		follow := transform.FollowExamples(roots, slices.Concat(t.inputs, t.labels), t.batch)
		b = transform.NewBlocks(lift, follow, size)
	})
	if err != nil && !isUnsupported(err) {
		panic(err)
	}
	return b
}

// blockSize is how many examples a block has; 0: no blocks.
func (l *lifted) blockSize(examples int, lift *transform.Lift) int {
	b := l.p.backend
	switch {
	case l.stacked || b.Name() != "xla" || accelerator.Is(b):
		return 0
	case l.p.block > 0:
		return min(l.p.block, examples)
	case l.examples:
		return 0
	}
	return transform.BlockSize(lift, examples)
}

// value is what a sweep reads of a cut or of what is fixed.
func (c *liftedCode) value(n, x *graph.Node) *graph.Node {
	if c.blocks == nil {
		return x
	}
	return c.blocks.Split(n, x)
}

// fixedValues are what a sweep reads of what is fixed. With blocks, what they read comes first.
func (c *liftedCode) fixedValues() (values []*graph.Node) {
	if c.blocks == nil {
		return c.lift.Fixed()
	}
	for _, n := range c.lift.Fixed() {
		if c.blocks.Inside(n) {
			values = append(values, c.value(n, n))
		}
	}
	c.inside = len(values)
	for _, n := range c.lift.Fixed() {
		if c.blocks.After(n) {
			values = append(values, n)
		}
	}
	return values
}

// compileBlocks builds the executables of a sweep in two parts: the blocks, then what takes all
// examples at once.
func (l *lifted) compileBlocks(c *liftedCode) error {
	err := l.compileWith(c, l.buildBlocks)
	if err != nil {
		return err
	}
	finish := graph.NewGraph(l.p.backend, "surface: finish")
	err = catch("compiling the sweep", func() {
		if err := finish.Compile(l.buildFinish(finish, c)...); err != nil {
			panic(err)
		}
	})
	if err != nil {
		finish.Finalize()
		c.row.Finalize()
		c.sweep.Finalize()
		c.row, c.sweep = nil, nil
		return err
	}
	c.finish = finish
	return nil
}

// rowsOf are the shapes of the border for all blocks and points: a row for each of both.
func (l *lifted) rowsOf(c *liftedCode) (of []shapes.Shape) {
	for _, n := range c.blocks.Border() {
		dims := append([]int{c.blocks.Count() * l.capacity}, c.blocks.Dims(n)...)
		of = append(of, shapes.Make(n.DType(), dims...))
	}
	return of
}

// blocksState are the parameters of the blocks' loop.
type blocksState struct {
	i, count, betas   *graph.Node
	rows, u, v, fixed []*graph.Node
}

func (l *lifted) blocksState(g *graph.Graph, c *liftedCode, function string) *blocksState {
	s := &blocksState{}
	s.i = graph.Parameter(g, function+"i", shapes.Make(dtypes.Int32))
	s.rows = parameters(g, function+"rows", l.rowsOf(c))
	l.blocksArguments(g, c, function, s)
	return s
}

// blocksArguments are the parameters that stay the same.
func (l *lifted) blocksArguments(g *graph.Graph, c *liftedCode, function string, s *blocksState) {
	s.count = graph.Parameter(g, function+"count", shapes.Make(dtypes.Int32))
	s.betas = graph.Parameter(g, function+"betas", shapes.Make(dtypes.Float64, l.capacity))
	s.u, s.v = parameters(g, function+"u", c.cuts), parameters(g, function+"v", c.cuts)
	s.fixed = parameters(g, function+"fixed", c.fixed[:c.inside])
}

func (s *blocksState) all(i *graph.Node, rows []*graph.Node) []*graph.Node {
	return slices.Concat([]*graph.Node{i}, rows, []*graph.Node{s.count, s.betas}, s.u, s.v,
		s.fixed)
}

// buildBlocks: parameters count, βs[capacity], then u and v of each cut, then what the blocks read
// of what is fixed; outputs the rows of the border. It is one While loop, whose outer part goes
// over the blocks and whose inner one over the points: a block's u and v stay in a core's cache.
func (l *lifted) buildBlocks(g *graph.Graph, c *liftedCode) []*graph.Node {
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		s := l.blocksState(g, c, "cond_")
		blocks := graph.ConstTensor(g, tensors.FromScalar(int32(c.blocks.Count())))
		all := graph.Mul(s.count, blocks)
		return []*graph.Node{graph.LessThan(s.i, all)}
	})
	body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		s := l.blocksState(g, c, "body_")
		block, point := graph.Div(s.i, s.count), graph.Rem(s.i, s.count)
		beta := graph.Reshape(graph.DynamicSlice(s.betas, []*graph.Node{point}, []int{1}))
		u, v := c.blockOf(c.lift.Cuts(), s.u, block), c.blockOf(c.lift.Cuts(), s.v, block)
		border := c.blocks.Replay(g, along(u, v, beta), c.blockFixed(s.fixed, block))
		row := graph.Add(graph.Mul(block, graph.Const(g, int32(l.capacity))), point)
		rows := make([]*graph.Node, len(border))
		for k, x := range border {
			rows[k] = graph.DynamicUpdateSlice(s.rows[k], graph.InsertAxes(x, 0),
				firstAt(row, x.Rank()+1))
		}
		return s.all(graph.Add(s.i, graph.Const(g, int32(1))), rows)
	})
	s := &blocksState{i: graph.ConstTensor(g, tensors.FromScalar(int32(0)))}
	l.blocksArguments(g, c, "", s)
	for _, r := range l.rowsOf(c) {
		zero := graph.ConstTensor(g, tensors.FromShape(shapes.Make(r.DType)))
		s.rows = append(s.rows, graph.BroadcastToDims(zero, r.Dimensions...))
	}
	return graph.While(cond, body, s.all(s.i, s.rows)...)[1 : 1+len(s.rows)]
}

// firstAt are the start indices [at, 0, …].
func firstAt(at *graph.Node, rank int) []*graph.Node {
	starts := []*graph.Node{at}
	for range rank - 1 {
		starts = append(starts, graph.Const(at.Graph(), int32(0)))
	}
	return starts
}

// blockOf takes a block's part of the values of cuts or fixed nodes.
func (c *liftedCode) blockOf(nodes, values []*graph.Node, block *graph.Node) []*graph.Node {
	out := slices.Clone(values)
	for i, n := range nodes {
		if !c.blocks.Parted(n) {
			continue
		}
		dims := c.blocks.Dims(n)
		one := graph.DynamicSlice(values[i], firstAt(block, len(dims)+1),
			append([]int{1}, dims...))
		out[i] = graph.Reshape(one, dims...)
	}
	return out
}

// blockFixed are the values that a block reads of each fixed node; nil where it reads none.
func (c *liftedCode) blockFixed(values []*graph.Node, block *graph.Node) []*graph.Node {
	var read []*graph.Node
	for _, n := range c.lift.Fixed() {
		if c.blocks.Inside(n) {
			read = append(read, n)
		}
	}
	parts := c.blockOf(read, values, block)
	return c.placed(parts, c.blocks.Inside)
}

// placed puts the values of the fixed nodes that are read at these nodes' places.
func (c *liftedCode) placed(values []*graph.Node, read func(n *graph.Node) bool) []*graph.Node {
	out := make([]*graph.Node, len(c.lift.Fixed()))
	for i, n := range c.lift.Fixed() {
		if read(n) {
			out[i], values = values[0], values[1:]
		}
	}
	return out
}

// afterCuts are the numbers of the cuts that the rest reads.
func (c *liftedCode) afterCuts() (which []int) {
	for i, n := range c.lift.Cuts() {
		if c.blocks.After(n) {
			which = append(which, i)
		}
	}
	return which
}

// pick are the elements with the given numbers.
func pick[T any](of []T, which []int) []T {
	out := make([]T, len(which))
	for k, i := range which {
		out[k] = of[i]
	}
	return out
}

// buildFinish: parameters βs[capacity], the rows of the border, then u and v of each cut that the
// rest reads, then what it reads of what is fixed; output statistics[capacity, …]. The rest is
// built for a point of zeros, which is dead code, and replayed for all points along a first axis.
func (l *lifted) buildFinish(g *graph.Graph, c *liftedCode) []*graph.Node {
	after := c.afterCuts()
	betas := graph.Parameter(g, "betas", shapes.Make(dtypes.Float64, l.capacity))
	rows := parameters(g, "rows", l.rowsOf(c))
	u, v := parameters(g, "u", pick(c.cuts, after)), parameters(g, "v", pick(c.cuts, after))
	fixed := c.placed(parameters(g, "fixed", c.fixed[c.inside:]), c.blocks.After)
	var from, to, border []*graph.Node
	for k, n := range c.blocks.Border() {
		dims := append([]int{c.blocks.Count()}, c.blocks.Dims(n)...)
		zero := graph.ConstTensor(g, tensors.FromShape(shapes.Make(n.DType())))
		one := graph.BroadcastToDims(zero, dims...)
		all := graph.Reshape(rows[k], slices.Insert(slices.Clone(dims), 1, l.capacity)...)
		from, to = append(from, one), append(to, graph.Transpose(all, 0, 1))
		border = append(border, c.blocks.Join(n, one))
	}
	cuts := make([]*graph.Node, len(c.cuts))
	for k, i := range after {
		cuts[i] = u[k]
		from, to = append(from, u[k]), append(to, alongAll(u[k], v[k], betas))
	}
	at := c.blocks.Rest(g, cuts, fixed, border)
	all := transform.SubstituteEach(at, from, to)[0]
	return []*graph.Node{graph.Reshape(all, l.capacity, c.statistics)}
}

// alongAll is u + t·v for each of the steps t, [steps, …].
func alongAll(u, v, t *graph.Node) *graph.Node {
	dims := make([]int, u.Rank()+1)
	for i := range dims {
		dims[i] = 1
	}
	dims[0] = t.Shape().Dim(0)
	steps := graph.Reshape(graph.ConvertDType(t, v.DType()), dims...)
	return graph.Add(graph.InsertAxes(u, 0), graph.Mul(steps, graph.InsertAxes(v, 0)))
}

// sweepBlocks is sweep in blocks.
func (s *sweeper) sweepBlocks(r *prepared, u []*tensors.Tensor, betas []float64,
	visit func(k int, point []float64)) error {
	c := r.code
	padded := make([]float64, s.l.capacity)
	copy(padded, betas)
	args := []*tensors.Tensor{tensors.FromScalar(int32(len(betas))),
		tensors.FromFlatDataAndDimensions(padded, s.l.capacity)}
	defer finalize(args)
	v := r.c[len(r.c)-1]
	rows, err := s.l.execute(c.sweep, s.device, slices.Concat(args, u, v, r.fixed[:c.inside]))
	if err != nil {
		return err
	}
	defer finalize(rows)
	after := c.afterCuts()
	out, err := s.l.execute(c.finish, s.device,
		slices.Concat(args[1:], rows, pick(u, after), pick(v, after), r.fixed[c.inside:]))
	if err != nil {
		return err
	}
	defer finalize(out)
	return tensors.ConstFlatData(out[0], func(values []float64) {
		for k := range betas {
			visit(k, values[k*c.statistics:][:c.statistics])
		}
	})
}
