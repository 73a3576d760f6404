package landscape

import (
	"context"
	"fmt"
	"maps"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"lossland/pkg/result"
	"lossland/pkg/transform"
)

// Evaluation is the loss at one point of weight space, with what was measured in the same pass.
type Evaluation struct {
	Loss    Estimate            // L(θ), with the regularizer if Config says so.
	Data    Estimate            // the same without regularizer.
	Metrics map[string]Estimate // by the names of Config.Metrics.
}

// Loss measures L(θ) and the metrics. A loss that is infinite or no number
// is returned as it is. Cost: one forward pass over the data, the first time.
func (at *Point) Loss(ctx context.Context) (Evaluation, error) {
	if at.loss == nil {
		weights, err := at.tensors()
		if err != nil {
			return Evaluation{}, err
		}
		v := at.p.newEvaluator()
		defer v.close()
		e, err := v.on(ctx, weights)
		if err != nil {
			return Evaluation{}, err
		}
		at.loss = &e
	}
	e := *at.loss
	e.Metrics = maps.Clone(e.Metrics)
	return e, nil
}

// Gradient measures ∇L(θ), as a vector in the
// layout of Problem.Params. Entries that aren't finite are returned as they are. The loss itself is
// Loss, with its standard error. Cost: one forward and one backward pass, the first time.
func (at *Point) Gradient(ctx context.Context) ([]float64, error) {
	s := at.p.newSlope()
	defer s.close()
	known, _, err := at.sample(ctx, s)
	if err != nil {
		return nil, err
	}
	return append([]float64{}, known.gradient...), nil
}

// sample is a loss and its gradient.
type sample struct {
	loss     float64
	gradient []float64
}

// sample measures the loss and its gradient with the program s, or remembers them. It returns what
// that cost. The gradient stays the point's.
func (at *Point) sample(ctx context.Context, s *slope) (sample, Cost, error) {
	if at.sampled != nil {
		return *at.sampled, Cost{}, nil
	}
	weights, err := at.tensors()
	if err != nil {
		return sample{}, Cost{}, err
	}
	gradient, loss, err := s.on(ctx, weights)
	if err != nil {
		return sample{}, Cost{}, err
	}
	at.sampled = &sample{loss, gradient}
	return *at.sampled, result.Gradients(1), nil
}

// finite refuses a point from which nothing can be measured; fn is who would.
func (s sample) finite(fn string) error {
	if err := finiteLoss(fn, s.loss); err != nil {
		return err
	}
	if k := notFinite(s.gradient); k >= 0 {
		return fmt.Errorf("landscape: %s: the gradient at θ isn't finite: entry %d is %g; "+
			"start from another θ", fn, k, s.gradient[k])
	}
	return nil
}

func finiteLoss(fn string, loss float64) error {
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("landscape: %s: the loss at θ is %g; start from another θ", fn, loss)
	}
	return nil
}

// evaluator is the loss, compiled for use at several points.
type evaluator struct {
	p  *Problem
	pr *program
}

func (p *Problem) newEvaluator() *evaluator {
	build := func(t *traced, _ []*graph.Node) []*graph.Node { return t.statistics() }
	return &evaluator{p, p.newProgram("loss", nil, build)}
}

func (v *evaluator) close() { v.pr.close() }

// at evaluates at θ.
func (v *evaluator) at(ctx context.Context, theta []float64) (Evaluation, error) {
	weights, err := v.p.upload("Loss", theta)
	if err != nil {
		return Evaluation{}, err
	}
	defer finalize(weights)
	return v.on(ctx, weights)
}

// on evaluates at the weights of tensors, which stay the caller's.
func (v *evaluator) on(ctx context.Context, weights []*tensors.Tensor) (Evaluation, error) {
	acc := v.p.newTallies(1)[0]
	if err := v.pr.eachBatch(ctx, 0, weights, nil, acc.addTensor); err != nil {
		return Evaluation{}, err
	}
	e := Evaluation{Metrics: make(map[string]Estimate)}
	e.Loss, e.Data = acc.estimates()
	for i, m := range v.p.cfg.Metrics {
		e.Metrics[m.Name] = acc.metrics[i].Estimate()
	}
	return e, nil
}

// slope is the gradient and the loss, compiled for use at several points.
type slope struct {
	p  *Problem
	pr *program
}

func (p *Problem) newSlope() *slope {
	build := func(t *traced, _ []*graph.Node) []*graph.Node {
		return append(transform.Gradient(t.loss, t.weights...), t.mean(nil, nil))
	}
	return &slope{p, p.newProgram("gradient", nil, build)}
}

func (s *slope) close() { s.pr.close() }

// at measures at θ.
func (s *slope) at(ctx context.Context, theta []float64) (g []float64, loss float64, err error) {
	weights, err := s.p.upload("Gradient", theta)
	if err != nil {
		return nil, 0, err
	}
	defer finalize(weights)
	return s.on(ctx, weights)
}

// on measures at the weights of tensors, which stay the caller's.
func (s *slope) on(ctx context.Context, weights []*tensors.Tensor) (gradient []float64,
	loss float64, err error) {
	gradient = make([]float64, s.p.params.Len())
	err = s.pr.eachBatch(ctx, 0, weights, nil, func(out []*tensors.Tensor, n int) error {
		g, err := s.p.params.join(out)
		if err != nil {
			return err
		}
		share := float64(n) / float64(s.p.data.examples)
		for i, x := range g {
			gradient[i] += share * x
		}
		l, err := scalar(out[len(out)-1])
		loss += share * l
		return err
	})
	return gradient, loss, err
}

// mean is the batch's loss with the nodes in from replaced by those in to, as a float64 scalar.
// Where the examples' losses are known, their mean is taken in float64, so that small differences
// of losses aren't lost in rounding.
func (t *traced) mean(from, to []*graph.Node) *graph.Node {
	roots := []*graph.Node{t.loss}
	if t.perExample != nil {
		roots = []*graph.Node{t.loss, t.perExample, t.main}
	}
	roots = transform.SubstituteAll(roots, from, to)
	loss := graph.ConvertDType(roots[0], dtypes.Float64)
	if t.perExample == nil {
		return loss
	}
	mean := graph.ReduceAllMean(graph.ConvertDType(roots[1], dtypes.Float64))
	if t.loss == t.main {
		return mean
	}
	regularizer := graph.Sub(loss, graph.ConvertDType(roots[2], dtypes.Float64))
	return graph.Add(mean, regularizer)
}

// upload makes tensors of θ.
func (p *Problem) upload(fn string, theta []float64) ([]*tensors.Tensor, error) {
	if err := p.params.check(fn, "theta", theta); err != nil {
		return nil, err
	}
	return p.params.split(theta)
}
