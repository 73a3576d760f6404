package landscape

import (
	"context"
	"errors"
	"fmt"
	"lossland/pkg/result"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"golang.org/x/sync/errgroup"
)

// measure implements meter. Where the prepared batches fit into memory, each device takes a row of points after the other and goes
// through all batches with it. Where they don't, the data is read once: each batch is prepared, swept over all points by all
// devices, and dropped. Either way a point's batches are added up in the order of the data, so that devices and chunks don't
// change the sum.
func (l *liftedMeter) measure(ctx context.Context, chunks []chunk, alphas, betas []float64, to sink) error {
	fits, err := l.prepareAll(ctx)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	oneAtATime := func(c chunk, acc [][]result.Moments) error {
		mu.Lock()
		defer mu.Unlock()
		return to.deliver(c, acc)
	}
	if !fits {
		return l.streamed(ctx, chunks, alphas, betas, to)
	}
	queue := make(chan chunk, len(chunks))
	for _, c := range chunks {
		queue <- c
	}
	close(queue)
	group, ctx := errgroup.WithContext(ctx)
	for d := range l.sweepers {
		group.Go(func() error {
			return recovered(func() error { return l.work(ctx, d, queue, alphas, betas, oneAtATime) })
		})
	}
	return group.Wait()
}

// work measures the queue's chunks on device d until there are none.
func (l *liftedMeter) work(ctx context.Context, d int, queue <-chan chunk, alphas, betas []float64, deliver func(chunk, [][]result.Moments) error) error {
	pace := l.pace
	for c := range queue {
		for len(c.cols) > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			var now chunk
			now, c = pace.cut(c)
			acc := l.p.newMoments(len(now.cols))
			start := time.Now()
			for _, r := range l.ready[d] {
				if err := l.sweepers[d].measure(r, alphas[now.row], pick(betas, now.cols), acc); err != nil {
					return err
				}
			}
			pace.took(time.Since(start), len(now.cols))
			if err := deliver(now, acc); err != nil {
				return err
			}
		}
	}
	return nil
}

// recovered returns what f panics with as an error. The callbacks of a surface may be called from goroutines of its own, where a
// panic would end the process whatever the caller defers.
func recovered(f func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case error:
			err = fmt.Errorf("landscape: Surface: panic: %w\n%s", r, debug.Stack())
		default:
			err = fmt.Errorf("landscape: Surface: panic: %v\n%s", r, debug.Stack())
		}
	}()
	return f()
}

// liftedMeter is lifted with devices to run on.
type liftedMeter struct {
	*lifted
	weights  []*tensors.Tensor // θ.
	axes     []*tensors.Tensor // d₁ and d₂, or a ray's direction.
	sweepers []*sweeper        // one a device.
	ready    [][]*prepared     // by device and batch; nil: not prepared yet, or they don't fit.
	pace     pace
}

func (p *Problem) newLiftedMeter(plane *Plane, chunk, devices int) (*liftedMeter, error) {
	key := liftedKey{p.cfg.Mode, 2, chunk, false}
	return p.newLiftedAxes(key, plane.Origin, [][]float64{plane.D1, plane.D2}, devices)
}

// newLiftedAxes is newLiftedMeter for any number of directions and any numbers of a point.
func (p *Problem) newLiftedAxes(key liftedKey, origin []float64, axes [][]float64,
	devices int) (*liftedMeter, error) {
	m := &liftedMeter{lifted: p.liftedFor(key)}
	m.pace.most = m.capacity
	var err error
	if m.weights, err = p.params.split(origin); err != nil {
		return nil, err
	}
	for _, d := range axes {
		ts, err := p.params.split(d)
		if err != nil {
			return nil, err
		}
		m.axes = append(m.axes, ts...)
	}
	for d := range devices {
		m.sweepers = append(m.sweepers, &sweeper{l: m.lifted, device: compute.DeviceNum(d), rows: make(map[*prepared]*row)})
	}
	return m, nil
}

func (l *liftedMeter) close() {
	for _, s := range l.sweepers {
		s.close()
	}
	l.release()
	finalize(l.weights)
	finalize(l.axes)
}

// release frees the prepared batches.
func (l *liftedMeter) release() {
	for _, rs := range l.ready {
		for _, r := range rs {
			finalize(r.owned)
		}
	}
	l.ready = nil
}

// errTooLarge says that the prepared batches don't fit.
var errTooLarge = errors.New("too large")

// prepareAll prepares every batch on every device, and reports whether they fit: on each device, or, where the devices share one memory,
// all together.
func (l *liftedMeter) prepareAll(ctx context.Context) (fits bool, err error) {
	if l.ready != nil {
		return true, nil
	}
	if l.p.data.resident == nil {
		return false, nil
	}
	l.ready = make([][]*prepared, len(l.sweepers))
	copies := int64(1)
	if sharesCores(l.p.backend) {
		copies = int64(len(l.sweepers))
	}
	var bytes int64
	for b, err := range l.p.data.all(ctx) {
		if err != nil {
			l.release()
			return false, err
		}
		r, err := l.lifted.ready(b, l.weights, l.axes)
		if err == nil {
			l.ready[0] = append(l.ready[0], r)
			if bytes += copies * r.bytes(); bytes > l.p.cfg.MaxResidentBytes {
				err = errTooLarge
			}
		}
		for d := 1; d < len(l.sweepers) && err == nil; d++ {
			var moved *prepared
			moved, err = r.on(l.p.backend, compute.DeviceNum(d))
			l.ready[d] = append(l.ready[d], moved)
		}
		if err != nil {
			l.release()
			if errors.Is(err, errTooLarge) {
				err = nil
			}
			return false, err
		}
	}
	return true, nil
}

// streamed reads the data once and sweeps each batch over all points. Every point is done when the last batch is, and not before: a mean
// over the batches so far would be that of other data.
func (l *liftedMeter) streamed(ctx context.Context, chunks []chunk, alphas, betas []float64, to sink) error {
	acc := make([][][]result.Moments, len(chunks))
	for i, c := range chunks {
		acc[i] = l.p.newMoments(len(c.cols))
	}
	seen := 0
	for b, err := range l.p.data.all(ctx) {
		if err != nil {
			return err
		}
		r, err := l.lifted.ready(b, l.weights, l.axes)
		if err != nil {
			return err
		}
		seen += r.examples
		err = l.sweepAll(ctx, r, chunks, alphas, betas, acc)
		finalize(r.owned)
		if err != nil {
			return err
		}
		to.read(float64(seen) / float64(l.p.data.examples))
	}
	for i, c := range chunks {
		if err := to.deliver(c, acc[i]); err != nil {
			return err
		}
	}
	return nil
}

// sweepAll sweeps one batch over all points, the chunks dealt out to the devices.
func (l *liftedMeter) sweepAll(ctx context.Context, r *prepared, chunks []chunk, alphas, betas []float64, acc [][][]result.Moments) error {
	group, ctx := errgroup.WithContext(ctx)
	for d := range l.sweepers {
		group.Go(func() error {
			return recovered(func() error { return l.sweepShare(ctx, d, r, chunks, alphas, betas, acc) })
		})
	}
	return group.Wait()
}

// sweepShare sweeps one batch over device d's share of the chunks.
func (l *liftedMeter) sweepShare(ctx context.Context, d int, r *prepared, chunks []chunk, alphas, betas []float64, acc [][][]result.Moments) (err error) {
	sweeper, here := l.sweepers[d], r
	if d > 0 {
		here, err = r.on(l.p.backend, sweeper.device)
		defer func() { finalize(here.owned) }()
		if err != nil {
			return err
		}
	}
	defer sweeper.forget(here)
	pace := l.pace
	for i := d; i < len(chunks); i += len(l.sweepers) {
		for c, from := chunks[i], 0; len(c.cols) > 0; {
			if err := ctx.Err(); err != nil {
				return err
			}
			var now chunk
			now, c = pace.cut(c)
			start := time.Now()
			part := acc[i][from : from+len(now.cols)]
			if err := sweeper.measure(here, alphas[now.row], pick(betas, now.cols), part); err != nil {
				return err
			}
			pace.took(time.Since(start), len(now.cols))
			from += len(now.cols)
		}
	}
	return nil
}

// newMoments are empty moments for n points: of the loss, of the data loss and of each metric.
func (p *Problem) newMoments(n int) [][]result.Moments {
	acc := make([][]result.Moments, n)
	for k := range acc {
		acc[k] = make([]result.Moments, 2+len(p.cfg.Metrics))
	}
	return acc
}

// pick returns the elements of x at the given places.
func pick(x []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for i, k := range at {
		out[i] = x[k]
	}
	return out
}

// pace cuts chunks so that one takes about a quarter of a second.
type pace struct {
	most int           // points.
	each time.Duration // a point, as measured last; 0: not yet.
}

const paceTarget = 250 * time.Millisecond

func (p *pace) took(t time.Duration, points int) { p.each = t / time.Duration(points) }

// cut splits what should be done now off c.
func (p *pace) cut(c chunk) (now, later chunk) {
	n := 1
	if p.each > 0 {
		n = int(min(int64(p.most), max(1, int64(paceTarget/p.each))))
	}
	n = min(n, len(c.cols))
	return chunk{c.row, c.cols[:n]}, chunk{c.row, c.cols[n:]}
}
