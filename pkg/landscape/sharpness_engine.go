package landscape

import (
	"context"
	"errors"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"
	"gonum.org/v1/gonum/floats"

	"lossland/internal/accelerator"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"lossland/pkg/transform"
)

// engine is what the measures of one call share.
type engine struct {
	at       *Point
	theta    []float64 // the point's.
	slope    *slope
	hessians map[spectrum.Method]*Operator
	// displaced are the programs for the loss at several displacements, by how many; kept is where
	// they go afterwards.
	displaced map[int]*program
	carriers  map[int]*carrier // of the displacements.
	kept      *kept
	waiting   []*request
	loss      float64 // L(θ); NaN: not known yet.
}

// displacedKey tells apart programs that take displacements in one tensor.
type displacedKey struct {
	programKey
	packed bool
}

func (at *Point) newEngine() *engine {
	p := at.p
	key := displacedKey{p.keyOf("displaced loss"), accelerator.Is(p.backend)}
	displaced := keep(p, key, func() *kept { return &kept{} })
	return &engine{at: at, theta: at.theta, slope: keep(p, p.keyOf("gradient"), p.newSlope),
		loss: math.NaN(), hessians: make(map[spectrum.Method]*Operator),
		displaced: displaced.take(), kept: displaced, carriers: make(map[int]*carrier)}
}

func (e *engine) close() {
	for _, h := range e.hessians {
		h.Close()
	}
	e.kept.give(e.displaced)
	for _, c := range e.carriers {
		c.close()
	}
}

// carrier brings a number of displacements to the device: on an accelerator in one tensor.
func (e *engine) carrier(size int) *carrier {
	c := e.carriers[size]
	if c == nil {
		c = newCarrier(e.at.p.params, size, accelerator.Is(e.at.p.backend))
		e.carriers[size] = c
	}
	return c
}

// gradient is the loss and the gradient at θ, both finite.
func (e *engine) gradient(ctx context.Context) (sample, result.Cost, error) {
	s, cost, err := e.at.sample(ctx, e.slope)
	if err == nil {
		err = s.finite("Sharpness", e.at.p.params)
	}
	e.loss = s.loss
	return s, cost, err
}

// base is the loss at θ, which is finite: measured by itself only if nothing else has.
func (e *engine) base(ctx context.Context) (loss float64, cost result.Cost, err error) {
	if s := e.at.sampled; s != nil {
		e.loss = s.loss
	}
	if math.IsNaN(e.loss) {
		if e.at.loss == nil {
			cost = result.Evaluations(1)
		}
		l, err := e.at.Loss(ctx)
		if err != nil {
			return 0, cost, err
		}
		e.loss = l.Loss.Value
	}
	return e.loss, cost, finiteLoss("Sharpness", e.loss)
}

// hessian is the operator at θ for one way to make products.
func (e *engine) hessian(ctx context.Context, method spectrum.Method) (*Operator, error) {
	if h := e.hessians[method]; h != nil {
		return h, nil
	}
	h, err := e.at.Hessian(ctx, HessianConfig{Method: method})
	if err != nil {
		return nil, err
	}
	e.hessians[method] = h
	return h, nil
}

// request asks for the rise of the loss at a number of displacements of θ.
type request struct {
	count        int
	displacement func(k int) []float64
	rises        []float64   // nil: still waiting.
	cost         result.Cost // its share of that of all that were measured with it.
}

// ask queues a request; nothing is measured yet.
func (e *engine) ask(count int, displacement func(k int) []float64) *request {
	r := &request{count: count, displacement: displacement}
	e.waiting = append(e.waiting, r)
	return r
}

// answer measures all requests that wait, if r is one of them. Progress: displacements.
func (e *engine) answer(ctx context.Context, r *request) error {
	if r.rises != nil {
		return nil
	}
	var queue []func() []float64
	for _, w := range e.waiting {
		for k := range w.count {
			queue = append(queue, func() []float64 { return w.displacement(k) })
		}
	}
	rises, cost, err := e.pass(ctx, queue)
	if err != nil {
		return err
	}
	for _, w := range e.waiting {
		w.rises, rises = rises[:w.count:w.count], rises[w.count:]
		w.cost = result.Cost{Evaluations: cost.Evaluations * w.count / len(queue),
			Work: cost.Work * float64(w.count) / float64(len(queue))}
	}
	e.waiting = nil
	return nil
}

// atOnce is how many displaced losses share one pass over the data and one compiled graph: 4, and
// more where there are so few weights that a pass costs more than what is computed in it.
func atOnce(weights, displacements int) int {
	return min(max(4, min(100, 400/weights)), displacements)
}

// pass measures the rises of displacements, several in each pass over the data.
func (e *engine) pass(ctx context.Context, queue []func() []float64) (rises []float64,
	cost result.Cost,
	err error) {
	report, ctx := result.TakeProgress(ctx)
	size := atOnce(len(e.theta), len(queue))
	single := e.at.p.params.has16Bit() // a sum in the graph would be rounded twice.
	for len(rises) < len(queue) {
		var chunk [][]float64
		for _, displacement := range queue[len(rises):min(len(rises)+size, len(queue))] {
			chunk = append(chunk, displacement())
		}
		var part []float64
		spent := result.Evaluations(1 + size)
		if single {
			part, spent, err = e.eachRise(ctx, chunk)
		} else {
			part, err = e.rises(ctx, size, chunk)
		}
		var unsupported *transform.Unsupported
		if !single && errors.As(err, &unsupported) { // a loop, say, which works forward.
			single = true
			continue
		}
		if err != nil {
			return nil, cost, err
		}
		rises = append(rises, part...)
		cost = cost.Plus(spent)
		report(len(rises), len(queue))
	}
	return rises, cost, nil
}

// rises returns L(θ + displacement) − L(θ) for up to size displacements, from one pass. A short
// chunk repeats its last.
func (e *engine) rises(ctx context.Context, size int, chunk [][]float64) ([]float64, error) {
	weights, err := e.at.tensors()
	if err != nil {
		return nil, err
	}
	filled := chunk
	for len(filled) < size {
		filled = append(filled[:len(filled):len(filled)], chunk[len(chunk)-1])
	}
	extra, err := e.carrier(size).load(e.at.p.backend, filled)
	if err != nil {
		return nil, err
	}
	losses := make([]float64, 1+size)
	sum := func(out []*tensors.Tensor, n int) error {
		part, err := tensors.CopyFlatData[float64](out[0])
		if err == nil {
			floats.AddScaled(losses, float64(n)/float64(e.at.p.data.examples), part)
		}
		return err
	}
	if err := e.displacedLoss(size).eachBatch(ctx, 0, weights, extra, sum); err != nil {
		return nil, err
	}
	e.loss = losses[0]
	return differences(losses[1:1+len(chunk)], e.loss), finiteLoss("Sharpness", e.loss)
}

// eachRise is rises with one pass for each displacement, without a graph that holds the loss twice:
// the moved weights are rounded once and uploaded.
func (e *engine) eachRise(ctx context.Context, chunk [][]float64) (rises []float64,
	cost result.Cost,
	err error) {
	base, cost, err := e.base(ctx)
	if err != nil {
		return nil, cost, err
	}
	for _, displacement := range chunk {
		moved := floats.AddTo(make([]float64, len(e.theta)), e.theta, displacement)
		l, err := e.lossAt(ctx, moved)
		if err != nil {
			return nil, cost, err
		}
		rises = append(rises, differences([]float64{l}, base)...)
	}
	return rises, cost.Plus(result.Evaluations(len(chunk))), nil
}

// lossAt is the loss at θ, by the program that the problem keeps.
func (e *engine) lossAt(ctx context.Context, theta []float64) (float64, error) {
	at, err := e.at.p.At(theta)
	if err != nil {
		return 0, err
	}
	defer at.Close()
	l, err := at.Loss(ctx)
	return l.Loss.Value, err
}

// differences are the losses' rises above base; +Inf where a loss is no number.
func differences(losses []float64, base float64) []float64 {
	rises := make([]float64, len(losses))
	for i, l := range losses {
		if rises[i] = l - base; math.IsNaN(l) {
			rises[i] = math.Inf(1)
		}
	}
	return rises
}

// displacedLoss is the program for the loss at θ and at size displacements: [1 + size].
func (e *engine) displacedLoss(size int) *program {
	if pr := e.displaced[size]; pr != nil {
		return pr
	}
	c := e.carrier(size)
	pr := e.at.p.newProgram("displaced loss", c.shapes(),
		func(t *traced, extra []*graph.Node) []*graph.Node {
			if c.packed {
				if out := stackedLosses(t, c, extra); out != nil {
					return out
				}
			}
			losses := []*graph.Node{t.mean(nil, nil)}
			for _, d := range c.unpack(extra) {
				losses = append(losses, t.displaced(d))
			}
			return []*graph.Node{graph.Stack(losses, 0)}
		})
	e.displaced[size] = pr
	return pr
}

// displaced is the mean loss at the weights and a displacement.
func (t *traced) displaced(by []*graph.Node) *graph.Node {
	moved := make([]*graph.Node, len(t.weights))
	for i, w := range t.weights {
		moved[i] = graph.Add(w, by[i])
	}
	return t.mean(t.weights, moved)
}

// stackedLosses are the losses with the displacements as a first axis; nil where the loss holds an
// operation that can't be built so.
func stackedLosses(t *traced, c *carrier, extra []*graph.Node) (out []*graph.Node) {
	err := exceptions.TryCatch[error](func() {
		first := c.unpack(extra)[0]
		each := transform.SubstituteEach([]*graph.Node{t.displaced(first)}, first,
			c.unpackStack(extra))[0]
		here := graph.Reshape(t.mean(nil, nil), 1)
		out = []*graph.Node{graph.Concatenate([]*graph.Node{here, each}, 0)}
	})
	if err != nil && !isUnsupported(err) {
		panic(err)
	}
	return out
}
