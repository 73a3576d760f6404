package viz_test

import (
	"lossland/pkg/viz"
	"math"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func bowl() viz.Grid {
	return sample(linspace(-1, 1, 21), linspace(-1, 1, 21), func(x, y float64) float64 {
		return x*x + y*y
	})
}

// A mark's words may lie on cells without a number.
func TestMarkOnAHole(t *testing.T) {
	for _, hole := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		grid := sample(linspace(-1, 1, 5), linspace(-1, 1, 5), func(x, y float64) float64 {
			if x == -1 && y == -1 {
				return x + y
			}
			return hole
		})
		draw(t, viz.Contour{Grid: grid, Marks: []viz.Mark{{Label: "trained weights"}}})
	}
}

// Words stand with their middle at the point, and no shape is drawn there.
func TestWords(t *testing.T) {
	surface := viz.Surface3D{Grid: bowl(), Marks: []viz.Mark{{Label: "here", Kind: viz.Words}}}
	contour := viz.Contour{Grid: bowl(), PlainLines: true, Marks: surface.Marks}
	for name, fig := range map[string]viz.Figure{"contour": contour, "surface": surface} {
		t.Run(name, func(t *testing.T) {
			svg := draw(t, fig)
			if !strings.Contains(svg, ">here<") || strings.Contains(svg, "<circle") {
				t.Errorf("want the words and no circle: %s", svg[len(svg)-600:])
			}
		})
	}
	at := func(kind viz.MarkKind) string {
		contour.Marks = []viz.Mark{{Label: "here", Kind: kind}}
		return regexp.MustCompile(`<text x="([0-9.]+)"[^>]*>here<`).FindStringSubmatch(
			draw(t, contour))[1]
	}
	if words, beside := at(viz.Words), at(viz.Dot); words >= beside {
		t.Errorf("the words begin at %s, beside a dot at %s: want them to its left", words, beside)
	}
}

// A path that leaves the plot, as a diverging run does, is cut off: the further it goes,
// it costs no more work, counted in bytes allocated, and no more bytes of the figure.
func TestPathFarOff(t *testing.T) {
	size, work := 0, uint64(0)
	for _, far := range []float64{10, 1e4, 1e6, 1e300} {
		c := viz.Contour{Grid: bowl(), Arrows: []viz.Arrow{{X1: far, Y1: far}},
			Marks: []viz.Mark{{X: far, Label: "far"}},
			Paths: []viz.Path{{X: []float64{0, far, -far, 0.5},
				Y: []float64{0, far, far / 2, 0.5}}}}
		before := allocated()
		svg := draw(t, c)
		took := allocated() - before
		if work == 0 {
			work = took
		}
		if took > 2*work {
			t.Fatalf("a path to %g allocates %d bytes, one to 10 only %d", far, took, work)
		}
		if size = max(size, len(svg)); len(svg) < size-200 || len(svg) > 40_000 {
			t.Errorf("a path to %g takes %d bytes, one to less %d", far, len(svg), size)
		}
		if strings.Contains(svg[strings.Index(svg, "</style>"):], "far<") {
			t.Error("a mark off the plot has a label in it")
		}
	}
}

// allocated is how many bytes the process has asked for since it began.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// A cut line keeps its direction: the part within the plot is the same however far
// the point outside lies.
func TestCutLineKeepsItsDirection(t *testing.T) {
	first := regexp.MustCompile(`stroke="#ffffff" stroke-width="1.9"`)
	var want string
	for _, far := range []float64{1e3, 1e9} {
		svg := draw(t, viz.Contour{Grid: bowl(), Paths: []viz.Path{{
			X: []float64{0, far}, Y: []float64{0, far / 2}, DotEvery: viz.NoDots}}})
		at := first.FindStringIndex(svg)
		if at == nil {
			t.Fatal("no path")
		}
		line := svg[strings.LastIndex(svg[:at[0]], "<path"):at[0]]
		if want == "" {
			want = line
		}
		if line != want {
			t.Errorf("to %g: %s, want %s", far, line, want)
		}
	}
}

// A path shows where it starts and where it ends, unless a mark says it already.
func TestPathEnds(t *testing.T) {
	path := viz.Path{X: []float64{-0.5, 0.5}, Y: []float64{-0.5, 0.5}, DotEvery: viz.NoDots}
	rings := func(c viz.Contour) int {
		return strings.Count(draw(t, c), `fill="none" stroke="#ffffff" stroke-width="2"`)
	}
	c := viz.Contour{Grid: bowl(), Paths: []viz.Path{path}}
	if n := rings(c); n != 1 {
		t.Errorf("%d rings at the start, want 1", n)
	}
	c.Marks = []viz.Mark{{X: -0.5, Y: -0.5, Label: "here"}}
	if n := rings(c); n != 0 {
		t.Errorf("%d rings at a start that has a mark, want none", n)
	}
}

// An arrow without a colour has its own place's; colours count from 1, as for series.
func TestArrowColors(t *testing.T) {
	arrow := func(color int) string {
		return draw(t, viz.Contour{Grid: bowl(), Arrows: []viz.Arrow{{X1: 0.5, Color: color}}})
	}
	if arrow(0) != arrow(1) || arrow(1) != arrow(5) || arrow(1) == arrow(2) {
		t.Error("colours of a first arrow: want 0, 1 and 5 alike, and 2 another")
	}
}
