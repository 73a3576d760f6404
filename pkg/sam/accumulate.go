package sam

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
)

// Loss makes any optimizer and any loop a SAM one: it returns a loss function with the value of lossFn and, in training, the gradient that
// SAM takes of the total loss, the one at w + ε. Give it to train.NewTrainer in place of lossFn, with the base optimizer in place of o.
//
// It is for train.Trainer.AccumulateGradients, which averages gradients before an optimizer sees them: each batch climbs on its own
// (m-SAM with m the batch's size), at the price of two passes over the data in all. The base optimizer's step isn't guarded against
// gradients that aren't finite unless it is wrapped in [Guard], and the metrics of [Optimizer.Metrics] are NaN.
//
// GSAM, LookSAM, F-SAM, Every, Window and Micro change more than the point at which the gradient is taken; they are refused, as a panic
// when the graph is built.
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
		return o.withClimbedGradient(store.RootScope(), data)
	}
}

// withClimbedGradient returns a node with data's value, and with the gradient that makes the trainer's total, data plus what the model has
// added to it before, one at w + ε.
func (o *Optimizer) withClimbedGradient(scope *model.Scope, data *graph.Node) *graph.Node {
	g := data.Graph()
	others, regularizer := train.GetMainLoss(g), train.GetRegularizationLoss(g)
	if o.c.objective == TotalLoss {
		others = plus(others, regularizer)
	}
	climbed := plus(data, others)
	ws := o.weights(scope, g)
	at := nodesOf(ws)
	c := o.perturb(ws, graph.Gradient(climbed, at...), o.rho(scope, g))
	o.add(scope, skippedClimbsName, c.skipped)

	to := make([]*graph.Node, len(ws)) // the climbed weights as functions of the weights: w plus a constant.
	for i, w := range ws {
		to[i] = wideNode(w)
		if c.epsilons[i] != nil {
			to[i] = graph.Add(to[i], graph.StopGradient(c.epsilons[i]))
		}
	}
	// The trainer adds the gradient of the others at w by itself, so it is taken off here.
	pull := graph.ConvertDType(replay(climbed, at, to), data.DType())
	if others != nil {
		pull = graph.Sub(pull, others)
	}
	return graph.Add(graph.StopGradient(data), graph.Sub(pull, graph.StopGradient(pull)))
}

// plus is a + b, where nil is 0.
func plus(a, b *graph.Node) *graph.Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return graph.Add(a, b)
}

// onlyClimbs refuses the variants that do more than choose where the gradient is taken.
func (o *Optimizer) onlyClimbs(form string) error {
	variant := ""
	switch {
	case o.c.alpha != 0:
		variant = "GSAM"
	case o.c.look:
		variant = "LookSAM"
	case o.c.friendly:
		variant = "F-SAM"
	case o.isPeriodic():
		variant = "Every and Window"
	case o.c.micro != 0:
		variant = "Micro"
	default:
		return nil
	}
	return fmt.Errorf("sam: %s only chooses where the gradient is taken, and %s does more: use the Optimizer with train.Trainer", form, variant)
}
