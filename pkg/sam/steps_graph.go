package sam

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/gomlx/gomlx/support/exceptions"

	"lossland/internal/accelerator"
	"lossland/pkg/result"
	"lossland/pkg/transform"
)

// kindOfStep is what a program is compiled for.
type kindOfStep struct {
	spec any
	size int // of the batch.
}

// stepProgram does steps of one kind.
type stepProgram struct {
	exec    *model.Exec
	used    []*model.Variable        // what a step reads.
	changed map[*model.Variable]bool // what of it a step changes.
	alone   string                   // why an execution is one step; empty: it is many.

	operations int // of a step.
}

// worthSaying is the number of operations from which on a compilation is told: it takes XLA 3 ms
// for each, on a busy machine several times that.
const worthSaying = 500

// program returns the program of a kind, which is compiled when it is first executed.
func (s *Steps) program(ctx context.Context, kind kindOfStep) (p *stepProgram, err error) {
	if p = s.programs[kind]; p != nil {
		return p, nil
	}
	name := "Steps"
	if _, has := kind.spec.(fmt.Stringer); has { // mustKnowKind reads it.
		name = fmt.Sprintf("Steps: spec=%s", kind.spec)
	}
	p = new(stepProgram)
	if failed := exceptions.TryCatch[error](func() { s.trace(p, kind, name) }); failed != nil {
		return nil, fmt.Errorf("sam: Steps: %w", failed)
	}
	if p.operations >= worthSaying {
		result.Notice(ctx, "sam: Steps: compiling a step of %d operations, which may take seconds",
			p.operations)
	}
	build := func(in []*graph.Node) []*graph.Node { return s.build(p, kind.spec, in) }
	if p.alone != "" {
		build = func(in []*graph.Node) []*graph.Node { return s.single(kind.spec, in) }
		if !s.said {
			result.Notice(ctx, "sam: Steps takes its steps one at a time: %s", p.alone)
		}
		s.said = true
	}
	p.exec, err = model.NewExec(s.backend, s.store,
		func(_ *model.Scope, in []*graph.Node) []*graph.Node { return build(in) })
	if err != nil {
		return nil, fmt.Errorf("sam: Steps: %w", err)
	}
	p.exec = p.exec.WithName(name)
	s.programs[kind] = p
	return p, nil
}

// single makes a program of one step. in are the rows of its batch, and the data.
func (s *Steps) single(spec any, in []*graph.Node) []*graph.Node {
	loss := s.step(spec, batchOf(in[1:], in[0]))
	return []*graph.Node{graph.ConvertDType(loss, dtypes.Float64)}
}

// batchOf takes rows of the data.
func batchOf(data []*graph.Node, rows *graph.Node) (batch []*graph.Node) {
	rows = graph.Reshape(rows, -1, 1)
	for _, d := range data {
		batch = append(batch, graph.Gather(d, rows))
	}
	return batch
}

// Places in the state of the loop. The data come next, then the variables.
const (
	atStep   = iota // int32, from 0.
	atCount         // int32, how many steps there are; fewer where training ends before.
	atLosses        // float64[capacity].
	atOrder         // int32[capacity, size].
	atData
)

// build makes a loop whose body is one step. in is the state without the variables.
//
// A closure can't read nodes of the function around it, so all that a step reads is in the state.
// Nothing is built in the main function before the body, because GoMLX and go-xla keep constants
// and reductions of the graph's first user for all (docs/upstream.md).
func (s *Steps) build(p *stepProgram, spec any, in []*graph.Node) []*graph.Node {
	g := in[0].Graph()
	state := slices.Clone(in)
	for _, v := range p.used {
		state = append(state, v.NodeValue(g))
	}
	starts := state[len(in):]
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		at := parametersLike(g, "cond", state)
		return []*graph.Node{graph.LessThan(at[atStep], at[atCount])}
	})
	body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		return s.body(spec, p.used, parametersLike(g, "body", state), len(in))
	})
	out := graph.While(cond, body, state...)
	for i, v := range p.used {
		v.SetNodeValue(starts[i])
		if p.changed[v] {
			v.SetNodeValue(out[len(in)+i])
		}
	}
	return []*graph.Node{out[atStep], out[atLosses]}
}

// body is one step from state at to the next; the first of the variables is at[first].
func (s *Steps) body(
	spec any, variables []*model.Variable, at []*graph.Node, first int,
) []*graph.Node {
	g := at[0].Graph()
	starts := values{}
	for i, v := range variables {
		v.SetNodeValue(at[first+i])
		starts[v] = at[first+i]
	}
	rows := graph.Gather(at[atOrder], graph.Reshape(at[atStep], 1, 1))
	batch := batchOf(at[atData:first], rows)
	model.SetGraphParam(g, inLoopParam, inLoop{starts, batch})
	loss := graph.ConvertDType(s.step(spec, batch), dtypes.Float64)
	next := slices.Clone(at)
	next[atStep] = graph.Add(at[atStep], graph.Const(g, int32(1)))
	next[atCount] = graph.Where(s.ends(loss), next[atStep], at[atCount])
	place := graph.Iota(g, shapes.Make(dtypes.Int32, at[atLosses].Shape().Dimensions...), 0)
	now := graph.Equal(place, at[atStep])
	next[atLosses] = graph.Where(now, loss, at[atLosses])
	for i, v := range variables {
		next[first+i] = v.NodeValue(g)
	}
	return next
}

// ends says that a step is the last one: its loss isn't finite, or training is stuck
// ([Optimizer.Stuck]), which a good step after it would hide.
func (s *Steps) ends(loss *graph.Node) *graph.Node {
	ends := graph.LogicalNot(graph.IsFinite(loss))
	o, is := s.optimizer.(*Optimizer)
	if !is || o.isBase() {
		return ends
	}
	row := o.counter(s.store.RootScope(), skippedInARowName)
	if !row.InUseByGraph(loss.Graph()) {
		return ends
	}
	inARow := row.NodeValue(loss)
	limit := graph.Scalar(loss.Graph(), inARow.DType(), StuckAfter)
	return graph.LogicalOr(ends, graph.GreaterOrEqual(inARow, limit))
}

// step does what train.Trainer does in one, and returns the loss that it reports.
func (s *Steps) step(spec any, batch []*graph.Node) *graph.Node {
	g := batch[0].Graph()
	s.store.SetTraining(g, true)
	scope := s.store.RootScope()
	predictions := s.modelFn(scope, spec, batch[:s.inputs])
	if s.lossFn != nil {
		train.AddMainLoss(s.lossFn(batch[s.inputs:], predictions))
	}
	loss := train.TotalLoss(g)
	if loss == nil {
		panic(fmt.Errorf("sam: Steps need a loss: pass one, or call train.AddMainLoss in the " +
			"model"))
	}
	s.optimizer.UpdateGraph(scope, g, loss)
	train.ExecPerStepUpdateGraphFn(g)
	return train.TotalLoss(g)
}

// trace builds a step in a graph of its own, which makes the variables, and notes those that it
// reads, which of them it changes, and why it can't be one of many.
func (s *Steps) trace(p *stepProgram, kind kindOfStep, name string) {
	g := graph.NewGraph(s.backend, name)
	defer g.Finalize()
	model.SetStore(g, s.store)
	var batch []*graph.Node
	for i, data := range s.data {
		shape := data.Shape().Clone()
		shape.Dimensions[0] = kind.size
		batch = append(batch, graph.Parameter(g, fmt.Sprintf("batch_%d", i), shape))
	}
	results := []*graph.Node{s.step(kind.spec, batch)}
	p.changed = make(map[*model.Variable]bool)
	for v := range s.store.IterVariables() {
		if v.InUseByGraph(g) {
			p.used = append(p.used, v)
			if p.changed[v] = v.ChangedInGraph(g); p.changed[v] {
				results = append(results, v.NodeValue(g))
			}
		}
	}
	nodes := make(map[*graph.Node]bool)
	for _, root := range results {
		maps.Copy(nodes, transform.Reached(root))
	}
	p.operations = len(nodes)
	p.alone = aloneFor(nodes, accelerator.SharesCores(s.backend))
}

// aloneFor says why a step of these nodes is better taken alone; empty: it isn't. On a CPU XLA
// compiles the gradient of a convolution inside a loop to twice the time.
func aloneFor(nodes map[*graph.Node]bool, onCPU bool) (why string) {
	for n := range nodes {
		switch {
		case transform.IsClosureOp(n), n.Type() == graph.NodeTypeSort:
			return "Sort, While and If can't be inside its loop"
		case onCPU && n.Type() == graph.NodeTypeConvGeneral:
			why = "convolutions are slower inside a loop"
		}
	}
	return why
}

// parametersLike makes a closure's parameters, one for each node.
func parametersLike(g *graph.Graph, name string, of []*graph.Node) []*graph.Node {
	out := make([]*graph.Node, len(of))
	for i, n := range of {
		out[i] = graph.Parameter(g, fmt.Sprintf("%s_%d", name, i),
			shapes.Make(n.DType(), n.Shape().Dimensions...))
	}
	return out
}

// inLoop is what a graph's own parameters are elsewhere: what a step in a loop starts from.
type inLoop struct {
	starts values        // of variables.
	batch  []*graph.Node // inputs and labels.
}

var inLoopParam = model.JoinPath("/", optimizer.Scope, "sam_in_loop")

// loopOf returns the start of a step in a loop; found is false outside of one.
func loopOf(g *graph.Graph) (l inLoop, found bool) {
	value, found := model.GetGraphParam(g, inLoopParam)
	if found {
		l = value.(inLoop)
	}
	return l, found
}
