package landscape

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
)

// Line is the loss along a line θ + t·d, with its error bar.
type Line struct {
	T       []float64             // where, strictly increasing.
	Loss    []Estimate            // with the regularizer if Config says so.
	Data    []Estimate            // without.
	Metrics map[string][]Estimate // by the names of Config.Metrics.
	// GradNorm is ‖∇L‖₂ over all weights; nil unless LineConfig.GradNorm.
	GradNorm []float64
	Plane    *Plane // the line; its D1 is nil, its D2 is d.
	Done     int    // points measured: all, unless it was cancelled.
	Cost     Cost
	Record   Record
	surface  *Surface // of one row.
}

// Save writes the line to a file as a surface with α = 0 alone and β = t: see Surface.Save, and LoadSurface to read it.
func (l *Line) Save(path string, cfg FileConfig) error {
	if l.surface == nil {
		return bad("Save", "line", "made by hand", "one that Problem.Line measured")
	}
	return l.surface.Save(path, cfg)
}

// LineConfig is what Problem.Line takes.
type LineConfig struct {
	// T is where to measure: at least 2 coordinates, strictly increasing. Default 101 points from −1 to 1; on a line made by Between, from
	// −0.5 to 1.5.
	T []float64
	// BatchNorm, GradNorm, Plain, Chunk, Devices: as in SurfaceConfig.
	BatchNorm BatchNorm
	GradNorm  bool
	Plain     bool
	Chunk     int
	Devices   int
	Progress  func(done, total int) // called with the points measured and their total; default nil.
}

// Between is the line from the weights a to b, at t = 0 and 1: linear interpolation between two checkpoints (Goodfellow, Vinyals and
// Saxe 2015, "Qualitatively characterizing neural network optimization problems").
func Between(a, b []float64) (*Plane, error) {
	if len(a) != len(b) {
		return nil, bad("Between", "b", fmt.Sprintf("a vector of %d", len(b)), fmt.Sprintf("one of %d, as a is", len(a)))
	}
	d := floats.SubTo(make([]float64, len(a)), b, a)
	if floats.Norm(d, 2) == 0 {
		return nil, bad("Between", "b", "equal to a", "two different points")
	}
	return &Plane{Origin: append([]float64{}, a...), D2: d, Name: "between"}, nil
}

// Line measures the loss on a line: a plane whose D1 is nil, such as Between(a, b), or &Plane{Origin: θ, D2: d}. What is affine in the
// weights is computed once for the whole line (see Surface). Cancelled or failed, it returns the error and, beside it, what was
// measured: NaN elsewhere. Cost: one evaluation a point, less what is lifted.
func (p *Problem) Line(ctx context.Context, line *Plane, cfg LineConfig) (*Line, error) {
	if line == nil || line.D1 != nil {
		return nil, bad("Line", "line", "no line", "a Plane with an Origin, a D2 and no D1")
	}
	if err := p.checkPlane("Line", line); err != nil {
		return nil, err
	}
	if cfg.T == nil {
		cfg.T = Linspace(-1, 1, 101)
		if line.Name == "between" {
			cfg.T = Linspace(-0.5, 1.5, 101)
		}
	}
	if err := checkAxis("Line", "LineConfig.T", cfg.T, 2); err != nil {
		return nil, err
	}
	s := SurfaceConfig{Plane: line, Alphas: []float64{0}, Betas: cfg.T, BatchNorm: cfg.BatchNorm, GradNorm: cfg.GradNorm,
		Execution: Execution{Plain: cfg.Plain, Chunk: cfg.Chunk, Devices: cfg.Devices}}
	if cfg.Progress != nil {
		ctx = result.WithProgress(ctx, cfg.Progress)
	}
	if err := p.fillExecution("Line", "LineConfig", &s.Execution); err != nil {
		return nil, err
	}
	q, err := p.withBatchNorm(cfg.BatchNorm)
	if err != nil {
		return nil, err
	}
	surface, err := q.measureSurface(ctx, "Line", s)
	if surface == nil {
		return nil, err
	}
	return lineOf(surface, p.data.examples), err
}

// lineOf is the only row of a surface of that many examples.
func lineOf(s *Surface, examples int) *Line {
	l := &Line{T: s.Loss.Betas, Plane: s.Plane, Done: s.Done, Cost: s.Cost, Record: s.Record, Metrics: make(map[string][]Estimate), surface: s}
	if s.GradNorm != nil {
		l.GradNorm = s.GradNorm[0]
	}
	row := func(g Grid) []Estimate {
		out := make([]Estimate, len(g.Betas))
		for j := range out {
			out[j] = Estimate{Value: g.Value[0][j], StdErr: g.StdErr[0][j], N: examples}
		}
		return out
	}
	l.Loss, l.Data = row(s.Loss), row(s.Data)
	for name, g := range s.Metrics {
		l.Metrics[name] = row(g)
	}
	return l
}

// Barrier is the largest rise of the loss above the straight line between the losses at t = from and to, which must be among T, and
// where it is: max L(t) − [(to−t)L(from) + (t−from)L(to)]/(to−from) over from ≤ t ≤ to; not below 0. NaN if a point in between wasn't
// measured. Its error bar needs the losses of each example: see Problem.Along.
func (l *Line) Barrier(from, to float64) (height, at float64, err error) {
	a, b := -1, -1
	for i, t := range l.T {
		if t == from {
			a = i
		}
		if t == to {
			b = i
		}
	}
	if a < 0 || b <= a {
		return 0, 0, bad("Barrier", "from, to", fmt.Sprint(from, ", ", to), "two of the line's coordinates T, the smaller first")
	}
	at = from
	for i := a; i <= b; i++ {
		share := (l.T[i] - from) / (to - from)
		rise := l.Loss[i].Value - (1-share)*l.Loss[a].Value - share*l.Loss[b].Value
		if rise > height || math.IsNaN(rise) {
			height, at = rise, l.T[i]
		}
		if math.IsNaN(rise) {
			break
		}
	}
	return height, at, nil
}
