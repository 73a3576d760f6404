package viz

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestRuns(t *testing.T) {
	nan := math.NaN()
	got := runs([]float64{0, 1, 2, 3, 4, 5}, []float64{1, nan, 1, 1, math.Inf(1), 1},
		[]float64{1, 1, 1, 1, 1, 1})
	want := [][2]int{{0, 1}, {2, 4}, {5, 6}}
	if len(got) != len(want) {
		t.Fatalf("runs %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("runs %v, want %v", got, want)
		}
	}
}

func TestBand(t *testing.T) {
	c := chartOf(scale{lo: 0, hi: 1, log: false}, scale{lo: 0, hi: 10, log: false})
	c.drawBand(stroke{Series: Series{X: []float64{0, 1}, Y: []float64{5, 5},
		Lo: []float64{4, 2}, Hi: []float64{6, 9}, Color: 1}})
	if got, want := c.body.String(), `<path d="M0 40l100-30v70l-100-20Z" class="f0" `+
		`fill-opacity=".2"/>`; strings.TrimSpace(got) != want {
		t.Errorf("band %s, want %s", got, want)
	}
}

// Forty series can be told apart by colour and dashes, the first five by dashes alone,
// as in a grey copy; with marks, by their shape.
func TestSeriesDiffer(t *testing.T) {
	in := make([]Series, 40)
	for i := range in {
		in[i] = Series{Y: []float64{1, 2}}
	}
	out, err := readSeries("test", in, Axis{}, Axis{})
	if err != nil {
		t.Fatal(err)
	}
	looks, dashes := map[string]int{}, map[string]int{}
	for i, s := range out {
		if other, ok := looks[s.attr()]; ok {
			t.Errorf("series %d looks like series %d", i, other)
		}
		looks[s.attr()] = i
		if other, ok := dashes[s.dash]; ok && i < 5 {
			t.Errorf("in grey, series %d looks like series %d", i, other)
		}
		dashes[s.dash] = i
	}
	marks := map[string]int{}
	for i := range 40 {
		d := card(10, 10, "", "")
		d.marker(i, 5, 5)
		if other, ok := marks[d.body.String()]; ok {
			t.Errorf("mark %d looks like mark %d", i, other)
		}
		marks[d.body.String()] = i
	}
}

// Where a series is Dashed, dashes mean what the author says.
func TestDashesOfTheAuthor(t *testing.T) {
	y := []float64{1, 2}
	out, err := readSeries("test", []Series{{Y: y}, {Y: y}, {Y: y, Dashed: true}}, Axis{}, Axis{})
	if err != nil {
		t.Fatal(err)
	}
	if out[0].dash != "" || out[1].dash != "" || out[2].dash == "" {
		t.Errorf("dashes %q, %q, %q: want the last alone", out[0].dash, out[1].dash, out[2].dash)
	}
}

// TestGapsAreBounded: each gap ends a line and leaves a cross. So many that nothing can be seen are
// refused with their number; as many as are drawn, and one gap of half a million values, take about
// a second and a few megabytes.
func TestGapsAreBounded(t *testing.T) {
	gaps := func(every int) Line {
		y := make([]float64, 1_000_000)
		for k := range y {
			if y[k] = math.Sin(float64(k)); k%every == 0 {
				y[k] = math.NaN()
			}
		}
		return Line{Series: []Series{{Y: y}}}
	}
	half := gaps(1_000_000)
	for k := range 500_000 {
		half.Series[0].Y[k] = math.Inf(1)
	}
	for _, c := range []struct {
		name   string
		fig    Line
		refuse string
	}{
		{"every other", gaps(2), "500000 of them: want at most 20000"},
		{"every fifth", gaps(5), "200000 of them"},
		{"as many as are drawn", gaps(50), ""},
		{"one of half a million", half, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			svg, err := c.fig.SVG()
			took := time.Since(start)
			if c.refuse != "" {
				if err == nil || !strings.Contains(err.Error(), c.refuse) {
					t.Errorf("error %v, want one with %q", err, c.refuse)
				}
				if took > time.Second {
					t.Errorf("it took %v", took)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(svg) > 12<<20 || took > 20*time.Second { // a loaded machine is slow.
				t.Errorf("%d bytes in %v", len(svg), took)
			}
		})
	}
}
