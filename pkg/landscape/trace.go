package landscape

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/pkg/transform"
)

// traced is the loss of one batch as nodes of a graph under construction.
type traced struct {
	graph       *graph.Graph
	inputs      []*graph.Node // one parameter for each of the batch's inputs.
	labels      []*graph.Node // one parameter for each of the batch's labels.
	predictions []*graph.Node
	// weights are the parameters of the trainable variables in Params' order; empty while these aren't known yet.
	weights []*graph.Node
	// perExample is the loss of each example, shape [batch], without regularizer; nil if the loss function returns a
	// scalar that isn't a mean over examples.
	perExample *graph.Node
	// loss is the batch's scalar loss: the mean over examples, with the regularizer if Config says so.
	loss *graph.Node
	// main is the loss without regularizer; regularizer is nil if the model adds none.
	main, regularizer *graph.Node
	// metrics are one value for each example, shape [batch], in the order of Config.Metrics.
	metrics []*graph.Node
	batch   int
	key     string // batchKey of the batch.
}

// trace builds the loss of a batch of b's shapes in g. It panics on error.
func (p *Problem) trace(g *graph.Graph, b train.Batch) *traced {
	n, _ := examplesIn(b)
	t := &traced{graph: g, batch: n, key: batchKey(b)}
	model.SetStore(g, p.store)
	p.store.SetTraining(g, p.cfg.Mode == Training)
	for i, x := range b.Inputs {
		t.inputs = append(t.inputs, graph.Parameter(g, fmt.Sprintf("#input_%d", i), x.Shape()))
	}
	for i, y := range b.Labels {
		t.labels = append(t.labels, graph.Parameter(g, fmt.Sprintf("#label_%d", i), y.Shape()))
	}
	t.predictions = p.modelFn(p.store.RootScope(), b.Spec, t.inputs)
	if p.lossFn != nil {
		l := p.lossFn(t.labels, t.predictions)
		t.perExample = perExample(l, n)
		train.AddMainLoss(l)
	}
	t.main, t.regularizer = train.GetMainLoss(g), train.GetRegularizationLoss(g)
	if t.loss = t.main; p.cfg.Regularizer == WithRegularizer {
		t.loss = train.TotalLoss(g)
	}
	for _, m := range p.cfg.Metrics {
		t.metrics = append(t.metrics, perExample(m.PerExample(t.labels, t.predictions), n))
	}
	if p.params != nil {
		for _, v := range p.params.vars {
			t.weights = append(t.weights, v.NodeValue(g))
		}
	}
	return t
}

// perExample returns one value for each of n examples whose mean is that of l, or nil where l hides them.
func perExample(l *graph.Node, n int) *graph.Node {
	switch {
	case l.IsScalar():
		return transform.Unreduce(l, n)
	case l.Shape().Dimensions[0] != n:
		return nil
	}
	return graph.ReduceMean(graph.Reshape(l, n, -1), 1)
}

// checkTrace says what is wrong with the traced loss, if anything is.
func (p *Problem) checkTrace(t *traced) error {
	if t.loss == nil {
		return fmt.Errorf("%w: the loss function is nil and the model added none with train.AddMainLoss", ErrNotScalar)
	}
	if !t.loss.IsScalar() {
		return fmt.Errorf("%w: it has shape %s for a batch of %d", ErrNotScalar, t.loss.Shape(), t.batch)
	}
	for i, m := range t.metrics {
		if m == nil {
			return bad("NewProblem", fmt.Sprintf("Config.Metrics[%d] (%q)", i, p.cfg.Metrics[i].Name), "a scalar",
				fmt.Sprintf("one value an example, shape [%d]", t.batch))
		}
	}
	if transform.Probe(t.loss, nil).Random {
		return fmt.Errorf("%w: a random operation (dropout?) feeds the loss in %s mode; measure it in inference mode", ErrRandom, p.cfg.Mode)
	}
	return nil
}
