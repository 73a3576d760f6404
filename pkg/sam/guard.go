package sam

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

const (
	skippedClimbsName  = "skipped_climbs"
	skippedUpdatesName = "skipped_updates"
)

// keepIfFinite undoes in the graph every change of a variable, the model's own (BatchNorm's averages) and the base optimizer's, unless
// finite holds and no change makes a finite number infinite or NaN: a gradient may be finite and its square in Adam's moment, or its
// conversion to 16 bits, not. What counts steps and what draws random numbers goes on. A variable listed in instead goes back to that node; any
// other to what it was before the step. It returns whether the changes were kept.
func keepIfFinite(store *model.Store, g *graph.Graph, finite *graph.Node, instead map[*model.Variable]*graph.Node) *graph.Node {
	olds := make(map[*model.Variable]*graph.Node)
	var changed []*model.Variable
	for v := range store.IterVariables() {
		if !v.InUseByGraph(g) || !v.ChangedInGraph(g) || isClock(v) {
			continue
		}
		old := instead[v]
		if old == nil {
			old = before(v, g)
		}
		changed, olds[v] = append(changed, v), old
		if v.DType().IsFloat() {
			spoils := graph.LogicalAnd(graph.IsFinite(old), graph.LogicalNot(graph.IsFinite(v.NodeValue(g))))
			finite = graph.LogicalAnd(finite, graph.LogicalNot(graph.LogicalAny(spoils)))
		}
	}
	for _, v := range changed {
		v.SetNodeValue(graph.Where(finite, v.NodeValue(g), olds[v]))
	}
	return finite
}

// Guard gives any optimizer the guard that SAM has: a step that would make a variable infinite or NaN changes no weight, no state of the
// optimizer and no BatchNorm average; the RNG and the global step go on. It is for base optimizers that work without an [Optimizer] around
// them, as under train.Trainer.AccumulateGradients with [Optimizer.Loss]: there, one bad batch loses the whole accumulated step. BatchNorm's
// averages in the batches before the one that steps aren't guarded, since no optimizer runs there.
//
// The base has to implement train.OptimizeWithGradients to be used with accumulation.
func Guard(base optimizer.Interface) optimizer.Interface { return guarded{base} }

type guarded struct{ base optimizer.Interface }

var _ train.OptimizeWithGradients = guarded{}

// UpdateGraph implements optimizer.Interface.
func (o guarded) UpdateGraph(scope *model.Scope, g *graph.Graph, loss *graph.Node) {
	o.base.UpdateGraph(scope, g, loss)
	keepIfFinite(scope.Store(), g, graph.Const(g, true), nil)
}

// UpdateGraphWithGradients implements train.OptimizeWithGradients.
func (o guarded) UpdateGraphWithGradients(scope *model.Scope, gradients []*graph.Node, lossDType dtypes.DType) {
	base, takesGradients := o.base.(train.OptimizeWithGradients)
	if !takesGradients {
		panic(fmt.Errorf("sam: the guarded optimizer %T takes no gradients, want one that implements train.OptimizeWithGradients", o.base))
	}
	base.UpdateGraphWithGradients(scope, gradients, lossDType)
	if len(gradients) > 0 {
		keepIfFinite(scope.Store(), gradients[0].Graph(), graph.IsFinite(norm(gradients)), nil)
	}
}

// Clear implements optimizer.Interface.
func (o guarded) Clear(scope *model.Scope) error { return o.base.Clear(scope) }

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

// SkippedUpdates returns how many steps changed no weight because the gradient, or what it would have made of the weights or the base
// optimizer's state, wasn't finite.
func (o *Optimizer) SkippedUpdates(store *model.Store) int64 {
	return tensors.ToScalar[int64](o.counter(store.RootScope(), skippedUpdatesName).MustValue())
}
