package sam

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
)

// Pass is what one step computes, as nodes of its graph. Norms and cosine are float64 scalars over all trainable weights.
type Pass struct {
	// Gradients is what the base optimizer gets: one for each trainable variable in use, in the order of scope.IterVariables, of its shape
	// and type.
	Gradients []*graph.Node

	// CleanLoss is the climbed loss at w, PerturbedLoss the one at w+ε; nil in a step that doesn't climb.
	CleanLoss, PerturbedLoss *graph.Node

	// Rho is ρ, EpsilonNorm ‖ε‖₂, the mean over the groups of m-SAM; nil in a step that doesn't climb.
	Rho, EpsilonNorm *graph.Node

	// GradientNorm is ‖g‖₂ at w; Cosine the cosine between the gradients of the climbed loss at w and at w+ε, 0 if either is 0, nil in a
	// step that doesn't climb.
	GradientNorm, Cosine *graph.Node

	finite  *graph.Node // whether Gradients are, and after UpdateGraph whether the step was kept.
	skipped *graph.Node // how many climbs had a zero or non-finite norm, int64; nil in a step that doesn't climb.
}

// Gradient is SAM for graph code: it returns the gradient at w+ε of a scalar loss, and what else the step computes, for the trainable
// variables that the loss's graph uses. It changes no weight: that is the caller's part. It panics as graph-building code does.
//
// It always climbs: Every, LookSAM's k and Window belong to UpdateGraph.
func (o *Optimizer) Gradient(scope *model.Scope, loss *graph.Node) *Pass {
	o.mustBeValid()
	mustBeScalar(loss)
	return o.climb(scope, loss)
}

// weight is a trainable variable in one graph.
type weight struct {
	variable  *model.Variable
	node      *graph.Node // its value w.
	perturbed bool        // whether it moves in the climb.
	adapted   bool        // whether ASAM's T scales it.
}

// weights returns the trainable variables in use, in the order in which GoMLX's optimizers want the gradients.
func (o *Optimizer) weights(scope *model.Scope, g *graph.Graph) []weight {
	var ws []weight
	moving := false
	freezeRNG(scope.Store())
	for _, v := range trainable(scope, g) {
		if !v.DType().IsFloat() {
			panic(fmt.Errorf("sam: %s is trainable and of type %s, want a real type: call SetTrainable(false) on it", v.Path(), v.DType()))
		}
		w := weight{v, v.NodeValue(g), o.c.filter.accepts(v), o.c.adaptive && o.c.adapted.accepts(v)}
		moving = moving || w.perturbed
		ws = append(ws, w)
	}
	switch {
	case len(ws) == 0:
		panic(fmt.Errorf("sam: the loss uses no trainable variable"))
	case !moving:
		panic(fmt.Errorf("sam: the filter accepts none of the %d trainable variables", len(ws)))
	}
	return ws
}

// freezeRNG mends what GoMLX v0.28.8 does when it loads a checkpoint: the RNG's state, an integer, comes back as a trainable variable.
func freezeRNG(store *model.Store) {
	if v := store.GetVariable(model.RNGStateVariableName); v != nil {
		v.SetTrainable(false)
	}
}

func nodesOf(ws []weight) []*graph.Node {
	nodes := make([]*graph.Node, len(ws))
	for i, w := range ws {
		nodes[i] = w.node
	}
	return nodes
}

// climb builds a step with a perturbation.
func (o *Optimizer) climb(scope *model.Scope, loss *graph.Node) *Pass {
	g := loss.Graph()
	ws := o.weights(scope, g)
	at := nodesOf(ws)
	rho := o.rho(scope, g)
	climbed, rest := o.split(loss)
	groups := o.groups(climbed)

	cleans := make([][]*graph.Node, len(groups))
	for i, group := range groups {
		cleans[i] = graph.Gradient(group.loss, at...)
	}
	clean := average(groups, cleans)
	center := o.center(scope, ws, clean)

	p := &Pass{CleanLoss: climbed, Rho: rho, GradientNorm: norm(clean)}
	perturbed := make([][]*graph.Node, len(groups))
	for i, group := range groups {
		c := o.perturb(ws, minus(cleans[i], center, o.c.sigma), rho)
		replayed := replay(group.loss, at, c.weights)
		perturbed[i] = graph.Gradient(replayed, c.weights...)
		p.PerturbedLoss = addScaled(p.PerturbedLoss, graph.ConvertDType(replayed, climbed.DType()), group.share)
		p.EpsilonNorm = addScaled(p.EpsilonNorm, c.norm, group.share)
		p.skipped = addScaled(p.skipped, c.skipped, 1)
	}
	gradients := average(groups, perturbed)
	p.Cosine = cosine(clean, gradients)
	if o.c.look {
		o.remember(scope, ws, clean, gradients)
	}
	if o.c.alpha != 0 {
		gradients = gapGradient(clean, gradients, o.c.alpha)
	}
	o.finish(p, ws, gradients, rest)
	return p
}

// plain builds a step without a perturbation; look adds what LookSAM remembers of the last climb.
func (o *Optimizer) plain(scope *model.Scope, loss *graph.Node, look bool) *Pass {
	ws := o.weights(scope, loss.Graph())
	climbed, rest := o.split(loss)
	clean := graph.Gradient(climbed, nodesOf(ws)...)
	p := &Pass{CleanLoss: climbed, GradientNorm: norm(clean)}
	if look {
		clean = o.reuse(scope, ws, clean)
	}
	o.finish(p, ws, clean, rest)
	return p
}

// finish adds the gradient of what doesn't climb, and hands the gradients over in the variables' types.
func (o *Optimizer) finish(p *Pass, ws []weight, gradients []*graph.Node, rest *graph.Node) {
	if rest != nil {
		for i, r := range graph.Gradient(rest, nodesOf(ws)...) {
			gradients[i] = graph.Add(gradients[i], graph.ConvertDType(r, gradients[i].DType()))
		}
	}
	p.finite = graph.IsFinite(norm(gradients))
	p.Gradients = make([]*graph.Node, len(ws))
	for i, w := range ws {
		p.Gradients[i] = graph.ConvertDType(gradients[i], w.variable.DType())
	}
}

// split returns the loss that climbs, and the rest or nil.
func (o *Optimizer) split(loss *graph.Node) (climbed, rest *graph.Node) {
	if o.c.objective == TotalLoss {
		return loss, nil
	}
	data, regularizer := dataLoss(loss)
	if data == nil {
		panic(fmt.Errorf("sam: Ascend(DataLoss) needs a loss made by train.AddMainLoss and train.AddRegularizationLoss, as train.Trainer's is"))
	}
	return data, regularizer
}

// dataLoss takes a trainer's total loss apart; nil if it isn't one.
func dataLoss(loss *graph.Node) (data, regularizer *graph.Node) {
	data, regularizer = train.GetMainLoss(loss.Graph()), train.GetRegularizationLoss(loss.Graph())
	if data == nil || loss == data {
		return data, nil
	}
	if in := loss.Inputs(); loss.Type() == graph.NodeTypeAdd && in[0] == data && in[1] == regularizer {
		return data, regularizer
	}
	return nil, nil
}

// sumOfSquares is Σx² in float64, in which no square of a float32 is lost at either end of the range.
func sumOfSquares(xs []*graph.Node) *graph.Node { return dot(xs, xs) }

// dot is ⟨a, b⟩ in float64; nil entries of as are 0.
func dot(as, bs []*graph.Node) *graph.Node {
	var sum *graph.Node
	for i := range as {
		if as[i] == nil {
			continue
		}
		a, b := graph.ConvertDType(as[i], dtypes.Float64), graph.ConvertDType(bs[i], dtypes.Float64)
		sum = addScaled(sum, graph.ReduceAllSum(graph.Mul(a, b)), 1)
	}
	return sum
}

// norm is the 2-norm over all of xs, float64.
func norm(xs []*graph.Node) *graph.Node { return graph.Sqrt(sumOfSquares(xs)) }

// cosine is ⟨a, b⟩/(‖a‖‖b‖), 0 where a norm is 0.
func cosine(as, bs []*graph.Node) *graph.Node {
	return orZero(dot(as, bs), graph.Mul(norm(as), norm(bs)))
}

// orZero is a/b, and 0 where b is 0.
func orZero(a, b *graph.Node) *graph.Node {
	zero := graph.ZerosLike(b)
	return graph.Where(graph.Equal(b, zero), zero, graph.Div(a, b))
}

// addScaled is sum + x·factor; a nil sum is 0.
func addScaled(sum, x *graph.Node, factor float64) *graph.Node {
	if factor != 1 {
		x = graph.MulScalar(x, factor)
	}
	if sum == nil {
		return x
	}
	return graph.Add(sum, x)
}

// scale is x times a float64 scalar, in x's type.
func scale(x, factor *graph.Node) *graph.Node {
	return graph.Mul(x, graph.ConvertDType(factor, x.DType()))
}
