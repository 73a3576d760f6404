package landscape

import (
	"context"

	"github.com/gomlx/gomlx/core/graph"
)

// plainMeter measures each point by itself: its weights are computed in float64 on the host,
// rounded and uploaded, and the loss that was traced runs as it is.
type plainMeter struct {
	p     *Problem
	plane *Plane
	pr    *program
}

var _ meter = (*plainMeter)(nil)

func (p *Problem) newPlainMeter(plane *Plane) *plainMeter {
	statistics := func(t *traced, _ []*graph.Node) []*graph.Node { return t.statistics() }
	return &plainMeter{p, plane, p.newProgram("surface: plain", nil, statistics)}
}

func (m *plainMeter) close() { m.pr.close() }

// measure implements meter.
func (m *plainMeter) measure(ctx context.Context, chunks []chunk, to sink) error {
	return eachPoint(chunks, func(one chunk) error {
		acc := m.p.newTallies(1)
		if err := m.point(ctx, m.plane.At(one.alpha, one.betas[0]), acc[0]); err != nil {
			return err
		}
		return to.deliver(ctx, one, acc)
	})
}

// eachPoint calls f with every point of the chunks as a chunk of its own.
func eachPoint(chunks []chunk, f func(one chunk) error) error {
	for _, c := range chunks {
		for k := range c.cols {
			if err := f(c.part(k, k+1)); err != nil {
				return err
			}
		}
	}
	return nil
}

// point adds the statistics of the whole data set at θ to acc.
func (m *plainMeter) point(ctx context.Context, theta []float64, acc *tally) error {
	weights, err := m.p.params.split(theta)
	if err != nil {
		return err
	}
	defer finalize(weights)
	return m.pr.eachBatch(ctx, 0, weights, nil, acc.addTensor)
}
