package landscape

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"lossland/internal/accelerator"
	"lossland/pkg/transform"
)

// chunk is some points of one row of a grid.
type chunk struct {
	row   int // the index of alpha.
	alpha float64
	cols  []int     // the indices of betas.
	betas []float64 // as long as cols.
}

// chunk is the cells of g in one row and the given columns.
func (g Grid) chunk(row int, cols []int) chunk {
	c := chunk{row: row, alpha: g.Alphas[row], cols: cols, betas: make([]float64, len(cols))}
	for k, j := range cols {
		c.betas[k] = g.Betas[j]
	}
	return c
}

// part is the points from … to−1 of c.
func (c chunk) part(from, to int) chunk {
	c.cols, c.betas = c.cols[from:to], c.betas[from:to]
	return c
}

// meter measures points of a plane.
type meter interface {
	// measure measures the points of the chunks and hands them to the sink as they are done.
	measure(ctx context.Context, chunks []chunk, to sink) error
	close()
}

// sink is where points go, one call at a time.
type sink interface {
	// deliver takes points that are done, in any order and in smaller chunks than asked for.
	// acc[k] is what was measured at column c.cols[k].
	deliver(ctx context.Context, c chunk, acc []*tally) error
	// read is told, where all points are done at once, which share of the data they have seen.
	read(share float64)
}

// newMeter chooses how the points are measured: lifted where the graph can be replayed and a point
// needn't be rounded to 16 bits.
func (p *Problem) newMeter(ctx context.Context, cfg SurfaceConfig) (meter, error) {
	if cfg.BatchNorm == BatchNormReestimated {
		return p.newReestimatedMeter(ctx, cfg.Plane)
	}
	if cfg.Execution.Plain {
		return p.newPlainMeter(cfg.Plane), nil
	}
	replayable, err := p.replayable(ctx)
	if err != nil {
		return nil, err
	}
	if !replayable {
		return p.newPlainMeter(cfg.Plane), nil
	}
	chunk := cfg.Execution.Chunk
	if accelerator.Is(p.backend) { // no more points in a program than in a row.
		chunk = min(chunk, len(cfg.Betas))
	}
	return p.newLiftedMeter(cfg.Plane, chunk, p.devices(cfg.Execution.Devices))
}

// replayable reports whether the loss can be transformed: whether it holds no closures, and no
// fused operations and sorts on the weights.
func (p *Problem) replayable(ctx context.Context) (ok bool, err error) {
	for b, err := range p.data.all(ctx) {
		if err != nil {
			return false, err
		}
		g := graph.NewGraph(p.backend, "surface: probe")
		defer g.Finalize()
		err = catch("tracing the model", func() {
			t := p.trace(g, b)
			roots := t.statistics()
			err := exceptions.TryCatch[error](func() { transform.NewLift(roots, t.weights) })
			if ok = err == nil; err != nil && !isUnsupported(err) {
				panic(err)
			}
		})
		return ok, err
	}
	return false, ErrNoData
}

// recovered returns what f panics with as an error. A surface may call its callbacks from
// goroutines of its own, where a panic would end the process whatever the caller defers.
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
