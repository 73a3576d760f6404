package sam

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Pass is what one step computes, as nodes of its graph. Norms and cosine are float64 scalars over
// all trainable weights.
type Pass struct {
	// Gradients is what the base optimizer gets: one for each trainable variable in use, in the
	// order of scope.IterVariables, of its shape and type.
	Gradients []*graph.Node

	// CleanLoss is the climbed loss at w, PerturbedLoss that at w + ε. Both are nil in a step that
	// doesn't climb.
	CleanLoss, PerturbedLoss *graph.Node

	// Rho is ρ. EpsilonNorm is ‖ε‖₂, for m-SAM its mean over the groups. Both are nil in a step
	// that doesn't climb.
	Rho, EpsilonNorm *graph.Node

	// GradientNorm is ‖g‖₂ at w. Cosine is the cosine between the gradients of the climbed loss at
	// w and at w + ε: 0 if either is 0, and nil in a step that doesn't climb.
	GradientNorm, Cosine *graph.Node

	weights []Weight
	kept    *graph.Node // whether the step was kept; UpdateGraph sets it.
	skipped *graph.Node // how many climbs weren't, int64; nil in a step that doesn't climb.
}

// Gradient is SAM for graph code. It returns the gradient of a scalar loss at w + ε for the
// trainable variables that the loss's graph uses, and what else the step computes. It changes no
// weight; that is left to the caller. It panics as graph-building code does.
//
// It always climbs: Every, LookSAM's k and Window belong to UpdateGraph.
func (o *Optimizer) Gradient(scope *model.Scope, loss *graph.Node) *Pass {
	o.mustBeValid()
	mustBeScalar(loss)
	return o.climb(scope, o.faster(scope, loss))
}

// pass builds the kind of step that the graph is for.
func (o *Optimizer) pass(scope *model.Scope, loss *graph.Node) *Pass {
	if !o.isPeriodic() {
		return o.climb(scope, loss)
	}
	kind := mustKnowKind(loss.Graph())
	if kind == Climbs {
		return o.climb(scope, loss)
	}
	return o.rest(scope, loss, kind)
}

// climb builds a step with a perturbation.
func (o *Optimizer) climb(scope *model.Scope, loss *graph.Node) *Pass {
	s := o.step(scope, loss.Graph())
	at := s.nodes()
	rho := o.rho(scope, loss.Graph())
	climbed, rest := o.split(loss)
	groups := o.groups(climbed)

	cleans := make([]Vector, len(groups))
	for i, group := range groups {
		cleans[i] = graph.Gradient(group.loss, at...)
	}
	clean := average(groups, cleans)
	along := o.c.direction.Along(s, s.moving(clean))

	p := &Pass{CleanLoss: climbed, Rho: rho, GradientNorm: clean.Norm()}
	perturbed := make([]Vector, len(groups))
	for i, group := range groups {
		c := s.perturb(along(s.moving(cleans[i])), rho)
		replayed := replay(group.loss, at, c.weights)
		perturbed[i] = graph.Gradient(replayed, c.weights...)
		p.add(c, graph.ConvertDType(replayed, climbed.DType()), group.share)
	}
	gradient := average(groups, perturbed)
	p.Cosine = clean.Cosine(gradient)
	if o.c.blend != nil {
		gradient = o.c.blend.Climbed(s, clean, gradient)
	}
	p.finish(s, gradient, rest)
	return p
}

// add counts a group's climb.
func (p *Pass) add(c perturbation, loss *graph.Node, share float64) {
	p.PerturbedLoss = addScaled(p.PerturbedLoss, loss, share)
	p.EpsilonNorm = addScaled(p.EpsilonNorm, c.epsilon.Norm(), share)
	p.skipped = addScaled(p.skipped, c.skipped, 1)
}

// rest builds a step without a perturbation.
func (o *Optimizer) rest(scope *model.Scope, loss *graph.Node, kind StepKind) *Pass {
	s := o.step(scope, loss.Graph())
	climbed, rest := o.split(loss)
	gradient := Vector(graph.Gradient(climbed, s.nodes()...))
	p := &Pass{CleanLoss: climbed, GradientNorm: gradient.Norm()}
	if blend, has := o.c.blend.(Rester); has && kind == Rests {
		gradient = blend.Rested(s, gradient)
	}
	p.finish(s, gradient, rest)
	return p
}

// finish adds the gradient of what doesn't climb, and hands the gradients over in the variables'
// types.
func (p *Pass) finish(s *Step, gradient Vector, rest *graph.Node) {
	if rest != nil {
		still := graph.Gradient(rest, s.nodes()...)
		for i, r := range still {
			still[i] = graph.ConvertDType(r, gradient[i].DType())
		}
		gradient = gradient.Plus(1, still)
	}
	p.weights = s.Weights
	p.Gradients = make([]*graph.Node, len(s.Weights))
	for i, w := range s.Weights {
		p.Gradients[i] = graph.ConvertDType(gradient[i], w.Variable.DType())
	}
}

// split returns the loss that climbs, and the rest or nil.
func (o *Optimizer) split(loss *graph.Node) (climbed, rest *graph.Node) {
	if o.c.objective == TotalLoss {
		return loss, nil
	}
	data, regularizer := dataLoss(loss)
	if data == nil {
		panic(fmt.Errorf("sam: Ascend(DataLoss) needs a loss made by train.AddMainLoss and " +
			"train.AddRegularizationLoss, as train.Trainer's is"))
	}
	return data, regularizer
}
