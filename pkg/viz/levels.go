package viz

import (
	"fmt"
	"math"
	"sort"
)

// zscale maps surface values to levels and colours.
type zscale struct {
	scale
	levels   []float64 // rising
	labels   []string  // one a level
	colors   ColorMap
	center   float64 // of a diverging map
	under    bool    // there are values below the lowest level
	over     bool
	constant bool // all finite values are the same
}

// newZScale picks the levels: those given, or about count round ones that span the
// values (or the range asked for).
func newZScale(figure string, f *field, log bool, zrange [2]float64, given []float64, count int, colors ColorMap, center float64) (*zscale, error) {
	if err := colors.check(figure); err != nil {
		return nil, err
	}
	s, err := scaleOf(figure, "Z", Axis{Log: log, Range: zrange}, extent{f.min.z, f.max.z, f.finite}, 0)
	if err != nil {
		return nil, err
	}
	z := &zscale{scale: s, colors: colors, center: center, constant: f.min.z == f.max.z}
	if log {
		z.center = or(center, 1)
	}
	if !finite(z.center) || log && z.center <= 0 {
		return nil, fmt.Errorf("viz: %s: Center %g: want a finite number, above 0 on a logarithmic scale", figure, center)
	}
	if len(given) > 0 {
		err = z.useLevels(figure, given)
	} else {
		z.pickLevels(or(count, 11), zrange == [2]float64{})
	}
	if err != nil {
		return nil, err
	}
	z.under, z.over = f.min.z < z.lo, f.max.z > z.hi
	return z, nil
}

func (z *zscale) useLevels(figure string, given []float64) error {
	if len(given) < 2 {
		return fmt.Errorf("viz: %s: %d level: want at least 2", figure, len(given))
	}
	if !sort.Float64sAreSorted(given) {
		return fmt.Errorf("viz: %s: levels %v: want them rising", figure, given)
	}
	for k, v := range given {
		if !finite(v) || z.log && v <= 0 || k > 0 && v == given[k-1] {
			return fmt.Errorf("viz: %s: level %g: want finite, different levels, above 0 on a logarithmic scale", figure, v)
		}
		z.levels = append(z.levels, v)
		z.labels = append(z.labels, number(v))
	}
	z.lo, z.hi = given[0], given[len(given)-1]
	return nil
}

// pickLevels takes round levels; with grow they span the whole scale and become its
// ends, else they lie within it and the ends are added.
func (z *zscale) pickLevels(count int, grow bool) {
	var ticks []tick
	decades := 0.0
	if z.log {
		decades = z.decades()
	}
	if z.log && (decades > 0.8 || z.lo < tiny) {
		ticks = z.logLevels(decades, count, grow)
	} else {
		ticks = z.linearLevels(count, grow)
	}
	if !grow {
		ticks = z.withEnds(ticks)
	}
	for _, t := range ticks {
		z.levels = append(z.levels, t.at)
		z.labels = append(z.labels, t.label)
	}
	if grow {
		z.lo, z.hi = z.levels[0], z.levels[len(z.levels)-1]
	}
}

// withEnds makes the ends of the scale levels too, and drops those close to them.
func (z *zscale) withEnds(ticks []tick) []tick {
	near := 0.3 / float64(len(ticks)+1)
	out := []tick{{z.lo, number(z.lo)}}
	for _, t := range ticks {
		switch at := z.at(t.at); {
		case at <= 1e-9:
			out[0] = t
		case at >= 1-1e-9:
			return append(out, t)
		case at > near && at < 1-near:
			out = append(out, t)
		}
	}
	return append(out, tick{z.hi, number(z.hi)})
}

func (z *zscale) linearLevels(count int, grow bool) []tick {
	step := niceStep((z.hi/2 - z.lo/2) / float64(count) * 2)
	first, last := math.Ceil(z.lo/step-1e-9), math.Floor(z.hi/step+1e-9)
	if grow {
		first, last = math.Floor(z.lo/step+1e-9), math.Ceil(z.hi/step-1e-9)
	}
	if z.log && first <= 0 {
		first = 1
	}
	var at []float64
	for k := first; k <= last && len(at) < 500; k++ {
		at = append(at, bounded(k*step))
	}
	return labelled(at, step)
}

// logLevels takes 1, 2, 5; or 1, 3; or 1; or fewer levels a decade.
func (z *zscale) logLevels(decades float64, count int, grow bool) []tick {
	mantissas := []float64{1, 2, 5}
	every := 1
	switch n := float64(count); {
	case decades*3 <= n*1.4:
	case decades*2 <= n*1.3:
		mantissas = []float64{1, 3}
	default:
		mantissas = []float64{1}
		every = max(1, int(math.Ceil(decades/n/1.3)))
	}
	var all []tick
	low, high := int(math.Floor(log10(z.lo)))-every, int(math.Ceil(log10(z.hi)))+every
	for e := low; e <= high; e++ {
		if floorMod(e, every) != 0 {
			continue
		}
		for _, m := range mantissas {
			v := bounded(m * math.Pow10(e))
			if v == 0 || len(all) > 0 && v <= all[len(all)-1].at {
				continue
			}
			all = append(all, tick{v, logLabel(v, e, z.scale)})
		}
	}
	from, to := 0, len(all)-1
	for from < to && all[from+1].at <= z.lo*(1+1e-9) {
		from++
	}
	for to > from && all[to-1].at >= z.hi*(1-1e-9) {
		to--
	}
	if !grow { // only those within
		if all[from].at < z.lo*(1-1e-9) {
			from++
		}
		if all[to].at > z.hi*(1+1e-9) {
			to--
		}
	}
	return all[from : max(to, from)+1]
}

// color is the colour of a value.
func (z *zscale) color(v float64) rgb {
	if z.colors != Diverging {
		return z.colors.at(z.at(v))
	}
	c := z.at(z.center)
	reach := math.Max(math.Abs(c), math.Abs(1-c))
	return z.colors.at(0.5 + (z.at(v)-c)/(2*reach))
}

// band is the colour between levels k and k+1; −1 is below the lowest level, and
// the last level's band is above it.
func (z *zscale) band(k int) rgb {
	switch {
	case k < 0:
		return z.color(z.lo)
	case k >= len(z.levels)-1:
		return z.color(z.hi)
	}
	return z.color(z.value((z.at(z.levels[k]) + z.at(z.levels[k+1])) / 2))
}
