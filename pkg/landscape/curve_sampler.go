package landscape

import (
	"context"
	"fmt"

	"lossland/pkg/curve"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"gonum.org/v1/gonum/floats"
)

// sampler measures the examples of a batch at points of a curve.
type sampler interface {
	// plan is how many points it takes at a time at most, and whether it goes through all batches
	// for them rather than through all points for a batch.
	plan() (most int, byPoint bool)
	// moveTo makes these the points: t is β.
	moveTo(ctx context.Context, c chunk) error
	// sample is, for each of the points, what traced.examples says of the batch, the k-th.
	sample(ctx context.Context, k int, b train.Batch) ([][]float64, error)
	// statistics are BatchNorm's at the point; nil: the store's.
	statistics() map[string]*tensors.Tensor
	// drop frees what is kept of a batch.
	drop()
	close()
}

// newSampler chooses how a curve's points are measured: lifted on a straight one whose graph can be
// replayed.
func (p *Problem) newSampler(ctx context.Context, c curve.Curve, cfg AlongConfig) (sampler, error) {
	ray, ok := rayOf(c)
	if ok && !cfg.Plain && cfg.BatchNorm != BatchNormReestimated {
		replayable, err := p.replayable(ctx)
		if err != nil {
			return nil, err
		}
		if replayable {
			return p.newRaySampler(ctx, ray)
		}
	}
	return p.newPointSampler(ctx, c, cfg)
}

// rayOf is a ray or a polygon of two points as a ray.
func rayOf(c curve.Curve) (ray curve.Ray, ok bool) {
	switch c := c.(type) {
	case curve.Ray:
		return c, true
	case *curve.Ray:
		return *c, true
	case *curve.Polygon:
		return rayOf(*c)
	case curve.Polygon:
		if len(c.Points) != 2 {
			return ray, false
		}
		a, b := c.Points[0], c.Points[1]
		direction := floats.SubTo(make([]float64, len(a)), b, a)
		return curve.Ray{Origin: a, Direction: direction, To: 1}, true
	}
	return ray, false
}

// pointSampler measures one point at a time: its weights are computed in float64 on the host,
// rounded and uploaded.
type pointSampler struct {
	p        *Problem
	curve    curve.Curve
	pr       *program
	weights  []*tensors.Tensor // of the point.
	estimate *reestimatedMeter // nil: the statistics aren't estimated anew.
}

func (p *Problem) newPointSampler(ctx context.Context, c curve.Curve,
	cfg AlongConfig) (*pointSampler, error) {
	s := &pointSampler{p: p, curve: c}
	if cfg.BatchNorm == BatchNormReestimated {
		var err error
		if s.estimate, err = p.newReestimatedMeter(ctx, nil); err != nil {
			return nil, err
		}
	}
	examples := func(t *traced, _ []*graph.Node) []*graph.Node {
		return []*graph.Node{t.examples()}
	}
	s.pr = p.newProgram("loss of each example", nil, examples)
	return s, nil
}

func (s *pointSampler) plan() (most int, byPoint bool) {
	return 1, s.estimate != nil || s.p.data.resident != nil
}

func (s *pointSampler) moveTo(ctx context.Context, c chunk) error {
	t := c.betas[0]
	theta := s.curve.At(t)
	if err := s.p.checkPoint("Along", fmt.Sprintf("φ(%g)", t), theta); err != nil {
		return err
	}
	finalize(s.weights)
	s.weights = nil
	if s.estimate != nil {
		if err := s.estimate.reestimate(ctx, theta); err != nil {
			return err
		}
		s.pr.override = s.statistics()
	}
	var err error
	s.weights, err = s.p.params.split(theta)
	return err
}

func (s *pointSampler) sample(ctx context.Context, _ int, b train.Batch) ([][]float64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out, err := s.pr.run(0, s.weights, b, nil)
	if err != nil {
		return nil, err
	}
	defer finalize(out)
	values, err := tensors.CopyFlatData[float64](out[0])
	return [][]float64{values}, err
}

func (s *pointSampler) statistics() map[string]*tensors.Tensor {
	if s.estimate == nil {
		return nil
	}
	return s.estimate.pr.override
}

func (s *pointSampler) drop() {}

func (s *pointSampler) close() {
	finalize(s.weights)
	s.pr.close()
	if s.estimate != nil {
		s.estimate.close()
	}
}

// raySampler sweeps a ray's points with lifted code: the ray is the β axis.
type raySampler struct {
	*liftedMeter
	now  chunk     // the points.
	held *prepared // the batch that is being swept, where they don't fit; else nil.
	fits bool
}

// rayNumbers bounds the output of a sweep: 64 MiB.
const rayNumbers = 8 << 20

func (p *Problem) newRaySampler(ctx context.Context, ray curve.Ray) (*raySampler, error) {
	capacity := 64
	for b, err := range p.data.all(ctx) {
		if err != nil {
			return nil, err
		}
		n, _ := examplesIn(b)
		capacity = max(1, min(capacity, rayNumbers/(n*(p.form.width()+len(p.cfg.Metrics)))))
		break
	}
	key := liftedKey{mode: p.cfg.Mode, directions: 1, capacity: capacity, examples: true}
	m, err := p.newLiftedAxes(key, ray.Origin, [][]float64{ray.Direction}, 1)
	if err != nil {
		return nil, err
	}
	s := &raySampler{liftedMeter: m}
	if s.fits, err = m.prepareAll(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *raySampler) plan() (most int, byPoint bool) { return s.capacity, s.fits }

func (s *raySampler) moveTo(_ context.Context, c chunk) error {
	s.now = c
	return nil
}

func (s *raySampler) sample(ctx context.Context, k int,
	b train.Batch) (values [][]float64, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := s.held
	switch {
	case s.fits:
		r = s.liftedMeter.ready[0][k]
	case r == nil:
		if r, err = s.lifted.ready(b, s.weights, s.axes); err != nil {
			return nil, err
		}
		s.held = r
	}
	err = s.sweepers[0].sweep(r, s.now, func(_ int, point []float64) {
		values = append(values, append([]float64{}, point...))
	})
	return values, err
}

func (s *raySampler) statistics() map[string]*tensors.Tensor { return nil }

func (s *raySampler) drop() {
	if s.held != nil {
		s.sweepers[0].forget(s.held)
		finalize(s.held.owned)
		s.held = nil
	}
}

func (s *raySampler) close() {
	s.drop()
	s.liftedMeter.close()
}
