package viz_test

import (
	"encoding/binary"
	"encoding/xml"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"lossland/pkg/viz"
)

// FuzzFigure makes figures from bytes: whatever the numbers and the words, a figure is
// an error or a well-formed document without a script, and soon.
func FuzzFigure(f *testing.F) {
	for kind := range byte(10) {
		f.Add([]byte{kind, 3, 4, 1, 2, 3, 200, 100, 7, 9, 250, 17}, "label _{a}^{2}")
		f.Add([]byte{kind, 9, 9, 255, 0, 128, 64, 32, 16, 8, 4, 2, 1}, "</text><script>x\x00")
		f.Add([]byte{kind}, "")
	}
	f.Fuzz(func(t *testing.T, data []byte, label string) {
		fig := (&maker{data: data, label: label}).figure(0)
		start := time.Now()
		r, err := viz.Render(fig, label)
		if took := time.Since(start); took > 20*time.Second {
			t.Fatalf("%T took %v", fig, took)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "viz: ") || r.SVG != nil {
				t.Fatalf("%T: error %v beside %d bytes", fig, err, len(r.SVG))
			}
			return
		}
		wellFormed(t, r.SVG)
		if again, err := fig.SVG(); err != nil || string(again) != string(r.SVG) {
			t.Fatalf("%T: another document the second time, %v", fig, err)
		}
		if strings.Contains(r.HTML, "<script") || r.Alt != fig.Alt() {
			t.Fatalf("%T: a script, or another description the second time", fig)
		}
	})
}

// wellFormed parses a document and refuses scripts and coordinates that are no numbers.
func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if e.Name.Local == "script" {
			t.Fatal("a script")
		}
		for _, a := range e.Attr {
			number := a.Name.Local != "id" && a.Name.Local != "aria-labelledby"
			if number && (strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf")) {
				t.Fatalf("<%s %s=%q>", e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
}

// maker takes choices and numbers from bytes, and zeros when they are used up.
type maker struct {
	data  []byte
	label string
}

func (m *maker) byte() byte {
	if len(m.data) == 0 {
		return 0
	}
	b := m.data[0]
	m.data = m.data[1:]
	return b
}

func (m *maker) flag() bool { return m.byte()&1 == 1 }

func (m *maker) upTo(n int) int { return int(m.byte()) % (n + 1) }

// number is often an ordinary one, and at times one that is hard to draw.
func (m *maker) number() float64 {
	hard := [...]float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1e-300,
		1e300, -1e300, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e9, 1e9 + 1e-3, 1e6}
	switch b := m.byte(); {
	case b < 200:
		return (float64(b) - 60) / 7
	case b < 240:
		return hard[int(b)%len(hard)]
	}
	var bits [8]byte
	for i := range bits {
		bits[i] = m.byte()
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(bits[:]))
}

func (m *maker) numbers(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = m.number()
	}
	return out
}

// orNil is nil for one byte in four.
func (m *maker) orNil(n int) []float64 {
	if m.upTo(3) == 0 {
		return nil
	}
	return m.numbers(n)
}

func (m *maker) axis() viz.Axis {
	a := viz.Axis{Label: m.label, Log: m.flag(), Integer: m.flag()}
	if m.flag() {
		a.Range = [2]float64{m.number(), m.number()}
	}
	return a
}

func (m *maker) grid() viz.GridXYZ {
	nx, ny := m.upTo(8), m.upTo(8)
	z := make([][]float64, nx)
	for i := range z {
		z[i] = m.numbers(ny)
	}
	xs, ys := linspace(m.number(), m.number(), nx), linspace(m.number(), m.number(), ny)
	g, err := viz.NewGrid(xs, ys, z)
	if err != nil {
		return nil
	}
	return g
}

func (m *maker) lines() (out []viz.RefLine) {
	for range m.upTo(2) {
		out = append(out, viz.RefLine{At: m.number(), Label: m.label})
	}
	return out
}

func (m *maker) series() (out []viz.Series) {
	for range m.upTo(3) {
		n := m.upTo(9)
		out = append(out, viz.Series{Label: m.label, X: m.orNil(n), Y: m.numbers(n),
			Lo: m.orNil(n), Hi: m.orNil(n), Markers: m.flag(), MarkersOnly: m.flag(),
			Dashed: m.flag(), Color: int(int8(m.byte()))})
	}
	return out
}

func (m *maker) marks() (out []viz.Mark) {
	for range m.upTo(2) {
		out = append(out, viz.Mark{X: m.number(), Y: m.number(), Label: m.label,
			Kind: viz.MarkKind(m.upTo(6))})
	}
	return out
}

func (m *maker) paths() (out []viz.Path) {
	for range m.upTo(2) {
		n := m.upTo(9)
		out = append(out, viz.Path{Label: m.label, X: m.numbers(n), Y: m.numbers(n),
			Off: m.orNil(n), DotEvery: int(int8(m.byte())), Dashed: m.flag()})
	}
	return out
}

func (m *maker) size() float64 {
	if m.flag() {
		return 0
	}
	return 150 + 4*float64(m.byte())
}

func (m *maker) figure(depth int) viz.Figure {
	switch m.upTo(9) {
	case 0:
		return viz.Contour{Grid: m.grid(), Title: m.label, X: m.axis(), Y: m.axis(), Z: m.axis(),
			Levels: m.orNil(m.upTo(5)), LevelCount: int(int8(m.byte())),
			Colors: viz.ColorMap(m.upTo(3)), Center: m.number(), HeatMap: m.flag(),
			PlainLines: m.flag(), Equal: m.flag(), MarkMinimum: m.flag(), Marks: m.marks(),
			Paths: m.paths(), Width: m.size(), Height: m.size(),
			Arrows: []viz.Arrow{{X0: m.number(), Y0: m.number(), X1: m.number(), Y1: m.number(),
				Label: m.label, Color: int(int8(m.byte())), Dashed: m.flag()}}}
	case 1:
		return viz.Surface3D{Grid: m.grid(), Title: m.label, X: m.axis(), Y: m.axis(),
			Z: m.axis(), Turn: m.number(), Marks: m.marks(), Paths: m.paths(),
			Width: m.size(), Height: m.size()}
	case 2:
		return viz.Density{Curves: m.series(), X: m.axis(), Y: m.axis(), Floor: m.number(),
			Rug: m.numbers(m.upTo(3)), VLines: m.lines(),
			Stems: []viz.Stem{{At: m.number(), Height: m.number(), Label: m.label}}}
	case 3:
		n := m.upTo(5)
		s := viz.Strip{Steps: m.numbers(n), Lines: m.flag(), Bound: m.numbers(m.upTo(5)),
			X: m.axis(), Y: m.axis(), BoundLabel: m.label}
		for range n {
			s.Values = append(s.Values, m.numbers(m.upTo(4)))
		}
		return s
	case 4:
		n := m.upTo(6)
		return viz.Scatter{X: m.axis(), Y: m.axis(), HLines: m.lines(), VLines: m.lines(),
			Groups: []viz.Points{{Label: m.label, X: m.numbers(n), Y: m.numbers(n),
				XLo: m.orNil(n), XHi: m.orNil(n), YLo: m.orNil(n), YHi: m.orNil(n)}},
			Fits: []viz.Fit{{Slope: m.number(), Intercept: m.number(), Label: m.label,
				From: m.number(), To: m.number()}}}
	case 5:
		return viz.Histogram{X: m.axis(), Y: m.axis(), Edges: m.orNil(m.upTo(4)),
			Bins: int(int8(m.byte())), VLines: m.lines(),
			Groups: []viz.Sample{{Label: m.label, Values: m.numbers(m.upTo(9))}}}
	case 6:
		t := viz.Intervals{X: m.axis(), VLines: m.lines(), PlotOnly: m.flag(), Width: m.size()}
		for range m.upTo(4) {
			t.Rows = append(t.Rows, viz.Interval{Label: m.label, Group: m.label, Note: m.label,
				Value: m.number(), Lo: m.number(), Hi: m.number()})
		}
		return t
	case 7:
		return viz.Images{Columns: int(int8(m.byte())), Size: m.number(), Max: m.number(),
			Width: m.size(), Images: []viz.Image{{Pixels: m.numbers(m.upTo(9)),
				Width: int(int8(m.byte())), Caption: m.label, Marked: m.flag()}}}
	case 8:
		p := viz.Panels{Columns: int(int8(m.byte())), Width: m.size(), Title: m.label,
			Plain: m.flag(), SharedColors: m.flag()}
		for range m.upTo(3) {
			if depth < 2 {
				p.Figures = append(p.Figures, m.figure(depth+1))
			}
		}
		return p
	}
	return viz.Line{Series: m.series(), Title: m.label, X: m.axis(), Y: m.axis(),
		HLines: m.lines(), VLines: m.lines(), Width: m.size(), Height: m.size(),
		Regions: []viz.Region{{From: m.number(), To: m.number(), Label: m.label,
			Horizontal: m.flag()}}}
}
