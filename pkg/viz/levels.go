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
	constant bool    // all finite values are the same
	offset   float64 // what the labels leave out
}

// levelChoice says which levels and colours a surface gets.
type levelChoice struct {
	axis   Axis
	given  []float64 // levels; nil: about count round ones
	count  int
	colors ColorMap
	center float64 // of a diverging map
	// span replaces the field's own range, where several surfaces share one scale.
	span *extent
}

// newZScale picks the levels: those given, or about count round ones that span the
// values (or the range asked for).
func newZScale(figure string, f *field, c levelChoice) (*zscale, error) {
	if err := c.colors.check(figure); err != nil {
		return nil, err
	}
	if c.count < 0 || c.count > mostLevels {
		return nil, fmt.Errorf("viz: %s: LevelCount: %d: want 1 to %d, or 0 for the default",
			figure, c.count, mostLevels)
	}
	span := extent{lo: f.min.z, hi: f.max.z, n: f.kinds[isFinite]}
	if c.span != nil {
		span = *c.span
	}
	s, err := scaleOf(figure, "Z", c.axis, span, 0)
	if err != nil {
		return nil, err
	}
	s.whole = c.axis.Integer
	z := &zscale{scale: s, colors: c.colors, center: c.center, constant: f.min.z == f.max.z}
	if s.log {
		z.center = or(c.center, 1)
	}
	if !finite(z.center) || s.log && z.center <= 0 {
		return nil, fmt.Errorf("viz: %s: Center %g: want a finite number, "+
			"above 0 on a logarithmic scale", figure, c.center)
	}
	if len(c.given) > 0 {
		err = z.useLevels(figure, c.given)
	} else {
		z.pickLevels(or(c.count, 11), c.axis.Range == [2]float64{})
	}
	if err != nil {
		return nil, err
	}
	z.under, z.over = f.min.z < z.lo, f.max.z > z.hi
	return z, nil
}

// bandOf is the number of the highest level that a value reaches; −1 for none.
func (z *zscale) bandOf(v float64) int {
	return sort.Search(len(z.levels), func(k int) bool { return z.levels[k] > v }) - 1
}

func (z *zscale) useLevels(figure string, given []float64) error {
	if len(given) < 2 || len(given) > mostLevels {
		return fmt.Errorf("viz: %s: Levels: %d of them: want at least 2 and at most %d",
			figure, len(given), mostLevels)
	}
	if !sort.Float64sAreSorted(given) {
		return fmt.Errorf("viz: %s: levels %v: want them rising", figure, given)
	}
	for k, v := range given {
		if !finite(v) || z.log && v <= 0 || k > 0 && v == given[k-1] {
			return fmt.Errorf("viz: %s: level %g: want finite, different levels, "+
				"above 0 on a logarithmic scale", figure, v)
		}
	}
	z.levels, z.labels = append([]float64{}, given...), numbers(given...)
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
	z.offset = offsetOf(ticks)
	if grow {
		z.lo, z.hi = z.levels[0], z.levels[len(z.levels)-1]
	}
}

// withEnds makes the ends of the scale levels too, and drops those close to them.
func (z *zscale) withEnds(ticks []tick) []tick {
	near := 0.3 / float64(len(ticks)+1)
	offset := offsetOf(ticks)
	end := func(v float64) tick { return tick{v, number(v - offset), offset} }
	out := []tick{end(z.lo)}
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
	return append(out, end(z.hi))
}

func (z *zscale) linearLevels(count int, grow bool) []tick {
	step := niceStep((z.hi/2 - z.lo/2) / float64(count) * 2)
	if z.whole && z.hi-z.lo >= 1 {
		step = math.Max(step, 1)
	}
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
			all = append(all, tick{at: v, label: logLabel(v, e, z.scale)})
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

// shades is how many colours a heat map has.
const shades = 128

// shade is the number of a value's colour in a heat map: −1, −2, −3 for a hatch.
func (z *zscale) shade(v float64) int {
	if k := kindOf(v); k != isFinite {
		return -int(k)
	}
	return int(clamp(z.at(v)) * (shades - 1))
}

// shadeColor is the colour of a shade.
func (z *zscale) shadeColor(s int) rgb { return z.color(z.value((float64(s) + 0.5) / shades)) }
