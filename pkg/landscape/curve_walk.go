package landscape

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/gomlx/ml/train"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/curve"
	"lossland/pkg/result"
)

// walk fills in a profile from the losses of the examples.
//
// The last point is measured first, then the others in their order, so that a rise is known as soon
// as its point is, and all that is kept of a batch is a span.
type walk struct {
	p       *Problem
	l       *Profile
	curve   curve.Curve
	order   []int     // of the points.
	weights []float64 // of the points in the mean.
	slope   *slope    // nil: no gradients.
	report  func(points float64)

	loss, data, rise []pool             // by point.
	metrics          [][]result.Moments // by metric and point.
	mean             pool
}

// newWalk is a walk that has seen nothing yet.
func (p *Problem) newWalk(l *Profile, c curve.Curve, cfg AlongConfig) *walk {
	last := len(l.T) - 1
	w := &walk{p: p, l: l, curve: c, weights: quadrature(l.T)}
	w.order = append([]int{last}, upTo(last)...)
	for _, m := range []*[]pool{&w.loss, &w.data, &w.rise} {
		*m = make([]pool, last+1)
	}
	for range p.cfg.Metrics {
		w.metrics = append(w.metrics, make([]result.Moments, last+1))
	}
	if cfg.GradNorm {
		w.slope = p.newSlope()
	}
	return w
}

// close frees the compiled code.
func (w *walk) close() {
	if w.slope != nil {
		w.slope.close()
	}
}

// span is what the points of one batch of n examples have in common. Each list has a number for
// each example, or one where only their mean is known.
type span struct {
	n                     int
	first, last, integral []float64
}

// measure goes through points and batches: point by point with all batches where these are at hand,
// else batch by batch with all points. Either way a point's batches are added up in the order of
// the data.
func (w *walk) measure(ctx context.Context, s sampler) error {
	most, kept := s.plan()
	if kept {
		return w.byPoint(ctx, s, most)
	}
	return w.byBatch(ctx, s, most)
}

// byPoint measures a chunk of points on all batches, then the next chunk.
func (w *walk) byPoint(ctx context.Context, s sampler, most int) error {
	var spans []*span
	return w.chunks(ctx, most, func(now chunk) error {
		if err := s.moveTo(ctx, now); err != nil {
			return err
		}
		k := 0
		for b, err := range w.p.data.all(ctx) {
			if err != nil {
				return err
			}
			if k == len(spans) {
				spans = append(spans, newSpan(b))
			}
			if err := w.batch(ctx, s, spans[k], k, b, now.cols); err != nil {
				return err
			}
			k++
		}
		return w.done(ctx, s, now.cols)
	})
}

// byBatch measures all points on a batch, then on the next.
func (w *walk) byBatch(ctx context.Context, s sampler, most int) error {
	seen, k := 0, 0
	for b, err := range w.p.data.all(ctx) {
		if err != nil {
			return err
		}
		here := newSpan(b)
		err := w.chunks(ctx, most, func(now chunk) error {
			if err := s.moveTo(ctx, now); err != nil {
				return err
			}
			if err := w.batch(ctx, s, here, k, b, now.cols); err != nil {
				return err
			}
			seen += here.n * len(now.cols)
			w.report(float64(seen) / float64(w.p.data.examples))
			return nil
		})
		s.drop()
		if err != nil {
			return err
		}
		k++
	}
	return w.done(ctx, s, w.order)
}

// chunks calls f with all points in their order, as many at a time as take about a quarter of a
// second.
func (w *walk) chunks(ctx context.Context, most int, f func(now chunk) error) error {
	all := chunk{cols: w.order}
	for _, i := range w.order {
		all.betas = append(all.betas, w.l.T[i])
	}
	steps := pace{most: most}
	return steps.each(ctx, all, func(now chunk) error {
		start := time.Now()
		if err := f(now); err != nil {
			return err
		}
		steps.took(time.Since(start), len(now.cols))
		return nil
	})
}

func newSpan(b train.Batch) *span {
	n, _ := examplesIn(b)
	return &span{n: n}
}

// batch measures batch k at points, to which the sampler has moved.
func (w *walk) batch(ctx context.Context, s sampler, to *span, k int, b train.Batch,
	points []int) error {
	values, err := s.sample(ctx, k, b)
	if err != nil {
		return fmt.Errorf("landscape: Along: t = %g: %w", w.l.T[points[0]], err)
	}
	for j, i := range points {
		w.add(to, i, values[j])
	}
	return nil
}

// add merges what was measured at point i: the examples' losses, data losses and metrics in a row.
func (w *walk) add(to *span, i int, values []float64) {
	f := w.p.form
	loss, data, metrics := f.part(values, to.n, len(w.metrics))
	var part pool
	part.examples(f, to.n, loss)
	w.loss[i].merge(part)
	if !slices.Equal(loss, data) { // there is a regularizer.
		part = pool{}
		part.examples(f, to.n, data)
	}
	w.data[i].merge(part)
	for m := range w.metrics {
		w.metrics[m][i].Merge(momentsOf(to.n, metrics[m*to.n:][:to.n]))
	}
	last := len(w.l.T) - 1
	if i == last {
		to.last, to.integral = loss, make([]float64, len(loss))
		return
	}
	if i == 0 {
		to.first = loss
		w.rises(to, last, to.last)
	}
	w.rises(to, i, loss)
	floats.AddScaled(to.integral, w.weights[i], loss)
	if i == last-1 {
		floats.AddScaled(to.integral, w.weights[last], to.last)
		f.keepBelow(to.integral, loss, to.n)
		w.mean.examples(f, to.n, to.integral)
	}
}

// rises merges the rise of point i.
func (w *walk) rises(to *span, i int, loss []float64) {
	ts := w.l.T
	share := (ts[i] - ts[0]) / (ts[len(ts)-1] - ts[0])
	rise := make([]float64, len(loss))
	for k, v := range loss {
		rise[k] = v - (1-share)*to.first[k] - share*to.last[k]
	}
	w.p.form.keepBelow(rise, loss, to.n)
	w.rise[i].examples(w.p.form, to.n, rise)
}

// done enters points that have seen all data.
func (w *walk) done(ctx context.Context, s sampler, points []int) error {
	for _, i := range points {
		if w.slope != nil {
			w.slope.pr.override = s.statistics()
			g, _, err := w.slope.at(ctx, w.curve.At(w.l.T[i]))
			if err != nil {
				return err
			}
			w.l.GradNorm[i] = floats.Norm(g, 2)
			w.l.Cost = w.l.Cost.Plus(result.Gradients(1))
		}
		w.l.Loss[i], w.l.Data[i] = w.loss[i].estimate(w.p.form), w.data[i].estimate(w.p.form)
		for k, m := range w.p.cfg.Metrics {
			w.l.Metrics[m.Name][i] = w.metrics[k][i].Estimate()
		}
		w.l.Done++
		w.l.Cost = w.l.Cost.Plus(result.Evaluations(1))
		if last := len(w.l.T) - 1; i != last {
			w.l.Rise[i] = w.rise[i].estimate(w.p.form)
			w.l.Rise[last] = w.rise[last].estimate(w.p.form)
		}
		w.report(float64(w.l.Done))
	}
	return ctx.Err()
}

// finish enters what takes all points: nothing if one is missing.
func (w *walk) finish() {
	l := w.l
	if l.Done < len(l.T) {
		return
	}
	l.Mean = w.mean.estimate(w.p.form)
	for i, t := range l.T {
		if i == 0 || larger(l.Loss[i], l.Max) {
			l.Max, l.MaxAt = l.Loss[i], t
		}
		if i == 0 || larger(l.Rise[i], l.Barrier) {
			l.Barrier, l.BarrierAt = l.Rise[i], t
		}
	}
}

// larger reports whether a is larger than b, or NaN where b isn't.
func larger(a, b result.Estimate) bool {
	return a.Value > b.Value || math.IsNaN(a.Value) && !math.IsNaN(b.Value)
}

// quadrature are the weights, of sum 1, of a function's values at ts in its mean.
func quadrature(ts []float64) []float64 {
	last := len(ts) - 1
	out := make([]float64, last+1)
	if last%2 == 0 && equallySpaced(ts) {
		for i := range out {
			out[i] = simpson(i, last)
		}
		return out
	}
	for i := range last {
		half := (ts[i+1] - ts[i]) / (ts[last] - ts[0]) / 2
		out[i] += half
		out[i+1] += half
	}
	return out
}

// equallySpaced reports whether ts are, but for rounding.
func equallySpaced(ts []float64) bool {
	last := len(ts) - 1
	step := (ts[last] - ts[0]) / float64(last)
	for i, t := range ts {
		if math.Abs(t-ts[0]-float64(i)*step) > 1e-9*step {
			return false
		}
	}
	return true
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
