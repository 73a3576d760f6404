package viz

import (
	"fmt"
	"math"
	"strings"
)

var (
	_ Figure  = Line{}
	_ planner = Line{}
)

// Line plots curves: a loss along a direction, a training run, a barrier. It holds at
// most a million points.
//
// SVG returns an error where there is no finite point, where lengths don't match,
// where a band is upside down, and for values ≤ 0 on a logarithmic axis.
type Line struct {
	Series []Series // required, at least one

	Title   string
	X, Y    Axis
	AltText string // replaces the text made from the numbers

	HLines, VLines []RefLine // reference lines at a y, at an x
	Regions        []Region  // shaded, behind the curves

	Width, Height float64 // in pixels; 0 means 540 and 360
}

// RefLine is a straight line across the plot. A label sits at its end.
type RefLine struct {
	At    float64
	Label string
}

// Region shades what lies between two values.
type Region struct {
	From, To   float64
	Label      string
	Horizontal bool // From and To are values of y; otherwise of x
}

// SVG draws the figure.
func (l Line) SVG() ([]byte, error) { return svgOf(l) }

// Alt says for each curve where it runs from and to and its extremes, and names the
// reference lines.
func (l Line) Alt() string { return altOf(l, l.AltText) }

func (l Line) plan() (plan, error) {
	w, h, err := sizeOf("Line", l.Width, l.Height, 540, 360)
	if err != nil {
		return plan{}, err
	}
	series, err := readSeries("Line", l.Series, l.X, l.Y)
	if err != nil {
		return plan{}, err
	}
	xs, ys, err := l.scales(series)
	if err != nil {
		return plan{}, err
	}
	alt := or(l.AltText, l.describe(series))
	draw := func(r room) (*drawing, error) {
		w, h := r.fit(w, h)
		c, err := newChart(frame{
			figure: "Line", title: l.Title, desc: alt, width: w, height: h,
			x: l.X, y: l.Y, xs: xs, ys: ys, legend: legendOf(series, l.Regions), least: r.least,
		})
		if err != nil {
			return nil, err
		}
		l.drawOn(c, series)
		return c.drawing, nil
	}
	return plan{alt: alt, width: w, narrowest: min(w, narrowestChart), draw: draw}, nil
}

// narrowestChart is the width in which a chart of curves or points can be read.
const narrowestChart = 300.0

func (l Line) drawOn(c *chart, series []stroke) {
	c.drawGrid(false, true)
	c.clip("plot", c.area)
	for i, r := range l.Regions {
		c.drawRegion(r, i)
	}
	for _, s := range series {
		c.drawBand(s)
	}
	c.drawRefLines(l.HLines, l.VLines)
	for _, s := range series {
		c.drawSeries(s)
	}
	c.end()
	c.drawAxes(false)
	c.labelRefLines(l.HLines, l.VLines, series)
}

// scales spans the data, the bands, the reference lines and the regions.
func (l Line) scales(series []stroke) (xs, ys scale, err error) {
	var ex, ey extent
	for _, s := range series {
		for k, y := range s.Y {
			if finite(y) && finite(s.X[k]) {
				ex.add(s.X[k])
				ey.add(y)
			}
		}
		ey.add(s.Lo...)
		ey.add(s.Hi...)
	}
	if ex.n == 0 {
		return xs, ys, fmt.Errorf("viz: Line: no series has a finite point")
	}
	for _, r := range l.VLines {
		ex.add(r.At)
	}
	for _, r := range l.HLines {
		ey.add(r.At)
	}
	for _, r := range l.Regions {
		if r.Horizontal {
			ey.add(r.From, r.To)
		} else {
			ex.add(r.From, r.To)
		}
	}
	if err := checkReferences("Line", l.HLines, l.VLines, l.Regions); err != nil {
		return xs, ys, err
	}
	if xs, err = scaleOf("Line", "X", l.X, ex, 0.02); err != nil {
		return xs, ys, err
	}
	ys, err = scaleOf("Line", "Y", l.Y, ey, 0.05)
	return xs, ys, err
}

func checkReferences(figure string, hlines, vlines []RefLine, regions []Region) error {
	n := len(hlines) + len(vlines) + len(regions)
	if err := atMost(figure, "reference lines and regions", n, mostNames); err != nil {
		return err
	}
	for _, r := range append(append([]RefLine{}, hlines...), vlines...) {
		if !finite(r.At) {
			return fmt.Errorf("viz: %s: reference line %q is at %g: want a finite value",
				figure, r.Label, r.At)
		}
	}
	for _, r := range regions {
		if !finite(r.From) || !finite(r.To) || r.From > r.To {
			return fmt.Errorf("viz: %s: region %q runs from %g to %g: "+
				"want two finite values, the lower first", figure, r.Label, r.From, r.To)
		}
	}
	return nil
}

func regionStyle(i int) string {
	if i == 0 {
		return `class="soft" fill-opacity=".75"`
	}
	return fmt.Sprintf(`class="f%d" fill-opacity=".12"`, colorOf(seriesColors-1-i))
}

func (c *chart) drawRegion(r Region, i int) {
	b := c.area
	if r.Horizontal {
		b.y0, b.y1 = c.yAt(r.To), c.yAt(r.From)
	} else {
		b.x0, b.x1 = c.xAt(r.From), c.xAt(r.To)
	}
	c.rect(b, regionStyle(i))
}

func (c *chart) drawRefLines(hlines, vlines []RefLine) {
	const style = `class="ln ink" stroke-width="1.2" stroke-dasharray="6 4"`
	for _, r := range hlines {
		c.line(c.area.x0, c.yAt(r.At), c.area.x1, c.yAt(r.At), style)
	}
	for _, r := range vlines {
		c.line(c.xAt(r.At), c.area.y0, c.xAt(r.At), c.area.y1, style)
	}
}

// labelRefLines writes each reference line's label at the end of it where the fewest
// points of the curves are.
func (c *chart) labelRefLines(hlines, vlines []RefLine, series []stroke) {
	if len(hlines)+len(vlines) == 0 {
		return
	}
	var crowd []box
	for _, s := range series {
		for k, y := range s.Y {
			if finite(y) && finite(s.X[k]) {
				p := c.at(s.X[k], y)
				crowd = append(crowd, box{p.x - 3, p.y - 3, p.x + 3, p.y + 3})
			}
		}
	}
	l := &layer{chart: c, taken: crowd}
	a := c.area
	for _, r := range hlines {
		w, y := textWidth(r.Label, smallSize), c.yAt(r.At)
		l.labelBest(r.Label, []box{
			{a.x1 - w - 4, y - 17, a.x1 - 4, y - 3}, {a.x0 + 6, y - 17, a.x0 + 6 + w, y - 3},
			{a.x1 - w - 4, y + 3, a.x1 - 4, y + 17}, {a.x0 + 6, y + 3, a.x0 + 6 + w, y + 17},
			{(a.x0 + a.x1 - w) / 2, y - 17, (a.x0 + a.x1 + w) / 2, y - 3},
		})
	}
	for _, r := range vlines {
		w, x := textWidth(r.Label, smallSize), c.xAt(r.At)
		l.labelBest(r.Label, []box{
			{x + 5, a.y0 + 2, x + 5 + w, a.y0 + 16}, {x - 5 - w, a.y0 + 2, x - 5, a.y0 + 16},
			{x + 5, a.y1 - 18, x + 5 + w, a.y1 - 4}, {x - 5 - w, a.y1 - 18, x - 5, a.y1 - 4},
			{x + 5, (a.y0+a.y1)/2 - 7, x + 5 + w, (a.y0+a.y1)/2 + 7},
		})
	}
}

// labelBest writes a small label into the least crowded of some boxes; the first
// wins among equals.
func (l *layer) labelBest(text string, boxes []box) {
	if text == "" {
		return
	}
	best, least := boxes[0], math.Inf(1)
	for _, b := range boxes {
		if cost := l.crowding(b); cost < least {
			best, least = b, cost
		}
	}
	l.taken = append(l.taken, best)
	l.text(best.x0, best.y1-3, text, `class="sm halo"`)
}

func (l Line) describe(series []stroke) string {
	parts := []string{fmt.Sprintf("%s against %s", or(l.Y.Label, "y"), or(l.X.Label, "x"))}
	for _, s := range series {
		parts = append(parts, describeSeries(s.Series))
	}
	parts = append(parts, describeReferences(l.HLines, l.VLines, l.Regions)...)
	return sentence(parts)
}

func describeReferences(hlines, vlines []RefLine, regions []Region) []string {
	var out []string
	for _, r := range hlines {
		out = append(out, fmt.Sprintf("horizontal line %q at %s", plain(r.Label), number(r.At)))
	}
	for _, r := range vlines {
		out = append(out, fmt.Sprintf("vertical line %q at %s", plain(r.Label), number(r.At)))
	}
	for _, r := range regions {
		out = append(out, fmt.Sprintf("shaded region %q from %s to %s",
			plain(r.Label), number(r.From), number(r.To)))
	}
	return out
}

// sentence joins the parts of a description.
func sentence(parts []string) string {
	return capital(plain(strings.Join(parts, "; "))) + "."
}
