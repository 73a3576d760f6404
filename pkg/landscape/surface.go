package landscape

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/internal/memory"
	"lossland/pkg/result"
)

// Surface is the loss on a grid over a plane, Z[i][j] = L(θ + αᵢd₁ + βⱼd₂), with its error bar
// and what was measured beside it.
type Surface struct {
	// Loss is with the regularizer if Config says so; Data is without.
	Loss, Data Grid
	// Metrics are by the names of Config.Metrics.
	Metrics map[string]Grid
	// GradNorm is ‖∇L‖₂ over all weights; nil unless SurfaceConfig.GradNorm.
	GradNorm [][]float64
	// Measured says which cells were measured. In the others, the loss is NaN or, with a
	// Refinement, interpolated, and has no standard error.
	Measured [][]bool
	Plane    *Plane
	// Done is how many points were measured: all, unless the surface was cancelled or refined.
	Done   int
	Cost   result.Cost
	Record Record
}

// SurfaceConfig is what Problem.Surface takes. Its zero value is the lesson's
// compute_loss_surface.
type SurfaceConfig struct {
	// Seed chooses the random plane where Plane is nil.
	Seed uint64
	// Plane is the plane to measure.
	// Default: RandomPlane(Seed), through the store's current weights.
	Plane *Plane
	// Resolution is the number of points along each axis.
	// Range: at least 2. Default 40.
	Resolution int
	// Range makes both axes run over [−Range, Range], ends included.
	// Range: finite and positive. Default 1.
	Range float64
	// Alphas and Betas give the coordinates of an axis instead (see Linspace).
	// Range: at least 2, finite and strictly increasing. Default: by Resolution and Range.
	Alphas, Betas []float64
	// BatchNorm is the contract for models with BatchNorm.
	// Default BatchNormAsMode.
	BatchNorm BatchNorm
	// GradNorm also measures ‖∇L‖₂ at each point. With BatchNormReestimated it is the gradient at
	// the point's statistics, taken as constants.
	// Cost: about three times that of the surface itself without lifting.
	GradNorm bool
	// Refinement, if not nil, measures coarse to fine, and only where the surface bends.
	// Default nil: every point.
	Refinement *Refinement
	// Execution says how the points are computed. It changes speed, not the answer.
	Execution Execution
}

// Surface measures the loss on a grid over a plane in weight space.
//
// The zero config is the lesson's algorithm: two Gaussian directions from the seed, made
// orthonormal by Gram–Schmidt over all of θ; 40 equally spaced values of α and of β from −1 to 1;
// and Loss.Value[i][j], the loss at θ + αᵢd₁ + βⱼd₂. The loss is averaged over examples, not over
// batches (see the package's comment).
//
// What is affine in the weights is computed once for the whole grid (see transform.Lift). Models
// with 16-bit weights are the exception, because each point is rounded by itself (see Point). On
// the same machine the same seed gives the same bytes, whatever Execution says about chunks and
// devices. Different batch sizes agree to 1e-5 relative in float32.
//
// If it fails or is cancelled, it returns the error and what was measured so far, with NaN
// elsewhere. A point counts as measured when it has seen all data. If the data is streamed, all
// points finish together, so a cancelled surface has none; with a Refinement it has those of the
// finished levels.
//
// Progress (see result.WithProgress) counts points. The total is the most that refinement may need.
// It is reported after each chunk. If the data is streamed, it is reported after each batch, and
// partly measured points count fractionally. A panic in the callback is returned as the error.
//
// Memory on each device: the data, and three times the activations of the first layer (and of
// whatever else is affine). If that exceeds Config.MaxResidentBytes, the data is streamed, one
// batch at a time. The devices of one CPU share the limit. Memory doesn't grow with the resolution.
// On a CPU, networks of narrow layers are swept by one thread a core (see transform.BlockSize), for
// another such set of activations each, as far as the limit allows.
// On the host it is that of the plane, and twice that of three tensors of weights while the data is
// prepared. What won't fit is refused at once (result.ErrMemory).
//
// Cost: one evaluation per point, less what is lifted.
func (p *Problem) Surface(ctx context.Context, cfg SurfaceConfig) (*Surface, error) {
	if err := p.params.need("Surface", 4, 6, fewerWeights); err != nil {
		return nil, err
	}
	if err := p.fillSurface(&cfg); err != nil {
		return nil, err
	}
	q, err := p.withBatchNorm(cfg.BatchNorm)
	if err != nil {
		return nil, err
	}
	return q.measureSurface(ctx, "Surface", cfg)
}

// measureSurface is Surface with everything filled in; what names it in the record.
func (p *Problem) measureSurface(ctx context.Context, what string,
	cfg SurfaceConfig) (*Surface, error) {
	s := p.newSurface(cfg)
	var err error
	if s.Record, err = p.completeRecord(ctx, cfg.record(what), cfg.BatchNorm); err != nil {
		return nil, err
	}
	m, err := p.newMeter(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer memory.GiveBack(p.params.room(0, 6))
	defer m.close()
	v := &survey{p: p, s: s, meter: m}
	v.report, ctx = result.TakeProgress(ctx)
	if cfg.GradNorm {
		v.slope = p.newSlope()
		defer v.slope.close()
	}
	return s, recovered(func() error { return v.run(ctx, cfg.Refinement) })
}

// fillSurface sets the defaults.
func (p *Problem) fillSurface(cfg *SurfaceConfig) error {
	if cfg.Resolution == 0 {
		cfg.Resolution = 40
	}
	if err := cfg.fillAxes("Surface"); err != nil {
		return err
	}
	if cfg.Plane == nil {
		plane, err := p.RandomPlane(cfg.Seed)
		if err != nil {
			return err
		}
		cfg.Plane = plane
	}
	if err := p.checkPlane("Surface", cfg.Plane); err != nil {
		return err
	}
	if cfg.Refinement != nil {
		r, err := cfg.Refinement.fill()
		if err != nil {
			return err
		}
		cfg.Refinement = &r
	}
	cfg.Execution.Plain = cfg.Execution.Plain || p.params.has16Bit()
	return p.fillExecution("Surface", "SurfaceConfig.Execution", &cfg.Execution)
}

// fillAxes sets the coordinates that aren't given.
func (cfg *SurfaceConfig) fillAxes(fn string) error {
	if cfg.Range == 0 {
		cfg.Range = 1
	}
	switch {
	case cfg.Resolution < 2:
		return bad(fn, "SurfaceConfig.Resolution", cfg.Resolution,
			"at least 2 points an axis, or 0 for the default")
	case !(cfg.Range > 0) || math.IsInf(cfg.Range, 0):
		return bad(fn, "SurfaceConfig.Range", cfg.Range,
			"a finite positive number, or 0 for the default of 1")
	}
	for _, axis := range []struct {
		name string
		at   *[]float64
	}{{"SurfaceConfig.Alphas", &cfg.Alphas}, {"SurfaceConfig.Betas", &cfg.Betas}} {
		if *axis.at == nil {
			*axis.at = Linspace(-cfg.Range, cfg.Range, cfg.Resolution)
		}
		if err := checkAxis(fn, axis.name, *axis.at, 2); err != nil {
			return err
		}
	}
	return nil
}

// record is what the configuration says of a record.
func (cfg *SurfaceConfig) record(what string) Record {
	return Record{What: what, Config: cfg.describe(),
		Weights:    HashWeights(cfg.Plane.Origin),
		Directions: hashVectors(cfg.Plane.D1, cfg.Plane.D2)}
}

// describe is the configuration as names and values.
func (cfg *SurfaceConfig) describe() map[string]string {
	d := map[string]string{
		"plane":         cfg.Plane.Name,
		"alphas":        describeAxis(cfg.Alphas),
		"betas":         describeAxis(cfg.Betas),
		"batch norm":    cfg.BatchNorm.String(),
		"plain":         fmt.Sprint(cfg.Execution.Plain),
		"gradient norm": fmt.Sprint(cfg.GradNorm),
	}
	if r := cfg.Refinement; r != nil {
		d["refinement"] = fmt.Sprintf("coarse %d, tolerance %g, log %t",
			r.Coarse, r.Tolerance, r.Log)
	}
	return d
}

func describeAxis(at []float64) string {
	return fmt.Sprintf("%d from %g to %g", len(at), at[0], at[len(at)-1])
}

// newSurface is a surface of NaN.
func (p *Problem) newSurface(cfg SurfaceConfig) *Surface {
	s := &Surface{Plane: cfg.Plane, Metrics: make(map[string]Grid)}
	for range cfg.Alphas {
		s.Measured = append(s.Measured, make([]bool, len(cfg.Betas)))
	}
	s.Loss, s.Data = newGrid(cfg.Alphas, cfg.Betas), newGrid(cfg.Alphas, cfg.Betas)
	for _, m := range p.cfg.Metrics {
		s.Metrics[m.Name] = newGrid(cfg.Alphas, cfg.Betas)
	}
	if cfg.GradNorm {
		s.GradNorm = nans(len(cfg.Alphas), len(cfg.Betas))
	}
	return s
}

// setCell enters what was measured at (i, j).
func (s *Surface) setCell(p *Problem, i, j int, acc *tally) {
	loss, data := acc.estimates()
	s.Loss.set(i, j, loss)
	s.Data.set(i, j, data)
	for k, m := range p.cfg.Metrics {
		s.Metrics[m.Name].set(i, j, acc.metrics[k].Estimate())
	}
	s.Measured[i][j] = true
	s.Cost = s.Cost.Plus(result.Evaluations(1))
	s.Done++
}

// survey measures the cells of a surface. It is the sink of its meter.
type survey struct {
	p      *Problem
	s      *Surface
	meter  meter
	slope  *slope // nil: without gradients.
	asked  int    // the points that the meter is measuring.
	shown  int    // the progress reported last.
	report func(done, total int)
}

var _ sink = (*survey)(nil)

// run measures all cells, or those that a refinement asks for.
func (v *survey) run(ctx context.Context, refinement *Refinement) error {
	if refinement != nil {
		return (&refiner{Refinement: *refinement, s: v.s}).refine(ctx, v.measure)
	}
	rows := make([]chunk, len(v.s.Loss.Alphas))
	for i := range rows {
		rows[i] = v.s.Loss.chunk(i, upTo(len(v.s.Loss.Betas)))
	}
	return v.measure(ctx, rows)
}

// measure measures the points of the chunks.
func (v *survey) measure(ctx context.Context, chunks []chunk) error {
	v.asked = 0
	for _, c := range chunks {
		v.asked += len(c.cols)
	}
	return v.meter.measure(ctx, chunks, v)
}

// deliver implements sink.
func (v *survey) deliver(ctx context.Context, c chunk, acc []*tally) error {
	for k, j := range c.cols {
		if err := v.setSlope(ctx, c.row, j); err != nil {
			return err
		}
		v.s.setCell(v.p, c.row, j, acc[k])
	}
	v.show(v.s.Done)
	return ctx.Err()
}

// read implements sink.
func (v *survey) read(share float64) { v.show(v.s.Done + int(share*float64(v.asked))) }

// show reports progress that is new.
func (v *survey) show(done int) {
	if done > v.shown {
		v.shown = done
		v.report(done, len(v.s.Loss.Alphas)*len(v.s.Loss.Betas))
	}
}

// setSlope enters the gradient's norm at (i, j), with the BatchNorm statistics that the meter has
// just used there.
func (v *survey) setSlope(ctx context.Context, i, j int) error {
	if v.slope == nil {
		return nil
	}
	if r, ok := v.meter.(*reestimatedMeter); ok {
		v.slope.pr.override = r.pr.override
	}
	s := v.s
	g, _, err := v.slope.at(ctx, s.Plane.At(s.Loss.Alphas[i], s.Loss.Betas[j]))
	if err != nil {
		return err
	}
	s.GradNorm[i][j] = floats.Norm(g, 2)
	s.Cost = s.Cost.Plus(result.Gradients(1))
	return nil
}
