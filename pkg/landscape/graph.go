package landscape

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/shapes"
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
	// weights are the parameters of the trainable variables, in Params' order; empty while these
	// aren't known yet.
	weights []*graph.Node
	// raw is what the loss function returned; rawMetrics are what the metrics' functions did.
	raw        *graph.Node
	rawMetrics []*graph.Node
	// given is the loss as it was traced, with the regularizer if Config says so.
	given *graph.Node
	// perExample are values of the examples, shape [batch], without the regularizer, whose mean is
	// the loss: of a plain mean the losses, else N times what each adds to L(θ). It is nil where
	// the examples can't be followed.
	perExample *graph.Node
	// columns are those of the problem's form, [batch] in float64, of which ratios are
	// denominators; nil where the form is plain.
	columns []*graph.Node
	ratios  int
	// shared is what no example adds to the loss; nil: nothing.
	shared *graph.Node
	// loss is the batch's scalar loss, with the regularizer if Config says so. Its mean over the
	// batches, with their examples as weights, is L(θ).
	loss *graph.Node
	// main is the loss without the regularizer, which is nil if the model adds none.
	main, regularizer *graph.Node
	// metrics have one value for each example, shape [batch], in the order of Config.Metrics.
	metrics []*graph.Node
	batch   int // the number of examples.
	// examplesOf follows the examples; nil: not yet.
	examplesOf *transform.Examples
	key        string // batchKey of the batch.
}

// batchShape is what tracing needs to know of a batch.
type batchShape struct {
	spec           any
	inputs, labels []shapes.Shape
	examples       int
	key            string // batchKey of the batch.
}

func shapeOf(b train.Batch) batchShape {
	n, _ := examplesIn(b)
	s := batchShape{spec: b.Spec, examples: n, key: batchKey(b)}
	for _, x := range b.Inputs {
		s.inputs = append(s.inputs, x.Shape())
	}
	for _, y := range b.Labels {
		s.labels = append(s.labels, y.Shape())
	}
	return s
}

// dimensions are those of the inputs, then the labels.
func (s batchShape) dimensions() (all [][]int) {
	for _, x := range slices.Concat(s.inputs, s.labels) {
		all = append(all, x.Dimensions)
	}
	return all
}

// twice is the shape of a batch of twice as many examples. With square, every axis that is as long
// as there are examples is doubled, as for the matrix of a graph's edges; else the first one only.
func (s batchShape) twice(square bool) batchShape {
	double := func(of []shapes.Shape) (out []shapes.Shape) {
		for _, x := range of {
			x = x.Clone()
			for axis, d := range x.Dimensions {
				if d == s.examples && (axis == 0 || square) {
					x.Dimensions[axis] *= 2
				}
			}
			out = append(out, x)
		}
		return out
	}
	return batchShape{spec: s.spec, inputs: double(s.inputs), labels: double(s.labels),
		examples: 2 * s.examples}
}

// trace builds the loss of a batch with b's shapes in g. It panics on error.
func (p *Problem) trace(g *graph.Graph, b train.Batch) *traced {
	return p.traceShape(g, shapeOf(b))
}

// traceShape is trace for a batch that needn't exist.
func (p *Problem) traceShape(g *graph.Graph, b batchShape) *traced {
	t := &traced{graph: g, batch: b.examples, key: b.key}
	model.SetStore(g, p.store)
	p.store.SetTraining(g, p.cfg.Mode == Training)
	for i, x := range b.inputs {
		t.inputs = append(t.inputs, graph.Parameter(g, fmt.Sprintf("#input_%d", i), x))
	}
	for i, y := range b.labels {
		t.labels = append(t.labels, graph.Parameter(g, fmt.Sprintf("#label_%d", i), y))
	}
	t.predictions = p.modelFn(p.store.RootScope(), b.spec, t.inputs)
	if p.lossFn != nil {
		t.raw = p.lossFn(t.labels, t.predictions)
		train.AddMainLoss(t.raw)
	}
	t.main, t.regularizer = train.GetMainLoss(g), train.GetRegularizationLoss(g)
	t.given = t.main
	if t.loss = t.main; !p.cfg.WithoutRegularizer {
		t.given = train.TotalLoss(g)
		t.loss = t.given
	}
	for _, m := range p.cfg.Metrics {
		t.rawMetrics = append(t.rawMetrics, m.PerExample(t.labels, t.predictions))
	}
	if p.params != nil {
		t.readWeights(p)
	}
	if p.form != nil {
		p.form.apply(p, t)
		t.readMetrics()
	}
	return t
}

// readWeights finds the parameters of the weights.
func (t *traced) readWeights(p *Problem) {
	for _, v := range p.params.vars {
		t.weights = append(t.weights, v.NodeValue(t.graph))
	}
}

// readMetrics makes one value an example of each metric; nil where there is none. Where the
// examples can't be followed to a metric they lie along its first axis, as Metric says.
func (t *traced) readMetrics() {
	for _, m := range t.rawMetrics {
		var values *graph.Node
		if m.IsScalar() {
			q, err := transform.ReadQuotient(m, t.weights, t.follow())
			if err == nil {
				values = q.Mean
			}
		} else if values = t.follow().Mean(m); values == nil && m.Shape().Dimensions[0] == t.batch {
			values = graph.ReduceMean(graph.Reshape(m, t.batch, -1), 1)
		}
		t.metrics = append(t.metrics, values)
	}
}

// checkLoss says what is wrong with the traced loss, if anything is.
func (p *Problem) checkLoss(t *traced) error {
	if t.loss == nil {
		return fmt.Errorf("%w: the loss function is nil and the model added none with "+
			"train.AddMainLoss", ErrNotScalar)
	}
	if !t.loss.IsScalar() {
		return fmt.Errorf("%w: it has shape %s for a batch of %d", ErrNotScalar, t.loss.Shape(),
			t.batch)
	}
	if transform.Probe(t.loss, nil).Random {
		return fmt.Errorf("%w: a random operation (dropout?) feeds the loss in %s mode; "+
			"measure it in inference mode", ErrRandom, p.cfg.Mode)
	}
	return nil
}

// checkMetrics refuses a metric that isn't one value an example.
func (p *Problem) checkMetrics(t *traced) error {
	for i, m := range t.metrics {
		if m == nil {
			return bad("NewProblem",
				fmt.Sprintf("Config.Metrics[%d] (%q)", i, p.cfg.Metrics[i].Name), "a scalar",
				fmt.Sprintf("one value an example, shape [%d]", t.batch))
		}
	}
	return nil
}
