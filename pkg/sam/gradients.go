package sam

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"lossland/pkg/transform"
)

// gapGradient is GSAM's gₚ − α·g⊥.
func gapGradient(clean, perturbed []*graph.Node, alpha float64) []*graph.Node {
	_, orthogonal := decompose(clean, perturbed)
	return minus(perturbed, orthogonal, alpha)
}

// decompose splits xs into the part along the vector along and the part orthogonal to it. If along is 0, all is orthogonal.
func decompose(xs, along []*graph.Node) (parallel, orthogonal []*graph.Node) {
	ratio := orZero(dot(xs, along), sumOfSquares(along))
	parallel = make([]*graph.Node, len(xs))
	for i := range xs {
		parallel[i] = scale(along[i], ratio)
	}
	return parallel, minus(xs, parallel, 1)
}

// minus is xs − factor·ys; nil ys are 0.
func minus(xs, ys []*graph.Node, factor float64) []*graph.Node {
	if ys == nil {
		return xs
	}
	out := make([]*graph.Node, len(xs))
	for i := range xs {
		out[i] = addScaled(graph.ConvertDType(xs[i], ys[i].DType()), ys[i], -factor)
	}
	return out
}

// remember keeps LookSAM's gᵥ, the part of the climb's gradient that is orthogonal to the plain one.
func (o *Optimizer) remember(scope *model.Scope, ws []weight, clean, perturbed []*graph.Node) {
	_, orthogonal := decompose(perturbed, clean)
	for i, w := range ws {
		o.lookState(scope, w).SetNodeValue(orthogonal[i])
	}
}

// reuse is LookSAM's g + α·(‖g‖/‖gᵥ‖)·gᵥ.
func (o *Optimizer) reuse(scope *model.Scope, ws []weight, clean []*graph.Node) []*graph.Node {
	orthogonal := make([]*graph.Node, len(ws))
	for i, w := range ws {
		orthogonal[i] = o.lookState(scope, w).NodeValue(w.node)
	}
	factor := graph.MulScalar(orZero(norm(clean), norm(orthogonal)), o.c.lookAlpha)
	out := make([]*graph.Node, len(ws))
	for i := range ws {
		out[i] = graph.Add(graph.ConvertDType(clean[i], orthogonal[i].DType()), scale(orthogonal[i], factor))
	}
	return out
}

func (o *Optimizer) lookState(scope *model.Scope, w weight) *model.Variable {
	return stateOf(scope, o.c.scopeName, "look", w.variable, wide(w.variable.DType()))
}

// center is F-SAM's estimate m of the full gradient, updated with this step's; nil without F-SAM.
func (o *Optimizer) center(scope *model.Scope, ws []weight, clean []*graph.Node) []*graph.Node {
	if !o.c.friendly {
		return nil
	}
	out := make([]*graph.Node, len(ws))
	for i, w := range ws {
		dtype := wide(w.variable.DType())
		state := stateOf(scope, o.c.scopeName, "friendly", w.variable, dtype)
		old := graph.MulScalar(state.NodeValue(w.node), o.c.lambda)
		out[i] = addScaled(old, graph.ConvertDType(clean[i], dtype), 1-o.c.lambda)
		state.SetNodeValue(out[i])
	}
	return out
}

// group is a part of the batch that climbs on its own.
type group struct {
	loss  *graph.Node
	share float64 // of the batch; the shares add up to 1.
}

// groups cuts the loss into those of m-SAM's groups.
func (o *Optimizer) groups(loss *graph.Node) []group {
	if o.c.micro == 0 {
		return []group{{loss, 1}}
	}
	data, regularizer := dataLoss(loss)
	if data == nil {
		data = loss
	}
	n := batchSize(data)
	terms := transform.Unreduce(data, n)
	if terms == nil {
		panic(fmt.Errorf("sam: Micro(%d) needs a loss that is a mean over the batch's first axis, and %s isn't one", o.c.micro, data))
	}
	if o.c.micro > n {
		panic(fmt.Errorf("sam: Micro(%d), but the batch has %d examples", o.c.micro, n))
	}
	var groups []group
	for start := 0; start < n; start += o.c.micro {
		end := min(start+o.c.micro, n)
		mean := graph.ReduceAllMean(graph.Slice(terms, graph.AxisRange(start, end)))
		if regularizer != nil {
			mean = graph.Add(mean, regularizer)
		}
		groups = append(groups, group{mean, float64(end-start) / float64(n)})
	}
	return groups
}

// batchSize is the first dimension of the first sum below a scalar loss: the number of examples it is the mean of.
func batchSize(loss *graph.Node) int {
	for n := loss; n.IsScalar() && len(n.Inputs()) > 0; {
		if in := n.Inputs()[0]; n.Type() == graph.NodeTypeReduceSum && in.Rank() > 0 {
			return in.Shape().Dimensions[0]
		}
		n = scalarInput(n)
		if n == nil {
			break
		}
	}
	return 0
}

// scalarInput is the input of n that leads on to the sum: the first that isn't a constant.
func scalarInput(n *graph.Node) *graph.Node {
	for _, in := range n.Inputs() {
		if in.Type() != graph.NodeTypeConstant {
			return in
		}
	}
	return nil
}

// average is the groups' mean, weighted by their shares.
func average(groups []group, gradients [][]*graph.Node) []*graph.Node {
	if len(groups) == 1 {
		return gradients[0]
	}
	out := make([]*graph.Node, len(gradients[0]))
	for i := range out {
		for j, group := range groups {
			out[i] = addScaled(out[i], gradients[j][i], group.share)
		}
	}
	return out
}
