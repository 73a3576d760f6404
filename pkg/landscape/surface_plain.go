package landscape

import (
	"context"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"lossland/pkg/result"
	"lossland/pkg/transform"
)

// plainMeter measures each point by itself: its weights are computed in float64 on the host, rounded and uploaded, and the loss
// that was traced runs as it is.
type plainMeter struct {
	p     *Problem
	plane *Plane
	pr    *program
}

func (p *Problem) newPlainMeter(plane *Plane) *plainMeter {
	return &plainMeter{p, plane, p.newProgram("surface: plain", nil, func(t *traced, _ []*graph.Node) []*graph.Node {
		return t.statistics()
	})}
}

func (m *plainMeter) close() { m.pr.close() }

// measure implements meter.
func (m *plainMeter) measure(ctx context.Context, chunks []chunk, alphas, betas []float64, to sink) error {
	for _, c := range chunks {
		for k, j := range c.cols {
			acc := m.p.newMoments(1)
			if err := m.point(ctx, m.plane.At(alphas[c.row], betas[j]), acc[0]); err != nil {
				return err
			}
			if err := to.deliver(chunk{c.row, c.cols[k : k+1]}, acc); err != nil {
				return err
			}
		}
	}
	return nil
}

// point adds the statistics of the whole data set at θ to acc.
func (m *plainMeter) point(ctx context.Context, theta []float64, acc []result.Moments) error {
	weights, err := m.p.params.split(theta)
	if err != nil {
		return err
	}
	defer finalize(weights)
	return m.pr.eachBatch(ctx, 0, weights, nil, func(out []*tensors.Tensor, n int) error {
		return accumulate(acc, out, n)
	})
}

// newMeter chooses how the points are measured: lifted where the graph can be replayed.
func (p *Problem) newMeter(ctx context.Context, plane *Plane, cfg SurfaceConfig) (meter, error) {
	if cfg.BatchNorm == Reestimated {
		return p.newReestimatedMeter(ctx, plane)
	}
	replayable, err := p.replayable(ctx)
	if err != nil {
		return nil, err
	}
	if cfg.Plain || !replayable {
		return p.newPlainMeter(plane), nil
	}
	return p.newLiftedMeter(plane, cfg.Chunk, p.devices(cfg.Devices))
}

// replayable reports whether the loss can be transformed: whether it holds no closures, and no fused operations on the weights.
func (p *Problem) replayable(ctx context.Context) (ok bool, err error) {
	for b, err := range p.data.all(ctx) {
		if err != nil {
			return false, err
		}
		g := graph.NewGraph(p.backend, "surface: probe")
		defer g.Finalize()
		err = catch("tracing the model", func() {
			t := p.trace(g, b)
			ok = transform.Check(t.statistics(), t.weights) == nil
		})
		return ok, err
	}
	return false, ErrNoData
}
