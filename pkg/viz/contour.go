package viz

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	_ Figure  = Contour{}
	_ surface = Contour{}
)

// Contour is a surface seen from above: filled contours with labelled iso-lines,
// or a heat map. Z(i, j) is drawn at (X(i), Y(j)), X to the right and Y up.
//
// A grid of more detail than a picture can show, such as noise on 1000×1000 points,
// is drawn from every k-th of its points; the legend then says so. The document has
// at most about 3 MB.
//
// SVG returns an error for a grid that is nil, smaller than 2×2, larger than 10⁷
// points, without a finite value, or with axes that aren't strictly monotone; for
// values ≤ 0 on a logarithmic axis; for levels that don't rise; and for marks, paths
// or arrows with coordinates that aren't finite.
type Contour struct {
	Grid GridXYZ // required

	Title string
	X, Y  Axis
	// Z is the axis of the values. Its label, with the unit, names the colour bar.
	// Log spaces levels and colours logarithmically. Range fixes the two ends of the
	// colour scale: values beyond get the end's colour, and the bar a pointed end.
	Z       Axis
	AltText string // replaces the text made from the numbers

	// Levels are the iso-lines, rising, 2 to 200; nil: about LevelCount round ones.
	Levels []float64
	// LevelCount is how many levels to aim at, 1 to 200.
	// 0 means 11.
	LevelCount int
	// Colors is Viridis unless said otherwise.
	Colors ColorMap
	// Center is the middle of a Diverging map; on a logarithmic scale 0 means 1.
	Center float64
	// HeatMap draws each grid point as a pixel of its own colour instead of filled
	// contours, with iso-lines only at the given Levels.
	HeatMap bool
	// PlainLines leaves the iso-lines without labels.
	PlainLines bool
	// Equal makes one unit as long on both axes, which must be linear. Without a Height
	// the figure gets the height that this needs.
	Equal bool

	// MarkMinimum marks the grid's lowest finite value with a star and its value.
	MarkMinimum bool
	Marks       []Mark
	Paths       []Path
	Arrows      []Arrow

	Width, Height float64 // in pixels; 0 means 540 and 440

	span *extent // of the colours, where Panels share them
}

// SVG draws the figure.
func (c Contour) SVG() ([]byte, error) { return svgOf(c) }

// Alt says what the surface is, its extremes and where they are, what isn't finite,
// and the marks and paths on it.
func (c Contour) Alt() string { return altOf(c, c.AltText) }

func (c Contour) read() (*field, Axis, error) {
	f, err := readGrid("Contour", c.Grid, c.Z.Log)
	return f, c.Z, err
}

func (c Contour) with(f *field, span *extent) planner {
	c.Grid = f
	if c.Z.Range == [2]float64{} && len(c.Levels) == 0 {
		c.span = span
	}
	return c
}

// contour is a Contour whose grid has been read.
type contour struct {
	Contour
	whole  *field // the grid
	f      *field // what of it is drawn
	z      *zscale
	hatch  [4]int // how many cells, or pixels, there are of each kind
	xs, ys scale
	alt    string
}

const narrowestContour = 300.0

func (c Contour) plan() (plan, error) {
	p, err := c.prepare()
	if err != nil {
		return plan{}, err
	}
	w, h, err := sizeOf("Contour", c.Width, c.Height, 540, 440)
	if err != nil {
		return plan{}, err
	}
	draw := func(r room) (*drawing, error) {
		w, h := r.fit(w, h)
		return p.draw(w, h, r.least)
	}
	return plan{alt: p.alt, width: w, narrowest: min(w, narrowestContour), draw: draw}, nil
}

// prepare reads and checks everything that needs the grid.
func (c Contour) prepare() (*contour, error) {
	f, _, err := c.read()
	if err != nil {
		return nil, err
	}
	z, err := newZScale("Contour", f, levelChoice{axis: c.Z, given: c.Levels,
		count: c.LevelCount, colors: c.Colors, center: c.Center, span: c.span})
	if err != nil {
		return nil, err
	}
	if err := checkOverlay("Contour", c.Marks, c.Paths, c.Arrows); err != nil {
		return nil, err
	}
	p := &contour{Contour: c, whole: f, f: f, z: z}
	if p.xs, p.ys, err = p.scales(); err != nil {
		return nil, err
	}
	if c.HeatMap {
		p.f = f.thinned(mostRuns, z.pixelRuns)
		p.hatch = f.kinds
	} else {
		p.f = f.thinned(mostCrossings, z.crossings)
		p.hatch = f.cells()
	}
	p.alt = or(c.AltText, p.describe())
	return p, nil
}

// scales are the drawn ranges: the grid's unless the axes say otherwise.
func (c *contour) scales() (xs, ys scale, err error) {
	if c.Equal && (c.X.Log || c.Y.Log) {
		return xs, ys, fmt.Errorf("viz: Contour: Equal units on a logarithmic axis: " +
			"want linear axes or no Equal")
	}
	xs, ys = c.whole.outline(c.HeatMap)
	if xs, err = rangeOf("X", c.X, xs); err != nil {
		return xs, ys, err
	}
	ys, err = rangeOf("Y", c.Y, ys)
	return xs, ys, err
}

func rangeOf(name string, a Axis, whole scale) (scale, error) {
	s, err := scaleOf("Contour", name, a, extent{lo: whole.lo, hi: whole.hi, n: 2}, 0)
	s.whole = a.Integer
	return s, err
}

func (c *contour) draw(w, h float64, least pads) (*drawing, error) {
	ch, err := newChart(frame{
		figure: "Contour", title: c.Title, desc: c.alt, width: w, height: h,
		x: c.X, y: c.Y, xs: c.xs, ys: c.ys,
		legend: c.legend(), bar: c.z, barLabel: c.Z.Label, barContinuous: c.HeatMap,
		equal: c.Equal, fitHeight: c.Equal && c.Height == 0, least: least,
	})
	if err != nil {
		return nil, err
	}
	over := &layer{chart: ch, under: func(p point) rgb {
		z := c.f.nearest(ch.xs, ch.ys, ch.area, p)
		if !finite(z) { // a hatch, on which words are read best as on paper.
			return rgb{255, 255, 255}
		}
		return c.z.color(z)
	}}
	for _, k := range hatchKinds {
		if c.hatch[k] > 0 {
			ch.defineHatch(k)
		}
	}
	ch.clip("plot", ch.area)
	c.drawSurface(over)
	c.drawOverlay(over)
	ch.end()
	ch.drawAxes(true)
	ch.drawBar()
	return ch.drawing, nil
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

func (c *contour) legend() []entry {
	var out []entry
	for i, p := range c.Paths {
		out = append(out, p.entries(onFill(i))...)
	}
	for i, a := range c.Arrows {
		if a.Label != "" {
			out = append(out, a.entry(i))
		}
	}
	for _, k := range hatchKinds {
		if c.hatch[k] > 0 {
			out = append(out, hatchEntry(k))
		}
	}
	if every := c.f.every; every > 1 {
		out = append(out, note("⋯", "drawn from "+everyWords(every)))
	}
	return out
}

// everyWords says how a grid was thinned.
func everyWords(every int) string {
	switch every {
	case 2:
		return "every 2nd point"
	case 3:
		return "every 3rd point"
	}
	return fmt.Sprintf("every %dth point", every)
}

// drawSurface draws fills, iso-lines and their labels.
func (c *contour) drawSurface(l *layer) {
	m := newMarcher(c.f, c.Z.Log)
	c.reserve(l)
	var regions [][]piece // by level
	for _, v := range c.z.levels {
		if c.HeatMap && len(c.Levels) == 0 {
			break
		}
		regions = append(regions, m.region(m.level(v)))
	}
	if c.HeatMap {
		l.drawPixels(c.f, c.z)
	} else {
		l.drawBands(m, c.z, regions)
	}
	if !c.z.constant && len(regions) > 0 {
		l.drawLines(m, c.z, regions, !c.PlainLines)
	}
}

// reserve places the marks' labels and keeps those of the iso-lines off what is drawn
// later.
func (c *contour) reserve(l *layer) {
	for _, m := range c.allMarks() {
		l.taken = append(l.taken, markBox(l.at(m.X, m.Y), m))
	}
	for _, a := range c.Arrows {
		l.occupy(l.at(a.X0, a.Y0), l.at(a.X1, a.Y1))
	}
	for _, p := range c.Paths {
		for k := 1; k < len(p.X) && k < 500; k++ {
			l.occupy(l.at(p.X[k-1], p.Y[k-1]), l.at(p.X[k], p.Y[k]))
		}
	}
	for _, m := range c.allMarks() {
		switch p := l.at(m.X, m.Y); {
		case !l.shows(p):
		case m.Kind == Words:
			l.labels = append(l.labels, placedText{markBox(p, m), m.Label, "on"})
		default:
			l.placeLabel(p, m.Label, "on")
		}
	}
}

func (c *contour) allMarks() []Mark {
	if !c.MarkMinimum {
		return c.Marks
	}
	low := c.whole.min
	m := Mark{low.x, low.y, "minimum " + number(low.z), Minimum}
	return append([]Mark{m}, c.Marks...)
}

// drawBands paints the regions above each level over one another.
func (l *layer) drawBands(m *marcher, z *zscale, regions [][]piece) {
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
	fill := func(band int) string { return fmt.Sprintf(`fill="%s"`, z.band(band).hex()) }
	paint(m.border(func(i, j int) bool { return m.ok[i*m.ny+j] }), 0, fill(base))
	for k := base + 1; k < len(z.levels); k++ {
		paint(regions[k], m.level(z.levels[k]), fill(k))
	}
	for _, kind := range hatchKinds {
		holes := m.border(func(i, j int) bool { return m.f.cellKind(i, j) == kind })
		paint(holes, 0, hatchFill(kind)+` class="ax"`)
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
func (l *layer) drawLines(m *marcher, z *zscale, regions [][]piece, labels bool) {
	lab := labeller{area: l.area, obstacles: l.taken}
	for k, v := range z.levels {
		level := m.level(v)
		for _, c := range m.join(isoLines(regions[k]), level) {
			if len(c.pts) > 1 {
				line := newPolyline(l.pixels(c.pts), c.closed, k)
				lab.lines = append(lab.lines, line)
				lab.points += len(line.pts)
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
	paths := make([]pathData, len(z.levels))
	for n, line := range lab.lines {
		parts := [][]point{line.pts}
		if label, ok := placed[n]; ok {
			parts = line.cut(label)
		}
		for _, pts := range parts {
			paths[line.level].polyline(pts, false)
		}
	}
	const style = `class="ln" stroke="%s" stroke-opacity=".55" stroke-width=".9"`
	for k := range paths {
		l.path(&paths[k], fmt.Sprintf(style, z.lineColor(k)))
	}
	for _, c := range all {
		l.turned(c.center.x, c.center.y, c.degrees, c.text, fmt.Sprintf(
			`class="mid sm" dy=".35em" style="fill:%s"`, z.lineColor(lab.lines[c.line].level)))
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
	xe, ye := edges(f.xs), edges(f.ys)
	paths := map[int]*pathData{}
	shade := func(i, j int) int { return z.shade(f.at(i, j)) }
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
			l.path(p, fmt.Sprintf(`fill="%s"`, z.shadeColor(s).hex()))
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
func (c *contour) drawOverlay(l *layer) {
	for i, p := range c.Paths {
		l.drawPath(p, onFill(i))
	}
	for i, a := range c.Arrows {
		from, to, seen := clipped(l.at(a.X0, a.Y0), l.at(a.X1, a.Y1), l.area.grown(farOff))
		if seen {
			l.arrow(from, to, a.color(i), a.Dashed)
		}
	}
	for i, p := range c.Paths {
		l.drawEnds(p, onFill(i), c.Marks)
	}
	for _, m := range c.allMarks() {
		if l.shows(l.at(m.X, m.Y)) {
			l.drawMark(m)
		}
	}
	l.drawLabels()
}

func (c *contour) describe() string {
	var b strings.Builder
	b.WriteString(describeSurface(c.whole, c.X.Label, c.Y.Label, c.Z.Label))
	if c.Z.Log {
		b.WriteString("; logarithmic colour scale")
	}
	if every := c.f.every; every > 1 {
		b.WriteString("; drawn from " + everyWords(every))
	}
	for _, m := range c.Marks {
		fmt.Fprintf(&b, "; mark %q at (%s, %s)", plain(m.Label), number(m.X), number(m.Y))
	}
	for _, p := range c.Paths {
		n := len(p.X)
		fmt.Fprintf(&b, "; path %q of %d points from (%s, %s) to (%s, %s)", plain(p.Label), n,
			number(p.X[0]), number(p.Y[0]), number(p.X[n-1]), number(p.Y[n-1]))
	}
	for _, a := range c.Arrows {
		fmt.Fprintf(&b, "; arrow %q from (%s, %s) to (%s, %s)", plain(a.Label),
			number(a.X0), number(a.Y0), number(a.X1), number(a.Y1))
	}
	return plain(b.String()) + "."
}

// describeSurface names a surface's size, extremes and what isn't finite.
func describeSurface(f *field, xlabel, ylabel, zlabel string) string {
	x, y := plain(or(xlabel, "x")), plain(or(ylabel, "y"))
	// Rounding noise at the middle of an axis is a zero to the reader.
	place := func(v float64, vs []float64) string {
		low, high := vs[0], vs[len(vs)-1]
		if math.Abs(v) < 1e-9*(high-low) {
			v = 0
		}
		return numbers(v, low, high)[0]
	}
	xr, yr := numbers(f.xs[0], f.xs[len(f.xs)-1]), numbers(f.ys[0], f.ys[len(f.ys)-1])
	zr := numbers(f.min.z, f.max.z)
	s := fmt.Sprintf("%s on a %d×%d plane, %s from %s to %s, %s from %s to %s; "+
		"minimum %s at %s=%s, %s=%s; maximum %s at %s=%s, %s=%s",
		capital(plain(or(zlabel, "value"))), len(f.xs), len(f.ys),
		x, xr[0], xr[1], y, yr[0], yr[1],
		zr[0], x, place(f.min.x, f.xs), y, place(f.min.y, f.ys),
		zr[1], x, place(f.max.x, f.xs), y, place(f.max.y, f.ys))
	for _, k := range hatchKinds {
		if n := f.kinds[k]; n > 0 {
			s += fmt.Sprintf("; %d of %d values are %s", n, f.size(), kindNames[k])
		}
	}
	return plain(s)
}

// capital makes a sentence's first letter large, but leaves Greek symbols alone.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if r > unicode.MaxLatin1 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}
