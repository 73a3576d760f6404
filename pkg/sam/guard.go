package sam

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// values holds a node for some variables.
type values map[*model.Variable]*graph.Node

// gradientsOf are the gradients by variable.
func gradientsOf(weights []Weight, gradients []*graph.Node) values {
	out := make(values, len(weights))
	for i, w := range weights {
		out[w.Variable] = gradients[i]
	}
	return out
}

// keepIfSound undoes in the graph every change of a variable, the model's own (BatchNorm's
// averages) and the base optimizer's, unless the step is sound:
//
//   - the gradients are finite,
//   - no change makes a finite number infinite or NaN: a gradient may be finite and its square in
//     Adam's moment, or its conversion to 16 bits, not,
//   - no change makes a weight so large that its square isn't finite in its type: 1.8e19 for
//     float32 and bfloat16, 1.3e154 for float64. It has no L2 term, no norm and no gradient of a
//     square any more, and no later step brings it back. One that was as large before may be
//     changed, and so may float16, in which large weights become infinite soon enough,
//   - ρ, where there is one, is a number.
//
// What counts steps and what draws random numbers goes on. A variable listed in instead goes back
// to that node; any other to what it was before the step. It returns whether the changes were kept.
//
// Cost: a pass over the gradient and each variable that changes, which are reduced together.
func keepIfSound(store *model.Store, g *graph.Graph, gradients, instead values,
	rho *graph.Node) *graph.Node {
	kept, olds := graph.Const(g, true), values{}
	if rho != nil {
		kept = graph.IsFinite(rho)
	}
	var changed []*model.Variable
	for v := range store.IterVariables() {
		if !v.InUseByGraph(g) || isClock(v) {
			continue
		}
		var trace *graph.Node
		if gradient := gradients[v]; gradient != nil {
			trace = nothing(gradient)
		}
		if v.ChangedInGraph(g) {
			old := instead[v]
			if old == nil {
				old = before(v, g)
			}
			changed, olds[v] = append(changed, v), old
			trace = plus(trace, spoiled(v, old))
		}
		if trace != nil {
			kept = graph.LogicalAnd(kept, graph.IsFinite(sumOf(trace)))
		}
	}
	for _, v := range changed {
		v.SetNodeValue(graph.Where(kept, v.NodeValue(g), olds[v]))
	}
	return kept
}

// nothing is 0 for each finite number of x, and NaN for any other.
func nothing(x *graph.Node) *graph.Node { return graph.MulScalar(x, 0) }

// spoiled is NaN for each number of v that was finite and isn't sound any more, else 0; nil for
// integers. It is numbers, not truth values, which XLA doesn't compute as vectors on a CPU.
func spoiled(v *model.Variable, old *graph.Node) *graph.Node {
	if !v.DType().IsFloat() {
		return nil
	}
	now := v.NodeValue(old.Graph())
	lost := graph.Where(graph.IsFinite(old), nothing(now), graph.ZerosLike(old))
	if !v.Trainable || v.DType() == dtypes.Float16 {
		return lost
	}
	return graph.Where(graph.IsFinite(graph.Square(old)), nothing(graph.Square(now)), lost)
}

// Guard gives any optimizer the guard that SAM has: a step that would spoil a variable changes no
// weight, no state of the optimizer and no BatchNorm average; the RNG and the global step go on. It
// is for base optimizers that work without an [Optimizer] around them, as under
// train.Trainer.AccumulateGradients with [Optimizer.Loss]. There, one bad batch skips the whole
// accumulated step. BatchNorm's averages aren't guarded in the batches before the one that steps,
// because no optimizer runs there.
//
// To be used with accumulation, the base must implement train.OptimizeWithGradients.
func Guard(base optimizer.Interface) optimizer.Interface { return guarded{base} }

type guarded struct{ base optimizer.Interface }

var _ train.OptimizeWithGradients = guarded{}

// UpdateGraph implements optimizer.Interface.
func (o guarded) UpdateGraph(scope *model.Scope, g *graph.Graph, loss *graph.Node) {
	o.base.UpdateGraph(scope, g, loss)
	keepIfSound(scope.Store(), g, nil, nil, nil)
}

// UpdateGraphWithGradients implements train.OptimizeWithGradients.
func (o guarded) UpdateGraphWithGradients(
	scope *model.Scope, gradients []*graph.Node, lossDType dtypes.DType,
) {
	base, takesGradients := o.base.(train.OptimizeWithGradients)
	if !takesGradients {
		panic(fmt.Errorf("sam: the guarded optimizer %T takes no gradients, want one that "+
			"implements train.OptimizeWithGradients", o.base))
	}
	if len(gradients) == 0 {
		base.UpdateGraphWithGradients(scope, gradients, lossDType)
		return
	}
	g := gradients[0].Graph()
	byVariable := values{}
	for i, v := range mustMatch(trainable(scope, g), gradients) {
		byVariable[v] = gradients[i]
	}
	base.UpdateGraphWithGradients(scope, gradients, lossDType)
	keepIfSound(scope.Store(), g, byVariable, nil, nil)
}

// Clear implements optimizer.Interface.
func (o guarded) Clear(scope *model.Scope) error { return o.base.Clear(scope) }

// Check asks the base.
func (o guarded) Check() error { return checked(o.base) }

// mustMatch panics unless there is a gradient for each variable.
func mustMatch(variables []*model.Variable, gradients []*graph.Node) []*model.Variable {
	if len(variables) != len(gradients) {
		panic(fmt.Errorf("sam: %d gradients for %d trainable variables", len(gradients),
			len(variables)))
	}
	return variables
}
