package viz

import (
	"fmt"
	"math"
)

// entry is one item of a legend: a swatch drawn in a box of 22×12 pixels, and a
// label.
type entry struct {
	label  string
	swatch func(d *drawing, b box)
}

// note is an entry with a sign instead of a swatch.
func note(sign, text string) entry {
	return entry{text, func(d *drawing, b box) {
		d.text((b.x0+b.x1)/2, b.y1-1.5, sign, `class="mid"`)
	}}
}

// frame says what stands around a plot area.
type frame struct {
	figure        string // for messages
	title, desc   string
	width, height float64
	x, y          Axis // labels
	xs, ys        scale
	xticks        []tick // nil: from the scale
	yticks        []tick
	legend        []entry
	bar           *zscale // with a colour bar
	barLabel      string
	barContinuous bool
	left          float64 // room at the left, for labels that aren't ticks
	right         float64 // room at the right of the plot area
	equal         bool    // one unit is as long on both axes
	fitHeight     bool    // and the height follows from the width
	least         pads
}

// chart is a drawing with a plot area and two axes.
type chart struct {
	*drawing
	area           box
	xlabel, ylabel []string // in lines
	xs, ys         scale
	xticks, yticks []tick
	bar            *colorBar // nil for none
}

const (
	edge       = 14.0 // from a card's edge to its content
	legendLine = 20.0
	titleLine  = 20.0
)

// newChart lays a figure out and draws its title and legend. The plot area is
// what remains.
func newChart(f frame) (*chart, error) {
	c := &chart{drawing: card(f.width, f.height, or(f.title, f.figure), f.desc),
		xs: f.xs, ys: f.ys, xticks: f.xticks, yticks: f.yticks}
	ratio := (f.ys.hi - f.ys.lo) / (f.xs.hi - f.xs.lo)
	if f.bar != nil {
		c.bar = f.bar.newBar(f.barLabel, f.barContinuous)
		f.right = c.bar.room(1)
	}
	if f.fitHeight { // near enough to choose ticks
		f.height = clampTo(90+(f.width-90-f.right)*ratio, 160, 2*f.width)
	}
	if c.bar != nil {
		c.bar.label = labelLines(c.bar.label[0], textSize, f.height-aroundLabel)
		f.right = c.bar.room(len(c.bar.label))
	}
	if c.xticks == nil {
		c.xticks = f.xs.ticks(int((f.width - 60 - f.right) / 75))
	}
	if c.yticks == nil {
		c.yticks = f.ys.ticks(int((f.height - 80) / 48))
	}
	p := pads{left: edge + 10 + max(f.left, widest(c.yticks)), right: edge + f.right, bottom: 32}
	if y := less(f.y.Label, offsetOf(c.yticks)); y != "" {
		c.ylabel = labelLines(y, textSize, f.height-aroundLabel)
		p.left += 20 + labelLine*float64(len(c.ylabel)-1)
	}
	// The last label on the x axis is centred under its tick and may stick out.
	if n := len(c.xticks); n > 0 {
		p.right = max(p.right, 8+textWidth(c.xticks[n-1].label, textSize)/2)
	}
	if x := less(f.x.Label, offsetOf(c.xticks)); x != "" {
		// A label is centred below the plot and may stick out on the narrower side.
		q := p.atLeast(f.least)
		c.xlabel = labelLines(x, textSize, f.width-q.left-q.right+2*min(q.left, q.right)-2*edge)
		p.bottom += 20 + labelLine*float64(len(c.xlabel)-1)
	}
	p = p.atLeast(f.least)
	titles := wrap(f.title, bigSize, f.width-p.left-edge)
	rows := flow(f.legend, f.width-p.left-edge)
	p.top = edge
	if len(titles) > 0 {
		p.top += titleLine*float64(len(titles)) + 4
	}
	if len(rows) > 0 {
		p.top += legendLine*float64(len(rows)) + 4
	}
	p = p.atLeast(f.least)
	c.pads = p
	if f.fitHeight {
		height := p.top + p.bottom + (f.width-p.left-p.right)*ratio
		c.height = math.Round(clampTo(height, 160, 2*f.width))
		f.height = c.height
	}
	c.area = box{p.left, p.top, f.width - p.right, f.height - p.bottom}
	if c.area.width() < 40 || c.area.height() < 30 {
		return nil, fmt.Errorf("viz: %s: a figure of %g×%g pixels leaves %.0f×%.0f for the plot: "+
			"make it larger or its labels shorter",
			f.figure, f.width, f.height, c.area.width(), c.area.height())
	}
	if f.equal {
		c.area = equalUnits(c.area, f.xs, f.ys)
	}
	y := edge + 13.0
	for _, line := range titles {
		c.text(p.left, y, line, `class="big"`)
		y += titleLine
	}
	if len(titles) > 0 {
		y += 4
	}
	c.drawLegend(rows, p.left, y-10)
	return c, nil
}

// Room around an axis' label, across and along it.
const (
	labelLine   = 16.0
	aroundLabel = 110.0
)

func clampTo(v, low, high float64) float64 { return math.Max(low, math.Min(v, high)) }

func widest(ticks []tick) float64 {
	w := 0.0
	for _, t := range ticks {
		w = max(w, textWidth(t.label, textSize))
	}
	return w
}

// equalUnits shrinks an area so that a unit is as long on both axes; it keeps the
// left and the lower edge.
func equalUnits(b box, xs, ys scale) box {
	unit := min(b.width()/(xs.hi-xs.lo), b.height()/(ys.hi-ys.lo))
	b.x1 = b.x0 + unit*(xs.hi-xs.lo)
	b.y0 = b.y1 - unit*(ys.hi-ys.lo)
	return b
}

// flow breaks a legend into rows no wider than width.
func flow(legend []entry, width float64) [][]entry {
	var rows [][]entry
	used := width + 1
	for _, e := range legend {
		e.label = shorten(e.label, textSize, width-28)
		w := entryWidth(e)
		if used+w > width+16 || len(rows) == 0 {
			rows = append(rows, nil)
			used = 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], e)
		used += w
	}
	return rows
}

func entryWidth(e entry) float64 { return 22 + 6 + textWidth(e.label, textSize) + 16 }

func (c *chart) drawLegend(rows [][]entry, left, y float64) {
	for _, row := range rows {
		x := left
		for _, e := range row {
			e.swatch(c.drawing, box{x, y - 6, x + 22, y + 6})
			c.text(x+28, y+4.5, e.label, `class="mut"`)
			x += entryWidth(e)
		}
		y += legendLine
	}
}

// xAt and yAt turn values into pixels.
func (c *chart) xAt(v float64) float64 { return c.area.x0 + c.xs.at(v)*c.area.width() }
func (c *chart) yAt(v float64) float64 { return c.area.y1 - c.ys.at(v)*c.area.height() }

func (c *chart) at(x, y float64) point { return point{c.xAt(x), c.yAt(y)} }

// drawGrid draws faint lines at the labelled ticks.
func (c *chart) drawGrid(x, y bool) {
	var p pathData
	if y {
		for _, t := range c.yticks {
			if t.label != "" {
				p.moveTo(c.area.x0, c.yAt(t.at))
				p.lineTo(c.area.x1, c.yAt(t.at))
			}
		}
	}
	if x {
		for _, t := range c.xticks {
			if t.label != "" {
				p.moveTo(c.xAt(t.at), c.area.y0)
				p.lineTo(c.xAt(t.at), c.area.y1)
			}
		}
	}
	c.path(&p, `class="gr"`)
}

// drawAxes draws ticks, their labels and the axes' labels, and the two axis lines
// or a whole frame.
func (c *chart) drawAxes(framed bool) {
	var p pathData
	a := c.area
	p.moveTo(a.x0, a.y0)
	p.lineTo(a.x0, a.y1)
	p.lineTo(a.x1, a.y1)
	if framed {
		p.lineTo(a.x1, a.y0)
		p.close()
	}
	for _, t := range c.xticks {
		p.moveTo(c.xAt(t.at), a.y1)
		p.lineTo(c.xAt(t.at), a.y1+tickLength(t))
	}
	for _, t := range c.yticks {
		p.moveTo(a.x0, c.yAt(t.at))
		p.lineTo(a.x0-tickLength(t), c.yAt(t.at))
	}
	c.path(&p, `class="ln ax"`)
	for _, t := range c.xticks {
		if t.label != "" {
			c.text(c.xAt(t.at), a.y1+20, t.label, `class="mid mut"`)
		}
	}
	for _, t := range c.yticks {
		if t.label != "" {
			c.text(a.x0-9, c.yAt(t.at)+4.5, t.label, `class="end mut"`)
		}
	}
	for i, line := range c.xlabel {
		c.text((a.x0+a.x1)/2, a.y1+40+labelLine*float64(i), line, `class="mid"`)
	}
	n := len(c.ylabel)
	for i, line := range c.ylabel {
		left := a.x0 - 9 - widest(c.yticks) - 12 - labelLine*float64(n-1-i)
		c.turned(left, (a.y0+a.y1)/2, -90, line, `class="mid"`)
	}
}

func tickLength(t tick) float64 {
	if t.label == "" {
		return 3
	}
	return 5
}
