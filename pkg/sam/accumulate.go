package sam

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
)

// Loss turns any optimizer and any loop into SAM. It returns a loss function with the value of
// lossFn and, in training, the gradient of the total loss at w + ε. Give it to train.NewTrainer in
// place of lossFn, with the base optimizer in place of o.
//
// It is for train.Trainer.AccumulateGradients, which averages gradients before an optimizer sees
// them: each batch climbs on its own (m-SAM with m the batch's size), at the cost of two passes
// over the data in all. To guard the base optimizer's step against gradients that aren't finite,
// wrap the base in [Guard]. The metrics of [Optimizer.Metrics] are NaN.
//
// A [Blend], a [Rememberer], Every, Window and MSAM change more than the point at which the
// gradient is taken. They are refused: building the graph panics.
func (o *Optimizer) Loss(lossFn train.LossFn) train.LossFn {
	return func(labels, predictions []*graph.Node) *graph.Node {
		o.mustBeValid()
		if err := o.onlyClimbs("Loss"); err != nil {
			panic(err)
		}
		data := lossFn(labels, predictions)
		if !data.IsScalar() {
			data = graph.ReduceAllMean(data)
		}
		g := data.Graph()
		store := model.GetStore(g)
		if store == nil || !store.IsTraining(g) || o.isBase() {
			return data
		}
		return o.withClimbedGradient(store.RootScope(), o.faster(store.RootScope(), data))
	}
}

// withClimbedGradient returns a node with data's value, and with the gradient that makes the
// trainer's total, data plus what the model has added to it before, one at w + ε.
func (o *Optimizer) withClimbedGradient(scope *model.Scope, data *graph.Node) *graph.Node {
	g := data.Graph()
	others, regularizer := train.GetMainLoss(g), train.GetRegularizationLoss(g)
	if o.c.objective == TotalLoss {
		others = plus(others, regularizer)
	}
	climbed := plus(data, others)
	s := o.step(scope, g)
	at := s.nodes()
	gradient := s.moving(graph.Gradient(climbed, at...))
	c := s.perturb(o.c.direction.Along(s, gradient)(gradient), o.rho(scope, g))
	o.add(scope, skippedClimbsName, c.skipped)

	to := make(Vector, len(s.Weights)) // the climbed weights as functions of w: w plus a constant.
	for i, w := range s.Weights {
		to[i] = w.Wide()
		if c.epsilon[i] != nil {
			to[i] = graph.Add(to[i], graph.StopGradient(c.epsilon[i]))
		}
	}
	// The trainer adds the gradient of the others at w by itself, so it is taken off here.
	pull := graph.ConvertDType(replay(climbed, at, to), data.DType())
	if others != nil {
		pull = graph.Sub(pull, others)
	}
	return graph.Add(graph.StopGradient(data), graph.Sub(pull, graph.StopGradient(pull)))
}

// onlyClimbs refuses what does more than choose where the gradient is taken.
func (o *Optimizer) onlyClimbs(form string) error {
	what := ""
	_, remembers := o.c.direction.(Rememberer)
	switch {
	case o.c.blend != nil:
		what = nameOf(o.c.blend)
	case remembers:
		what = nameOf(o.c.direction)
	case o.isPeriodic():
		what = "Every or Window"
	case o.c.m != 0:
		what = "MSAM"
	default:
		return nil
	}
	return fmt.Errorf("sam: %s only chooses where the gradient is taken, and %s does more: "+
		"use the Optimizer with train.Trainer", form, what)
}
