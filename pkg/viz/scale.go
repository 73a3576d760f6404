package viz

import (
	"fmt"
	"math"
)

// Axis describes one axis of a plot.
type Axis struct {
	Label string // with the unit; empty means none
	Log   bool   // logarithmic; refuses values ≤ 0
	// Range fixes the two ends, lower first. {0, 0} means: from the data, with a
	// little room.
	Range [2]float64
	// Integer puts ticks at whole numbers only, as for seeds, epochs and dimensions.
	// Where all values on the axis are whole, ticks are whole without it.
	Integer bool
}

// scale maps values to [0, 1].
type scale struct {
	lo, hi float64
	log    bool
	whole  bool // no ticks between whole numbers
}

// at gives a value's place, 0 at lo and 1 at hi.
func (s scale) at(v float64) float64 {
	if s.log {
		return (log10(v) - log10(s.lo)) / (log10(s.hi) - log10(s.lo))
	}
	// Halves keep the differences finite at the ends of the float range.
	return (v/2 - s.lo/2) / (s.hi/2 - s.lo/2)
}

// value is the inverse of at.
func (s scale) value(t float64) float64 {
	if s.log {
		return math.Pow(10, log10(s.lo)+t*(log10(s.hi)-log10(s.lo)))
	}
	return s.lo*(1-t) + s.hi*t
}

// contains allows for rounding at both ends.
func (s scale) contains(v float64) bool {
	t := s.at(v)
	return t >= -1e-9 && t <= 1+1e-9
}

// extent is the range of the finite values seen.
type extent struct {
	lo, hi   float64
	n        int
	fraction bool // a value isn't whole
}

func (e *extent) add(vs ...float64) {
	for _, v := range vs {
		if !finite(v) {
			continue
		}
		if e.n == 0 || v < e.lo {
			e.lo = v
		}
		if e.n == 0 || v > e.hi {
			e.hi = v
		}
		e.fraction = e.fraction || v != math.Trunc(v)
		e.n++
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// scaleOf makes the scale of an axis from the values it must hold, with room for
// the given share of their range at both ends.
func scaleOf(figure, name string, a Axis, e extent, room float64) (scale, error) {
	s := scale{lo: e.lo, hi: e.hi, log: a.Log, whole: a.Integer || e.n > 0 && !e.fraction}
	if a.Range != [2]float64{} {
		s.lo, s.hi = a.Range[0], a.Range[1]
		if !finite(s.lo) || !finite(s.hi) || s.lo >= s.hi {
			return s, fmt.Errorf("viz: %s: %s axis: range [%g, %g]: "+
				"want two finite numbers, the lower first", figure, name, s.lo, s.hi)
		}
		room = 0
	} else if e.n == 0 {
		return s, fmt.Errorf("viz: %s: %s axis: no finite value to draw", figure, name)
	}
	if s.log && s.lo <= 0 {
		return s, fmt.Errorf("viz: %s: %s axis: a logarithmic axis can't hold %g: "+
			"want values > 0 or a linear axis", figure, name, s.lo)
	}
	s = s.widened()
	if room > 0 {
		s.lo, s.hi = bounded(s.value(-room)), bounded(s.value(1+room))
	}
	if s.log {
		s.lo = math.Max(s.lo, math.SmallestNonzeroFloat64)
	}
	return s, nil
}

// widened makes a scale of one value, or of values too close to be told apart, one
// of a range.
func (s scale) widened() scale {
	size := math.Max(math.Abs(s.lo), math.Abs(s.hi))
	switch {
	case s.log && log10(s.hi)-log10(s.lo) > 1e-12:
	case s.log:
		s.lo, s.hi = math.Max(s.lo/2, math.SmallestNonzeroFloat64), bounded(s.hi*2)
	case s.hi/2-s.lo/2 > math.Max(tiny, 1e-14*size):
	case size < 10*tiny:
		s.lo, s.hi = -1, 1
	default:
		s.lo, s.hi = bounded(s.lo-size/10), bounded(s.hi+size/10)
	}
	return s
}

// bounded keeps what rounding or a margin has pushed over the float range within it.
func bounded(v float64) float64 { return math.Max(-math.MaxFloat64, math.Min(math.MaxFloat64, v)) }

// tiny is where steps between floats begin to lose digits.
const tiny = 1e-290

// decades is the length of a logarithmic scale.
func (s scale) decades() float64 { return log10(s.hi) - log10(s.lo) }

// tick is a mark on an axis; a minor one has no label.
type tick struct {
	at    float64
	label string
	// offset is what the labels of the axis leave out: the label is of at − offset.
	offset float64
}

// offsetOf is what an axis' labels leave out.
func offsetOf(ticks []tick) float64 {
	if len(ticks) == 0 {
		return 0
	}
	return ticks[0].offset
}

// ticks gives about n labelled ticks at steps of 1, 2 or 5 times a power of ten.
func (s scale) ticks(n int) []tick {
	if s.log && (s.decades() > 0.8 || s.lo < tiny) {
		return s.logTicks(n)
	}
	return s.linearTicks(n)
}

func (s scale) linearTicks(n int) []tick {
	step := niceStep(math.Min((s.hi/2-s.lo/2)/float64(max(n, 1))*2, 1e308))
	if s.whole && s.hi-s.lo >= 1 {
		step = math.Max(step, 1)
	}
	first := math.Ceil(s.lo/step - 1e-9)
	last := s.hi + math.Max(1e-9*step, 4e-16*math.Abs(s.hi)) // with room for rounding
	var at []float64
	for k := first; k-first <= 200; k++ {
		v := k * step
		if !finite(v) || v > last {
			break
		}
		if k == 0 {
			v = 0
		}
		// Of many digits the last are rounded, and a tick at an end would lie beyond it.
		v = math.Max(s.lo, math.Min(s.hi, v))
		if len(at) == 0 || v > at[len(at)-1] {
			at = append(at, v)
		}
	}
	return labelled(at, step)
}

// niceStep rounds a positive step to 1, 2 or 5 times a power of ten.
func niceStep(raw float64) float64 {
	power := math.Pow10(int(math.Floor(log10(raw))))
	switch m := raw / power; {
	case m <= 1.42:
		return power
	case m <= 3.17:
		return 2 * power
	case m <= 7.08:
		return 5 * power
	default:
		return 10 * power
	}
}

// labelled formats multiples of a step alike: the same number of decimals, or
// powers of ten where the numbers are very large or very small. Where only the last
// of many digits differ, the labels leave out what the numbers have in common.
func labelled(at []float64, step float64) []tick {
	offset := commonPart(at, step)
	biggest := 0.0
	for _, v := range at {
		biggest = math.Max(biggest, math.Abs(v-offset))
	}
	out := make([]tick, len(at))
	decimals := max(0, -exponentOf(step))
	for i, v := range at {
		rest := v - offset
		if offset != 0 { // the subtraction leaves rounding noise
			rest = math.Round(rest/step) * step
		}
		out[i] = tick{v, fixed(rest, min(decimals, 12)), offset}
		switch {
		case biggest < 1e5 && biggest >= 1e-3:
		case rest == 0:
			out[i].label = "0"
		default:
			digits := exponentOf(rest) - exponentOf(step)
			out[i].label = scientific(rest, max(0, min(digits, 12)))
		}
	}
	return out
}

// mostDigits is how many digits a label may have before its axis gets an offset.
const mostDigits = 6

// commonPart is a round number close to all values, where these have more digits than
// a label should; else 0.
func commonPart(at []float64, step float64) float64 {
	if len(at) == 0 {
		return 0
	}
	first, last := at[0], at[len(at)-1]
	size := math.Min(math.Abs(first), math.Abs(last))
	if first*last <= 0 || exponentOf(size)-exponentOf(step) < mostDigits {
		return 0
	}
	e := exponentOf(last-first+step) + 1
	if e < 0 { // a power of ten below 1 isn't exact, its inverse is
		return math.Floor(first*math.Pow10(-e)) / math.Pow10(-e)
	}
	return math.Floor(first/math.Pow10(e)) * math.Pow10(e)
}

// less is a label for values of which the offset has been left out.
func less(label string, offset float64) string {
	switch {
	case offset == 0:
		return label
	case offset < 0:
		return or(label, "value") + " + " + exact(-offset)
	}
	return or(label, "value") + " − " + exact(offset)
}

// exponentOf gives e in v = m·10ᵉ with 1 ≤ m < 10, forgiving rounding at the ends.
func exponentOf(v float64) int { return int(math.Floor(log10(math.Abs(v)) + 1e-9)) }

// logTicks puts ticks at powers of ten, labelled so that about n labels come out;
// where there are few decades, also at 2 and 5.
func (s scale) logTicks(n int) []tick {
	first, last := int(math.Floor(log10(s.lo)-1e-9)), int(math.Ceil(log10(s.hi)+1e-9))
	decades := s.decades()
	every := decadeStep(decades / float64(max(n, 1)))
	fine := 3*decades <= 1.5*float64(n)
	var out []tick
	for e := first; e <= last; e++ {
		for m := 1; m <= 9; m++ {
			v := float64(m) * math.Pow10(e)
			if !s.contains(v) {
				continue
			}
			named := m == 1 && floorMod(e, every) == 0 || fine && (m == 2 || m == 5)
			switch {
			case s.whole && v < 1:
			case named:
				out = append(out, tick{at: v, label: logLabel(v, e, s)})
			case every == 1 || m == 1 && floorMod(e, max(1, every/10)) == 0:
				out = append(out, tick{at: v})
			}
		}
	}
	return out
}

// decadeStep is the distance of labels in decades: the one wanted, and beyond ten a
// round one.
func decadeStep(wanted float64) int {
	if wanted <= 10 {
		return max(1, int(math.Ceil(wanted)))
	}
	for _, step := range []int{20, 50, 100} {
		if 0.8*wanted <= float64(step) {
			return step
		}
	}
	return 200
}

// logLabel writes a power of ten, or a plain number on a short scale of ordinary
// numbers.
func logLabel(v float64, e int, s scale) string {
	if s.lo >= 0.9e-3 && s.hi <= 1.1e4 {
		return fixed(v, max(0, -e))
	}
	return scientific(v, 0)
}

func floorMod(a, b int) int { return ((a % b) + b) % b }

func clamp(t float64) float64 { return math.Max(0, math.Min(1, t)) }

// log10 is math.Log10, which on amd64 is wrong for subnormal numbers (Go 1.26: −308
// for 1e-321); math.Log2 is right.
func log10(v float64) float64 {
	if v < 0x1p-1022 {
		return math.Log2(v) * (math.Ln2 / math.Ln10)
	}
	return math.Log10(v)
}
