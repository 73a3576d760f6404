package landscape

import (
	"context"
	"fmt"
	"lossland/pkg/result"
	"math"
	"runtime"
	"strings"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/floats"
)

// Grid is a number with its standard error for each point of a grid over a plane (or for each point of a curve, with one row).
//
// It has the methods of gonum/plot's plotter.GridXYZ and of viz.GridXYZ, so that it can be drawn as it is: α is x, β is y.
type Grid struct {
	Alphas, Betas []float64   // coordinates, strictly increasing.
	Value         [][]float64 // Value[i][j] at (Alphas[i], Betas[j]); NaN where it wasn't measured.
	StdErr        [][]float64 // of Value; NaN where there is none.
}

// Dims returns the numbers of αs and βs.
func (g Grid) Dims() (c, r int) { return len(g.Alphas), len(g.Betas) }

// X is the c-th α.
func (g Grid) X(c int) float64 { return g.Alphas[c] }

// Y is the r-th β.
func (g Grid) Y(r int) float64 { return g.Betas[r] }

// Z is the value at (X(c), Y(r)).
func (g Grid) Z(c, r int) float64 { return g.Value[c][r] }

// Errors is the grid whose values are g's standard errors.
func (g Grid) Errors() Grid { return Grid{Alphas: g.Alphas, Betas: g.Betas, Value: g.StdErr} }

// Min returns the smallest value and where it is. NaN is skipped; if there is nothing else, the value is NaN and the place −1, −1.
func (g Grid) Min() (value float64, i, j int) {
	value, i, j = math.NaN(), -1, -1
	for a, row := range g.Value {
		for b, z := range row {
			if z < value || math.IsNaN(value) && !math.IsNaN(z) {
				value, i, j = z, a, b
			}
		}
	}
	return value, i, j
}

// Surface is the loss on a grid over a plane: Z[i][j] = L(θ + αᵢd₁ + βⱼd₂), with its error bar, and what was measured beside it.
type Surface struct {
	Loss     Grid            // mean over examples, with the regularizer if Config says so.
	Data     Grid            // the same without regularizer.
	Metrics  map[string]Grid // by the names of Config.Metrics.
	GradNorm [][]float64     // ‖∇L‖₂ over all weights; nil unless SurfaceConfig.GradNorm.
	// Measured says which cells were; the loss of the others is NaN or, with a Refinement, interpolated, and has no standard error.
	Measured [][]bool
	Plane    *Plane
	Done     int // points measured: all, unless it was cancelled or refinement stopped early.
	Cost     Cost
	Record   Record
}

// Dims, X, Y and Z are those of the loss.
func (s *Surface) Dims() (c, r int) { return s.Loss.Dims() }

// X is the c-th α.
func (s *Surface) X(c int) float64 { return s.Loss.X(c) }

// Y is the r-th β.
func (s *Surface) Y(r int) float64 { return s.Loss.Y(r) }

// Z is the loss at (X(c), Y(r)).
func (s *Surface) Z(c, r int) float64 { return s.Loss.Z(c, r) }

// BatchNorm says which statistics normalise the activations at the points of a surface.
type BatchNorm int

const (
	// AsMode: Frozen if the problem's Mode is Inference, Batch if it is Training. The default.
	AsMode BatchNorm = iota
	// Frozen: the moving averages of the store, the same at every point. They belong to the origin, so that far from it the picture
	// is that of a network with unfit statistics.
	Frozen
	// Batch: the statistics of each batch at each point, as in training. The value depends on the batch size. A model with dropout is
	// refused (ErrRandom).
	Batch
	// Reestimated: at each point the statistics are estimated anew, the mean over batches of each batch's mean and variance there
	// (Izmailov et al. 2018, "Averaging Weights", bn_update), and the loss is then that of inference. As in training, dropout is on while
	// the statistics are estimated, with the same mask at every point and for every batch of a size. Cost: a second forward pass.
	Reestimated
)

// String names the contract.
func (b BatchNorm) String() string {
	names := [...]string{"as the mode", "frozen", "batch", "re-estimated"}
	if b < 0 || int(b) >= len(names) {
		return fmt.Sprintf("BatchNorm(%d)", int(b))
	}
	return names[b]
}

// SurfaceConfig is what Problem.Surface takes. Its zero value is the lesson's compute_loss_surface.
type SurfaceConfig struct {
	// Seed chooses the random plane, where Plane is nil.
	Seed uint64
	// Plane is the plane to measure; default the random one of RandomPlane(Seed) through the store's current weights.
	Plane *Plane
	// Resolution is the number of points along each axis, at least 2. Default 40.
	Resolution int
	// Range: both axes run over [−Range, Range], ends included. Default 1.
	Range float64
	// Alphas and Betas give the coordinates of an axis instead: at least 2, strictly increasing. See Linspace.
	Alphas, Betas []float64
	// BatchNorm is the contract for models with BatchNorm. Default AsMode.
	BatchNorm BatchNorm
	// GradNorm also measures ‖∇L‖₂ at each point. With Reestimated, it is the gradient at fixed statistics, those of the point. Cost: about
	// three times the surface's own without lifting.
	GradNorm bool
	// Plain measures each point by itself, without affine lifting: the reference that the fast way is tested against. The two agree to
	// 1e-5 relative in float32. It is also what models are measured with whose graph can't be replayed (While loops, …).
	Plain bool
	// Chunk is the most points that one execution evaluates. It changes nothing but speed and how soon a cancellation is seen; executions
	// are cut short anyway to take about a quarter of a second. Default 64.
	Chunk int
	// Devices is how many of the backend's devices share the work. Default all; on CPUs, whose devices share the cores, as many as
	// there are cores. It doesn't change the answer.
	Devices int
	// Refinement, if not nil, measures coarse to fine, and only where it pays. Default nil: every point.
	Refinement *Refinement
	// Progress is called after each chunk with the points measured and their total (the most that refinement may need). Where the data is
	// streamed it is called after each batch, a point counting as much as it has seen of the data. If it panics, that is the error
	// returned. Default nil.
	Progress func(done, total int)
}

// Surface measures the loss on a grid over a plane in weight space.
//
// With the zero config it is the lesson's algorithm: two Gaussian directions from the seed, Gram–Schmidt orthonormal over all trainable
// weights; α and β on 40 equally spaced values from −1 to 1; Loss.Value[i][j] at θ + αᵢd₁ + βⱼd₂. The loss is averaged over
// examples, not over batches (see the package's comment).
//
// What is affine in the weights is computed once for the whole grid (see transform.Lift). Values don't depend on Chunk or Devices, and
// same seed gives the same bytes on the same machine; other batch sizes agree to 1e-5 relative in float32.
//
// Cancelled by ctx or failed, it returns the error and, beside it, what was measured so far: NaN elsewhere. A point counts as measured
// when it has seen all data: where the data is streamed (see below) all points are done together, and a surface cancelled before has none
// (with a Refinement, those of the levels before).
//
// Memory on each device: the data, and three times the activations of the first layer (and of whatever else is affine); if that exceeds
// Config.MaxResidentBytes, for all devices together where they are one CPU's, the data is streamed, one batch at a time. It doesn't grow
// with the resolution.
//
// Cost: one evaluation a point, less what is lifted.
func (p *Problem) Surface(ctx context.Context, cfg SurfaceConfig) (*Surface, error) {
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
func (p *Problem) measureSurface(ctx context.Context, what string, cfg SurfaceConfig) (*Surface, error) {
	s := p.newSurface(cfg)
	var err error
	if s.Record, err = p.recordOf(ctx, what, cfg.describe(), cfg.BatchNorm, cfg.Plane); err != nil {
		return nil, err
	}
	m, err := p.newMeter(ctx, cfg.Plane, cfg)
	if err != nil {
		return nil, err
	}
	defer m.close()
	return s, recovered(func() error { return s.fillIn(ctx, p, m, cfg) })
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
	return p.fillScheduling("Surface", cfg)
}

// fillAxes sets the coordinates that aren't given.
func (cfg *SurfaceConfig) fillAxes(fn string) error {
	if cfg.Range == 0 {
		cfg.Range = 1
	}
	switch {
	case cfg.Resolution < 2:
		return bad(fn, "SurfaceConfig.Resolution", cfg.Resolution, "at least 2 points an axis, or 0 for the default")
	case !(cfg.Range > 0) || math.IsInf(cfg.Range, 0):
		return bad(fn, "SurfaceConfig.Range", cfg.Range, "a finite positive number, or 0 for the default of 1")
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

// fillScheduling sets the defaults of how points are shared out.
func (p *Problem) fillScheduling(fn string, cfg *SurfaceConfig) error {
	if cfg.Chunk == 0 {
		cfg.Chunk = 64
	}
	switch {
	case cfg.Chunk < 1:
		return bad(fn, fn+"Config.Chunk", cfg.Chunk, "at least 1, or 0 for the default of 64")
	case cfg.Devices < 0 || cfg.Devices > p.backend.NumDevices():
		return bad(fn, fn+"Config.Devices", cfg.Devices,
			fmt.Sprintf("1 … %d, the backend's devices, or 0 for the default", p.backend.NumDevices()))
	}
	return nil
}

// checkAxis returns an error unless at holds at least n finite, strictly increasing coordinates.
func checkAxis(fn, name string, at []float64, n int) error {
	if len(at) < n {
		return bad(fn, name, fmt.Sprintf("%d coordinates", len(at)), fmt.Sprintf("at least %d", n))
	}
	for i, x := range at {
		if math.IsNaN(x) || math.IsInf(x, 0) || i > 0 && x <= at[i-1] {
			return bad(fn, fmt.Sprintf("%s[%d]", name, i), x, "finite and strictly increasing coordinates")
		}
	}
	return nil
}

// devices is how many devices to use.
func (p *Problem) devices(asked int) int {
	if asked > 0 {
		return asked
	}
	n := p.backend.NumDevices()
	if sharesCores(p.backend) {
		n = min(n, runtime.GOMAXPROCS(0))
	}
	return n
}

// sharesCores reports whether the backend's devices are the CPU's cores by other names.
func sharesCores(b compute.Backend) bool {
	return b.Name() == "go" || strings.Contains(strings.ToLower(b.DeviceDescription(0)), "cpu")
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

func newGrid(alphas, betas []float64) Grid {
	return Grid{Alphas: alphas, Betas: betas, Value: nans(len(alphas), len(betas)), StdErr: nans(len(alphas), len(betas))}
}

func nans(n, m int) [][]float64 {
	z := make([][]float64, n)
	for i := range z {
		z[i] = make([]float64, m)
		for j := range z[i] {
			z[i][j] = math.NaN()
		}
	}
	return z
}

// set fills in the cell (i, j).
func (g Grid) set(i, j int, e Estimate) { g.Value[i][j], g.StdErr[i][j] = e.Value, e.StdErr }

// fillIn measures the cells.
func (s *Surface) fillIn(ctx context.Context, p *Problem, m meter, cfg SurfaceConfig) error {
	slope := func(_, _ int) error { return nil }
	if cfg.GradNorm {
		var free func()
		slope, free = s.slopes(ctx, p, m)
		defer free()
	}
	shown := 0
	show := func(done int) {
		if done > shown && cfg.Progress != nil {
			shown = done
			cfg.Progress(done, len(cfg.Alphas)*len(cfg.Betas))
		}
	}
	deliver := func(c chunk, acc [][]result.Moments) error {
		for k, j := range c.cols {
			if err := slope(c.row, j); err != nil {
				return err
			}
			s.setCell(p, c.row, j, acc[k])
			s.Done++
		}
		show(s.Done)
		return ctx.Err()
	}
	measure := func(chunks []chunk) error {
		points := 0
		for _, c := range chunks {
			points += len(c.cols)
		}
		read := func(share float64) { show(s.Done + int(share*float64(points))) }
		return m.measure(ctx, chunks, cfg.Alphas, cfg.Betas, sink{deliver, read})
	}
	if cfg.Refinement != nil {
		r := &refiner{Refinement: *cfg.Refinement, s: s, alphas: cfg.Alphas, betas: cfg.Betas}
		return r.refine(ctx, measure)
	}
	rows := make([]chunk, len(cfg.Alphas))
	for i := range rows {
		rows[i] = chunk{row: i, cols: upTo(len(cfg.Betas))}
	}
	return measure(rows)
}

// slopes returns what enters the gradient's norm at a cell, with the BatchNorm statistics that the meter has just used there.
func (s *Surface) slopes(ctx context.Context, p *Problem, m meter) (at func(i, j int) error, free func()) {
	slope := p.newSlope()
	return func(i, j int) error {
		if r, ok := m.(*reestimatedMeter); ok {
			slope.pr.override = r.pr.override
		}
		g, _, err := slope.at(ctx, s.Plane.At(s.Loss.Alphas[i], s.Loss.Betas[j]))
		if err != nil {
			return err
		}
		s.GradNorm[i][j] = floats.Norm(g, 2)
		s.Cost = s.Cost.Plus(result.Gradients(1))
		return nil
	}, slope.close
}

// setCell enters what was measured at (i, j).
func (s *Surface) setCell(p *Problem, i, j int, acc []result.Moments) {
	s.Loss.set(i, j, acc[0].Estimate())
	s.Data.set(i, j, acc[1].Estimate())
	for k, m := range p.cfg.Metrics {
		s.Metrics[m.Name].set(i, j, acc[2+k].Estimate())
	}
	s.Measured[i][j] = true
	s.Cost = s.Cost.Plus(result.Evaluations(1))
}

// interpolate enters a loss that wasn't measured.
func (s *Surface) interpolate(i, j int, loss float64) { s.Loss.Value[i][j] = loss }

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// chunk is some points of one row of a grid.
type chunk struct {
	row  int
	cols []int
}

// meter measures points of a plane.
type meter interface {
	// measure measures the points of the chunks and hands them to the sink as they are done.
	measure(ctx context.Context, chunks []chunk, alphas, betas []float64, to sink) error
	close()
}

// sink is where points go, one call at a time.
type sink struct {
	// deliver takes points that are done, in any order and in smaller chunks than asked for. acc[k] are the moments of the loss, of the
	// data loss and of each metric at column cols[k].
	deliver func(c chunk, acc [][]result.Moments) error
	// read is told, where all points are done at once, which share of the data they have seen.
	read func(share float64)
}
