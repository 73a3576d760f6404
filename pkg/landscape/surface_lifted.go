package landscape

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/pkg/transform"
)

// lifted measures points of a plane with three kinds of executables, for each shape of batch:
//
//	prepare  once a batch   c₀, c₁, c₂ of every affine cut (see transform.Lift), and what doesn't
//	                        depend on the weights
//	row      once an α      u = c₀ + αc₁
//	sweep    once a chunk   for each β of the chunk: the statistics of the loss replayed from
//	                        u + βc₂, in one While loop, or on an accelerator along a first axis
//	                        (see surface_stacked.go), or in blocks of examples (surface_blocks.go)
//
// The c's stay on the device. The code stays with the problem: a second surface of the same kind
// compiles nothing.
type lifted struct {
	p          *Problem
	directions int  // 2 on a plane, 1 on a ray.
	stacked    bool // a sweep's points are a first axis, where they can be.
	examples   bool // a point's numbers are traced.examples, else traced.statistics.
	capacity   int  // of a chunk.
	prepare    *program
	code       map[string]*liftedCode
}

// liftedCode is what is compiled for one shape of batch.
type liftedCode struct {
	lift       *transform.Lift
	blocks     *transform.Blocks // nil: a sweep takes all examples at once.
	statistics int               // numbers a point.
	points     int               // that a sweep has along a first axis; 0: it has a loop.
	params     []*graph.Node     // of each fixed value, its node if that is a parameter, else nil.
	captured   []int             // of each other fixed value, its index among prepare's outputs.
	row, sweep *graph.Graph      // compiled.
	finish     *graph.Graph      // compiled; nil without blocks.
	cuts       []shapes.Shape    // of each cut's value.
	fixed      []shapes.Shape    // of each fixed value: with blocks, what they read comes first.
	inside     int               // how many of these the blocks read.
}

// prepared is a batch ready to be swept on one device.
type prepared struct {
	code     *liftedCode
	examples int
	c        [][]*tensors.Tensor // by coefficient and cut: c₀, then one a direction.
	fixed    []*tensors.Tensor
	owned    []*tensors.Tensor // what to free.
}

// liftedKey tells the code of surfaces apart.
type liftedKey struct {
	mode                 Mode
	directions, capacity int
	examples, stacked    bool
}

// liftedFor returns the code for a kind of surface, compiled at most once.
func (p *Problem) liftedFor(key liftedKey) *lifted {
	return keep(p, key, func() *lifted {
		l := &lifted{p: p, directions: key.directions, capacity: key.capacity,
			examples: key.examples, stacked: key.stacked, code: make(map[string]*liftedCode)}
		if !l.stacked && !hasLoops(p.backend) {
			l.capacity = 1
		}
		var extra []shapes.Shape
		for range key.directions {
			for _, e := range p.params.list {
				extra = append(extra, e.Shape)
			}
		}
		l.prepare = p.newProgram("surface: prepare", extra, l.buildPrepare)
		return l
	})
}

// close frees the compiled code.
func (l *lifted) close() {
	for _, c := range l.code {
		for _, g := range []*graph.Graph{c.row, c.sweep, c.finish} {
			if g != nil {
				g.Finalize()
			}
		}
	}
	l.prepare.close()
}

// hasLoops reports whether a backend has what a sweep's loop needs. The pure-Go backend hasn't:
// there, each point is an execution. XLA's has, though go-xla 0.4.5 leaves While out of the list
// of what it can do.
func hasLoops(b compute.Backend) bool {
	if b.Name() == "xla" {
		return true
	}
	has := b.Capabilities().Operations
	return has[compute.OpTypeWhile] && has[compute.OpTypeDynamicSlice] &&
		has[compute.OpTypeDynamicUpdateSlice]
}

// buildPrepare returns the coefficients of every cut and the fixed nodes that aren't parameters.
func (l *lifted) buildPrepare(t *traced, directions []*graph.Node) []*graph.Node {
	statistics := t.statistics()[0]
	if l.examples {
		statistics = t.examples()
	}
	c := &liftedCode{lift: transform.NewLift([]*graph.Node{statistics}, t.weights),
		statistics: statistics.Shape().Size()}
	c.blocks = l.blocksOf(t, c.lift, statistics)
	var each [][]*graph.Node
	for k := len(t.weights); len(directions) > 0; directions = directions[k:] {
		each = append(each, directions[:k])
	}
	var outputs []*graph.Node
	for _, cs := range append([][]*graph.Node{c.lift.Cuts()}, c.lift.Coefficients(each...)...) {
		for i, n := range c.lift.Cuts() {
			outputs = append(outputs, c.value(n, cs[i]))
		}
	}
	for _, n := range outputs[:len(c.lift.Cuts())] {
		c.cuts = append(c.cuts, n.Shape())
	}
	for _, f := range c.fixedValues() {
		c.fixed = append(c.fixed, f.Shape())
		if f.Type() == graph.NodeTypeParameter {
			c.params, c.captured = append(c.params, f), append(c.captured, 0)
			continue
		}
		c.params, c.captured = append(c.params, nil), append(c.captured, len(outputs))
		outputs = append(outputs, f)
	}
	l.code[t.key] = c
	if len(outputs) == 0 { // nothing to prepare: the loss is a constant.
		outputs = []*graph.Node{statistics}
	}
	return outputs
}

// ready prepares a batch on device 0. weights are θ's tensors and directions those of d₁ and d₂.
func (l *lifted) ready(b train.Batch, weights, directions []*tensors.Tensor) (*prepared, error) {
	out, err := l.prepare.run(0, weights, b, directions)
	if err != nil {
		return nil, err
	}
	key := batchKey(b)
	c := l.code[key]
	if c.sweep == nil {
		if err := l.compile(c); err != nil {
			finalize(out)
			return nil, err
		}
	}
	n, _ := examplesIn(b)
	r := &prepared{code: c, examples: n, owned: out}
	cuts := len(c.cuts)
	for k := range 1 + l.directions {
		r.c = append(r.c, out[k*cuts:(k+1)*cuts])
	}
	source := l.prepare.byKey[key].source
	for i, node := range c.params {
		if node == nil {
			r.fixed = append(r.fixed, out[c.captured[i]])
			continue
		}
		t, err := l.prepare.argument(source[node.GetParameterHandle()], weights, b, directions)
		if err != nil {
			return nil, err
		}
		r.fixed = append(r.fixed, t)
	}
	return r, nil
}

// on returns a copy of r on another device.
func (r *prepared) on(backend compute.Backend, device compute.DeviceNum) (*prepared, error) {
	moved := &prepared{code: r.code, examples: r.examples}
	moved.c = make([][]*tensors.Tensor, len(r.c))
	move := func(ts []*tensors.Tensor) (out []*tensors.Tensor, err error) {
		for _, t := range ts {
			m, err := t.OnDeviceClone(backend, device)
			if err != nil {
				return nil, fmt.Errorf("landscape: Surface: copying to device %d: %w", device, err)
			}
			out, moved.owned = append(out, m), append(moved.owned, m)
		}
		return out, nil
	}
	var err error
	for k := range r.c {
		if moved.c[k], err = move(r.c[k]); err != nil {
			return moved, err
		}
	}
	moved.fixed, err = move(r.fixed)
	return moved, err
}

// bytes is the memory that r holds on its device.
func (r *prepared) bytes() (n int64) {
	for _, t := range r.owned {
		n += int64(t.Shape().ByteSize())
	}
	return n
}

// compile builds the row and sweep executables.
func (l *lifted) compile(c *liftedCode) error {
	if l.stacked {
		if err := l.compileStacked(c); err == nil || !isUnsupported(err) {
			return err
		}
	}
	if c.blocks != nil {
		return l.compileBlocks(c)
	}
	return l.compileWith(c, l.looped())
}

// looped builds a sweep that goes from point to point.
func (l *lifted) looped() func(g *graph.Graph, c *liftedCode) []*graph.Node {
	if l.capacity == 1 {
		return buildPoint
	}
	return l.buildSweep
}

// compileWith builds the executables, with one way to sweep.
func (l *lifted) compileWith(c *liftedCode,
	build func(g *graph.Graph, c *liftedCode) []*graph.Node) error {
	row, err := l.compiled("surface: row", func(g *graph.Graph) []*graph.Node {
		return buildRow(g, c.cuts)
	})
	if err != nil {
		return err
	}
	sweep, err := l.compiled("surface: sweep", func(g *graph.Graph) []*graph.Node {
		return build(g, c)
	})
	if err != nil {
		row.Finalize()
		return err
	}
	c.row, c.sweep = row, sweep
	return nil
}

// compiled builds and compiles a graph.
func (l *lifted) compiled(name string, build func(g *graph.Graph) []*graph.Node) (*graph.Graph,
	error) {
	g := graph.NewGraph(l.p.backend, name)
	err := catch("compiling the sweep", func() {
		if err := g.Compile(build(g)...); err != nil {
			panic(err)
		}
	})
	if err != nil {
		g.Finalize()
		return nil, err
	}
	return g, nil
}

// buildRow: parameters α, then c₀ and c₁ of each cut; outputs c₀ + αc₁.
func buildRow(g *graph.Graph, cuts []shapes.Shape) []*graph.Node {
	alpha := graph.Parameter(g, "alpha", shapes.Make(dtypes.Float64))
	c0, c1 := parameters(g, "c0", cuts), parameters(g, "c1", cuts)
	return along(c0, c1, alpha)
}

// sweepState are the parameters of a sweep in the order of their creation.
type sweepState struct {
	i, out, count, betas *graph.Node
	u, v, fixed          []*graph.Node
}

// state makes the parameters of a sweep in one of its functions. Names must differ between a
// closure and the function around it.
func (c *liftedCode) state(g *graph.Graph, capacity int, function string) *sweepState {
	s := &sweepState{}
	s.i = graph.Parameter(g, function+"i", shapes.Make(dtypes.Int32))
	s.out = graph.Parameter(g, function+"out", shapes.Make(dtypes.Float64, capacity, c.statistics))
	s.count = graph.Parameter(g, function+"count", shapes.Make(dtypes.Int32))
	s.betas = graph.Parameter(g, function+"betas", shapes.Make(dtypes.Float64, capacity))
	s.u, s.v = parameters(g, function+"u", c.cuts), parameters(g, function+"v", c.cuts)
	s.fixed = parameters(g, function+"fixed", c.fixed)
	return s
}

// all are the parameters as one list, with i and out replaced.
func (s *sweepState) all(i, out *graph.Node) []*graph.Node {
	return slices.Concat([]*graph.Node{i, out, s.count, s.betas}, s.u, s.v, s.fixed)
}

// at are the statistics [1, …] at β.
func (c *liftedCode) at(g *graph.Graph, s *sweepState, beta *graph.Node) *graph.Node {
	cuts := along(s.u, s.v, graph.Reshape(beta))
	return graph.Reshape(c.lift.Replay(g, cuts, s.fixed)[0], 1, c.statistics)
}

// buildPoint is a sweep of one point, without a loop.
func buildPoint(g *graph.Graph, c *liftedCode) []*graph.Node {
	s := c.state(g, 1, "")
	return []*graph.Node{c.at(g, s, s.betas)}
}

// buildSweep: parameters count, βs[capacity], then u and v of each cut, then what is fixed; output
// statistics[capacity, …]. It is one While loop, so that a chunk compiles one point once. Its body
// is the first to use reductions and constants in its graph, as go-xla and GoMLX need: they cache
// both for each graph (see docs/upstream.md).
func (l *lifted) buildSweep(g *graph.Graph, c *liftedCode) []*graph.Node {
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		s := c.state(g, l.capacity, "cond_")
		return []*graph.Node{graph.LessThan(s.i, s.count)}
	})
	body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		s := c.state(g, l.capacity, "body_")
		now := c.at(g, s, graph.DynamicSlice(s.betas, []*graph.Node{s.i}, []int{1}))
		out := graph.DynamicUpdateSlice(s.out, now, []*graph.Node{s.i, graph.Const(g, int32(0))})
		return s.all(graph.Add(s.i, graph.Const(g, int32(1))), out)
	})
	s := c.state(g, l.capacity, "")
	return graph.While(cond, body, s.all(s.i, s.out)...)[1:2]
}

func parameters(g *graph.Graph, name string, of []shapes.Shape) []*graph.Node {
	ps := make([]*graph.Node, len(of))
	for i, s := range of {
		ps[i] = graph.Parameter(g, fmt.Sprintf("%s_%d", name, i), s)
	}
	return ps
}

// along returns u + t·v.
func along(u, v []*graph.Node, t *graph.Node) []*graph.Node {
	sum := make([]*graph.Node, len(u))
	for i := range u {
		sum[i] = graph.Add(u[i], graph.Mul(graph.ConvertDType(t, v[i].DType()), v[i]))
	}
	return sum
}

// sweeper sweeps prepared batches on one device. It keeps the last u of each batch.
type sweeper struct {
	l      *lifted
	device compute.DeviceNum
	rows   map[*prepared]*row
}

// row is u = c₀ + αc₁ for each cut.
type row struct {
	alpha float64
	u     []*tensors.Tensor
}

func newSweeper(l *lifted, device compute.DeviceNum) *sweeper {
	return &sweeper{l: l, device: device, rows: make(map[*prepared]*row)}
}

func (s *sweeper) close() {
	for _, r := range s.rows {
		finalize(r.u)
	}
}

// row returns u at α. On a line, which has one direction, u is c₀.
func (s *sweeper) row(r *prepared, alpha float64) ([]*tensors.Tensor, error) {
	if len(r.c) == 2 {
		return r.c[0], nil
	}
	if last := s.rows[r]; last != nil {
		if last.alpha == alpha {
			return last.u, nil
		}
		finalize(last.u)
		delete(s.rows, r)
	}
	at := tensors.FromScalar(alpha)
	defer at.MustFinalizeAll()
	u, err := s.l.execute(r.code.row, s.device,
		slices.Concat([]*tensors.Tensor{at}, r.c[0], r.c[1]))
	if err != nil {
		return nil, err
	}
	s.rows[r] = &row{alpha, u}
	return u, nil
}

// forget frees the last u of r.
func (s *sweeper) forget(r *prepared) {
	if last := s.rows[r]; last != nil {
		finalize(last.u)
		delete(s.rows, r)
	}
}

// measure adds the statistics of a batch at the points of c to acc. c holds at most capacity.
func (s *sweeper) measure(r *prepared, c chunk, acc []*tally) error {
	return s.sweep(r, c, func(k int, point []float64) {
		acc[k].add(r.examples, point)
	})
}

// sweep hands the numbers of a batch at the points of c to visit. c holds at most capacity.
func (s *sweeper) sweep(r *prepared, c chunk, visit func(k int, point []float64)) error {
	if r.code.points > 0 {
		return s.sweepStacked(r, c, visit)
	}
	u, err := s.row(r, c.alpha)
	if err != nil {
		return err
	}
	if r.code.blocks != nil {
		return s.sweepBlocks(r, u, c.betas, visit)
	}
	capacity, statistics := s.l.capacity, r.code.statistics
	padded := make([]float64, capacity)
	copy(padded, c.betas)
	empty := make([]float64, capacity*statistics)
	args := []*tensors.Tensor{
		tensors.FromScalar(int32(0)),
		tensors.FromFlatDataAndDimensions(empty, capacity, statistics),
		tensors.FromScalar(int32(len(c.betas))),
		tensors.FromFlatDataAndDimensions(padded, capacity),
	}
	defer finalize(args)
	v := r.c[len(r.c)-1]
	out, err := s.l.execute(r.code.sweep, s.device, slices.Concat(args, u, v, r.fixed))
	if err != nil {
		return err
	}
	defer finalize(out)
	return tensors.ConstFlatData(out[0], func(values []float64) {
		for k := range c.betas {
			visit(k, values[k*statistics:][:statistics])
		}
	})
}

// execute runs a compiled graph on tensors.
func (l *lifted) execute(g *graph.Graph, device compute.DeviceNum,
	args []*tensors.Tensor) ([]*tensors.Tensor, error) {
	return execute(l.p.backend, g, device, args)
}
