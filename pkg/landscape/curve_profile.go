package landscape

import (
	"context"
	"fmt"
	"math"
	"slices"

	"lossland/pkg/curve"
	"lossland/pkg/result"
)

// Profile is the loss along a curve, and what was measured beside it.
//
// All standard errors are of the mean over examples. Those of differences are taken example by
// example, so that what the points have in common cancels. They are NaN if the losses of single
// examples aren't known. A point that wasn't measured is NaN throughout.
type Profile struct {
	T       []float64                    // where, strictly increasing.
	Loss    []result.Estimate            // L(φ(t)), with the regularizer if Config says so.
	Data    []result.Estimate            // without.
	Metrics map[string][]result.Estimate // by the names of Config.Metrics.
	// GradNorm is ‖∇L‖₂ over all weights; nil unless AlongConfig.GradNorm.
	GradNorm []float64

	// Rise is the loss minus the linear interpolation between the losses at the ends of T:
	// L(φ(t)) − (1−s)L(φ(t₀)) − s·L(φ(t₁)), with s = (t−t₀)/(t₁−t₀).
	Rise []result.Estimate
	// Mean is the mean loss over t between the ends of T, by Simpson's rule if T has an odd number
	// of equally spaced points, else by the trapezoidal rule.
	Mean result.Estimate
	// Max is the largest loss on T, and MaxAt its t. NaN counts as larger than any number, here and
	// in Barrier.
	Max   result.Estimate
	MaxAt float64
	// Barrier is the largest rise on T, and BarrierAt its t. It is never below 0, the rise at the
	// ends. Its standard error is that of the rise at BarrierAt; it doesn't account for the choice
	// of the largest.
	Barrier   result.Estimate
	BarrierAt float64

	Length float64 // of the curve, ∫‖φ′(t)‖dt over its domain.
	Done   int     // points measured: all, unless it was cancelled.
	Cost   result.Cost
	Record Record
	plane  *Plane // what a file says of a straight curve; else nil.
}

// AlongConfig is what Problem.Along takes. Its zero value is the documented default.
type AlongConfig struct {
	// T are the coordinates to measure at. They may lie beyond the curve's domain if it goes on
	// there, as straight lines do.
	// Range: at least 2, strictly increasing. Default: equally spaced over the domain, see Points.
	T []float64
	// Points is the number of points if T is nil. It is rounded up to one more than a multiple of
	// twice the number of pieces, so that the points include both ends, the bends of a Polygon and
	// the middle of each piece.
	// Range: at least 3. Default 61.
	Points int
	// BatchNorm is the contract for models with BatchNorm, as in SurfaceConfig. By default the
	// store's moving averages are used along the whole curve. They fit at most one of its ends, so
	// choose another contract between two checkpoints.
	// Default BatchNormAsMode.
	BatchNorm BatchNorm
	// GradNorm also measures ‖∇L‖₂ at each point.
	// Cost: one gradient per point.
	GradNorm bool
	// Plain measures each point of a straight line by itself, as on other curves. It is the
	// reference for testing the fast way. The two agree to 1e-5 relative in float32.
	Plain bool
}

// Along measures the loss along a curve, and its barrier. On curve.Straight(a, b) that is the
// barrier of linear interpolation between two checkpoints (Goodfellow et al. 2015; Frankle et al.
// 2020).
//
// What is affine in the weights is computed once for a whole Ray and a whole curve.Straight (see
// Surface). On other curves, and with 16-bit weights, each point's weights are computed in float64
// and rounded once.
//
// If it fails or is cancelled, it returns the error and what was measured so far, with NaN
// elsewhere. A point counts as measured when it has seen all data. If the data is streamed, all
// points finish together.
//
// Progress: points. Cost: one evaluation per point, less what is lifted.
func (p *Problem) Along(ctx context.Context, c curve.Curve, cfg AlongConfig) (*Profile, error) {
	if err := p.checkCurve("Along", c); err != nil {
		return nil, err
	}
	if err := cfg.fill(c); err != nil {
		return nil, err
	}
	cfg.Plain = cfg.Plain || p.params.has16Bit()
	report, ctx := result.TakeProgress(ctx)
	q, err := p.withBatchNorm(cfg.BatchNorm)
	if err != nil {
		return nil, err
	}
	l := q.newProfile(c, cfg)
	plane := planeOf(c, cfg.T)
	l.Record, err = q.completeRecord(ctx, cfg.record(plane), cfg.BatchNorm)
	if err != nil {
		return nil, err
	}
	if plane.D1 != nil {
		l.plane = plane
	}
	s, err := q.newSampler(ctx, c, cfg)
	if err != nil {
		return nil, err
	}
	defer s.close()
	w := q.newWalk(l, c, cfg)
	w.report = func(points float64) { report(int(points), len(cfg.T)) }
	err = w.measure(ctx, s)
	w.finish()
	return l, err
}

// fill sets the defaults.
func (cfg *AlongConfig) fill(c curve.Curve) error {
	if cfg.Points == 0 {
		cfg.Points = 61
	}
	if cfg.Points < 3 {
		return bad("Along", "AlongConfig.Points", cfg.Points,
			"at least 3, or 0 for the default of 61")
	}
	if cfg.BatchNorm < BatchNormAsMode || cfg.BatchNorm > BatchNormReestimated {
		return bad("Along", "AlongConfig.BatchNorm", int(cfg.BatchNorm), "one of the contracts")
	}
	if cfg.T == nil {
		from, to := c.Domain()
		pieces := piecesOf(c)
		panels := (cfg.Points + 2*pieces - 2) / (2 * pieces) * 2 * pieces
		cfg.T = Linspace(from, to, panels+1)
	}
	return checkAxis("Along", "AlongConfig.T", cfg.T, 2)
}

// piecesOf is the number of straight pieces of a polygon; 1 for other curves.
func piecesOf(c curve.Curve) int {
	switch c := c.(type) {
	case curve.Polygon:
		return len(c.Points) - 1
	case *curve.Polygon:
		return len(c.Points) - 1
	}
	return 1
}

// record is what the configuration and the curve say of a record.
func (cfg AlongConfig) record(plane *Plane) Record {
	config := map[string]string{"plane": plane.Name,
		"t": describeAxis(cfg.T), "batch norm": cfg.BatchNorm.String(),
		"plain": fmt.Sprint(cfg.Plain), "gradient norm": fmt.Sprint(cfg.GradNorm),
	}
	return Record{What: "Along", Config: config, Weights: HashWeights(plane.Origin),
		Directions: HashWeights(slices.Concat(plane.D1, plane.D2))}
}

// planeOf is the curve as the β axis of a plane, with a d₁ of zero, where it is straight. Other
// curves have no d₁; their d₂ is what they are made of, for the record's hash.
func planeOf(c curve.Curve, ts []float64) *Plane {
	line := func(origin, direction []float64) *Plane {
		zero := make([]float64, len(origin))
		return &Plane{Origin: origin, D1: zero, D2: direction, Name: curve.Name(c)}
	}
	switch c := c.(type) {
	case curve.Ray:
		return line(c.Origin, c.Direction)
	case *curve.Ray:
		return line(c.Origin, c.Direction)
	}
	from, _ := c.Domain()
	rest := &Plane{Origin: c.At(from), Name: curve.Name(c)}
	switch c := c.(type) {
	case curve.Controlled:
		points := c.Controls()
		if len(points) == 2 {
			direction := append([]float64{}, points[1]...)
			for i, x := range points[0] {
				direction[i] -= x
			}
			return line(rest.Origin, direction)
		}
		for _, v := range points {
			rest.D2 = append(rest.D2, v...)
		}
	default:
		for _, t := range ts {
			rest.D2 = append(rest.D2, c.At(t)...)
		}
	}
	return rest
}

// newProfile is a profile of NaN.
func (p *Problem) newProfile(c curve.Curve, cfg AlongConfig) *Profile {
	unknown := result.Estimate{Value: math.NaN(), StdErr: math.NaN()}
	row := func() []result.Estimate {
		out := make([]result.Estimate, len(cfg.T))
		for i := range out {
			out[i] = unknown
		}
		return out
	}
	l := &Profile{T: cfg.T, Loss: row(), Data: row(), Rise: row(), Length: curve.Length(c),
		Mean: unknown, Max: unknown, MaxAt: math.NaN(), Barrier: unknown, BarrierAt: math.NaN(),
		Metrics: make(map[string][]result.Estimate)}
	for _, m := range p.cfg.Metrics {
		l.Metrics[m.Name] = row()
	}
	if cfg.GradNorm {
		l.GradNorm = nans(1, len(cfg.T))[0]
	}
	return l
}

// BarrierBetween returns the largest rise of the loss above the straight line between the losses at
// from and to, and where it is: max L(t) − [(to−t)L(from) + (t−from)L(to)]/(to−from) over from ≤ t
// ≤ to. Both from and to must be among T. The height is never below 0, and NaN if a point in
// between wasn't measured. For an error bar, measure a profile whose T ends at from and to: its
// Barrier has one.
func (l *Profile) BarrierBetween(from, to float64) (height, at float64, err error) {
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
		return 0, 0, bad("BarrierBetween", "from, to", fmt.Sprint(from, ", ", to),
			"two of the profile's coordinates T, the smaller first")
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

// Surface is the profile as a surface of one row, for pictures and files: α is 0 and β is t. The
// rise is the metric "rise", unless the model has a metric of that name. A straight curve is the β
// axis of the surface's plane, whose d₁ is zero.
func (l *Profile) Surface() *Surface {
	row := func(es []result.Estimate) Grid {
		g := newGrid([]float64{0}, l.T)
		for j, e := range es {
			g.set(0, j, e)
		}
		return g
	}
	s := &Surface{Loss: row(l.Loss), Data: row(l.Data), Plane: l.plane, Done: l.Done, Cost: l.Cost,
		Record: l.Record, Metrics: map[string]Grid{"rise": row(l.Rise)}}
	for name, es := range l.Metrics {
		s.Metrics[name] = row(es)
	}
	if l.GradNorm != nil {
		s.GradNorm = [][]float64{l.GradNorm}
	}
	if s.Plane == nil {
		s.Plane = &Plane{Name: l.Record.Config["plane"]}
	}
	s.Measured = [][]bool{make([]bool, len(l.T))}
	for j, e := range l.Loss {
		s.Measured[0][j] = e.N > 0
	}
	return s
}
