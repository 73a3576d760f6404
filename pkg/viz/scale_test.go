package viz

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func labelsOf(ticks []tick) string {
	var out []string
	for _, t := range ticks {
		if t.label != "" {
			out = append(out, t.label)
		}
	}
	return strings.Join(out, " ")
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		log    bool
		n      int
		want   string
	}{
		{0, 1, false, 5, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{-1, 1, false, 4, "−1.0 −0.5 0.0 0.5 1.0"},
		{0, 97, false, 5, "0 20 40 60 80"},
		{0.0123, 0.0137, false, 5, "0.0124 0.0126 0.0128 0.0130 0.0132 0.0134 0.0136"},
		{0, 3e6, false, 4, "0 10^{6} 2×10^{6} 3×10^{6}"},
		{-4e-5, 4e-5, false, 4, "−4×10^{−5} −2×10^{−5} 0 2×10^{−5} 4×10^{−5}"},
		{1e5, 1.5e5, false, 5, "10^{5} 1.1×10^{5} 1.2×10^{5} 1.3×10^{5} 1.4×10^{5} 1.5×10^{5}"},
		{0.01, 100, true, 5, "0.01 0.1 1 10 100"},
		{1e-6, 1, true, 6, "10^{−6} 10^{−5} 10^{−4} 10^{−3} 10^{−2} 10^{−1} 10^{0}"},
		{1e-12, 1, true, 5, "10^{−12} 10^{−9} 10^{−6} 10^{−3} 10^{0}"},
		{0.5, 6, true, 5, "0.5 1 2 5"},
		{2, 5, true, 5, "2.0 2.5 3.0 3.5 4.0 4.5 5.0"},
	} {
		if got := labelsOf(scale{lo: c.lo, hi: c.hi, log: c.log}.ticks(c.n)); got != c.want {
			t.Errorf("ticks of [%g, %g], log %v: %s, want %s", c.lo, c.hi, c.log, got, c.want)
		}
	}
}

// Whatever the range: ticks rise, lie within it, have different labels, and are
// between 2 and 12.
func TestTicksOfAnyRange(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		s := scale{lo: r.NormFloat64() * math.Pow(10, 12*r.Float64()-6)}
		s.hi = s.lo + math.Abs(s.lo)*math.Pow(10, 6*r.Float64()-4)
		if r.IntN(2) == 0 {
			s.log = true
			s.lo = math.Abs(s.lo)
			s.hi = s.lo * math.Pow(10, 0.05+14*r.Float64())
		}
		last, named, seen := math.Inf(-1), 0, map[string]bool{}
		for _, k := range s.ticks(5) {
			if !s.contains(k.at) || k.at <= last {
				t.Fatalf("%+v: tick %g after %g", s, k.at, last)
			}
			last = k.at
			if k.label == "" {
				continue
			}
			named++
			if seen[k.label] {
				t.Fatalf("%+v: label %q occurs twice", s, k.label)
			}
			seen[k.label] = true
		}
		if named < 2 || named > 12 {
			t.Fatalf("%+v: %d labels: %s", s, named, labelsOf(s.ticks(5)))
		}
	}
}

func TestScaleMaps(t *testing.T) {
	for _, s := range []scale{
		{lo: -2, hi: 6}, {lo: 1e-3, hi: 1e3, log: true}, {lo: -1.7e308, hi: 1.7e308},
	} {
		for _, u := range []float64{0, 0.25, 0.5, 1} {
			if got := s.at(s.value(u)); math.Abs(got-u) > 1e-12 {
				t.Errorf("%+v: at(value(%g)) = %g", s, u, got)
			}
		}
	}
	if got := log10(1e-321); math.Abs(got+321) > 0.01 {
		t.Errorf("log10(1e-321) = %g", got)
	}
}

// Over hundreds of decades there are a few round ticks, and an end to them.
func TestTicksOfManyDecades(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{1e-300, 1e300, "10^{−300} 10^{−200} 10^{−100} 10^{0} 10^{100} 10^{200} 10^{300}"},
		{5e-324, math.MaxFloat64, "10^{−200} 10^{0} 10^{200}"},
		{1e-60, 1, "10^{−60} 10^{−40} 10^{−20} 10^{0}"},
	} {
		s := scale{lo: c.lo, hi: c.hi, log: true}
		if got := labelsOf(s.ticks(5)); got != c.want {
			t.Errorf("ticks of [%g, %g]: %s, want %s", c.lo, c.hi, got, c.want)
		}
		if n := len(s.ticks(5)); n > 100 {
			t.Errorf("%d ticks over [%g, %g]", n, c.lo, c.hi)
		}
	}
	// The margin of such an axis must not reach 0.
	s, err := scaleOf("test", "Y", Axis{Log: true}, extent{lo: 1e-300, hi: 1e300, n: 2}, 0.05)
	if err != nil || s.lo <= 0 || s.hi > math.MaxFloat64 {
		t.Errorf("scale %+v, %v", s, err)
	}
}

// Where only the last of many digits differ, labels leave out the rest.
func TestOffset(t *testing.T) {
	for _, c := range []struct {
		lo, hi       float64
		label, ticks string
	}{
		{1e9, 1e9 + 5e-3, "loss − 10^{9}", "0.000 0.001 0.002 0.003 0.004 0.005"},
		{-1e9, -1e9 + 5, "loss + 10^{9}", "0 1 2 3 4 5"},
		{1234567, 1234567.4, "loss − 1234567", "0.0 0.1 0.2 0.3 0.4"},
		{0, 5, "loss", "0 1 2 3 4 5"},
		{1e5, 1.5e5, "loss", "10^{5} 1.1×10^{5} 1.2×10^{5} 1.3×10^{5} 1.4×10^{5} 1.5×10^{5}"},
	} {
		ticks := scale{lo: c.lo, hi: c.hi}.ticks(5)
		if got := labelsOf(ticks); got != c.ticks {
			t.Errorf("ticks of [%g, %g]: %s, want %s", c.lo, c.hi, got, c.ticks)
		}
		if got := less("loss", offsetOf(ticks)); got != c.label {
			t.Errorf("label of [%g, %g]: %q, want %q", c.lo, c.hi, got, c.label)
		}
	}
}

// An axis of whole numbers has no ticks between them.
func TestIntegerAxis(t *testing.T) {
	var whole, half extent
	whole.add(1, 2, 4)
	half.add(1, 2, 4.5)
	for _, c := range []struct {
		name string
		a    Axis
		e    extent
		want string
	}{
		{"whole values", Axis{}, whole, "1 2 3 4"},
		{"some fractions", Axis{}, half, "1.0 1.5 2.0 2.5 3.0 3.5 4.0 4.5"},
		{"asked for", Axis{Integer: true}, half, "1 2 3 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := scaleOf("test", "X", c.a, c.e, 0.02)
			if err != nil {
				t.Fatal(err)
			}
			if got := labelsOf(s.ticks(7)); got != c.want {
				t.Errorf("ticks %s, want %s", got, c.want)
			}
		})
	}
}

// FuzzTicks: an axis over any two numbers is an error, or has few ticks, rising and within it.
func FuzzTicks(f *testing.F) {
	for _, ends := range [][2]float64{{0, 1}, {1e-300, 1e300}, {-1e308, 1e308}, {1, 1},
		{5e-324, 1.7e308}, {math.NaN(), 1}, {1e9, 1e9 + 1e-3}} {
		for _, log := range []bool{false, true} {
			f.Add(ends[0], ends[1], log, false, uint8(5))
		}
	}
	f.Fuzz(func(t *testing.T, lo, hi float64, log, whole bool, labels uint8) {
		s, err := scaleOf("Line", "X", Axis{Log: log, Integer: whole, Range: [2]float64{lo, hi}},
			extent{}, 0.03)
		if err != nil {
			return
		}
		ticks := s.ticks(int(labels % 20))
		if len(ticks) > 6500 {
			t.Fatalf("%d ticks over [%g, %g]", len(ticks), lo, hi)
		}
		for i, tick := range ticks {
			if !s.contains(tick.at) || i > 0 && !(tick.at > ticks[i-1].at) {
				t.Fatalf("tick %d of [%g, %g] lies at %g", i, lo, hi, tick.at)
			}
		}
	})
}
