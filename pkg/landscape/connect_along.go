package landscape

import (
	"context"
	"fmt"
	"lossland/pkg/result"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
)

// CurveLoss is the loss along a curve. All standard errors are those of the mean over examples, and those of differences are taken
// example by example, so that what the points have in common cancels; NaN where the loss isn't known per example.
type CurveLoss struct {
	T    []float64  // equally spaced from 0 to 1.
	Loss []Estimate // L(φ(t)).
	// Rise is the loss less the straight interpolation of the ends' losses, L(φ(t)) − (1−t)L(φ(0)) − t·L(φ(1)).
	Rise []Estimate
	// Mean is ∫L(φ(t))dt by Simpson's rule on T.
	Mean Estimate
	// Max is the largest loss on T, and MaxAt its t. NaN counts as larger than any number, here and for Barrier.
	Max   Estimate
	MaxAt float64
	// Barrier is the largest rise on T, and BarrierAt its t; not below 0, the rise of the ends. Its standard error is that at
	// BarrierAt: it doesn't hold that the place was picked as the largest.
	Barrier   Estimate
	BarrierAt float64
	Length    float64 // arc length, see Curve.Length.
	Cost      Cost
}

// AlongConfig is what Problem.Along takes.
type AlongConfig struct {
	// Points is the number of t's, at least 3. It is raised until both ends, the bends of a polygon and the middle of each piece are
	// among them: to a multiple of twice the pieces, and one. Default 61.
	Points   int
	Progress func(done, total int) // called with the losses measured, over all batches, and their total; default nil.
}

// Along measures the loss along a curve, with its barrier: on Straight(a, b) the barrier of linear interpolation between two checkpoints
// (Goodfellow et al. 2015; Frankle et al. 2020). It passes over the data once. Cost: one evaluation a point.
//
// BatchNorm's moving averages are the store's, the same along the whole curve, and fit at most one of its ends: measure such a model in
// Training mode, in which each batch's own statistics are used.
func (p *Problem) Along(ctx context.Context, c *Curve, cfg AlongConfig) (*CurveLoss, error) {
	if err := p.checkCurve("Along", c); err != nil {
		return nil, err
	}
	if cfg.Points == 0 {
		cfg.Points = 61
	}
	if cfg.Points < 3 {
		return nil, bad("Along", "AlongConfig.Points", cfg.Points, "at least 3, or 0 for the default of 61")
	}
	pieces := 1
	if c.Kind == Polygon {
		pieces = len(c.Points) - 1
	}
	panels := (cfg.Points + 2*pieces - 2) / (2 * pieces) * 2 * pieces
	a := &walk{ts: Linspace(0, 1, panels+1), loss: make([]result.Moments, panels+1), rise: make([]result.Moments, panels+1)}
	if err := a.measure(ctx, p, c, cfg.Progress); err != nil {
		return nil, err
	}
	l := a.result()
	l.Length = c.Length()
	return l, nil
}

// walk accumulates the moments of the losses along a curve.
type walk struct {
	ts         []float64
	loss, rise []result.Moments
	mean       result.Moments
}

func (a *walk) measure(ctx context.Context, p *Problem, c *Curve, progress func(done, total int)) error {
	pr := p.newProgram("loss of each example", nil, func(t *traced, _ []*graph.Node) []*graph.Node { return []*graph.Node{t.examples()} })
	defer pr.close()
	done, total := 0, len(a.ts)*p.data.examples
	for b, err := range p.data.all(ctx) {
		if err != nil {
			return err
		}
		n, _ := examplesIn(b)
		values := make([][]float64, len(a.ts)) // [t][example], or [t][1] where only the mean is known.
		for i, t := range a.ts {
			if values[i], err = pr.examplesAt(ctx, c.At(t), b); err != nil {
				return fmt.Errorf("landscape: Along: t = %g: %w", t, err)
			}
			if done += n; progress != nil {
				progress(done/p.data.examples, total/p.data.examples)
			}
		}
		a.add(n, values)
	}
	return nil
}

// examplesAt returns the losses of a batch's examples at θ.
func (pr *program) examplesAt(ctx context.Context, theta []float64, b train.Batch) ([]float64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	weights, err := pr.p.params.split(theta)
	if err != nil {
		return nil, err
	}
	defer finalize(weights)
	out, err := pr.run(0, weights, b, nil)
	if err != nil {
		return nil, err
	}
	defer finalize(out)
	return tensors.CopyFlatData[float64](out[0])
}

// examples are the losses of the examples, regularizer included if Config says so, as float64 [batch]; if they aren't known, [1]: the
// batch's loss.
func (t *traced) examples() *graph.Node {
	loss := graph.ConvertDType(t.loss, dtypes.Float64)
	if t.perExample == nil || t.batch == 1 {
		return graph.Reshape(loss, 1)
	}
	values := graph.ConvertDType(t.perExample, dtypes.Float64) // [batch]
	if t.loss == t.main {
		return values
	}
	return graph.Add(values, graph.Sub(loss, graph.ConvertDType(t.main, dtypes.Float64)))
}

// add merges a batch of n examples.
func (a *walk) add(n int, values [][]float64) {
	last := len(a.ts) - 1
	integral := make([]float64, len(values[0]))
	rise := make([]float64, len(values[0]))
	for i, t := range a.ts {
		for k, v := range values[i] {
			rise[k] = v - (1-t)*values[0][k] - t*values[last][k]
			integral[k] += simpson(i, last) * v
		}
		merge(&a.loss[i], n, values[i])
		merge(&a.rise[i], n, rise)
	}
	merge(&a.mean, n, integral)
}

// merge adds a batch of n terms, or their mean alone.
func merge(m *result.Moments, n int, values []float64) {
	part := result.MomentsOf(values)
	if len(values) != n {
		m.Add(n, part.Estimate().Value, math.NaN())
		return
	}
	m.Merge(part)
}

// simpson is the weight of point i of 0…last in the composite Simpson rule on [0, 1]; last is even.
func simpson(i, last int) float64 {
	h := 1 / float64(3*last)
	switch {
	case i == 0 || i == last:
		return h
	case i%2 == 1:
		return 4 * h
	}
	return 2 * h
}

func (a *walk) result() *CurveLoss {
	l := &CurveLoss{T: a.ts, Mean: a.mean.Estimate(), Cost: result.Evaluations(len(a.ts))}
	for i, t := range a.ts {
		l.Loss, l.Rise = append(l.Loss, a.loss[i].Estimate()), append(l.Rise, a.rise[i].Estimate())
		if i == 0 || larger(l.Loss[i], l.Max) {
			l.Max, l.MaxAt = l.Loss[i], t
		}
		if i == 0 || larger(l.Rise[i], l.Barrier) {
			l.Barrier, l.BarrierAt = l.Rise[i], t
		}
	}
	return l
}

func larger(a, b Estimate) bool {
	return a.Value > b.Value || math.IsNaN(a.Value) && !math.IsNaN(b.Value)
}
