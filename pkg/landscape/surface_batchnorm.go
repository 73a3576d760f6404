package landscape

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
)

// withBatchNorm returns the problem in the mode that the contract asks for.
func (p *Problem) withBatchNorm(contract BatchNorm) (*Problem, error) {
	mode := p.cfg.Mode
	switch contract {
	case AsMode:
	case Frozen, Reestimated:
		mode = Inference
	case Batch:
		mode = Training
	default:
		return nil, bad("Surface", "SurfaceConfig.BatchNorm", int(contract), "AsMode, Frozen, Batch or Reestimated")
	}
	if mode == p.cfg.Mode {
		return p, nil
	}
	q := *p
	q.cfg.Mode = mode
	return &q, q.discover()
}

// reestimatedMeter measures each point twice: in training mode for the batch statistics, then in inference mode with their means.
type reestimatedMeter struct {
	*plainMeter
	estimate *program
	averages []*model.Variable // the moving means and variances, in the order of estimate's outputs.
	zero     []*tensors.Tensor // values of avg_weight.
}

func (p *Problem) newReestimatedMeter(ctx context.Context, plane *Plane) (*reestimatedMeter, error) {
	training := *p
	training.cfg.Mode = Training
	m := &reestimatedMeter{plainMeter: p.newPlainMeter(plane)}
	m.estimate = training.newProgram("surface: batch statistics", nil, func(t *traced, _ []*graph.Node) []*graph.Node {
		out := make([]*graph.Node, len(m.averages))
		for i, v := range m.averages {
			out[i] = v.NodeValue(t.graph)
		}
		return out
	})
	m.estimate.override = make(map[string]*tensors.Tensor)
	for v := range p.store.IterVariables() {
		if !isBatchNormState(v.Path()) {
			continue
		}
		switch _, name := model.SplitPath(v.Path()); name {
		case "mean", "variance":
			m.averages = append(m.averages, v)
		case "avg_weight": // with no weight behind it the moving average is the batch's own value.
			zero := tensors.FromShape(v.Shape())
			m.zero = append(m.zero, zero)
			m.estimate.override[v.Path()] = zero
		}
	}
	if len(m.averages) == 0 {
		m.close()
		return nil, bad("Surface", "BatchNorm", Reestimated, "a model with norm.BatchNorm layers; this one's store has no scope named "+
			norm.BatchNormalizationScopeName)
	}
	return m, ctx.Err()
}

// isBatchNormState reports whether a variable is one of a BatchNorm layer's moving averages.
func isBatchNormState(path string) bool {
	scope, name := model.SplitPath(path)
	return strings.HasSuffix(scope, "/"+norm.BatchNormalizationScopeName) && (name == "mean" || name == "variance" || name == "avg_weight")
}

func (m *reestimatedMeter) close() {
	m.estimate.close()
	m.plainMeter.close()
	finalize(m.zero)
}

// measure implements meter.
func (m *reestimatedMeter) measure(ctx context.Context, chunks []chunk, alphas, betas []float64, to sink) error {
	for _, c := range chunks {
		for k, j := range c.cols {
			acc := m.p.newMoments(1)
			theta := m.plane.At(alphas[c.row], betas[j])
			if err := m.reestimate(ctx, theta); err != nil {
				return err
			}
			if err := m.point(ctx, theta, acc[0]); err != nil {
				return err
			}
			if err := to.deliver(chunk{c.row, c.cols[k : k+1]}, acc); err != nil {
				return err
			}
		}
	}
	return nil
}

// reestimate sets the statistics that point uses to those at θ: the mean over batches, weighted by their examples.
func (m *reestimatedMeter) reestimate(ctx context.Context, theta []float64) error {
	weights, err := m.p.params.split(theta)
	if err != nil {
		return err
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
