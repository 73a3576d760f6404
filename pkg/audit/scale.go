package audit

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"lossland/pkg/curve"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// direction is a random unit vector, the same for the same k.
func (a *auditor) direction(k uint64) []float64 {
	r := rand.New(rand.NewPCG(a.cfg.Seed, 1000+k))
	v := make([]float64, len(a.theta))
	for i := range v {
		v[i] = r.NormFloat64()
	}
	size := l2(v)
	for i := range v {
		v[i] /= size
	}
	return v
}

// moved is θ + by·v.
func (a *auditor) moved(v []float64, by float64) []float64 {
	theta := slices.Clone(a.theta)
	for i := range theta {
		theta[i] += by * v[i]
	}
	return theta
}

// plane is the k-th random plane, normalised if Config says so.
func (a *auditor) plane(ctx context.Context, k int) (*landscape.Plane, error) {
	plane, err := a.p.RandomPlane(a.cfg.Seed + uint64(k))
	if err != nil || a.cfg.Normalize == nil {
		return plane, err
	}
	return a.p.NormalizedPlane(ctx, plane, *a.cfg.Normalize)
}

const (
	// scalePlanes is how many planes give their two directions to the search for a range.
	scalePlanes = 4
	// octaves is how many times the distance is doubled on the way out.
	octaves = 18
)

// HalfWidth returns how far a picture along some directions should reach from θ: the distance, in
// units of the directions and to two digits, at which the loss has risen by its own size, in the
// median over the directions, of each of which both signs are averaged. A loss that is smaller than
// the spread of the examples' losses has the size of that spread. Where the loss saturates before,
// it is where it has risen half as much as it does at all; where it hardly rises, NaN.
//
// Cost: 36 points along each direction, and the loss at θ.
func HalfWidth(ctx context.Context, p *landscape.Problem, theta []float64,
	directions ...[]float64) (float64, error) {
	at, err := p.At(theta)
	if err != nil {
		return 0, err
	}
	defer at.Close()
	here, err := at.Loss(ctx)
	if err != nil {
		return 0, err
	}
	r, err := risesAlong(ctx, p, theta, here.Loss.Value, directions)
	if err != nil {
		return 0, err
	}
	found, _, _ := r.halfWidth(size(here.Loss))
	return twoDigits(found), nil
}

// size is the loss's own size: also where it is 0 or negative, the spread of the examples' losses
// is one.
func size(loss result.Estimate) float64 {
	own := math.Abs(loss.Value)
	if spread := loss.StdErr * math.Sqrt(float64(loss.N)); spread > own { // not if it is NaN.
		return spread
	}
	return own
}

// scale finds the half-width along the directions of a few random planes.
func (a *auditor) scale(ctx context.Context) (Row, error) {
	here, err := a.at.Loss(ctx)
	if err != nil {
		return Row{}, err
	}
	base := here.Loss.Value
	if math.IsNaN(base) || math.IsInf(base, 0) {
		return say(NotTried, math.NaN(), "", math.NaN(), "The loss at θ is %g.", base), nil
	}
	var directions [][]float64
	for k := range scalePlanes {
		plane, err := a.plane(ctx, k)
		if err != nil {
			return Row{}, err
		}
		directions = append(directions, plane.D1, plane.D2)
	}
	r, err := risesAlong(ctx, a.p, a.theta, base, directions)
	if err != nil {
		return Row{}, err
	}
	return a.scaleRow(r, base, size(here.Loss)).costing(r.cost), nil
}

// rises are the mean rises on both sides of θ at distances from it, by direction.
type rises struct {
	t    []float64   // distances, increasing, each twice the last.
	rise [][]float64 // by direction and distance; +Inf where the loss isn't finite.
	cost result.Cost
}

// risesAlong measures the rises above base, out to four times the weights' own size.
func risesAlong(ctx context.Context, p *landscape.Problem, theta []float64, base float64,
	directions [][]float64) (r rises, err error) {
	for _, d := range directions {
		length := l2(d)
		if length == 0 {
			return r, errors.New("audit: a direction is zero")
		}
		if r.t == nil { // normalised directions have about the same length.
			for k := range octaves {
				r.t = append(r.t, math.Ldexp(4*(1+l2(theta))/length, k+1-octaves))
			}
		}
		if err := r.along(ctx, p, theta, d, base); err != nil {
			return r, err
		}
	}
	return r, nil
}

// along adds a direction.
func (r *rises) along(ctx context.Context, p *landscape.Problem, theta, d []float64,
	base float64) error {
	var t []float64
	for _, x := range r.t {
		t = append([]float64{-x}, append(t, x)...)
	}
	l, err := p.Along(ctx, curve.Ray{Origin: theta, Direction: d}, landscape.AlongConfig{T: t})
	if err != nil {
		return err
	}
	rise := make([]float64, octaves)
	for k := range rise {
		both := (l.Loss[octaves+k].Value+l.Loss[octaves-1-k].Value)/2 - base
		if rise[k] = both; math.IsNaN(both) {
			rise[k] = math.Inf(1)
		}
	}
	r.rise, r.cost = append(r.rise, rise), r.cost.Plus(l.Cost)
	return nil
}

// halfWidth is where the median rise reaches target, or half of the most it does if that is less;
// that rise, and how to say it. NaN where the loss hardly rises.
func (r rises) halfWidth(target float64) (found, rise float64, how string) {
	found, how = r.reaches(target), "by its own size"
	if most := slices.Max(r.median()); math.IsNaN(found) && most > 0.05*target {
		target, how = most/2, "half as much as it does at all" // it saturates.
		found = r.reaches(target)
	}
	return found, target, how
}

// median is the median rise over directions at each distance.
func (r rises) median() []float64 {
	out := make([]float64, len(r.t))
	for k := range out {
		var at []float64
		for _, rise := range r.rise {
			at = append(at, rise[k])
		}
		slices.Sort(at)
		out[k] = (at[(len(at)-1)/2] + at[len(at)/2]) / 2
	}
	return out
}

// reaches is the distance from which on the median rise is at least target, found between two
// distances as a power of the distance; NaN where it never is.
func (r rises) reaches(target float64) float64 {
	m := r.median()
	for k, y := range m {
		switch {
		case y < target:
		case k == 0 || m[k-1] <= 0 || math.IsInf(y, 0):
			return r.t[k]
		default:
			return r.t[k] * math.Exp2(math.Log(target/y)/math.Log(y/m[k-1]))
		}
	}
	return math.NaN()
}

// at is the median rise at a distance, between those measured as a power; NaN beyond them.
func (r rises) at(distance float64) float64 {
	m := r.median()
	for k, t := range r.t {
		switch {
		case t < distance:
		case k == 0 || m[k-1] <= 0 || m[k] <= 0 || math.IsInf(m[k], 0):
			return m[k]
		default:
			return m[k] * math.Exp2(math.Log2(distance/t)*math.Log2(m[k]/m[k-1]))
		}
	}
	return math.NaN()
}

// scaleRow judges the half-width.
func (a *auditor) scaleRow(r rises, base, target float64) Row {
	none := math.NaN()
	found, target, how := r.halfWidth(target)
	if math.IsNaN(found) {
		return say(Look, none, "", none, "The loss of %.3g rises by no more than %.2g within "+
			"±%.2g along random directions: it hardly depends on the weights there, or falls.",
			base, slices.Max(r.median()), r.t[len(r.t)-1])
	}
	a.extent = twoDigits(found)
	how = "there the loss has risen " + how + " (%.3g), in the median over %d random directions"
	row := say(Right, a.extent, "half-width", none, "A picture of ±%g is a good start: "+how+".",
		a.extent, target, len(r.rise))
	if a.cfg.Range == 0 {
		return row
	}
	rise, low, high := r.at(a.cfg.Range), 0.01*target, 1000*target
	switch noise := 100 * a.roundingUnit() * math.Abs(base); {
	case rise < math.Max(low, noise):
		return say(Look, a.extent, "half-width", none, "Within ±%g the loss rises by only %.2g; "+
			"±%g shows more: "+how+".", a.cfg.Range, rise, a.extent, target, len(r.rise))
	case !(rise < high):
		return say(Look, a.extent, "half-width", none, "At ±%g the loss is %.2g: the picture "+
			"shows walls, and the minimum is a dot; take ±%g: "+how+".", a.cfg.Range, base+rise,
			a.extent, target, len(r.rise))
	}
	return say(Right, a.extent, "half-width", none, "±%g will do, and so does ±%g: "+how+".",
		a.cfg.Range, a.extent, target, len(r.rise))
}

// twoDigits rounds to two significant digits.
func twoDigits(x float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	if unit >= 1 {
		return math.Round(x/unit) * unit
	}
	per := math.Round(1 / unit) // a power of ten, so that 0.3 comes out as 0.3.
	return math.Round(x*per) / per
}
