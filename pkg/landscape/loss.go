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
	Loss    result.Estimate            // L(θ), with the regularizer if Config says so.
	Data    result.Estimate            // the same without regularizer.
	Metrics map[string]result.Estimate // by the names of Config.Metrics.
}

// Loss measures L(θ) and the metrics. A loss that is infinite or no number
// is returned as it is. Cost: one forward pass over the data, the first time.
func (at *Point) Loss(ctx context.Context) (Evaluation, error) {
	if at.loss == nil {
		weights, err := at.tensors()
		if err != nil {
			return Evaluation{}, err
		}
		e, err := keep(at.p, at.p.keyOf("loss"), at.p.newEvaluator).on(ctx, weights)
		if err != nil {
			return Evaluation{}, err
		}
		at.loss = &e
	}
	e := *at.loss
	e.Metrics = maps.Clone(e.Metrics)
	return e, nil
}

// Gradient measures ∇L(θ), the gradient of the loss, as a vector in the
// layout of Problem.Params. The loss itself is Loss, with its standard error. A gradient that isn't
// finite where the loss is, is an error that wraps [ErrGradient]; where the loss isn't either, it
// is returned as it is. Cost: one forward and one backward pass, the first time.
func (at *Point) Gradient(ctx context.Context) ([]float64, error) {
	if err := at.p.params.need("Gradient", 2, 3, fewerWeights); err != nil {
		return nil, err
	}
	known, _, err := at.sample(ctx, keep(at.p, at.p.keyOf("gradient"), at.p.newSlope))
	if err != nil {
		return nil, err
	}
	if finiteLoss("Gradient", known.loss) == nil {
		if err := known.finite("Gradient", at.p.params); err != nil {
			return nil, err
		}
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
func (at *Point) sample(ctx context.Context, s *slope) (sample, result.Cost, error) {
	if at.sampled != nil {
		return *at.sampled, result.Cost{}, nil
	}
	weights, err := at.tensors()
	if err != nil {
		return sample{}, result.Cost{}, err
	}
	gradient, loss, err := s.on(ctx, weights)
	if err != nil {
		return sample{}, result.Cost{}, err
	}
	at.sampled = &sample{loss, gradient}
	return *at.sampled, result.Gradients(1), nil
}

// finite refuses a point from which nothing can be measured; fn is who would.
func (s sample) finite(fn string, params *Params) error {
	if err := finiteLoss(fn, s.loss); err != nil {
		return err
	}
	return finiteGradient(fn, s.gradient, params)
}

// finiteGradient refuses a gradient with an entry that isn't finite, at a point where the loss is.
func finiteGradient(fn string, gradient []float64, params *Params) error {
	k := notFinite(gradient)
	if k < 0 {
		return nil
	}
	return fmt.Errorf("%w: %s: the gradient at θ isn't finite: entry %d, of variable %s, is %g. "+
		"An operation there has no derivative, as √x has none at 0 (L2Norm at zero): write the "+
		"loss without it, or start from another θ; products with the Hessian by central "+
		"differences (spectrum.CentralDifference) need no gradient at θ itself",
		ErrGradient, fn, k, params.at(k).Path, gradient[k])
}

func finiteLoss(fn string, loss float64) error {
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("%w: %s: the loss at θ is %g; start from another θ, or look for what "+
			"isn't finite in the data", ErrLoss, fn, loss)
	}
	return nil
}

// programKey is where a problem keeps a program. A problem in another mode, such as a surface of
// BatchNorm takes, shares what is kept, and must not share this.
type programKey struct {
	name string
	mode Mode
	bare bool // without the regularizer.
}

func (p *Problem) keyOf(name string) programKey {
	return programKey{name, p.cfg.Mode, p.cfg.WithoutRegularizer}
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

// on evaluates at the weights of tensors, which stay the caller's.
func (v *evaluator) on(ctx context.Context, weights []*tensors.Tensor) (Evaluation, error) {
	acc := v.p.newTallies(1)[0]
	if err := v.pr.eachBatch(ctx, 0, weights, nil, acc.addTensor); err != nil {
		return Evaluation{}, err
	}
	e := Evaluation{Metrics: make(map[string]result.Estimate)}
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
		roots := transform.Unconvolve([]*graph.Node{t.loss, t.mean(nil, nil)}, t.weights)
		return append(transform.Gradient(roots[0], t.weights...), roots[1])
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
		share := float64(n) / float64(s.p.data.examples)
		if err := s.p.params.addScaled(gradient, share, out); err != nil {
			return err
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
