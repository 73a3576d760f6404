package landscape

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"golang.org/x/sync/errgroup"

	"lossland/internal/accelerator"
)

// Execution says how the points of a surface are computed. Its zero value is the fastest way.
type Execution struct {
	// Plain measures each point by itself, without affine lifting. It is the reference for testing
	// the fast way. The two agree to 1e-5 relative in float32. Models whose graph can't be replayed
	// (While loops, …) and models with 16-bit weights are always measured this way.
	Plain bool
	// Chunk is the most points that one call of the device evaluates. Calls are also kept to about
	// a quarter of a second. Chunk decides how soon a cancellation takes effect.
	// Range: at least 1. Default 64.
	Chunk int
	// Devices is how many of the backend's devices share the work.
	// Range: 1 … all. Default all; on CPUs, whose devices share the cores, at most one per core.
	Devices int
}

// fillExecution sets the defaults of the field with the given name.
func (p *Problem) fillExecution(fn, field string, e *Execution) error {
	if e.Chunk == 0 {
		e.Chunk = 64
	}
	all := p.backend.NumDevices()
	switch {
	case e.Chunk < 1:
		return bad(fn, field+".Chunk", e.Chunk,
			"at least 1, or 0 for the default of 64")
	case e.Devices < 0 || e.Devices > all:
		return bad(fn, field+".Devices", e.Devices,
			fmt.Sprintf("1 … %d, the backend's devices, or 0 for the default", all))
	}
	return nil
}

// devices is how many devices to use.
func (p *Problem) devices(asked int) int {
	if asked > 0 {
		return asked
	}
	n := p.backend.NumDevices()
	if accelerator.SharesCores(p.backend) {
		n = min(n, runtime.GOMAXPROCS(0))
	}
	return n
}

// liftedMeter runs a lifted surface on one or more devices.
type liftedMeter struct {
	*lifted
	weights  []*tensors.Tensor // θ.
	axes     []*tensors.Tensor // d₁ and d₂, or a ray's direction.
	sweepers []*sweeper        // one a device, or several of the first one (see widen).
	ready    [][]*prepared     // by sweeper and batch; nil: not prepared yet, or they don't fit.
	pace     pace
}

var _ meter = (*liftedMeter)(nil)

func (p *Problem) newLiftedMeter(plane *Plane, chunk, devices int) (*liftedMeter, error) {
	key := liftedKey{mode: p.cfg.Mode, directions: 2, capacity: chunk}
	return p.newLiftedAxes(key, plane.Origin, [][]float64{plane.D1, plane.D2}, devices)
}

// newLiftedAxes is newLiftedMeter for any number of directions and any numbers of a point.
func (p *Problem) newLiftedAxes(key liftedKey, origin []float64, axes [][]float64,
	devices int) (*liftedMeter, error) {
	key.stacked = accelerator.Is(p.backend)
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
		m.sweepers = append(m.sweepers, newSweeper(m.lifted, compute.DeviceNum(d)))
	}
	return m, nil
}

// measure implements meter. Where the prepared batches fit into memory, each device takes a row of
// points after the other and goes through all batches with it. Where they don't, the data is read
// once: each batch is prepared, swept over all points by all devices, and dropped. Either way a
// point's batches are added up in the order of the data, so that devices and chunks don't change
// the sum.
func (l *liftedMeter) measure(ctx context.Context, chunks []chunk, to sink) error {
	fits, err := l.prepareAll(ctx)
	if err != nil {
		return err
	}
	if !fits {
		return l.streamed(ctx, chunks, to)
	}
	l.widen(len(chunks), l.ready[0]...)
	to = &oneAtATime{sink: to}
	queue := make(chan chunk, len(chunks))
	for _, c := range chunks {
		queue <- c
	}
	close(queue)
	return l.onEach(ctx, func(ctx context.Context, d int) error {
		return l.work(ctx, d, queue, to)
	})
}

// queued is how many rows an accelerator has to do at a time: while it computes one, the host
// prepares the next and reads the last.
const queued = 6

// widen adds sweepers to a device, each with rows of its own. An accelerator is never without work
// then. On a CPU it is one a core, where the batches are swept in blocks: an operation on a block
// is too small for several cores. What they hold beside the batches, a third of them each, stays
// within the limit for resident data.
func (l *liftedMeter) widen(chunks int, batches ...*prepared) {
	bytes, limit := int64(1), l.p.cfg.MaxResidentBytes
	if limit < 0 { // NeverResident.
		limit = defaultResidentBytes
	}
	most := min(runtime.GOMAXPROCS(0), chunks)
	for _, r := range batches {
		switch {
		case r.code.points > 0:
			most = min(most, queued)
		case r.code.blocks == nil:
			return
		}
		bytes += r.bytes() / 3
	}
	most = min(most, int(limit/bytes))
	for len(l.sweepers) < most && l.sweepers[len(l.sweepers)-1].device == 0 {
		l.sweepers = append(l.sweepers, newSweeper(l.lifted, 0))
		if l.ready != nil {
			l.ready = append(l.ready, l.ready[0])
		}
	}
}

// onEach calls f for every device at once, and returns the first error.
func (l *liftedMeter) onEach(ctx context.Context, f func(ctx context.Context, d int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for d := range l.sweepers {
		group.Go(func() error { return recovered(func() error { return f(ctx, d) }) })
	}
	return group.Wait()
}

// oneAtATime is a sink for several goroutines.
type oneAtATime struct {
	sink
	mu sync.Mutex
}

// deliver implements sink.
func (o *oneAtATime) deliver(ctx context.Context, c chunk, acc []*tally) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sink.deliver(ctx, c, acc)
}

// work measures the queue's chunks on device d until there are none.
func (l *liftedMeter) work(ctx context.Context, d int, queue <-chan chunk, to sink) error {
	pace := l.pace
	pace.least = atOnceOf(l.ready[d]...)
	for c := range queue {
		err := pace.each(ctx, c, func(now chunk) error {
			acc := l.p.newTallies(len(now.cols))
			start := time.Now()
			for _, r := range l.ready[d] {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := l.sweepers[d].measure(r, now, acc); err != nil {
					return err
				}
			}
			pace.took(time.Since(start), len(now.cols))
			return to.deliver(ctx, now, acc)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// partial is a chunk and what its points have seen of the data so far.
type partial struct {
	chunk
	acc []*tally
}

// streamed reads the data once and sweeps each batch over all points. Every point is done when the
// last batch is, and not before: a mean over the batches so far would be that of other data.
func (l *liftedMeter) streamed(ctx context.Context, chunks []chunk, to sink) error {
	sums := make([]partial, len(chunks))
	for i, c := range chunks {
		sums[i] = partial{c, l.p.newTallies(len(c.cols))}
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
		l.widen(len(chunks), r)
		err = l.onEach(ctx, func(ctx context.Context, d int) error {
			return l.sweepShare(ctx, d, r, sums)
		})
		finalize(r.owned)
		if err != nil {
			return err
		}
		to.read(float64(seen) / float64(l.p.data.examples))
	}
	for _, s := range sums {
		if err := to.deliver(ctx, s.chunk, s.acc); err != nil {
			return err
		}
	}
	return nil
}

// sweepShare sweeps one batch over device d's share of the points.
func (l *liftedMeter) sweepShare(ctx context.Context, d int, r *prepared,
	sums []partial) (err error) {
	sweeper, here := l.sweepers[d], r
	if sweeper.device > 0 {
		here, err = r.on(l.p.backend, sweeper.device)
		defer func() { finalize(here.owned) }()
		if err != nil {
			return err
		}
	}
	defer sweeper.forget(here)
	pace := l.pace
	pace.least = atOnceOf(here)
	for i := d; i < len(sums); i += len(l.sweepers) {
		left := sums[i].acc
		err := pace.each(ctx, sums[i].chunk, func(now chunk) error {
			acc := left[:len(now.cols)]
			left = left[len(now.cols):]
			start := time.Now()
			err := sweeper.measure(here, now, acc)
			pace.took(time.Since(start), len(now.cols))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *liftedMeter) close() {
	for _, s := range l.sweepers {
		s.close()
	}
	l.release()
	finalize(l.weights)
	finalize(l.axes)
}

// release frees the prepared batches, which sweepers of one device share.
func (l *liftedMeter) release() {
	for d, rs := range l.ready {
		if d > 0 && l.sweepers[d].device == 0 {
			continue
		}
		for _, r := range rs {
			finalize(r.owned)
		}
	}
	l.ready = nil
}

// errTooLarge says that the prepared batches don't fit.
var errTooLarge = errors.New("too large")

// prepareAll prepares every batch on every device, and reports whether they fit: on each device
// or, where the devices share one memory, all together.
func (l *liftedMeter) prepareAll(ctx context.Context) (fits bool, err error) {
	if l.ready != nil {
		return true, nil
	}
	if l.p.data.resident == nil {
		return false, nil
	}
	l.ready = make([][]*prepared, len(l.sweepers))
	var bytes int64
	for b, err := range l.p.data.all(ctx) {
		if err == nil {
			err = l.prepareBatch(b, &bytes)
		}
		if err == nil {
			continue
		}
		l.release()
		if errors.Is(err, errTooLarge) {
			err = nil
		}
		return false, err
	}
	finalize(l.weights) // what is prepared doesn't need them any more.
	finalize(l.axes)
	l.weights, l.axes = nil, nil
	return true, nil
}

// prepareBatch prepares a batch on every device and adds what it takes to bytes.
func (l *liftedMeter) prepareBatch(b train.Batch, bytes *int64) error {
	r, err := l.lifted.ready(b, l.weights, l.axes)
	if err != nil {
		return err
	}
	l.ready[0] = append(l.ready[0], r)
	*bytes += l.copies() * r.bytes()
	if *bytes > l.p.cfg.MaxResidentBytes {
		return errTooLarge
	}
	for d := 1; d < len(l.sweepers); d++ {
		device := l.sweepers[d].device
		if device == 0 {
			l.ready[d] = append(l.ready[d], r)
			continue
		}
		moved, err := r.on(l.p.backend, device)
		l.ready[d] = append(l.ready[d], moved)
		if err != nil {
			return err
		}
	}
	return nil
}

// copies is how many copies of a batch lie in one memory.
func (l *liftedMeter) copies() int64 {
	if accelerator.SharesCores(l.p.backend) {
		return int64(l.sweepers[len(l.sweepers)-1].device) + 1
	}
	return 1
}

// pace cuts chunks so that one takes about a quarter of a second.
type pace struct {
	most  int           // points.
	least int           // points that take no longer than one; 0 stands for 1.
	point time.Duration // what a point took last; 0: not known yet.
}

const paceTarget = 250 * time.Millisecond

// each calls f, which calls took, with one piece of c after the other.
func (p *pace) each(ctx context.Context, c chunk, f func(now chunk) error) error {
	for from := 0; from < len(c.cols); {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := min(from+p.points(), len(c.cols))
		if err := f(c.part(from, to)); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// took notes how long so many points took.
func (p *pace) took(t time.Duration, points int) { p.point = t / time.Duration(points) }

// points is how many points to measure next: a multiple of least, or most.
func (p *pace) points() int {
	least := max(1, p.least)
	if p.point <= 0 {
		return min(p.most, least)
	}
	return int(min(int64(p.most), max(1, int64(paceTarget/p.point)/int64(least))*int64(least)))
}
