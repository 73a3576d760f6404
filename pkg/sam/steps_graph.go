package sam

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// program returns the steps of a spec, which are compiled when they are first executed.
func (s *Steps) program(spec any) (*model.Exec, error) {
	if exec := s.programs[spec]; exec != nil {
		return exec, nil
	}
	exec, err := model.NewExec(s.backend, s.store,
		func(scope *model.Scope, in []*graph.Node) []*graph.Node { return s.build(spec, in) })
	if err != nil {
		return nil, fmt.Errorf("sam: Steps: %w", err)
	}
	name := "Steps"
	if _, has := spec.(fmt.Stringer); has { // mustKnowKind reads it.
		name = fmt.Sprintf("Steps: spec=%s", spec)
	}
	s.programs[spec] = exec.WithName(name)
	return exec, nil
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
func (s *Steps) build(spec any, in []*graph.Node) []*graph.Node {
	g := in[0].Graph()
	used, changed := s.variables(spec, in)
	state := slices.Clone(in)
	for _, v := range used {
		state = append(state, v.NodeValue(g))
	}
	starts := state[len(in):]
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		at := parametersLike(g, "cond", state)
		return []*graph.Node{graph.LessThan(at[atStep], at[atCount])}
	})
	body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		return s.body(spec, used, parametersLike(g, "body", state), len(in))
	})
	out := graph.While(cond, body, state...)
	for i, v := range used {
		v.SetNodeValue(starts[i])
		if changed[v] {
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
	rows = graph.Reshape(rows, -1, 1)
	var batch []*graph.Node
	for _, data := range at[atData:first] {
		batch = append(batch, graph.Gather(data, rows))
	}
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

// variables traces a step in a graph of its own, which makes the variables, and returns those that
// a step reads, and which of them it changes.
func (s *Steps) variables(
	spec any, in []*graph.Node,
) (used []*model.Variable, changed map[*model.Variable]bool) {
	g := graph.NewGraph(s.backend, in[0].Graph().Name())
	defer g.Finalize()
	model.SetStore(g, s.store)
	size := in[atOrder].Shape().Dimensions[1]
	var batch []*graph.Node
	for i, data := range in[atData:] {
		shape := data.Shape().Clone()
		shape.Dimensions[0] = size
		batch = append(batch, graph.Parameter(g, fmt.Sprintf("batch_%d", i), shape))
	}
	s.step(spec, batch)
	changed = make(map[*model.Variable]bool)
	for v := range s.store.IterVariables() {
		if v.InUseByGraph(g) {
			used = append(used, v)
			changed[v] = v.ChangedInGraph(g)
		}
	}
	return used, changed
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
