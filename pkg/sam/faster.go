package sam

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/pkg/transform"
)

// faster returns loss with its convolutions and pools written in what is faster to differentiate
// (see [transform.Unconvolve]). What else a training step computes from them goes the same way, so
// that nothing is computed twice: the losses that train.Trainer reports, and what the model's own
// variables change to (BatchNorm's averages). A metric of the predictions still needs the forward
// pass as the model wrote it. Groups of m-SAM are read from the loss as it was traced, and stay.
func (o *Optimizer) faster(scope *model.Scope, loss *graph.Node) *graph.Node {
	if o.c.m > 0 {
		return loss
	}
	g, roots := loss.Graph(), []*graph.Node{loss}
	set := []func(*graph.Node){func(n *graph.Node) { loss = n }}
	for key, n := range map[string]*graph.Node{
		train.TrainerMainLossGraphParamKey:           train.GetMainLoss(g),
		train.TrainerRegularizationLossGraphParamKey: train.GetRegularizationLoss(g),
	} {
		if n != nil {
			path := model.JoinPath(train.TrainerAbsoluteScope, key)
			roots = append(roots, n)
			set = append(set, func(n *graph.Node) { model.SetGraphParam(g, path, n) })
		}
	}
	var weights []*graph.Node
	for _, v := range trainable(scope, g) {
		weights = append(weights, v.NodeValue(g))
	}
	for v := range scope.Store().IterVariables() {
		if v.InUseByGraph(g) && v.ChangedInGraph(g) {
			roots, set = append(roots, v.NodeValue(g)), append(set, v.SetNodeValue)
		}
	}
	for i, n := range transform.Unconvolve(roots, weights) {
		if n != roots[i] {
			set[i](n)
		}
	}
	return loss
}
