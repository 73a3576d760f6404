package viz

import (
	"fmt"
	"math"
)

// MarkKind is the shape of a mark.
type MarkKind int

const (
	Dot     MarkKind = iota // a named point
	Minimum                 // a star
	Start                   // a ring
	End                     // a square
	Saddle                  // a cross
)

// Mark is a named point on a surface.
type Mark struct {
	X, Y  float64 // in the units of the axes
	Label string
	Kind  MarkKind
}

// Path is a polyline on a surface, such as the projection of a training run.
type Path struct {
	Label string
	X, Y  []float64 // of equal length, in the units of the axes
	// Off is each point's distance from the plane, ≥ 0; nil if there is none. What
	// is further off is drawn fainter and with a smaller dot, and the legend says
	// how far the furthest point is.
	Off []float64
	// DotEvery puts a dot at each so-many-th point. 0: at most 60 dots in all; −1:
	// none.
	DotEvery int
	Dashed   bool
}

// Arrow is a directed line on a surface; its label stands in the legend.
type Arrow struct {
	X0, Y0, X1, Y1 float64 // from and to, in the units of the axes
	Label          string
	Color          int // 0 white, 1 orange, 2 pink, 3 light blue
	Dashed         bool
}

// onFills are the colours of what lies on a colour map. They keep a dark outline,
// so they show on any colour.
var onFills = [...]string{"#ffffff", "#ffa04d", "#ff9bd2", "#8fe3ff"}

const outline = "#14161a"

func onFill(i int) string { return onFills[floorMod(i, len(onFills))] }

// layer draws marks, paths and arrows over a chart and remembers where they are.
type layer struct {
	*chart
	taken  []box // glyphs and labels
	labels []placedText
	// under is the fill below a point; nil on a plain plot area.
	under func(p point) rgb
}

func checkOverlay(figure string, marks []Mark, paths []Path, arrows []Arrow) error {
	for i, m := range marks {
		if !finite(m.X) || !finite(m.Y) {
			return fmt.Errorf("viz: %s: mark %d (%q) lies at (%g, %g): want finite coordinates", figure, i, m.Label, m.X, m.Y)
		}
	}
	for i, a := range arrows {
		if !finite(a.X0 + a.Y0 + a.X1 + a.Y1) {
			return fmt.Errorf("viz: %s: arrow %d (%q) runs from (%g, %g) to (%g, %g): want finite coordinates", figure, i, a.Label, a.X0, a.Y0, a.X1, a.Y1)
		}
	}
	for i, p := range paths {
		if err := p.check(figure, i); err != nil {
			return err
		}
	}
	return nil
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
	for k := range p.X {
		if !finite(p.X[k]) || !finite(p.Y[k]) {
			return fmt.Errorf("%s: point %d is (%g, %g): want finite coordinates", name, k, p.X[k], p.Y[k])
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
func (p Path) nearness(k int) float64 {
	if far := p.furthest(); far > 0 {
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

// outlined draws a line with a dark edge.
func (d *drawing) outlined(p *pathData, color, more string) {
	d.path(p, fmt.Sprintf(`class="ln" stroke="%s" stroke-opacity=".7" stroke-width="3.6"%s`, outline, more))
	d.path(p, fmt.Sprintf(`class="ln" stroke="%s" stroke-width="1.9"%s`, color, more))
}

// drawPath draws a path; its line is split where its faintness changes.
func (l *layer) drawPath(p Path, color string) {
	far := p.furthest()
	shade := func(k int) int { // of the segment after point k, in eighths
		if far == 0 {
			return 8
		}
		return 2 + int(math.Round(6*(p.nearness(k)+p.nearness(k+1))/2))
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
		data.polyline(pts, false)
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
	if every < 0 {
		return
	}
	l.add(`<g fill="%s" stroke="%s" stroke-width=".8">`, color, outline)
	for k := 0; k < len(p.X); k += every {
		q, more := l.at(p.X[k], p.Y[k]), ""
		r := 2.7
		if p.furthest() > 0 {
			r = 1.5 + 1.7*p.nearness(k)
			more = fmt.Sprintf(`opacity="%s"`, px(0.3+0.7*p.nearness(k)))
		}
		l.circle(q.x, q.y, r, more)
	}
	l.end()
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
			if p.DotEvery >= 0 {
				d.circle((b.x0+b.x1)/2, y, 2.7, fmt.Sprintf(`fill="%s" stroke="%s" stroke-width=".8"`, color, outline))
			}
		}})
	}
	if far := p.furthest(); far > 0 {
		out = append(out, entry{"faint: up to " + number(far) + " off the plane", func(d *drawing, b box) {
			y := (b.y0 + b.y1) / 2
			dot := fmt.Sprintf(`fill="%s" stroke="%s" stroke-width=".8"`, color, outline)
			d.circle(b.x0+5, y, 3.2, dot)
			d.circle(b.x1-6, y, 1.5, dot+` opacity=".3"`)
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
	tip.polyline([]point{to, {base.x - wing*uy, base.y + wing*ux}, {base.x + wing*uy, base.y - wing*ux}}, true)
	more := dashes(dashed)
	d.path(&shaft, fmt.Sprintf(`class="ln" stroke="%s" stroke-opacity=".75" stroke-width="4.4"%s`, outline, more))
	d.path(&tip, fmt.Sprintf(`fill="%s" stroke="%s" stroke-opacity=".75" stroke-width="1.6" stroke-linejoin="round"`, color, outline))
	d.path(&shaft, fmt.Sprintf(`class="ln" stroke="%s" stroke-width="2.6"%s`, color, more))
}

// entry is an arrow's line in the legend.
func (a Arrow) entry() entry {
	return entry{a.Label, func(d *drawing, b box) {
		y := (b.y0 + b.y1) / 2
		d.arrow(point{b.x0, y}, point{b.x1, y}, onFill(a.Color), a.Dashed)
	}}
}

// occupy keeps labels off an arrow's or a path's line.
func (l *layer) occupy(from, to point) {
	n := 1 + int(math.Hypot(to.x-from.x, to.y-from.y)/6)
	for i := 0; i <= n; i++ {
		t := float64(i) / float64(n)
		x, y := from.x+t*(to.x-from.x), from.y+t*(to.y-from.y)
		l.taken = append(l.taken, box{x - 3, y - 3, x + 3, y + 3})
	}
}

func (l *layer) drawMark(m Mark) {
	p := l.at(m.X, m.Y)
	style := fmt.Sprintf(`fill="#fff" stroke="%s" stroke-width="1.4" stroke-linejoin="round"`, outline)
	switch m.Kind {
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
		l.path(&star, style)
	case Start:
		l.circle(p.x, p.y, 5, `fill="none" stroke="`+outline+`" stroke-width="4.2"`)
		l.circle(p.x, p.y, 5, `fill="none" stroke="#fff" stroke-width="2"`)
	case End:
		l.rect(box{p.x - 4.5, p.y - 4.5, p.x + 4.5, p.y + 4.5}, style)
	case Saddle:
		var x pathData
		x.moveTo(p.x-5, p.y-5)
		x.lineTo(p.x+5, p.y+5)
		x.moveTo(p.x-5, p.y+5)
		x.lineTo(p.x+5, p.y-5)
		l.path(&x, `class="ln" stroke="`+outline+`" stroke-width="4.6"`)
		l.path(&x, `class="ln" stroke="#fff" stroke-width="2.2"`)
	default:
		l.circle(p.x, p.y, 4.2, style)
	}
}

func markBox(p point) box { return box{p.x - 8, p.y - 8, p.x + 8, p.y + 8} }

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
