package landscape

import (
	"context"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
)

// Trace builds the loss of one batch as a graph and shows it to look: the loss, the predictions, a
// parameter for each variable of Params, in that order, and one for each of the batch's inputs and
// labels. Nothing is compiled. A panic in look becomes an error. The nodes are valid only during
// the call. Cost: one tracing of the model.
func (p *Problem) Trace(ctx context.Context,
	look func(loss *graph.Node, predictions, weights, data []*graph.Node)) error {
	for b, err := range p.data.all(ctx) {
		if err != nil {
			return err
		}
		g := graph.NewGraph(p.backend, "landscape: trace")
		defer g.Finalize()
		return catch("Trace", func() {
			t := p.trace(g, b)
			look(t.loss, t.predictions, t.weights, slices.Concat(t.inputs, t.labels))
		})
	}
	return ErrNoData
}

// FunctionChange says how much the function that the network computes differs between the weights a
// and b, on the problem's data. loss is |L(b) − L(a)| / max(|L(a)|, |L(b)|) without the
// regularizer, which isn't part of the function. predictions is the largest difference of a
// prediction, divided by the largest magnitude of a prediction at a. Cost: two evaluations.
func (p *Problem) FunctionChange(ctx context.Context, a, b []float64) (loss, predictions float64,
	err error) {
	bare := *p
	bare.cfg.WithoutRegularizer = true
	return keep(p, bare.keyOf("function"), bare.newComparer).change(ctx, a, b)
}

// comparer compares functions, compiled for use at several points.
type comparer struct {
	p  *Problem
	pr *program
}

func (p *Problem) newComparer() *comparer {
	build := func(t *traced, _ []*graph.Node) []*graph.Node {
		out := []*graph.Node{graph.Reshape(t.mean(nil, nil), 1)}
		for _, y := range t.predictions {
			if y.DType().IsFloat() {
				out = append(out, graph.Reshape(graph.ConvertDType(y, dtypes.Float64), -1))
			}
		}
		return []*graph.Node{graph.Concatenate(out, 0)}
	}
	return &comparer{p, p.newProgram("loss and predictions", nil, build)}
}

func (c *comparer) close() { c.pr.close() }

func (c *comparer) change(ctx context.Context, a, b []float64) (loss, predictions float64,
	err error) {
	var weights [2][]*tensors.Tensor
	for i, theta := range [][]float64{a, b} {
		if err := c.p.params.check("FunctionChange", string("ab"[i]), theta); err != nil {
			return 0, 0, err
		}
		if weights[i], err = c.p.params.split(theta); err != nil {
			return 0, 0, err
		}
		defer finalize(weights[i])
	}
	var la, lb, size, difference float64
	for batch, err := range c.p.data.all(ctx) {
		if err != nil {
			return 0, 0, err
		}
		va, err := c.pr.vector(weights[0], batch)
		if err != nil {
			return 0, 0, err
		}
		vb, err := c.pr.vector(weights[1], batch)
		if err != nil {
			return 0, 0, err
		}
		n, _ := examplesIn(batch)
		la, lb = la+float64(n)*va[0], lb+float64(n)*vb[0]
		for i := range va[1:] {
			size = math.Max(size, math.Abs(va[i+1]))
			difference = math.Max(difference, math.Abs(va[i+1]-vb[i+1]))
		}
	}
	loss = ratio(math.Abs(la-lb), math.Max(math.Abs(la), math.Abs(lb)))
	return loss, ratio(difference, size), nil
}

// ratio is a/b, and 0 if a is.
func ratio(a, b float64) float64 {
	if a == 0 {
		return 0
	}
	return a / b
}

// vector runs a program of one float64 output on one batch.
func (pr *program) vector(weights []*tensors.Tensor, b train.Batch) ([]float64, error) {
	out, err := pr.run(0, weights, b, nil)
	if err != nil {
		return nil, err
	}
	defer finalize(out)
	return tensors.CopyFlatData[float64](out[0])
}
