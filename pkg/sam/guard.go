package sam

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

const (
	skippedClimbsName  = "skipped_climbs"
	skippedUpdatesName = "skipped_updates"
)

// keepIfFinite undoes in the graph every change of a variable, the model's own (BatchNorm's averages) and the base optimizer's, unless
// finite holds. What counts steps and what draws random numbers goes on. A variable listed in instead goes back to that node; any other to
// what it was before the step.
func keepIfFinite(store *model.Store, g *graph.Graph, finite *graph.Node, instead map[*model.Variable]*graph.Node) {
	for v := range store.IterVariables() {
		if !v.InUseByGraph(g) || !v.ChangedInGraph(g) || isClock(v) {
			continue
		}
		old := instead[v]
		if old == nil {
			old = before(v, g)
		}
		v.SetNodeValue(graph.Where(finite, v.NodeValue(g), old))
	}
}

// before is the value that v has when the graph starts.
func before(v *model.Variable, g *graph.Graph) *graph.Node { return g.GetParameterByName(v.Path()) }

// isClock says whether v goes on in a step that is skipped.
func isClock(v *model.Variable) bool {
	return v.Name() == model.RNGStateVariableName || v.Name() == optimizer.GlobalStepVariableName
}

// count adds to the counters of what was skipped.
func (o *Optimizer) count(scope *model.Scope, p *Pass) {
	if p.skipped != nil {
		o.add(scope, skippedClimbsName, p.skipped)
	}
	o.add(scope, skippedUpdatesName, graph.ConvertDType(graph.LogicalNot(p.finite), dtypes.Int64))
}

func (o *Optimizer) add(scope *model.Scope, name string, n *graph.Node) {
	v := o.counter(scope, name)
	v.SetNodeValue(graph.Add(v.NodeValue(n), n))
}

func (o *Optimizer) counter(scope *model.Scope, name string) *model.Variable {
	return stateScope(scope, o.c.scopeName).VariableWithValue(name, int64(0)).SetTrainable(false)
}

// SkippedClimbs returns how many climbs had ε = 0 because the gradient's norm was zero or not finite; with Micro, each group counts.
func (o *Optimizer) SkippedClimbs(store *model.Store) int64 {
	return tensors.ToScalar[int64](o.counter(store.RootScope(), skippedClimbsName).MustValue())
}

// SkippedUpdates returns how many steps changed no weight because the gradient wasn't finite.
func (o *Optimizer) SkippedUpdates(store *model.Store) int64 {
	return tensors.ToScalar[int64](o.counter(store.RootScope(), skippedUpdatesName).MustValue())
}
