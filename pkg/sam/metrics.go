package sam

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/metric"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// passParam is where a graph keeps its Pass for the metrics, which the trainer builds after the
// step.
var passParam = model.JoinPath("/", optimizer.Scope, "sam_pass")

func publish(g *graph.Graph, p *Pass) { model.SetGraphParam(g, passParam, p) }

// Metrics returns training metrics for train.NewTrainer, each of the last batch: the climbed loss
// at w and at w + ε, the gap between the two, ‖g‖, ‖ε‖, the cosine of the two gradients, ρ, the
// climbs and the updates skipped so far, and the updates skipped in a row ([Optimizer.Stuck]). What
// a step doesn't have is NaN: the perturbed loss of a plain step, and everything if ρ is 0 and in
// evaluation.
//
// If a model has 16-bit weights, the loss and the gradient at w are the model's own, rounded to 16
// bits on the way, and those at w + ε are computed in float32. The gap then includes that rounding,
// and says little below about 1/256 of the loss (bfloat16).
//
// Cost: a pass over the gradients for the norms.
func (o *Optimizer) Metrics() []metric.Interface {
	return []metric.Interface{
		passMetric("Clean Loss", "loss(w)", metric.LossMetricType,
			func(p *Pass) *graph.Node { return p.CleanLoss }),
		passMetric("Perturbed Loss", "loss(w+ε)", metric.LossMetricType,
			func(p *Pass) *graph.Node { return p.PerturbedLoss }),
		passMetric("SAM Gap", "gap", "gap", gap),
		passMetric("Gradient Norm", "‖g‖", "norm",
			func(p *Pass) *graph.Node { return p.GradientNorm }),
		passMetric("Perturbation Norm", "‖ε‖", "norm",
			func(p *Pass) *graph.Node { return p.EpsilonNorm }),
		passMetric("Gradient Cosine", "cos", "cosine",
			func(p *Pass) *graph.Node { return p.Cosine }),
		passMetric("Rho", "ρ", "rho", func(p *Pass) *graph.Node { return p.Rho }),
		o.counterMetric("Skipped Climbs", "skipped ε", skippedClimbsName),
		o.counterMetric("Skipped Updates", "skipped", skippedUpdatesName),
		o.counterMetric("Skipped in a Row", "in a row", skippedInARowName),
	}
}

func gap(p *Pass) *graph.Node {
	if p.PerturbedLoss == nil {
		return nil
	}
	return graph.Sub(p.PerturbedLoss, p.CleanLoss)
}

// passMetric is a number of the step's Pass, NaN where it has none.
func passMetric(name, short, kind string, read func(*Pass) *graph.Node) metric.Interface {
	value := func(_ *model.Scope, _, predictions []*graph.Node) *graph.Node {
		g := predictions[0].Graph()
		if p, found := model.GetGraphParam(g, passParam); found {
			if value := read(p.(*Pass)); value != nil {
				return value
			}
		}
		return graph.Const(g, math.NaN())
	}
	return metric.NewBaseMetric(name, short, kind, value, nil)
}

// counterMetric is a counter of the store, NaN where there is no Pass.
func (o *Optimizer) counterMetric(name, short, variable string) metric.Interface {
	value := func(scope *model.Scope, _, predictions []*graph.Node) *graph.Node {
		g := predictions[0].Graph()
		if _, found := model.GetGraphParam(g, passParam); !found {
			return graph.Const(g, math.NaN())
		}
		return o.counter(scope.Store().RootScope(), variable).NodeValue(g)
	}
	print := func(value *tensors.Tensor) string { return fmt.Sprint(value.Value()) }
	return metric.NewBaseMetric(name, short, "count", value, print)
}
