package viz

import (
	"fmt"
	"math"
	"strings"
)

// MarkKind is the shape of a mark.
type MarkKind int

const (
	Dot     MarkKind = iota // a named point
	Minimum                 // a star
	Start                   // a ring
	End                     // a square
	Saddle                  // a cross
	Words                   // no shape: the label alone, its middle at the point
)

// Mark is a named point on a surface.
type Mark struct {
	X, Y  float64 // in the units of the axes
	Label string
	Kind  MarkKind
}

// Path is a polyline on a surface, such as the projection of a training run. It has
// a ring where it starts and a square where it ends, unless a Mark lies there. What
// leaves the plot is cut off.
type Path struct {
	Label string
	X, Y  []float64 // of equal length, in the units of the axes
	// Off is each point's distance from the plane, ≥ 0; nil if there is none. What
	// is further off is drawn fainter and with a smaller dot, and the legend says
	// how far the furthest point is.
	Off []float64
	// DotEvery puts a dot at each so-many-th point, or NoDots.
	// 0 means at most 60 dots in all.
	DotEvery int
	Dashed   bool
}

// NoDots as a Path's DotEvery draws the line alone.
const NoDots = -1

// Arrow is a directed line on a surface; its label stands in the legend.
type Arrow struct {
	X0, Y0, X1, Y1 float64 // from and to, in the units of the axes
	Label          string
	// Color is the number of the colour: 1 white, 2 orange, 3 pink, 4 light blue, and
	// again from the first.
	// 0 means the arrow's own place in the list, counted from 1.
	Color  int
	Dashed bool
}

// onFills are the colours of what lies on a colour map. They keep a dark outline,
// so they show on any colour.
var onFills = [...]string{"#ffffff", "#ffa04d", "#ff9bd2", "#8fe3ff"}

const outline = "#14161a"

func onFill(i int) string { return onFills[floorMod(i, len(onFills))] }

// color is the arrow's; i is its place in the list.
func (a Arrow) color(i int) string { return onFill(or(a.Color, i+1) - 1) }

// layer draws marks, paths and arrows over a chart and remembers where they are.
type layer struct {
	*chart
	taken  []box // glyphs and labels
	labels []placedText
	// under is the fill below a point; nil on a plain plot area.
	under func(p point) rgb
}

func checkOverlay(figure string, marks []Mark, paths []Path, arrows []Arrow) error {
	for _, c := range []struct {
		field string
		n     int
	}{{"Marks", len(marks)}, {"Paths", len(paths)}, {"Arrows", len(arrows)}} {
		if err := atMost(figure, c.field, c.n, mostNames); err != nil {
			return err
		}
	}
	for i, m := range marks {
		if !finite(m.X) || !finite(m.Y) {
			return fmt.Errorf("viz: %s: mark %d (%q) lies at (%g, %g): want finite coordinates",
				figure, i, m.Label, m.X, m.Y)
		}
	}
	for i, a := range arrows {
		if !finite(a.X0) || !finite(a.Y0) || !finite(a.X1) || !finite(a.Y1) {
			return fmt.Errorf("viz: %s: arrow %d (%q) runs from (%g, %g) to (%g, %g): "+
				"want finite coordinates", figure, i, a.Label, a.X0, a.Y0, a.X1, a.Y1)
		}
	}
	points := 0
	for i, p := range paths {
		if err := p.check(figure, i); err != nil {
			return err
		}
		points += len(p.X)
	}
	return atMost(figure, "points of all Paths", points, mostValues)
}

func (p Path) check(figure string, i int) error {
	name := fmt.Sprintf("viz: %s: path %d (%q)", figure, i, p.Label)
	if len(p.X) != len(p.Y) {
		return fmt.Errorf("%s: %d X but %d Y", name, len(p.X), len(p.Y))
	}
	if len(p.X) < 2 {
		return fmt.Errorf("%s: %d points: want at least 2", name, len(p.X))
	}
	if p.Off != nil && len(p.Off) != len(p.X) {
		return fmt.Errorf("%s: %d points but %d distances in Off", name, len(p.X), len(p.Off))
	}
	if p.DotEvery < NoDots {
		return fmt.Errorf("%s: DotEvery is %d: want a number ≥ 0 or NoDots", name, p.DotEvery)
	}
	for k := range p.X {
		if !finite(p.X[k]) || !finite(p.Y[k]) {
			return fmt.Errorf("%s: point %d is (%g, %g): want finite coordinates",
				name, k, p.X[k], p.Y[k])
		}
		if p.Off != nil && !(p.Off[k] >= 0 && finite(p.Off[k])) {
			return fmt.Errorf("%s: Off[%d] is %g: want a finite distance ≥ 0", name, k, p.Off[k])
		}
	}
	return nil
}

func (p Path) furthest() float64 {
	far := 0.0
	for _, v := range p.Off {
		far = math.Max(far, v)
	}
	return far
}

// nearness is 1 on the plane and 0 at the furthest point.
func (p Path) nearness(k int, far float64) float64 {
	if far > 0 {
		return 1 - p.Off[k]/far
	}
	return 1
}

func dashes(dashed bool) string {
	if dashed {
		return ` stroke-dasharray="5 4"`
	}
	return ""
}

// outlined draws a line on a dark one, which has no gaps: so a dashed line shows on
// any colour.
func (d *drawing) outlined(p *pathData, color, more string) {
	dark := more
	if i := strings.Index(dark, " stroke-dasharray"); i >= 0 {
		dark = dark[:i] + strings.TrimPrefix(dark[i:], dashes(true))
	}
	d.path(p, fmt.Sprintf(`class="ln" stroke="%s" stroke-opacity=".7" stroke-width="3.6"%s`,
		outline, dark))
	d.path(p, fmt.Sprintf(`class="ln" stroke="%s" stroke-width="1.9"%s`, color, more))
}

// drawPath draws a path; its line is split where its faintness changes.
func (l *layer) drawPath(p Path, color string) {
	far := p.furthest()
	shade := func(k int) int { // of the segment after point k, in eighths
		if far == 0 {
			return 8
		}
		return 2 + int(math.Round(6*(p.nearness(k, far)+p.nearness(k+1, far))/2))
	}
	for from := 0; from < len(p.X)-1; {
		to := from + 1
		for to < len(p.X)-1 && shade(to) == shade(from) {
			to++
		}
		var pts []point
		for k := from; k <= to; k++ {
			pts = append(pts, l.at(p.X[k], p.Y[k]))
		}
		var data pathData
		data.clippedLine(pts, l.area.grown(20))
		more := dashes(p.Dashed)
		if s := shade(from); s < 8 {
			more += fmt.Sprintf(` opacity="%g"`, float64(s)/8)
		}
		l.outlined(&data, color, more)
		from = to
	}
	l.drawDots(p, color)
}

func (l *layer) drawDots(p Path, color string) {
	every := p.DotEvery
	if every == 0 {
		every = (len(p.X) + 59) / 60
	}
	if every == NoDots {
		return
	}
	far := p.furthest()
	l.add(`<g fill="%s" stroke="%s" stroke-width=".9">`, color, outline)
	for k := 0; k < len(p.X); k += every {
		q, more := l.at(p.X[k], p.Y[k]), ""
		if !l.shows(q) {
			continue
		}
		r := 2.9
		if far > 0 {
			near := p.nearness(k, far)
			r = 2.1 + 1.3*near
			more = fmt.Sprintf(`opacity="%s"`, px(0.5+0.5*near))
		}
		l.circle(q.x, q.y, r, more)
	}
	l.end()
}

// drawEnds draws a ring where a path starts and a square where it ends, unless a mark
// lies there.
func (l *layer) drawEnds(p Path, color string, marks []Mark) {
	first, last := l.at(p.X[0], p.Y[0]), l.at(p.X[len(p.X)-1], p.Y[len(p.X)-1])
	marked := func(q point) bool {
		for _, m := range marks {
			if r := l.at(m.X, m.Y); math.Hypot(r.x-q.x, r.y-q.y) < 6 {
				return true
			}
		}
		return false
	}
	if l.shows(first) && !marked(first) {
		l.startRing(first, color)
	}
	if l.shows(last) && !marked(last) {
		l.endSquare(last, color)
	}
}

func (d *drawing) startRing(p point, color string) {
	d.circle(p.x, p.y, 5, `fill="none" stroke="`+outline+`" stroke-width="4.2"`)
	d.circle(p.x, p.y, 5, `fill="none" stroke="`+color+`" stroke-width="2"`)
}

func (d *drawing) endSquare(p point, color string) {
	d.rect(box{p.x - 4.5, p.y - 4.5, p.x + 4.5, p.y + 4.5}, fmt.Sprintf(
		`fill="%s" stroke="%s" stroke-width="1.4" stroke-linejoin="round"`, color, outline))
}

func (p Path) entries(color string) []entry {
	var out []entry
	if p.Label != "" {
		out = append(out, entry{p.Label, func(d *drawing, b box) {
			var data pathData
			y := (b.y0 + b.y1) / 2
			data.moveTo(b.x0, y)
			data.lineTo(b.x1, y)
			d.outlined(&data, color, dashes(p.Dashed))
			if p.DotEvery != NoDots {
				dot := fmt.Sprintf(`fill="%s" stroke="%s" stroke-width=".9"`, color, outline)
				d.circle((b.x0+b.x1)/2, y, 2.9, dot)
			}
		}})
	}
	if far := p.furthest(); far > 0 {
		out = append(out, entry{"faint: up to " + number(far) + " off the plane",
			func(d *drawing, b box) {
				y := (b.y0 + b.y1) / 2
				dot := fmt.Sprintf(`fill="%s" stroke="%s" stroke-width=".9"`, color, outline)
				d.circle(b.x0+5, y, 3.4, dot)
				d.circle(b.x1-6, y, 2.1, dot+` opacity=".5"`)
			}})
	}
	return out
}

// arrow draws a shaft and a head. An arrow too short to see is a dot.
func (d *drawing) arrow(from, to point, color string, dashed bool) {
	ux, uy := to.x-from.x, to.y-from.y
	length := math.Hypot(ux, uy)
	if length < 1 {
		d.circle(to.x, to.y, 2, fmt.Sprintf(`fill="%s" stroke="%s"`, color, outline))
		return
	}
	ux, uy = ux/length, uy/length
	head := math.Min(12, 0.6*length)
	base := point{to.x - head*ux, to.y - head*uy}
	var shaft, tip pathData
	shaft.polyline([]point{from, base}, false)
	wing := 0.42 * head
	tip.polyline([]point{to, {base.x - wing*uy, base.y + wing*ux},
		{base.x + wing*uy, base.y - wing*ux}}, true)
	more := dashes(dashed)
	d.path(&shaft, fmt.Sprintf(`class="ln" stroke="%s" stroke-opacity=".75" stroke-width="4.4"%s`,
		outline, more))
	d.path(&tip, fmt.Sprintf(`fill="%s" stroke="%s" stroke-opacity=".75" stroke-width="1.6" `+
		`stroke-linejoin="round"`, color, outline))
	d.path(&shaft, fmt.Sprintf(`class="ln" stroke="%s" stroke-width="2.6"%s`, color, more))
}

// entry is an arrow's line in the legend.
func (a Arrow) entry(i int) entry {
	return entry{a.Label, func(d *drawing, b box) {
		y := (b.y0 + b.y1) / 2
		d.arrow(point{b.x0, y}, point{b.x1, y}, a.color(i), a.Dashed)
	}}
}

// occupy keeps labels off an arrow's or a path's line.
func (l *layer) occupy(from, to point) {
	from, to, seen := clipped(from, to, l.area)
	if !seen {
		return
	}
	n := 1 + int(math.Hypot(to.x-from.x, to.y-from.y)/6)
	for i := 0; i <= n; i++ {
		t := float64(i) / float64(n)
		x, y := from.x+t*(to.x-from.x), from.y+t*(to.y-from.y)
		l.taken = append(l.taken, box{x - 3, y - 3, x + 3, y + 3})
	}
}

func (l *layer) drawMark(m Mark) { l.glyph(l.at(m.X, m.Y), m.Kind) }

// glyph draws a mark's shape at a place.
func (d *drawing) glyph(p point, kind MarkKind) {
	style := fmt.Sprintf(`fill="#fff" stroke="%s" stroke-width="1.4" stroke-linejoin="round"`,
		outline)
	switch kind {
	case Words:
	case Minimum:
		var star pathData
		var pts []point
		for k := range 10 {
			r := 8.0
			if k%2 == 1 {
				r = 3.4
			}
			sin, cos := math.Sincos(math.Pi * float64(k) / 5)
			pts = append(pts, point{p.x + r*sin, p.y - r*cos})
		}
		star.polyline(pts, true)
		d.path(&star, style)
	case Start:
		d.startRing(p, "#fff")
	case End:
		d.endSquare(p, "#fff")
	case Saddle:
		var x pathData
		x.moveTo(p.x-5, p.y-5)
		x.lineTo(p.x+5, p.y+5)
		x.moveTo(p.x-5, p.y+5)
		x.lineTo(p.x+5, p.y-5)
		d.path(&x, `class="ln" stroke="`+outline+`" stroke-width="4.6"`)
		d.path(&x, `class="ln" stroke="#fff" stroke-width="2.2"`)
	default:
		d.circle(p.x, p.y, 4.2, style)
	}
}

// shows tells whether a mark at a place can be seen, if only in part.
func (c *chart) shows(p point) bool {
	b := c.area.grown(10)
	return p.x >= b.x0 && p.x <= b.x1 && p.y >= b.y0 && p.y <= b.y1
}

// markBox is what a mark covers at a place.
func markBox(p point, m Mark) box {
	if m.Kind == Words {
		w := textWidth(m.Label, textSize)
		return box{p.x - w/2, p.y - 8, p.x + w/2, p.y + 8}
	}
	return box{p.x - 8, p.y - 8, p.x + 8, p.y + 8}
}

// placedText is a label that has found its place.
type placedText struct {
	at          box
	text, class string
}

// placeLabel finds a free place for a label beside a point: right, left, above or
// below, else the least crowded of these. drawLabels writes it.
func (l *layer) placeLabel(p point, text, class string) {
	if text == "" {
		return
	}
	w, best, least := textWidth(text, textSize), box{}, math.Inf(1)
	for _, gap := range []float64{11, 20} {
		for _, b := range []box{
			{p.x + gap, p.y - 8, p.x + gap + w, p.y + 8},
			{p.x - gap - w, p.y - 8, p.x - gap, p.y + 8},
			{p.x - w/2, p.y - gap - 16, p.x + w/2, p.y - gap},
			{p.x - w/2, p.y + gap, p.x + w/2, p.y + gap + 16},
			{p.x + 0.7*gap, p.y - 0.7*gap - 14, p.x + 0.7*gap + w, p.y - 0.7*gap + 2},
			{p.x + 0.7*gap, p.y + 0.7*gap - 2, p.x + 0.7*gap + w, p.y + 0.7*gap + 14},
			{p.x - 0.7*gap - w, p.y - 0.7*gap - 14, p.x - 0.7*gap, p.y - 0.7*gap + 2},
			{p.x - 0.7*gap - w, p.y + 0.7*gap - 2, p.x - 0.7*gap, p.y + 0.7*gap + 14},
		} {
			if cost := l.crowding(b); cost < least {
				best, least = b, cost
			}
		}
	}
	l.taken = append(l.taken, best)
	l.labels = append(l.labels, placedText{best, text, class})
}

func (l *layer) drawLabels() {
	for _, t := range l.labels {
		y := (t.at.y0 + t.at.y1) / 2
		class := t.class
		if l.under != nil && inkOn(l.under(point{(t.at.x0 + t.at.x1) / 2, y})) == "#fff" {
			class += " rev"
		}
		l.text(t.at.x0, y+4.5, t.text, `class="`+class+`"`)
	}
}

// crowding counts what a label would cover; leaving the plot area weighs most.
func (l *layer) crowding(b box) float64 {
	cost := 0.0
	if !b.within(box{l.area.x0 + 2, l.area.y0 + 2, l.area.x1 - 2, l.area.y1 - 2}) {
		cost += 100
	}
	for _, t := range l.taken {
		if t.overlaps(b) {
			cost++
		}
	}
	return cost
}
