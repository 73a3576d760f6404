package viz

import (
	"fmt"
	"math"
)

var (
	_ Figure  = Scatter{}
	_ planner = Scatter{}
)

// Scatter plots points in groups, such as the index of critical points against
// their loss.
//
// SVG returns an error where lengths don't match, where there is no finite point,
// where an error bar is upside down, and for values ≤ 0 on a logarithmic axis.
type Scatter struct {
	Groups []Points // required, at least one

	Title   string
	X, Y    Axis
	AltText string // replaces the text made from the numbers

	Fits           []Fit
	HLines, VLines []RefLine

	Width, Height float64 // in pixels; 0 means 540 and 400
}

// Points is a group of points. Those that aren't finite are left out and counted in
// the legend.
type Points struct {
	Label string
	X, Y  []float64
	// The ends of error bars, each pair nil or complete, as values of x and of y. An
	// end that isn't finite leaves that bar out.
	XLo, XHi, YLo, YHi []float64
	Names              []string // nil, or one a point; an empty name isn't written
}

// Fit is the straight line y = Intercept + Slope·x. On a logarithmic axis it is
// straight as drawn: x or y stand for their decimal logarithms.
type Fit struct {
	Slope, Intercept float64
	Label            string
	From, To         float64 // values of x; {0, 0} means over the points
}

// SVG draws the figure.
func (s Scatter) SVG() ([]byte, error) { return svgOf(s) }

// Alt gives each group's size and ranges, and the fits.
func (s Scatter) Alt() string { return altOf(s, s.AltText) }

func (s Scatter) plan() (plan, error) {
	w, h, err := sizeOf("Scatter", s.Width, s.Height, 540, 400)
	if err != nil {
		return plan{}, err
	}
	xs, ys, data, err := s.scales()
	if err != nil {
		return plan{}, err
	}
	alt := or(s.AltText, s.describe())
	draw := func(r room) (*drawing, error) {
		w, h := r.fit(w, h)
		c, err := newChart(frame{
			figure: "Scatter", title: s.Title, desc: alt, width: w, height: h,
			x: s.X, y: s.Y, xs: xs, ys: ys, legend: s.legend(), least: r.least,
		})
		if err != nil {
			return nil, err
		}
		s.drawOn(c, data)
		return c.drawing, nil
	}
	return plan{alt: alt, width: w, narrowest: min(w, narrowestChart), draw: draw}, nil
}

// drawOn draws on a chart; data is the range of the points' x.
func (s Scatter) drawOn(c *chart, data extent) {
	c.drawGrid(true, true)
	c.clip("plot", c.area)
	c.drawRefLines(s.HLines, s.VLines)
	for _, f := range s.Fits {
		c.drawFit(f, data)
	}
	l := &layer{chart: c}
	var points []stroke
	for i, g := range s.Groups {
		c.drawPoints(g, i)
		points = append(points, stroke{Series: Series{X: g.X, Y: g.Y}})
		for k := range g.X {
			if g.finite(k) {
				l.taken = append(l.taken, markBox(c.at(g.X[k], g.Y[k]), Mark{}))
			}
		}
	}
	c.end()
	c.drawAxes(false)
	for _, g := range s.Groups {
		for k, name := range g.Names {
			if at := c.at(g.X[k], g.Y[k]); g.finite(k) && c.shows(at) {
				l.placeLabel(at, name, "sm halo")
			}
		}
	}
	l.drawLabels()
	c.labelRefLines(s.HLines, s.VLines, points)
}

func (p Points) finite(k int) bool { return finite(p.X[k]) && finite(p.Y[k]) }

func (p Points) check(i int, x, y Axis) error {
	name := fmt.Sprintf("viz: Scatter: group %d (%q)", i, p.Label)
	if len(p.X) != len(p.Y) {
		return fmt.Errorf("%s: %d X but %d Y", name, len(p.X), len(p.Y))
	}
	if p.Names != nil && len(p.Names) != len(p.X) {
		return fmt.Errorf("%s: %d points but %d names", name, len(p.X), len(p.Names))
	}
	for _, bar := range []struct {
		name   string
		lo, hi []float64
	}{{"X", p.XLo, p.XHi}, {"Y", p.YLo, p.YHi}} {
		whole := len(bar.lo) == len(p.X) && len(bar.hi) == len(p.X)
		if (bar.lo != nil || bar.hi != nil) && !whole {
			return fmt.Errorf("%s: %d points but %d %sLo and %d %sHi",
				name, len(p.X), len(bar.lo), bar.name, len(bar.hi), bar.name)
		}
		for k := range bar.lo {
			if bar.lo[k] > bar.hi[k] {
				return fmt.Errorf("%s: %sLo[%d] = %g is above %sHi[%d] = %g",
					name, bar.name, k, bar.lo[k], bar.name, k, bar.hi[k])
			}
		}
	}
	for _, col := range []struct {
		name   string
		log    bool
		values []float64
	}{
		{"X", x.Log, p.X}, {"XLo", x.Log, p.XLo}, {"XHi", x.Log, p.XHi},
		{"Y", y.Log, p.Y}, {"YLo", y.Log, p.YLo}, {"YHi", y.Log, p.YHi},
	} {
		if err := positive(name, col.name, col.log, col.values); err != nil {
			return err
		}
	}
	return nil
}

// bounded refuses more points, names and fits than a picture can hold.
func (s Scatter) bounded() error {
	points, names := 0, 0
	for _, g := range s.Groups {
		points += len(g.X)
		for _, name := range g.Names {
			if name != "" {
				names++
			}
		}
	}
	if err := atMost("Scatter", "points of all Groups", points, mostShapes); err != nil {
		return err
	}
	if err := atMost("Scatter", "Names", names, mostNames); err != nil {
		return err
	}
	return atMost("Scatter", "Fits", len(s.Fits), mostNames)
}

// scales also returns the range of the points' x.
func (s Scatter) scales() (xs, ys scale, data extent, err error) {
	if err = checkReferences("Scatter", s.HLines, s.VLines, nil); err != nil {
		return xs, ys, data, err
	}
	if err = s.bounded(); err != nil {
		return xs, ys, data, err
	}
	var ex, ey extent
	for i, g := range s.Groups {
		if err = g.check(i, s.X, s.Y); err != nil {
			return xs, ys, data, err
		}
		for k := range g.X {
			if g.finite(k) {
				ex.add(g.X[k])
				ey.add(g.Y[k])
			}
		}
	}
	data = ex
	if ex.n == 0 {
		return xs, ys, data, fmt.Errorf("viz: Scatter: no finite point")
	}
	for _, g := range s.Groups {
		ex.add(append(append([]float64{}, g.XLo...), g.XHi...)...)
		ey.add(append(append([]float64{}, g.YLo...), g.YHi...)...)
	}
	for _, r := range s.HLines {
		ey.add(r.At)
	}
	for _, r := range s.VLines {
		ex.add(r.At)
	}
	for _, f := range s.Fits {
		ends := finite(f.From) && finite(f.To) && f.From <= f.To
		if !finite(f.Slope) || !finite(f.Intercept) || !ends {
			return xs, ys, data, fmt.Errorf("viz: Scatter: fit %q: %+v: "+
				"want finite numbers, From below To", f.Label, f)
		}
	}
	if xs, err = scaleOf("Scatter", "X", s.X, ex, 0.05); err != nil {
		return xs, ys, data, err
	}
	ys, err = scaleOf("Scatter", "Y", s.Y, ey, 0.05)
	return xs, ys, data, err
}

func (s Scatter) legend() []entry {
	var out []entry
	bad := 0
	for i, g := range s.Groups {
		for k := range g.X {
			if !g.finite(k) {
				bad++
			}
		}
		if g.Label != "" {
			out = append(out, entry{g.Label, func(d *drawing, b box) {
				d.marker(i, (b.x0+b.x1)/2, (b.y0+b.y1)/2)
			}})
		}
	}
	for _, f := range s.Fits {
		if f.Label != "" {
			out = append(out, entry{f.Label, func(d *drawing, b box) {
				d.line(b.x0, (b.y0+b.y1)/2, b.x1, (b.y0+b.y1)/2, fitStyle)
			}})
		}
	}
	if bad > 0 {
		out = append(out, leftOut(bad))
	}
	return out
}

const fitStyle = `class="ln ink" stroke-width="1.6"`

func (c *chart) drawFit(f Fit, data extent) {
	if f.From == 0 && f.To == 0 {
		f.From, f.To = data.lo, data.hi
	}
	forward := func(v float64, log bool) float64 {
		if log {
			return log10(v)
		}
		return v
	}
	at := func(x float64) point {
		y := f.Intercept + f.Slope*forward(x, c.xs.log)
		if c.ys.log {
			y = math.Pow(10, y)
		}
		return c.at(x, y)
	}
	a, b, seen := clipped(at(f.From), at(f.To), c.area.grown(farOff))
	if seen {
		c.line(a.x, a.y, b.x, b.y, fitStyle)
	}
}

func (c *chart) drawPoints(g Points, i int) {
	var bars pathData
	for k := range g.X {
		if !g.finite(k) {
			continue
		}
		p := c.at(g.X[k], g.Y[k])
		if g.XLo != nil && finite(g.XLo[k]) && finite(g.XHi[k]) {
			bars.moveTo(c.xAt(g.XLo[k]), p.y)
			bars.lineTo(c.xAt(g.XHi[k]), p.y)
		}
		if g.YLo != nil && finite(g.YLo[k]) && finite(g.YHi[k]) {
			bars.moveTo(p.x, c.yAt(g.YLo[k]))
			bars.lineTo(p.x, c.yAt(g.YHi[k]))
		}
	}
	const style = `class="s%d" stroke-width="1.3" stroke-opacity=".7"`
	c.path(&bars, fmt.Sprintf(style, colorOf(i)))
	for k := range g.X {
		if at := c.at(g.X[k], g.Y[k]); g.finite(k) && c.shows(at) {
			c.marker(i, at.x, at.y)
		}
	}
}

func (s Scatter) describe() string {
	x, y := or(s.X.Label, "x"), or(s.Y.Label, "y")
	var parts []string
	for _, g := range s.Groups {
		var ex, ey extent
		for k := range g.X {
			if g.finite(k) {
				ex.add(g.X[k])
				ey.add(g.Y[k])
			}
		}
		if ex.n == 0 {
			parts = append(parts, or(g.Label, "points")+": none finite")
			continue
		}
		xr, yr := numbers(ex.lo, ex.hi), numbers(ey.lo, ey.hi)
		text := fmt.Sprintf("%s: %d points, %s from %s to %s, %s from %s to %s",
			or(g.Label, "points"), ex.n, x, xr[0], xr[1], y, yr[0], yr[1])
		if bad := len(g.X) - ex.n; bad > 0 {
			text += fmt.Sprintf(", %d left out because they aren't finite", bad)
		}
		parts = append(parts, text)
	}
	for _, f := range s.Fits {
		parts = append(parts, fmt.Sprintf("fit %q: slope %s, intercept %s",
			plain(f.Label), number(f.Slope), number(f.Intercept)))
	}
	parts = append(parts, describeReferences(s.HLines, s.VLines, nil)...)
	return sentence(parts)
}
