package landscape

import (
	"fmt"

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
//	prepare  once a batch   c₀, c₁, c₂ of every affine cut (see transform.Lift) and what doesn't depend on the weights
//	row      once an α      u = c₀ + αc₁
//	sweep    once a chunk   for each β of the chunk: the statistics of the loss replayed from u + βc₂, in one While loop
//
// The c's stay on the device.
type lifted struct {
	p        *Problem
	plane    *Plane
	capacity int // of a chunk.
	prepare  *program
	code     map[string]*liftedCode
}

// liftedCode is what is compiled for one shape of batch.
type liftedCode struct {
	lift       *transform.Lift
	statistics int            // numbers a point.
	captured   []int          // of the fixed nodes, the index among prepare's outputs; −1: a parameter of the loss.
	params     []*graph.Node  // the fixed nodes that are parameters, else nil.
	row, sweep *graph.Graph   // compiled.
	cuts       []shapes.Shape // of each cut.
	fixed      []shapes.Shape // of each fixed node.
}

// prepared is a batch ready to be swept on one device.
type prepared struct {
	code     *liftedCode
	examples int
	c        [][]*tensors.Tensor // by coefficient and cut: c₀, then one a direction.
	fixed    []*tensors.Tensor
	owned    []*tensors.Tensor // what to free.
}

func (p *Problem) newLifted(plane *Plane, capacity int) *lifted {
	l := &lifted{p: p, plane: plane, capacity: capacity, code: make(map[string]*liftedCode)}
	var extra []shapes.Shape
	for range plane.directions() {
		for _, e := range p.params.list {
			extra = append(extra, e.Shape)
		}
	}
	l.prepare = p.newProgram("surface: prepare", extra, l.buildPrepare)
	return l
}

func (l *lifted) close() {
	for _, c := range l.code {
		c.row.Finalize()
		c.sweep.Finalize()
	}
	l.prepare.close()
}

// buildPrepare returns the coefficients of every cut and the fixed nodes that aren't parameters.
func (l *lifted) buildPrepare(t *traced, directions []*graph.Node) []*graph.Node {
	statistics := t.statistics()[0]
	c := &liftedCode{lift: transform.NewLift([]*graph.Node{statistics}, t.weights), statistics: statistics.Shape().Size()}
	var each [][]*graph.Node
	for k := len(t.weights); len(directions) > 0; directions = directions[k:] {
		each = append(each, directions[:k])
	}
	outputs := append([]*graph.Node{}, c.lift.Cuts()...)
	for _, n := range c.lift.Cuts() {
		c.cuts = append(c.cuts, n.Shape())
	}
	for _, cs := range c.lift.Coefficients(each...) {
		outputs = append(outputs, cs...)
	}
	for _, n := range c.lift.Fixed() {
		c.fixed = append(c.fixed, n.Shape())
		if n.Type() == graph.NodeTypeParameter {
			c.params, c.captured = append(c.params, n), append(c.captured, -1)
			continue
		}
		c.params, c.captured = append(c.params, nil), append(c.captured, len(outputs))
		outputs = append(outputs, n)
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
	for k := range 1 + l.plane.directions() {
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
	moved := &prepared{code: r.code, examples: r.examples, c: make([][]*tensors.Tensor, len(r.c))}
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
	c.row = graph.NewGraph(l.p.backend, "surface: row")
	c.sweep = graph.NewGraph(l.p.backend, "surface: sweep")
	return catch("compiling the sweep", func() {
		if err := c.row.Compile(buildRow(c.row, c.cuts)...); err != nil {
			panic(err)
		}
		if err := c.sweep.Compile(l.buildSweep(c.sweep, c)); err != nil {
			panic(err)
		}
	})
}

// buildRow: parameters α, then c₀ and c₁ of each cut; outputs c₀ + αc₁.
func buildRow(g *graph.Graph, cuts []shapes.Shape) []*graph.Node {
	alpha := graph.Parameter(g, "alpha", shapes.Make(dtypes.Float64))
	c0, c1 := parameters(g, "c0", cuts), parameters(g, "c1", cuts)
	return along(c0, c1, alpha)
}

// buildSweep: parameters count, βs[capacity], then u and v of each cut, then what is fixed; output statistics[capacity, …]. One
// While loop, so that a chunk costs one compilation of one point. Its body is the first to use reductions and constants in its
// graph, which go-xla and GoMLX need (they cache both for each graph, see docs/upstream.md).
func (l *lifted) buildSweep(g *graph.Graph, c *liftedCode) *graph.Node {
	state := func(g *graph.Graph, fn string) (count, i, out, betas *graph.Node, u, v, fixed []*graph.Node) {
		// Names must differ between a closure and the function around it.
		i = graph.Parameter(g, fn+"i", shapes.Make(dtypes.Int32))
		out = graph.Parameter(g, fn+"out", shapes.Make(dtypes.Float64, l.capacity, c.statistics))
		count = graph.Parameter(g, fn+"count", shapes.Make(dtypes.Int32))
		betas = graph.Parameter(g, fn+"betas", shapes.Make(dtypes.Float64, l.capacity))
		return count, i, out, betas, parameters(g, fn+"u", c.cuts), parameters(g, fn+"v", c.cuts), parameters(g, fn+"fixed", c.fixed)
	}
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		count, i, _, _, _, _, _ := state(g, "cond_")
		return []*graph.Node{graph.LessThan(i, count)}
	})
	body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		count, i, out, betas, u, v, fixed := state(g, "body_")
		beta := graph.Reshape(graph.DynamicSlice(betas, []*graph.Node{i}, []int{1}))
		statistics := c.lift.Replay(g, along(u, v, beta), fixed)[0]
		out = graph.DynamicUpdateSlice(out, graph.Reshape(statistics, 1, -1), []*graph.Node{i, graph.Const(g, int32(0))})
		next := []*graph.Node{graph.Add(i, graph.Const(g, int32(1))), out, count, betas}
		return append(append(append(next, u...), v...), fixed...)
	})
	count, i, out, betas, u, v, fixed := state(g, "")
	initial := append(append(append([]*graph.Node{i, out, count, betas}, u...), v...), fixed...)
	return graph.While(cond, body, initial...)[1]
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
	args := append(append([]*tensors.Tensor{tensors.FromScalar(alpha)}, r.c[0]...), r.c[1]...)
	defer args[0].MustFinalizeAll()
	u, err := s.l.execute(r.code.row, s.device, args)
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

// measure adds the statistics of a batch at (α, βₖ) to acc[k], for at most capacity β.
func (s *sweeper) measure(r *prepared, alpha float64, betas []float64, acc [][]moments) error {
	u, err := s.row(r, alpha)
	if err != nil {
		return err
	}
	padded := make([]float64, s.l.capacity)
	copy(padded, betas)
	args := []*tensors.Tensor{
		tensors.FromScalar(int32(0)),
		tensors.FromFlatDataAndDimensions(make([]float64, s.l.capacity*r.code.statistics), s.l.capacity, r.code.statistics),
		tensors.FromScalar(int32(len(betas))),
		tensors.FromFlatDataAndDimensions(padded, s.l.capacity),
	}
	defer finalize(args)
	out, err := s.l.execute(r.code.sweep, s.device, append(append(append(args[:4:4], u...), r.c[len(r.c)-1]...), r.fixed...))
	if err != nil {
		return err
	}
	defer finalize(out)
	return tensors.ConstFlatData(out[0], func(values []float64) {
		for k := range betas {
			point := values[k*r.code.statistics:]
			for m := range acc[k] {
				acc[k][m].add(r.examples, point[2*m], point[2*m+1])
			}
		}
	})
}

// execute runs a compiled graph on tensors.
func (l *lifted) execute(g *graph.Graph, device compute.DeviceNum, args []*tensors.Tensor) (out []*tensors.Tensor, err error) {
	buffers := make([]compute.Buffer, len(args))
	for i, t := range args {
		if buffers[i], err = t.Buffer(l.p.backend, device); err != nil {
			return nil, fmt.Errorf("landscape: Surface: argument %d: %w", i, err)
		}
	}
	err = catch(g.Name(), func() { out = g.RunWithBuffers(buffers, make([]bool, len(buffers)), device) })
	return out, err
}
