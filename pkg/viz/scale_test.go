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

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.021: "0.021", -1.5: "−1.5", 12345: "12345", 2.5e-7: "2.5×10^{−7}", 1e6: "10^{6}", -1e-9: "−10^{−9}",
		0.1 + 0.2: "0.3", 99.96: "100", 3.14159: "3.14", math.Inf(-1): "−∞", math.Inf(1): "+∞", 0.00012345: "0.000123",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%g) = %q, want %q", v, got, want)
		}
	}
	if got := number(math.NaN()); got != "NaN" {
		t.Errorf("number(NaN) = %q", got)
	}
	if got := fixed(-0.001, 1); got != "0.0" {
		t.Errorf("fixed(-0.001, 1) = %q", got)
	}
}

func TestMarkup(t *testing.T) {
	for _, c := range []struct{ in, rich, plain string }{
		{"loss", "loss", "loss"},
		{"10^{−3}", `10<tspan dy="-0.42em" font-size="72%">−3</tspan>`, "10⁻³"},
		{"λ_{max} a", `λ<tspan dy="0.42em" font-size="72%">max</tspan><tspan dy="-0.3em"> a</tspan>`, "λmax a"},
		{"a_b ^{", "a_b ^{", "a_b ^{"},
		{"x < y & z", "x &lt; y &amp; z", "x < y & z"},
		{"_{a}^{b}", `<tspan dy="0.42em" font-size="72%">a</tspan><tspan dy="-0.83em" font-size="72%">b</tspan>`, "ab"},
	} {
		if got := rich(c.in); got != c.rich {
			t.Errorf("rich(%q) = %s, want %s", c.in, got, c.rich)
		}
		if got := plain(c.in); got != c.plain {
			t.Errorf("plain(%q) = %q, want %q", c.in, got, c.plain)
		}
	}
	if w := textWidth("λ_{max}", 10); w >= textWidth("λmax", 10) || w <= textWidth("λ", 10) {
		t.Errorf("width of a subscript: %g", w)
	}
	if got := wrap("one two three", 10, textWidth("one two", 10)+1); len(got) != 2 || got[0] != "one two" {
		t.Errorf("wrap: %q", got)
	}
	if got := shorten("abcdefgh", 10, 25); !strings.HasSuffix(got, "…") || textWidth(got, 10) > 25 {
		t.Errorf("shorten: %q", got)
	}
}

// A path's relative coordinates add up to the absolute ones without drift.
func TestPathData(t *testing.T) {
	var p pathData
	p.polyline([]point{{1.04, 2}, {1.04, 5.55}, {-3.2, 5.55}, {0, 0}}, true)
	if got, want := string(p.b), "M1 2v3.6h-4.2l3.2-5.6Z"; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
	p = pathData{}
	for k := range 1000 {
		x := float64(k) * 0.333
		if k == 0 {
			p.moveTo(x, x*x/300)
		} else {
			p.lineTo(x, x*x/300)
		}
	}
	if p.x != tenths(999*0.333) || p.y != tenths(999*0.333*999*0.333/300) {
		t.Errorf("the path ends at (%d, %d) tenths", p.x, p.y)
	}
}

// Levels span the values, and the colour of a value depends on the scale only.
func TestLevels(t *testing.T) {
	f := fieldOf(t, ramp(0, 1, 11), ramp(0, 1, 11), func(x, y float64) float64 { return 0.02 + 300*x*y })
	for _, c := range []struct {
		log    bool
		zrange [2]float64
		given  []float64
		want   string
	}{
		{false, [2]float64{}, nil, "0 20 40 60 80 100 120 140 160 180 200 220 240 260 280 300 320"},
		{true, [2]float64{}, nil, "0.02 0.05 0.1 0.2 0.5 1 2 5 10 20 50 100 200 500"},
		{false, [2]float64{5, 48}, nil, "5 10 15 20 25 30 35 40 45 48"},
		{true, [2]float64{0.5, 50}, nil, "0.5 1 2 5 10 20 50"},
		{false, [2]float64{}, []float64{1, 2, 7}, "1 2 7"},
	} {
		z, err := newZScale("test", f, levelChoice{axis: Axis{Log: c.log, Range: c.zrange}, given: c.given})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(z.labels, " "); got != c.want {
			t.Errorf("levels for %+v: %s", c, got)
		}
		if (c.zrange == [2]float64{}) && c.given == nil && (z.lo > f.min.z || z.hi < f.max.z || z.under || z.over) {
			t.Errorf("levels %v don't span %g to %g", z.levels, f.min.z, f.max.z)
		}
		if c.given != nil && !(z.under && z.over) {
			t.Error("values beyond the given levels aren't marked")
		}
	}
}

// A diverging map has its middle at the centre.
func TestDivergingCenter(t *testing.T) {
	f := fieldOf(t, ramp(0, 1, 5), ramp(0, 1, 5), func(x, y float64) float64 { return 3*x - y })
	z, err := newZScale("test", f, levelChoice{colors: Diverging})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := z.color(0).hex(), "#dddddd"; got != want {
		t.Errorf("colour of 0 is %s, want %s", got, want)
	}
	if a, b := z.color(-1), z.color(1); a.b < a.r || b.r < b.b {
		t.Errorf("−1 is %s and 1 is %s, want blue and red", a.hex(), b.hex())
	}
}

// The anchors come close to the published tables between them, and the sequential maps
// rise in lightness.
func TestColorMaps(t *testing.T) {
	for _, c := range []struct {
		m    ColorMap
		at   float64
		want uint32
	}{ // entries 0, 16, 64, 128, 192 and 255 of matplotlib's viridis
		{Viridis, 0, 0x440154}, {Viridis, 16. / 255, 0x481668}, {Viridis, 64. / 255, 0x3b518b},
		{Viridis, 128. / 255, 0x21918c}, {Viridis, 192. / 255, 0x5ec962}, {Viridis, 1, 0xfde725},
		{Diverging, 0.5, 0xdddddd},
	} {
		got, want := c.m.at(c.at), unpack(c.want)
		if math.Abs(got.r-want.r)+math.Abs(got.g-want.g)+math.Abs(got.b-want.b) > 12 {
			t.Errorf("map %d at %.3f is %s, want about #%06x", c.m, c.at, got.hex(), c.want)
		}
	}
	for _, m := range []ColorMap{Viridis, Cividis} {
		for k := 1; k <= 100; k++ {
			if m.at(float64(k)/100).luminance() <= m.at(float64(k-1)/100).luminance() {
				t.Errorf("map %d gets darker at %d %%", m, k)
			}
		}
	}
}

func contrast(a, b string) float64 {
	parse := func(s string) rgb {
		var v uint32
		for _, c := range s[1:] {
			v = v<<4 + uint32(strings.IndexRune("0123456789abcdef", c))
		}
		return unpack(v)
	}
	x, y := parse(a).luminance(), parse(b).luminance()
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// WCAG 2.2: text needs 4.5 (we hold the main text to 7), graphics need 3.
func TestContrast(t *testing.T) {
	for name, th := range map[string]theme{"light": light, "dark": dark} {
		for part, c := range map[string]struct {
			color string
			least float64
		}{"ink": {th.ink, 7}, "muted": {th.muted, 4.5}, "axis": {th.axis, 3}} {
			if got := contrast(c.color, th.card); got < c.least {
				t.Errorf("%s %s: contrast %.2f, want %g", name, part, got, c.least)
			}
		}
		for i, c := range th.series {
			if got := contrast(c, th.card); got < 3 {
				t.Errorf("%s series %d: contrast %.2f, want 3", name, i, got)
			}
		}
	}
	for k := range 101 {
		for m := range anchors {
			c := m.at(float64(k) / 100)
			ink := inkOn(c)
			ink += ink[1:] // #fff as #ffffff
			if got := contrast(ink, c.hex()); got < 4.5 {
				t.Errorf("text on map %d at %d %%: contrast %.2f", m, k, got)
			}
		}
	}
}
