package viz

import (
	"math"
	"strings"
	"testing"
)

// chartOf is a plot area of 100×100 pixels at (0, 0) over the given scales.
func chartOf(xs, ys scale) *chart {
	return &chart{drawing: card(100, 100, "", ""), area: box{0, 0, 100, 100}, xs: xs, ys: ys}
}

// A point in the middle of both scales is in the middle of the area; y points up.
func TestAxesMapToPixels(t *testing.T) {
	c := chartOf(scale{lo: 0, hi: 10, log: false}, scale{lo: 1e-2, hi: 1e2, log: true})
	for _, k := range []struct{ x, y, px, py float64 }{{5, 1, 50, 50}, {0, 1e-2, 0, 100}, {10, 1e2, 100, 0}, {2.5, 10, 25, 25}} {
		if p := c.at(k.x, k.y); math.Abs(p.x-k.px) > 1e-9 || math.Abs(p.y-k.py) > 1e-9 {
			t.Errorf("(%g, %g) is drawn at (%g, %g), want (%g, %g)", k.x, k.y, p.x, p.y, k.px, k.py)
		}
	}
}

func TestRuns(t *testing.T) {
	nan := math.NaN()
	got := runs([]float64{0, 1, 2, 3, 4, 5}, []float64{1, nan, 1, 1, math.Inf(1), 1}, []float64{1, 1, 1, 1, 1, 1})
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
	if got, want := c.body.String(), `<path d="M0 40l100-30v70l-100-20Z" class="f0" fill-opacity=".2"/>`; strings.TrimSpace(got) != want {
		t.Errorf("band %s, want %s", got, want)
	}
}

// A fit is straight as drawn: on logarithmic axes a power law.
func TestFitOnLogAxes(t *testing.T) {
	c := chartOf(scale{lo: 1, hi: 1e4, log: true}, scale{lo: 1e-4, hi: 1, log: true})
	c.drawFit(Fit{Slope: -1, Intercept: 0}, extent{lo: 1, hi: 1e4, n: 2}) // y = 1/x
	if got := c.body.String(); !strings.Contains(got, "M0 0L100 100") {
		t.Errorf("y = 1/x is drawn as %s", got)
	}
	c = chartOf(scale{lo: 0, hi: 4, log: false}, scale{lo: 1, hi: 1e4, log: true})
	c.drawFit(Fit{Slope: 1, Intercept: 0}, extent{lo: 0, hi: 4, n: 2}) // y = 10^x
	if got := c.body.String(); !strings.Contains(got, "M0 100L100 0") {
		t.Errorf("y = 10^x is drawn as %s", got)
	}
}

func TestHistogramCounts(t *testing.T) {
	h := Histogram{
		Groups: []Sample{{Values: []float64{0, 0.5, 1, 1.5, 2, 2, 3, math.NaN(), math.Inf(1), -1}}},
		Edges:  []float64{0, 1, 2, 3},
	}
	_, counts, left, err := h.count()
	if err != nil || left != 3 || counts[0][0] != 2 || counts[0][1] != 2 || counts[0][2] != 3 {
		t.Errorf("counts %v, left out %d, error %v; want [2 2 3], 3", counts, left, err)
	}
	// All finite values fall into the bins that the rule makes.
	for _, log := range []bool{false, true} {
		h := Histogram{Groups: []Sample{{Values: []float64{0.1, 0.2, 0.35, 1, 2, 3, 5, 8, 200}}}, X: Axis{Log: log}}
		edges, counts, left, err := h.count()
		n := 0
		for _, k := range counts[0] {
			n += k
		}
		if err != nil || n != 9 || left != 0 || len(edges) < 6 {
			t.Errorf("log %v: %d of 9 in %d bins, %d left out, %v", log, n, len(edges)-1, left, err)
		}
	}
	same := Histogram{Groups: []Sample{{Values: []float64{2, 2, 2}}}}
	if _, counts, _, err := same.count(); err != nil || len(counts[0]) != 20 {
		t.Errorf("three equal values: %v, %v", counts, err)
	}
}

// A column of the strip is where its step is; the sign picks the colour.
func TestStripTicks(t *testing.T) {
	s := Strip{Steps: []float64{0, 50, 100}, Values: [][]float64{{1}, {-1, 0.5}, {math.NaN()}}}
	c := chartOf(scale{lo: 0, hi: 100, log: false}, scale{lo: -1, hi: 1, log: false})
	s.drawTicks(c)
	got := c.body.String()
	if !strings.Contains(got, `d="M-7 0h14M43 25h14" class="s0"`) || !strings.Contains(got, `d="M43 100h14" class="s1"`) {
		t.Errorf("ticks: %s", got)
	}
}

// A density of 0 isn't drawn at the floor but leaves the plot, and the area under the
// curve ends at the floor.
func TestDensityFloor(t *testing.T) {
	d := Density{Curves: []Series{{X: []float64{0, 1, 2}, Y: []float64{1, 0, 1e-3}}}, Floor: 1e-4}
	curves, _, ys, err := d.read()
	if err != nil {
		t.Fatal(err)
	}
	if curves[0].Y[1] >= ys.lo || !(curves[0].Y[1] > 0) {
		t.Errorf("a density of 0 is drawn at %g, floor %g", curves[0].Y[1], ys.lo)
	}
	if f := filled(curves[0], ys.lo); f.Lo[0] != ys.lo || f.Lo[1] > f.Hi[1] {
		t.Errorf("filled from %v to %v", f.Lo, f.Hi)
	}
}

func TestIntervalWords(t *testing.T) {
	rows := []Interval{
		{Label: "a", Value: 0.52, Lo: 0.44, Hi: 0.61},
		{Label: "b", Value: 12, Lo: 12, Hi: 12},
		{Label: "c", Value: 0.9, Lo: 0.7, Hi: math.Inf(1)},
		{Label: "d", Value: math.NaN()},
	}
	got := Intervals{Rows: rows}.Alt()
	want := "A: 0.52 [0.44, 0.61]; b: 12.00; c: 0.90 [0.70, +∞]; d: no estimate."
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
	rows = []Interval{{Label: "a", Value: 1e-3, Lo: 5e-4, Hi: 2e-3}, {Label: "b", Value: 1e4, Lo: 1e3, Hi: 2e4}}
	if got := (Intervals{Rows: rows}).Alt(); !strings.Contains(got, "0.001 [0.0005, 0.002]") || !strings.Contains(got, "10000 [1000, 20000]") {
		t.Errorf("rows of very different size: %q", got)
	}
}

// Panels line their plot areas up.
func TestPanelsAlign(t *testing.T) {
	wide := Line{Title: "A title", Series: []Series{{Y: []float64{1e-7, 2e-7}}},
		Y: Axis{Label: "loss"}, Width: 340, Height: 300}
	slim := Line{Series: []Series{{Y: []float64{1, 2}}}, X: Axis{Label: "x"}, Width: 340, Height: 300}
	p, err := Panels{Figures: []Figure{wide, slim, slim, wide}, Columns: 2}.plan()
	if err != nil {
		t.Fatal(err)
	}
	parts, err := p.parts(room{})
	if err != nil {
		t.Fatal(err)
	}
	if d := p.compose(parts); d.width != 680 || d.height != 600 {
		t.Errorf("panels of %g×%g, want 680×600", d.width, d.height)
	}
	want := parts[0].pads.atLeast(parts[1].pads)
	for i, d := range parts {
		if d.pads != want {
			t.Errorf("panel %d has %+v, want %+v", i, d.pads, want)
		}
		corner := "M" + px(want.left) + " " + px(want.top) + "v"
		if !strings.Contains(d.body.String(), corner) {
			t.Errorf("the plot area of panel %d doesn't begin at (%g, %g)", i, want.left, want.top)
		}
	}
}

func TestPanelLetters(t *testing.T) {
	if letter(0) != "a" || letter(25) != "z" || letter(26) != "aa" {
		t.Errorf("letters %s, %s, %s", letter(0), letter(25), letter(26))
	}
}

// Of two cells that cover the same place of the screen the nearer is painted later,
// from all sides: the painter's algorithm.
func TestPaintersOrder(t *testing.T) {
	f := fieldOf(t, ramp(0, 1, 14), ramp(0, 2, 11), func(x, y float64) float64 { return math.Sin(7*x) * math.Cos(4*y) })
	z, err := newZScale("test", f, levelChoice{count: 6})
	if err != nil {
		t.Fatal(err)
	}
	for turn := 5.0; turn < 360; turn += 35 {
		v := newView(turn, box{0, 0, 500, 400})
		s := newScene(card(500, 400, "", ""), f, z, v)
		order := s.order()
		covered := 0
		for y := 20.0; y < 400; y += 17 {
			for x := 20.0; x < 500; x += 17 {
				last := math.Inf(1)
				for _, c := range order {
					if !s.covers(c[0], c[1], point{x, y}) {
						continue
					}
					covered++
					depth := v.depth((float64(c[0])+0.5)/13, (float64(c[1])+0.5)/10)
					if depth > last+0.15 { // cells are up to 0.1 long
						t.Fatalf("turn %g: at (%g, %g) a cell at depth %.2f is painted over one at %.2f", turn, x, y, depth, last)
					}
					last = depth
				}
			}
		}
		if covered < 100 {
			t.Fatalf("turn %g: only %d places covered", turn, covered)
		}
	}
}

// What lies behind a ridge is hidden, what lies on it isn't.
func TestHiddenPoints(t *testing.T) {
	f := fieldOf(t, ramp(-1, 1, 21), ramp(-1, 1, 21), func(x, y float64) float64 { return math.Exp(-40 * (y + 0.6) * (y + 0.6)) })
	z, _ := newZScale("test", f, levelChoice{count: 6})
	s := newScene(card(500, 400, "", ""), f, z, newView(-viewTurn, box{0, 0, 500, 400})) // seen along y
	for _, c := range []struct {
		y    float64
		want bool
	}{{-0.6, true}, {-0.9, true}, {-0.1, false}, {0.8, true}, {1.5, false}} {
		if _, got := s.visible(0.05, c.y); got != c.want {
			t.Errorf("y = %g: visible %v, want %v", c.y, got, c.want)
		}
	}
}

func TestImagesShades(t *testing.T) {
	d := card(10, 10, "", "")
	d.drawImage(Image{Pixels: []float64{0, 16, 8, 16}, Width: 2}, 0, 0, 4, 16)
	got := d.body.String()
	for _, want := range []string{`d="M4 0h4v4h-4ZM4 4h4v4h-4Z" fill-opacity="1"`, `d="M0 4h4v4h-4Z" fill-opacity="0.5"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// SAM's arrows: the gradient's at w+ε is as long as the step and parallel to it.
func TestSAMStepArrows(t *testing.T) {
	s := SAMStep{Start: [2]float64{1, 1}, Ascent: [2]float64{1.5, 2}, Next: [2]float64{0.5, -1}}
	base := Contour{Arrows: make([]Arrow, 0, 8)}
	c := s.On(base)
	if len(c.Arrows) != 3 || len(c.Marks) != 3 || len(base.Arrows[:cap(base.Arrows)]) > 0 && base.Arrows[:1][0] != (Arrow{}) {
		t.Fatalf("%d arrows, %d marks, or the argument was changed", len(c.Arrows), len(c.Marks))
	}
	g, step := c.Arrows[1], c.Arrows[2]
	if g.X0 != 1.5 || g.Y0 != 2 || g.X1-g.X0 != step.X1-step.X0 || g.Y1-g.Y0 != step.Y1-step.Y0 {
		t.Errorf("gradient %+v, step %+v", g, step)
	}
	s.ShowPlain, s.Plain = true, [2]float64{0, 0}
	if n := len(s.On(base).Arrows); n != 4 {
		t.Errorf("%d arrows with the plain step", n)
	}
}
