package landscape

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
)

// reestimatedMeter measures each point twice: in training mode for the batch statistics, then in
// inference mode with their means.
type reestimatedMeter struct {
	*plainMeter
	estimate *program
	averages []*model.Variable // the moving means and variances, as estimate returns them.
	zero     []*tensors.Tensor // values of avg_weight.
}

var _ meter = (*reestimatedMeter)(nil)

func (p *Problem) newReestimatedMeter(ctx context.Context,
	plane *Plane) (*reestimatedMeter, error) {
	training := *p
	training.cfg.Mode = Training
	m := &reestimatedMeter{plainMeter: p.newPlainMeter(plane)}
	averages := func(t *traced, _ []*graph.Node) []*graph.Node {
		out := make([]*graph.Node, len(m.averages))
		for i, v := range m.averages {
			// Times one: the pure-Go backend wants an output after the last parameter
			// (docs/upstream.md).
			out[i] = graph.MulScalar(v.NodeValue(t.graph), 1)
		}
		return out
	}
	m.estimate = training.newProgram("surface: batch statistics", nil, averages)
	m.estimate.override = make(map[string]*tensors.Tensor)
	for v := range p.store.IterVariables() {
		if !isBatchNormState(v.Path()) {
			continue
		}
		switch _, name := model.SplitPath(v.Path()); name {
		case "mean", "variance":
			m.averages = append(m.averages, v)
		case "avg_weight": // with no weight behind it, the moving average is the batch's own value.
			zero := tensors.FromShape(v.Shape())
			m.zero = append(m.zero, zero)
			m.estimate.override[v.Path()] = zero
		}
	}
	if len(m.averages) == 0 {
		m.close()
		return nil, bad("Surface", "BatchNorm", BatchNormReestimated,
			"a model with norm.BatchNorm layers; this one's store has no scope named "+
				norm.BatchNormalizationScopeName)
	}
	return m, ctx.Err()
}

func (m *reestimatedMeter) close() {
	m.estimate.close()
	m.plainMeter.close()
	finalize(m.zero)
}

// measure implements meter.
func (m *reestimatedMeter) measure(ctx context.Context, chunks []chunk, to sink) error {
	return eachPoint(chunks, func(one chunk) error {
		theta := m.plane.At(one.alpha, one.betas[0])
		if err := m.reestimate(ctx, theta); err != nil {
			return err
		}
		acc := m.p.newTallies(1)
		if err := m.point(ctx, theta, acc[0]); err != nil {
			return err
		}
		return to.deliver(ctx, one, acc)
	})
}

// reestimate sets the statistics that point uses to those at θ.
func (m *reestimatedMeter) reestimate(ctx context.Context, theta []float64) error {
	means, err := m.batchMeans(ctx, theta)
	if err != nil {
		return err
	}
	for _, t := range m.pr.override {
		t.MustFinalizeAll()
	}
	m.pr.override = make(map[string]*tensors.Tensor)
	for i, v := range m.averages {
		if m.pr.override[v.Path()], err = fromFloat64(means[i], v.Shape()); err != nil {
			return err
		}
	}
	return nil
}

// batchMeans are the statistics at θ, one vector for each of averages: their means over batches,
// weighted by the batches' examples.
func (m *reestimatedMeter) batchMeans(ctx context.Context, theta []float64) ([][]float64, error) {
	weights, err := m.p.params.split(theta)
	if err != nil {
		return nil, err
	}
	defer finalize(weights)
	means := make([][]float64, len(m.averages))
	for i, v := range m.averages {
		means[i] = make([]float64, v.Shape().Size())
	}
	err = m.estimate.eachBatch(ctx, 0, weights, nil, func(out []*tensors.Tensor, n int) error {
		share := float64(n) / float64(m.p.data.examples)
		for i, t := range out {
			batch := make([]float64, len(means[i]))
			if err := toFloat64(batch, t); err != nil {
				return fmt.Errorf("landscape: %q: %w", m.averages[i].Path(), err)
			}
			for k, x := range batch {
				means[i][k] += share * x
			}
		}
		return nil
	})
	return means, err
}
