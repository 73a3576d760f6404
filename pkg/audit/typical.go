package audit

import (
	"context"
	"math"

	"lossland/pkg/landscape"
)

const (
	// typicalPlanes is how many planes it takes to call one untypical at the 5 % level.
	typicalPlanes = 20
	// typicalPoints is how many points of each are measured along an axis.
	typicalPoints = 5
	// farOut is how many times as far out as the others the farthest plane must be to be called
	// untypical. One in twenty is the farthest by chance; of Gaussian distances it is three times
	// as far out as half of them.
	farOut = 4
)

// typical compares the first random plane with others.
func (a *auditor) typical(ctx context.Context) (Row, error) {
	size := a.cfg.Range
	if size == 0 {
		size = a.extent
	}
	if math.IsNaN(size) {
		return say(NotTried, math.NaN(), "", math.NaN(), "No range was found to ask it about."),
			nil
	}
	s, err := a.p.SurfaceSpread(ctx, landscape.SpreadConfig{Planes: typicalPlanes,
		Normalize: a.cfg.Normalize, Surface: landscape.SurfaceConfig{Seed: a.cfg.Seed,
			Resolution: typicalPoints, Range: size}})
	if err != nil && (ctx.Err() == nil || s == nil || len(s.Planes) < 3) {
		return Row{}, err
	}
	spread := edgeSpread(s.Planes)
	const most = 0.5
	k, t := len(s.Planes), s.Typical
	row := say(Right, spread, "spread", most, "On the edge of ±%g the rise differs by %.0f %% "+
		"between %d random planes; that of seed %d is %.2g times as far from the median as the "+
		"others (p = %.2g).", size, 100*spread, k, a.cfg.Seed, t.Ratio, t.P)
	switch {
	case !(spread <= most):
		row.Verdict = Look
		row.Sentence += " Show several planes, or what they have in common."
	case t.P <= 0.05 && t.Ratio > farOut:
		row.Verdict = Look
		row.Sentence += " One plane in twenty is as far out: take another seed, or show several."
	}
	return row.costing(s.Cost), nil
}

// edgeSpread is the standard deviation over planes of the mean rise on the edge, relative to its
// mean.
func edgeSpread(planes []*landscape.Surface) float64 {
	var sum, squares float64
	n := float64(len(planes))
	for _, s := range planes {
		rise := edgeRise(s.Loss)
		sum, squares = sum+rise, squares+rise*rise
	}
	mean := sum / n
	variance := (squares - n*mean*mean) / (n - 1)
	return math.Sqrt(math.Max(0, variance)) / math.Abs(mean)
}

// edgeRise is the mean over the edge, less the value in the middle.
func edgeRise(g landscape.Grid) float64 {
	a, b := len(g.Alphas), len(g.Betas)
	sum, n := 0.0, 0
	for i := range a {
		for j := range b {
			if i == 0 || j == 0 || i == a-1 || j == b-1 {
				sum, n = sum+g.Value[i][j], n+1
			}
		}
	}
	return sum/float64(n) - g.Value[a/2][b/2]
}
