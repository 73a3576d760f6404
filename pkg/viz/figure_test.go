package viz_test

import (
	"encoding/xml"
	"io"
	"lossland/pkg/viz"
	"math"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func draw(t *testing.T, fig viz.Figure) string {
	t.Helper()
	svg, err := fig.SVG()
	if err != nil {
		t.Fatal(err)
	}
	return string(svg)
}

// idsOf parses a document and returns its ids and the ids it refers to.
func idsOf(t *testing.T, svg string) (ids, refs []string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return ids, refs
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			switch {
			case a.Name.Local == "id":
				ids = append(ids, a.Value)
			case a.Name.Local == "aria-labelledby":
				refs = append(refs, strings.Fields(a.Value)...)
			}
			for _, m := range regexp.MustCompile(`url\(#([^)]*)\)`).FindAllStringSubmatch(a.Value,
				-1) {
				refs = append(refs, m[1])
			}
		}
	}
}

// Every figure is well-formed XML with a title and a description that is its Alt; its
// ids are unique, start with the figure's own, and are all there.
func TestDocument(t *testing.T) {
	owner := map[string]string{}
	for name, fig := range gallery {
		svg := draw(t, fig)
		ids, refs := idsOf(t, svg)
		root := ids[0]
		seen := map[string]bool{}
		for _, id := range ids {
			if seen[id] {
				t.Errorf("%s: id %q occurs twice", name, id)
			}
			seen[id] = true
			if !strings.HasPrefix(id, root) {
				t.Errorf("%s: id %q doesn't start with the figure's %q", name, id, root)
			}
			if other := owner[id]; other != "" {
				t.Errorf("%s and %s share the id %q", name, other, id)
			}
			owner[id] = name
		}
		for _, ref := range refs {
			if !seen[ref] {
				t.Errorf("%s refers to %q, which isn't there", name, ref)
			}
		}
		var doc struct {
			Role  string `xml:"role,attr"`
			Title string `xml:"title"`
			Desc  string `xml:"desc"`
		}
		if err := xml.Unmarshal([]byte(svg), &doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if doc.Role != "img" || doc.Desc != fig.Alt() || len(doc.Desc) < 40 || len(refs) < 2 ||
			doc.Title == "" {
			t.Errorf("%s: role %q, title %q, description %q, Alt %q", name, doc.Role, doc.Title,
				doc.Desc, fig.Alt())
		}
		body := svg[strings.Index(svg, "</style>"):]
		for _, bad := range []string{"NaN", "Inf", "%!", "\x00"} {
			for _, d := range regexp.MustCompile(` `+
				`(?:d|x|y|cx|cy|width|height|transform)="([^"]*)"`).FindAllStringSubmatch(body,
				-1) {
				if strings.Contains(d[1], bad) {
					t.Errorf("%s: %q in a coordinate: %s", name, bad, d[0])
				}
			}
		}
	}
}

// The same figure gives the same bytes; a small change gives other ids.
func TestDeterministic(t *testing.T) {
	for name, fig := range gallery {
		if first, second := draw(t, fig), draw(t, fig); first != second {
			t.Errorf("%s: two drawings differ", name)
		}
	}
	a, b := exampleLine(), exampleLine()
	b.Series[0].Y[0] += 0.5
	ida, _ := idsOf(t, draw(t, a))
	idb, _ := idsOf(t, draw(t, b))
	if ida[0] == idb[0] {
		t.Errorf("two different figures have the same id %q", ida[0])
	}
}

// Two copies of one figure in Panels still have ids of their own.
func TestPanelsKeepIDsApart(t *testing.T) {
	ids, _ := idsOf(t, draw(t, viz.Row(brokenContour(), brokenContour())))
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			t.Errorf("id %q occurs twice", id)
		}
		seen[id] = true
	}
}

// A curve that isn't finite leaves a cross and no number in the path.
func TestNonFiniteInCurves(t *testing.T) {
	svg := draw(t, viz.Line{Series: []viz.Series{{Y: []float64{1, math.Inf(1), math.NaN(), 2,
		math.Inf(-1), 1}}}})
	if n := strings.Count(svg,
		`class="ln s0" stroke-width="2"/>`); n != 4 { // the curve and three crosses
		t.Errorf("%d marks of colour 0, want the curve and 3 crosses", n)
	}
}

func TestAltText(t *testing.T) {
	const own = "My own words"
	figures := []viz.Figure{}
	c, l, s3 := exampleContour(), exampleLine(), exampleSurface3D()
	d, st, sc := exampleDensity(), exampleStrip(), exampleScatter()
	h, iv, im, p := exampleHistogram(), exampleIntervals(), exampleImages(), examplePanels()
	c.AltText, l.AltText, s3.AltText, d.AltText, st.AltText = own, own, own, own, own
	sc.AltText, h.AltText, iv.AltText, im.AltText, p.AltText = own, own, own, own, own
	figures = append(figures, c, l, s3, d, st, sc, h, iv, im, p)
	for _, fig := range figures {
		if fig.Alt() != own || !strings.Contains(draw(t, fig), ">"+own+"</desc>") {
			t.Errorf("%T: AltText isn't used: %q", fig, fig.Alt())
		}
	}
	if got := (viz.Line{}).Alt(); !strings.Contains(got, "can't be drawn") ||
		!strings.Contains(got, "no series") {
		t.Errorf("Alt of an empty Line: %q", got)
	}
}

// Hostile labels stay text.
func TestLabelsAreEscaped(t *testing.T) {
	const nasty = `</text><script>alert("x")</script> & a_{b}^{2}_{ ^{ ` + "\x00\x07\xff" + `]]>`
	svg := draw(t, viz.Line{Title: nasty, X: viz.Axis{Label: nasty},
		Series: []viz.Series{{Label: nasty, Y: []float64{1, 2}}},
		HLines: []viz.RefLine{{At: 1.5, Label: nasty}}})
	idsOf(t, svg)
	if strings.Contains(svg, "<script") {
		t.Error("a label became markup")
	}
}

// TestSelfContained: a document runs nothing, leads nowhere and loads nothing, since no
// browser takes a content policy from an SVG file.
func TestSelfContained(t *testing.T) {
	loads := regexp.MustCompile(`(?i)<(?:script|a|image|foreignobject|iframe|animate|set)\b|` +
		`\bon[a-z]+ *=|@import|(?:href|src) *= *["'][^#"']|url\( *["']?[^#"')]`)
	for name, fig := range gallery {
		if found := loads.FindString(draw(t, fig)); found != "" {
			t.Errorf("%s holds %q", name, found)
		}
	}
	if !loads.MatchString(`<svg onload="alert(1)">`) || !loads.MatchString(`fill="url(//e/a)"`) {
		t.Error("the pattern finds nothing")
	}
}

func TestSize(t *testing.T) {
	smooth := func(x, y float64) float64 { return math.Log1p(100*math.Pow(y-x*x, 2) + (1-x)*(1-x)) }
	r := rand.New(rand.NewPCG(1, 2))
	rough := func(x, y float64) float64 { return smooth(x, y) + 0.02*r.NormFloat64() }
	for _, c := range []struct {
		name string
		fig  viz.Figure
		most int
	}{
		{"40×40", viz.Contour{Grid: sample(linspace(-2, 2, 40), linspace(-1, 3, 40), smooth)},
			40_000},
		{"40×40, rough", viz.Contour{Grid: sample(linspace(-2, 2, 40), linspace(-1, 3, 40), rough)},
			40_000},
		{"200×200", viz.Contour{Grid: sample(linspace(-2, 2, 200), linspace(-1, 3, 200), smooth)},
			150_000},
		{"200×200, rough", viz.Contour{Grid: sample(linspace(-2, 2, 200), linspace(-1, 3, 200),
			rough)}, 150_000},
		{"200×200 pixels, rough", viz.Contour{HeatMap: true,
			Grid: sample(linspace(-2, 2, 200), linspace(-1, 3, 200), rough)}, 900_000},
		{"200×200 in 3-D", viz.Surface3D{Grid: sample(linspace(-2, 2, 200), linspace(-1, 3, 200),
			smooth)}, 200_000},
	} {
		if n := len(draw(t, c.fig)); n > c.most {
			t.Errorf("%s: %d bytes, want at most %d", c.name, n, c.most)
		} else {
			t.Logf("%s: %d bytes", c.name, n)
		}
	}
}

// A curve over 600 decades on a logarithmic axis is drawn at once.
func TestWholeFloatRange(t *testing.T) {
	log := viz.Axis{Log: true}
	for _, y := range [][]float64{{1e-300, 1e300}, {5e-324, math.MaxFloat64}, {5e-324, 5e-324}} {
		svg := draw(t, viz.Line{Series: []viz.Series{{X: y, Y: y}}, X: log, Y: log})
		if len(svg) > 20_000 || strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("%g: %d bytes, or a coordinate that is no number", y, len(svg))
		}
	}
}

// Values at the ends of the float range give a drawing, not a panic or a NaN.
func TestExtremeValues(t *testing.T) {
	for _, scale := range []float64{1e-320, 1e-300, 1e-9, 1, 1e9, 1e300, 8e307} {
		for _, log := range []bool{false, true} {
			grid := sample(linspace(-1, 1, 7), linspace(-1, 1, 6), func(x, y float64) float64 {
				z := (x - y*x) * scale
				if log {
					z = (1.1 + x*y) * scale
				}
				return z
			})
			for _, fig := range []viz.Figure{
				viz.Contour{Grid: grid, Z: viz.Axis{Log: log}},
				viz.Contour{Grid: grid, Z: viz.Axis{Log: log}, HeatMap: true,
					Colors: viz.Diverging}, viz.Surface3D{Grid: grid, Z: viz.Axis{Log: log}},
				viz.Line{Series: []viz.Series{{Y: []float64{1.5 * scale, scale, 1.2 * scale}}},
					Y: viz.Axis{Log: log}},
			} {
				if svg := draw(t, fig); strings.Contains(svg, "NaN") ||
					strings.Contains(svg, "Inf") {
					t.Errorf("%T, scale %g, log %v: NaN or Inf in the drawing", fig, scale, log)
				}
			}
		}
	}
}

func TestBadInput(t *testing.T) {
	xs, nan := []float64{0, 1}, math.NaN()
	grid := func(z ...float64) viz.Grid {
		g, err := viz.NewGrid(xs, xs, [][]float64{z[:2], z[2:]})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	good := grid(1, 2, 3, 4)
	short, _ := viz.NewGrid([]float64{0}, xs, [][]float64{{1, 2}})
	line := func(s viz.Series) viz.Line { return viz.Line{Series: []viz.Series{s}} }
	for _, c := range []struct {
		name string
		fig  viz.Figure
		want string
	}{
		{"nil grid", viz.Contour{}, "grid is nil"},
		{"nil pointer as a grid", viz.Contour{Grid: (*counted)(nil)}, "grid is nil"},
		{"empty grid", viz.Surface3D{Grid: viz.Grid{}}, "0×0 points"},
		{"huge grid", viz.Contour{Grid: huge{}}, "1073741824×1073741824 points"},
		{"small grid", viz.Contour{Grid: short}, "1×2 points"},
		{"x not rising", viz.Contour{Grid: steps{0, 0}}, "X is not strictly monotone: 0 next to 0"},
		{"nothing finite", viz.Contour{Grid: grid(nan, nan, nan, nan)},
			"none of the grid's 4 values is finite"},
		{"log of 0", viz.Contour{Grid: grid(1, 2, 0, 4), Z: viz.Axis{Log: true}},
			"can't hold 0, found at (1, 0)"},
		{"log of −1, 3-D", viz.Surface3D{Grid: grid(1, 2, -1, 4), Z: viz.Axis{Log: true}},
			"can't hold -1"},
		{"levels fall", viz.Contour{Grid: good, Levels: []float64{2, 1}}, "want them rising"},
		{"one level", viz.Contour{Grid: good, Levels: []float64{2}}, "at least 2"},
		{"level NaN", viz.Contour{Grid: good, Levels: []float64{1, math.Inf(1)}}, "level +Inf"},
		{"z range", viz.Contour{Grid: good, Z: viz.Axis{Range: [2]float64{3, 1}}}, "range [3, 1]"},
		{"colour map", viz.Contour{Grid: good, Colors: 99}, "colour map 99"},
		{"centre", viz.Contour{Grid: good, Z: viz.Axis{Log: true}, Colors: viz.Diverging,
			Center: -1}, "Center -1"},
		{"mark", viz.Contour{Grid: good, Marks: []viz.Mark{{X: nan, Label: "m"}}}, `mark 0 ("m")`},
		{"path lengths", viz.Contour{Grid: good,
			Paths: []viz.Path{{Label: "p", X: xs, Y: []float64{1}}}}, "2 X but 1 Y"},
		{"path of one point", viz.Contour{Grid: good,
			Paths: []viz.Path{{X: []float64{1}, Y: []float64{1}}}}, "1 points"},
		{"path off", viz.Contour{Grid: good,
			Paths: []viz.Path{{X: xs, Y: xs, Off: []float64{0, -1}}}}, "Off[1] is -1"},
		{"arrow", viz.Contour{Grid: good, Arrows: []viz.Arrow{{X1: math.Inf(1)}}}, "arrow 0"},
		{"size", viz.Contour{Grid: good, Width: 10}, "size 10×440"},
		{"no room", viz.Contour{Grid: good, Width: 210, Height: 90,
			Title: strings.Repeat("long ", 30)}, "leaves"},
		{"no series", viz.Line{}, "no series"},
		{"no points", line(viz.Series{Label: "s"}), `series 0 ("s") has no points`},
		{"lengths", line(viz.Series{X: xs, Y: []float64{1}}), "2 X but 1 Y"},
		{"half a band", line(viz.Series{Y: xs, Lo: xs}), "only one of Lo and Hi"},
		{"band lengths", line(viz.Series{Y: xs, Lo: xs, Hi: []float64{1}}), "2 Lo and 1 Hi"},
		{"band upside down", line(viz.Series{Y: xs, Lo: []float64{2, 2}, Hi: []float64{1, 3}}),
			"Lo[0] = 2 is above Hi[0] = 1"},
		{"log axis", viz.Line{Series: []viz.Series{{Y: []float64{1, -2}}}, Y: viz.Axis{Log: true}},
			"Y[1] = -2"},
		{"log axis of steps", viz.Line{Series: []viz.Series{{Y: []float64{1, 2}}},
			X: viz.Axis{Log: true}}, "X[0] = 0"},
		{"log axis and a line", viz.Line{Series: []viz.Series{{Y: []float64{1, 2}}},
			Y: viz.Axis{Log: true}, HLines: []viz.RefLine{{At: 0}}}, "can't hold 0"},
		{"nothing finite in a line", line(viz.Series{Y: []float64{nan}}),
			"no series has a finite point"},
		{"reference", viz.Line{Series: []viz.Series{{Y: xs}},
			VLines: []viz.RefLine{{At: nan, Label: "r"}}}, `reference line "r"`},
		{"region", viz.Line{Series: []viz.Series{{Y: xs}}, Regions: []viz.Region{{From: 2, To: 1}}},
			"from 2 to 1"},
		{"range", viz.Line{Series: []viz.Series{{Y: xs}}, X: viz.Axis{Range: [2]float64{1, 1}}},
			"range [1, 1]"},
		{"empty density", viz.Density{}, "no curve and no stem"},
		{"negative density", viz.Density{Curves: []viz.Series{{Y: []float64{1, -1}}}},
			"density -1"},
		{"stem", viz.Density{Stems: []viz.Stem{{At: nan, Label: "λ"}}}, `stem "λ"`},
		{"floor", viz.Density{Curves: []viz.Series{{Y: []float64{1, 2}}}, Floor: 3}, "floor 3"},
		{"no steps", viz.Strip{}, "no steps"},
		{"strip lengths", viz.Strip{Steps: xs, Values: [][]float64{{1}}}, "2 steps but 1 lists"},
		{"bound lengths", viz.Strip{Steps: []float64{1, 2, 3}, Values: [][]float64{{1}, {1}, {1}},
			Bound: xs}, "bound of 2"},
		{"strip log", viz.Strip{Steps: xs, Values: [][]float64{{1}, {-1}}, Y: viz.Axis{Log: true}},
			"step 1: a logarithmic axis can't hold Values[0] = -1"},
		{"strip nothing finite", viz.Strip{Steps: xs, Values: [][]float64{{nan}, {}}},
			"no finite eigenvalue"},
		{"no points at all", viz.Scatter{}, "no finite point"},
		{"point lengths", viz.Scatter{Groups: []viz.Points{{Label: "g", X: xs, Y: []float64{1}}}},
			`group 0 ("g"): 2 X but 1 Y`},
		{"bars", viz.Scatter{Groups: []viz.Points{{X: xs, Y: xs, YLo: xs}}}, "2 YLo and 0 YHi"},
		{"bar upside down", viz.Scatter{Groups: []viz.Points{{X: xs, Y: xs, XLo: []float64{1, 1},
			XHi: []float64{0, 2}}}}, "XLo[0] = 1 is above XHi[0] = 0"},
		{"names", viz.Scatter{Groups: []viz.Points{{X: xs, Y: xs, Names: []string{"a"}}}},
			"1 names"},
		{"fit", viz.Scatter{Groups: []viz.Points{{X: xs, Y: xs}}, Fits: []viz.Fit{{Slope: nan}}},
			"fit"},
		{"empty histogram", viz.Histogram{}, "no finite value"},
		{"edges", viz.Histogram{Groups: []viz.Sample{{Values: xs}}, Edges: []float64{0, 0}},
			"edge 1 is 0"},
		{"bins", viz.Histogram{Groups: []viz.Sample{{Values: xs}}, Bins: -1}, "-1 bins"},
		{"log counts", viz.Histogram{Groups: []viz.Sample{{Values: xs}}, Y: viz.Axis{Log: true}},
			"count of 0"},
		{"log histogram", viz.Histogram{Groups: []viz.Sample{{Values: xs}}, X: viz.Axis{Log: true}},
			"Values[0] = 0"},
		{"no rows", viz.Intervals{}, "no rows"},
		{"upside down", viz.Intervals{Rows: []viz.Interval{{Label: "a", Value: 1, Lo: 2, Hi: 1}}},
			`row 0 ("a"): Lo = 2 is above Hi = 1`},
		{"no estimate", viz.Intervals{Rows: []viz.Interval{{Value: nan}}}, "none of 1 rows"},
		{"no images", viz.Images{}, "no images"},
		{"not square", viz.Images{Images: []viz.Image{{Pixels: make([]float64, 6)}}}, "no square"},
		{"rows", viz.Images{Images: []viz.Image{{Pixels: make([]float64, 6), Width: 4}}},
			"don't fill rows of 4"},
		{"pixel", viz.Images{Images: []viz.Image{{Pixels: []float64{-1}}}}, "pixel 0 is -1"},
		{"too many columns", viz.Images{Images: []viz.Image{{Pixels: []float64{1}}}, Columns: 40},
			"Columns: 40"},
		{"no panels", viz.Panels{}, "no figures"},
		{"panel", viz.Row(exampleLine(), viz.Line{}), "no series (panel b)"},
		{"foreign panel", viz.Row(foreign{}), "is a viz_test.foreign"},
		{"level count", viz.Contour{Grid: good, LevelCount: 1e9}, "LevelCount: 1000000000"},
		{"negative level count", viz.Contour{Grid: good, LevelCount: -1}, "LevelCount: -1"},
		{"too many levels", viz.Contour{Grid: good, Levels: linspace(0, 1, 500)}, "Levels: 500"},
		{"dots", viz.Contour{Grid: good, Paths: []viz.Path{{X: xs, Y: xs, DotEvery: -2}}},
			"DotEvery is -2"},
		{"equal and log", viz.Contour{Grid: good, Equal: true, X: viz.Axis{Log: true}},
			"Equal units on a logarithmic axis"},
		{"log axis of a grid", viz.Contour{Grid: good, Y: viz.Axis{Log: true}}, "Y axis"},
		{"log axis in 3-D", viz.Surface3D{Grid: good, X: viz.Axis{Log: true}}, "X axis: Log"},
		{"too many marks", viz.Contour{Grid: good, Marks: make([]viz.Mark, 2000)}, "Marks: 2000"},
		{"too many points", line(viz.Series{Y: make([]float64, 1e6+1)}), "points of all series"},
		{"too many markers", line(viz.Series{Y: make([]float64, 2e5), Markers: true}),
			"points with markers: 200000"},
		{"too many dots", viz.Scatter{Groups: []viz.Points{{X: make([]float64, 2e5),
			Y: make([]float64, 2e5)}}}, "points of all Groups: 200000"},
		{"too many eigenvalues", viz.Strip{Steps: xs,
			Values: [][]float64{make([]float64, 1e6), {1}}}, "Values: 1000003"},
		{"too many rows", viz.Intervals{Rows: make([]viz.Interval, 300)}, "Rows: 300"},
		{"too many images", viz.Images{Images: slices.Repeat([]viz.Image{{Pixels: xs[:1]}}, 5000)},
			"5000 of them take"},
		{"columns of panels", viz.Panels{Figures: []viz.Figure{exampleLine()}, Columns: 1 << 40},
			"Columns: 1099511627776"},
		{"width of panels", viz.Panels{Figures: []viz.Figure{exampleLine()}, Width: nan},
			"Width: NaN"},
		{"nil panel", viz.Row(exampleLine(), nil), "figure 1 is a <nil>"},
		{"nil pointer as a panel", viz.Row((*viz.Line)(nil)), "figure 0 is a *viz.Line"},
		{"panels in themselves", ownPanel(), "more than 4 deep"},
		{"turn", viz.Surface3D{Grid: good, Turn: nan}, "Turn is NaN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			svg, err := c.fig.SVG()
			if err == nil || svg != nil || !strings.Contains(err.Error(), c.want) ||
				!strings.HasPrefix(err.Error(), "viz: ") {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// huge is a grid that claims more than memory holds.
type huge struct{ steps }

func (huge) Dims() (nx, ny int) { return 1 << 30, 1 << 30 }

// ownPanel is a row that holds itself.
func ownPanel() viz.Panels {
	p := viz.Row(exampleLine())
	p.Figures[0] = p
	return p
}

// A figure that is nil is an error of what is asked to show it, never a panic.
func TestNilFigure(t *testing.T) {
	for name, fig := range map[string]viz.Figure{"nil": nil, "nil pointer": (*viz.Contour)(nil)} {
		t.Run(name, func(t *testing.T) {
			if _, err := viz.HTML(fig, ""); err == nil || !strings.Contains(err.Error(), "is nil") {
				t.Errorf("HTML: %v", err)
			}
			path := filepath.Join(t.TempDir(), "x.svg")
			if err := viz.Save(path, fig); err == nil || !strings.Contains(err.Error(), "is nil") {
				t.Errorf("Save: %v", err)
			}
		})
	}
}

// steps is a grid of zeros with the given places on both axes.
type steps []float64

func (s steps) Dims() (nx, ny int) { return len(s), len(s) }

func (s steps) Z(i, j int) float64 { return 0 }

func (s steps) X(i int) float64 { return s[i] }

func (s steps) Y(j int) float64 { return s[j] }

type foreign struct{}

func (foreign) SVG() ([]byte, error) { return nil, nil }

func (foreign) Alt() string { return "" }
