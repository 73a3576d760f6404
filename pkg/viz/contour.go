package viz

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	_ Figure = Contour{}
	_ panel  = Contour{}
)

// Contour is a surface seen from above: filled contours with labelled iso-lines,
// or a heat map. Z(i, j) is drawn at (X(i), Y(j)), X to the right and Y up.
//
// SVG returns an error for a grid that is nil, smaller than 2×2, without a finite
// value, or with axes that aren't strictly monotone; for values ≤ 0 with Log; for
// levels that don't rise; and for marks, paths or arrows with coordinates that
// aren't finite.
type Contour struct {
	Grid GridXYZ // required

	Title                  string
	XLabel, YLabel, ZLabel string // with units; ZLabel names the colour bar
	AltText                string // replaces the text made from the numbers

	// Log spaces levels and colours logarithmically; refuses values ≤ 0.
	Log bool
	// ZRange fixes the two ends of the colour scale; {0, 0}: from the data. Values
	// beyond get the end's colour, and the colour bar a pointed end.
	ZRange [2]float64
	// Levels are the iso-lines, rising; nil: about LevelCount round ones.
	Levels []float64
	// LevelCount is how many levels to aim at; 0 means 11.
	LevelCount int
	// Colors is Viridis unless said otherwise.
	Colors ColorMap
	// Center is the middle of a Diverging map; on a logarithmic scale 0 means 1.
	Center float64
	// HeatMap draws each grid point as a pixel of its own colour instead of filled
	// contours, with iso-lines only at the given Levels.
	HeatMap bool
	// NoLabels leaves the iso-lines without labels.
	NoLabels bool
	// Equal makes one unit as long on both axes. Without a Height the figure gets the
	// height that this needs.
	Equal bool

	// MarkMinimum marks the grid's lowest finite value with a star and its value.
	MarkMinimum bool
	Marks       []Mark
	Paths       []Path
	Arrows      []Arrow

	Width, Height float64 // in pixels; 0 means 540 and 440
}

// SVG draws the figure.
func (c Contour) SVG() ([]byte, error) { return svgOf(c) }

// Alt says what the surface is, its extremes and where they are, what isn't finite,
// and the marks and paths on it.
func (c Contour) Alt() string { return altOr(c.AltText, c.describe) }

func (c Contour) draw(least pads) (*drawing, error) {
	f, err := readGrid("Contour", c.Grid, c.Log)
	if err != nil {
		return nil, err
	}
	z, err := newZScale("Contour", f, c.Log, c.ZRange, c.Levels, c.LevelCount, c.Colors, c.Center)
	if err != nil {
		return nil, err
	}
	ch, err := c.layout(f, z, least)
	if err != nil {
		return nil, err
	}
	over := &layer{chart: ch, under: func(p point) rgb { return z.color(f.nearest(ch.xs, ch.ys, ch.area, p)) }}
	if err := checkOverlay("Contour", c.Marks, c.Paths, c.Arrows); err != nil {
		return nil, err
	}
	for _, k := range hatchKinds {
		if c.count(f)[k] > 0 {
			ch.defineHatch(k)
		}
	}
	ch.clip("plot", ch.area)
	c.drawSurface(over, f, z)
	c.drawOverlay(over, f)
	ch.end()
	ch.drawAxes(true)
	ch.drawBar(z, c.ZLabel, c.HeatMap)
	return ch.drawing, nil
}

func (c Contour) layout(f *field, z *zscale, least pads) (*chart, error) {
	w, h, err := sizeOf("Contour", c.Width, c.Height, 540, 440)
	if err != nil {
		return nil, err
	}
	xs, ys := f.outline(c.HeatMap)
	return newChart(frame{
		figure: "Contour", title: c.Title, desc: c.Alt(), width: w, height: h,
		x: Axis{Label: c.XLabel}, y: Axis{Label: c.YLabel}, xs: xs, ys: ys,
		legend: c.legend(f), right: z.barRoom(c.ZLabel, c.HeatMap),
		equal: c.Equal, fitHeight: c.Equal && c.Height == 0, least: least,
	})
}

// outline is the drawn range: the grid's, or with pixels half a cell more.
func (f *field) outline(pixels bool) (xs, ys scale) {
	ends := func(vs []float64) scale {
		n := len(vs)
		s := scale{lo: vs[0], hi: vs[n-1]}
		if pixels {
			s.lo -= (vs[1] - vs[0]) / 2
			s.hi += (vs[n-1] - vs[n-2]) / 2
		}
		return s
	}
	return ends(f.xs), ends(f.ys)
}

// nearest is the value of the grid point nearest to a place in the plot area.
func (f *field) nearest(xs, ys scale, a box, p point) float64 {
	closest := func(vs []float64, v float64) int {
		best := 0
		for k := range vs {
			if math.Abs(vs[k]-v) < math.Abs(vs[best]-v) {
				best = k
			}
		}
		return best
	}
	x, y := xs.value((p.x-a.x0)/a.width()), ys.value((a.y1-p.y)/a.height())
	return f.at(closest(f.xs, x), closest(f.ys, y))
}

func (c Contour) legend(f *field) []entry {
	var out []entry
	for i, p := range c.Paths {
		out = append(out, p.entries(onFill(i))...)
	}
	for _, a := range c.Arrows {
		if a.Label != "" {
			out = append(out, a.entry())
		}
	}
	for _, k := range hatchKinds {
		if c.count(f)[k] > 0 {
			out = append(out, hatchEntry(k))
		}
	}
	return out
}

// count counts what is hatched: cells, or pixels of a heat map.
func (c Contour) count(f *field) [4]int {
	var n [4]int
	if c.HeatMap {
		for _, v := range f.z {
			n[kindOf(v)]++
		}
		return n
	}
	for i := range len(f.xs) - 1 {
		for j := range len(f.ys) - 1 {
			n[f.cellKind(i, j)]++
		}
	}
	return n
}

// drawSurface draws fills, iso-lines and their labels.
func (c Contour) drawSurface(l *layer, f *field, z *zscale) {
	m := newMarcher(f, c.Log)
	l.reserve(c, f)
	if c.HeatMap {
		l.drawPixels(f, z)
	} else {
		l.drawBands(m, z)
	}
	if c.HeatMap && len(c.Levels) == 0 || z.constant {
		return
	}
	l.drawLines(m, z, !c.NoLabels)
}

// reserve places the marks' labels and keeps those of the iso-lines off what is drawn
// later.
func (l *layer) reserve(c Contour, f *field) {
	for _, m := range c.allMarks(f) {
		l.taken = append(l.taken, markBox(l.at(m.X, m.Y)))
	}
	for _, a := range c.Arrows {
		l.occupy(l.at(a.X0, a.Y0), l.at(a.X1, a.Y1))
	}
	for _, p := range c.Paths {
		for k := 1; k < len(p.X) && k < 500; k++ {
			l.occupy(l.at(p.X[k-1], p.Y[k-1]), l.at(p.X[k], p.Y[k]))
		}
	}
	for _, m := range c.allMarks(f) {
		l.placeLabel(l.at(m.X, m.Y), m.Label, "on")
	}
}

func (c Contour) allMarks(f *field) []Mark {
	if !c.MarkMinimum {
		return c.Marks
	}
	m := Mark{f.min.x, f.min.y, "minimum " + number(f.min.z), Minimum}
	return append([]Mark{m}, c.Marks...)
}

// drawBands paints the regions above each level over one another.
func (l *layer) drawBands(m *marcher, z *zscale) {
	paint := func(pieces []piece, level float64, color string) {
		var p pathData
		for _, loop := range m.join(pieces, level) {
			p.polyline(l.pixels(loop.pts), true)
		}
		l.path(&p, color)
	}
	base := 0
	if z.under {
		base = -1
	}
	paint(m.border(func(i, j int) bool { return m.ok[i*m.ny+j] }), 0, fmt.Sprintf(`fill="%s"`, z.band(base).hex()))
	for k := base + 1; k < len(z.levels); k++ {
		level := m.level(z.levels[k])
		paint(m.region(level), level, fmt.Sprintf(`fill="%s"`, z.band(k).hex()))
	}
	for _, kind := range hatchKinds {
		paint(m.border(func(i, j int) bool { return m.f.cellKind(i, j) == kind }), 0, hatchFill(kind)+` class="ax"`)
	}
}

func (l *layer) pixels(pts []point) []point {
	out := make([]point, len(pts))
	for k, p := range pts {
		out[k] = l.at(p.x, p.y)
	}
	return out
}

// drawLines draws the iso-lines, each broken where its label sits.
func (l *layer) drawLines(m *marcher, z *zscale, labels bool) {
	lab := labeller{area: l.area, obstacles: l.taken}
	for k, v := range z.levels {
		level := m.level(v)
		for _, c := range m.join(isoLines(m.region(level)), level) {
			if len(c.pts) > 1 {
				lab.lines = append(lab.lines, newPolyline(l.pixels(c.pts), c.closed, k))
			}
		}
	}
	placed := map[int]isoLabel{} // by line; a level has one label at most
	var all []isoLabel           // in the order of the levels
	for k := range z.levels {
		if !labels {
			break
		}
		if c, ok := lab.place(k, z.labels[k]); ok {
			placed[c.line] = c
			all = append(all, c)
		}
	}
	for k := range z.levels {
		var p pathData
		for n, line := range lab.lines {
			if line.level != k {
				continue
			}
			parts := [][]point{line.pts}
			if label, ok := placed[n]; ok {
				parts = line.cut(label)
			}
			for _, pts := range parts {
				p.polyline(pts, false)
			}
		}
		l.path(&p, fmt.Sprintf(`class="ln" stroke="%s" stroke-opacity=".55" stroke-width=".9"`, z.lineColor(k)))
	}
	for _, c := range all {
		l.turned(c.center.x, c.center.y, c.degrees, c.text,
			fmt.Sprintf(`class="mid sm" dy=".35em" style="fill:%s"`, z.lineColor(lab.lines[c.line].level)))
	}
}

// lineColor reads on both bands that a level parts.
func (z *zscale) lineColor(k int) string { return inkOn(z.color(z.levels[k])) }

// level brings a level into the marcher's space.
func (m *marcher) level(v float64) float64 {
	if m.log {
		return log10(v)
	}
	return v
}

// drawPixels draws a rectangle around each grid point; neighbours of one colour
// share one.
func (l *layer) drawPixels(f *field, z *zscale) {
	const shades = 128
	xe, ye := edges(f.xs), edges(f.ys)
	paths := map[int]*pathData{}
	shade := func(i, j int) int { // a colour's number, or −1, −2, −3 for a hatch
		v := f.at(i, j)
		if k := kindOf(v); k != isFinite {
			return -int(k)
		}
		return int(clamp(z.at(v)) * (shades - 1))
	}
	for j := range f.ys {
		for i := 0; i < len(f.xs); {
			s, end := shade(i, j), i+1
			for end < len(f.xs) && shade(end, j) == s {
				end++
			}
			if paths[s] == nil {
				paths[s] = &pathData{}
			}
			a, b := l.at(xe[i], ye[j]), l.at(xe[end], ye[j+1])
			p := paths[s]
			p.moveTo(a.x, b.y)
			p.lineTo(b.x, b.y)
			p.lineTo(b.x, a.y)
			p.lineTo(a.x, a.y)
			p.close()
			i = end
		}
	}
	l.add(`<g shape-rendering="crispEdges">`)
	for s := range shades {
		if p := paths[s]; p != nil {
			l.path(p, fmt.Sprintf(`fill="%s"`, z.color(z.value((float64(s)+0.5)/shades)).hex()))
		}
	}
	l.end()
	for _, k := range hatchKinds {
		if p := paths[-int(k)]; p != nil {
			l.path(p, hatchFill(k)+` class="ax"`)
		}
	}
}

// edges are the borders of the pixels around grid places: the middles between them,
// and half a cell beyond the ends.
func edges(vs []float64) []float64 {
	n := len(vs)
	out := make([]float64, n+1)
	out[0], out[n] = vs[0]-(vs[1]-vs[0])/2, vs[n-1]+(vs[n-1]-vs[n-2])/2
	for i := 1; i < n; i++ {
		out[i] = vs[i-1]/2 + vs[i]/2
	}
	return out
}

// drawOverlay draws paths, arrows and marks, then the marks' labels.
func (c Contour) drawOverlay(l *layer, f *field) {
	for i, p := range c.Paths {
		l.drawPath(p, onFill(i))
	}
	for _, a := range c.Arrows {
		l.arrow(l.at(a.X0, a.Y0), l.at(a.X1, a.Y1), onFill(a.Color), a.Dashed)
	}
	for _, m := range c.allMarks(f) {
		l.drawMark(m)
	}
	l.drawLabels()
}

func (c Contour) describe() (string, error) {
	f, err := readGrid("Contour", c.Grid, c.Log)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(describeSurface(f, c.XLabel, c.YLabel, c.ZLabel))
	if c.Log {
		b.WriteString("; logarithmic colour scale")
	}
	for _, m := range c.Marks {
		fmt.Fprintf(&b, "; mark %q at (%s, %s)", plain(m.Label), number(m.X), number(m.Y))
	}
	for _, p := range c.Paths {
		if n := len(p.X); n > 0 && n == len(p.Y) {
			fmt.Fprintf(&b, "; path %q of %d points from (%s, %s) to (%s, %s)", plain(p.Label), n,
				number(p.X[0]), number(p.Y[0]), number(p.X[n-1]), number(p.Y[n-1]))
		}
	}
	for _, a := range c.Arrows {
		fmt.Fprintf(&b, "; arrow %q from (%s, %s) to (%s, %s)", plain(a.Label), number(a.X0), number(a.Y0), number(a.X1), number(a.Y1))
	}
	return plain(b.String()) + ".", nil
}

// describeSurface names a surface's size, extremes and what isn't finite.
func describeSurface(f *field, xlabel, ylabel, zlabel string) string {
	x, y := plain(or(xlabel, "x")), plain(or(ylabel, "y"))
	// Rounding noise at the middle of an axis is a zero to the reader.
	place := func(v float64, vs []float64) string {
		if math.Abs(v) < 1e-9*(vs[len(vs)-1]-vs[0]) {
			v = 0
		}
		return number(v)
	}
	s := fmt.Sprintf("%s on a %d×%d plane, %s from %s to %s, %s from %s to %s; minimum %s at %s=%s, %s=%s; maximum %s at %s=%s, %s=%s",
		capital(plain(or(zlabel, "value"))), len(f.xs), len(f.ys),
		x, number(f.xs[0]), number(f.xs[len(f.xs)-1]), y, number(f.ys[0]), number(f.ys[len(f.ys)-1]),
		number(f.min.z), x, place(f.min.x, f.xs), y, place(f.min.y, f.ys),
		number(f.max.z), x, place(f.max.x, f.xs), y, place(f.max.y, f.ys))
	var n [4]int
	for _, v := range f.z {
		n[kindOf(v)]++
	}
	for _, k := range hatchKinds {
		if n[k] > 0 {
			s += fmt.Sprintf("; %d of %d values are %s", n[k], len(f.z), kindNames[k])
		}
	}
	return s
}

// capital makes a sentence's first letter large, but leaves Greek symbols alone.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if r > unicode.MaxLatin1 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}
