package viz

import (
	"fmt"
	"math"
	"sort"
)

var (
	_ Figure  = Strip{}
	_ planner = Strip{}
)

// Strip shows the eigenvalues over training: at each step a column of ticks, or
// lines by rank, and a bound such as 2/η.
//
// SVG returns an error where lengths don't match, where there is no finite value,
// and for values ≤ 0 on a logarithmic axis.
type Strip struct {
	Steps []float64 // required
	// Values holds for each step its eigenvalues, in any order and number. Those that
	// aren't finite are left out and counted in the legend.
	Values [][]float64
	// Lines joins the largest values of all steps by a line, the second largest, and
	// so on, instead of ticks.
	Lines bool
	// Bound is one value, or one for each step; nil for none.
	Bound      []float64
	BoundLabel string // default: "2/η"

	Title   string
	X, Y    Axis   // default labels: "step", "eigenvalue λ"
	AltText string // replaces the text made from the numbers

	Width, Height float64 // in pixels; 0 means 540 and 360
}

// SVG draws the figure.
func (s Strip) SVG() ([]byte, error) { return svgOf(s) }

// Alt gives the largest and smallest eigenvalue at the first and the last step, the
// largest of all, and how often it is above the bound.
func (s Strip) Alt() string { return altOf(s, s.AltText) }

func (s Strip) plan() (plan, error) {
	w, h, err := sizeOf("Strip", s.Width, s.Height, 540, 360)
	if err != nil {
		return plan{}, err
	}
	xs, ys, err := s.scales()
	if err != nil {
		return plan{}, err
	}
	s.X.Label, s.Y.Label = or(s.X.Label, "step"), or(s.Y.Label, "eigenvalue λ")
	alt := or(s.AltText, s.describe())
	draw := func(r room) (*drawing, error) {
		w, h := r.fit(w, h)
		c, err := newChart(frame{
			figure: "Strip", title: s.Title, desc: alt, width: w, height: h,
			x: s.X, y: s.Y, xs: xs, ys: ys, legend: s.legend(), least: r.least,
		})
		if err != nil {
			return nil, err
		}
		c.drawGrid(false, true)
		c.clip("plot", c.area)
		if s.Lines {
			s.drawLines(c)
		} else {
			s.drawTicks(c)
		}
		s.drawBound(c)
		c.end()
		c.drawAxes(false)
		return c.drawing, nil
	}
	return plan{alt: alt, width: w, narrowest: min(w, narrowestChart), draw: draw}, nil
}

func (s Strip) scales() (xs, ys scale, err error) {
	switch {
	case len(s.Steps) == 0:
		return xs, ys, fmt.Errorf("viz: Strip: no steps")
	case len(s.Values) != len(s.Steps):
		return xs, ys, fmt.Errorf("viz: Strip: %d steps but %d lists of values",
			len(s.Steps), len(s.Values))
	case len(s.Bound) > 1 && len(s.Bound) != len(s.Steps):
		return xs, ys, fmt.Errorf("viz: Strip: %d steps but a bound of %d values: "+
			"want none, one, or one a step", len(s.Steps), len(s.Bound))
	}
	n := len(s.Steps)
	for _, v := range s.Values {
		n += len(v)
	}
	if err := atMost("Strip", "Values", n, mostValues); err != nil {
		return xs, ys, err
	}
	var ex, ey extent
	for k, step := range s.Steps {
		if !finite(step) {
			return xs, ys, fmt.Errorf("viz: Strip: step %d is %g: want finite steps", k, step)
		}
		if err := positive(fmt.Sprintf("viz: Strip: step %g", step), "Values", s.Y.Log,
			s.Values[k]); err != nil {
			return xs, ys, err
		}
		ex.add(step)
		ey.add(s.Values[k]...)
	}
	if ey.n == 0 {
		return xs, ys, fmt.Errorf("viz: Strip: no finite eigenvalue")
	}
	if err := positive("viz: Strip", "Bound", s.Y.Log, s.Bound); err != nil {
		return xs, ys, err
	}
	ey.add(s.Bound...)
	if xs, err = scaleOf("Strip", "X", s.X, ex, 0.03); err != nil {
		return xs, ys, err
	}
	ys, err = scaleOf("Strip", "Y", s.Y, ey, 0.05)
	return xs, ys, err
}

// signs tells which signs occur and how many values aren't finite.
func (s Strip) signs() (positive, negative bool, bad int) {
	for _, column := range s.Values {
		for _, v := range column {
			switch {
			case !finite(v):
				bad++
			case v < 0:
				negative = true
			default:
				positive = true
			}
		}
	}
	return positive, negative, bad
}

func (s Strip) legend() []entry {
	positive, negative, bad := s.signs()
	var out []entry
	dash := func(color int) func(*drawing, box) {
		return func(d *drawing, b box) {
			y := (b.y0 + b.y1) / 2
			d.line(b.x0+2, y, b.x1-2, y, fmt.Sprintf(`class="s%d" stroke-width="2"`, color))
		}
	}
	if positive && (negative || len(s.Bound) > 0) {
		out = append(out, entry{"λ ≥ 0", dash(0)})
	}
	if negative {
		out = append(out, entry{"λ < 0", dash(1)})
	}
	if len(s.Bound) > 0 {
		out = append(out, entry{or(s.BoundLabel, "2/η"), func(d *drawing, b box) {
			d.line(b.x0, (b.y0+b.y1)/2, b.x1, (b.y0+b.y1)/2, boundStyle)
		}})
	}
	if bad > 0 {
		out = append(out, leftOut(bad))
	}
	return out
}

// leftOut is the legend's note on values that can't be drawn.
func leftOut(n int) entry { return note("×", fmt.Sprintf("%d not finite, left out", n)) }

const boundStyle = `class="ln ink" stroke-width="1.4" stroke-dasharray="6 4"`

func (s Strip) drawTicks(c *chart) {
	gap := math.Inf(1)
	sorted := append([]float64{}, s.Steps...)
	sort.Float64s(sorted)
	for k := 1; k < len(sorted); k++ {
		if d := c.xAt(sorted[k]) - c.xAt(sorted[k-1]); d > 0 {
			gap = math.Min(gap, d)
		}
	}
	half := math.Max(1, math.Min(7, 0.38*gap))
	var above, below pathData
	for k, step := range s.Steps {
		for _, v := range s.Values[k] {
			p := &above
			if v < 0 {
				p = &below
			}
			if finite(v) {
				p.moveTo(c.xAt(step)-half, c.yAt(v))
				p.lineTo(c.xAt(step)+half, c.yAt(v))
			}
		}
	}
	c.path(&above, `class="s0" stroke-width="1.6" stroke-opacity=".8"`)
	c.path(&below, `class="s1" stroke-width="1.6" stroke-opacity=".8"`)
}

// drawLines joins equal ranks, counted from the largest; a line changes its colour
// with the sign.
func (s Strip) drawLines(c *chart) {
	sorted := make([][]float64, len(s.Values))
	ranks := 0
	for k, column := range s.Values {
		for _, v := range column {
			if finite(v) {
				sorted[k] = append(sorted[k], v)
			}
		}
		sort.Sort(sort.Reverse(sort.Float64Slice(sorted[k])))
		ranks = max(ranks, len(sorted[k]))
	}
	var above, below pathData
	for r := range ranks {
		for k := 1; k < len(sorted); k++ {
			if r >= len(sorted[k]) || r >= len(sorted[k-1]) {
				continue
			}
			p := &above
			if sorted[k][r] < 0 {
				p = &below
			}
			a, b := c.at(s.Steps[k-1], sorted[k-1][r]), c.at(s.Steps[k], sorted[k][r])
			if tenths(a.x) != p.x || tenths(a.y) != p.y || len(p.b) == 0 {
				p.moveTo(a.x, a.y)
			}
			p.lineTo(b.x, b.y)
		}
	}
	c.path(&above, `class="ln s0" stroke-width="1.4" stroke-opacity=".85"`)
	c.path(&below, `class="ln s1" stroke-width="1.4" stroke-opacity=".85"`)
}

// boundAt is the bound at a step's place in the list; false where there is none.
func (s Strip) boundAt(k int) (float64, bool) {
	switch len(s.Bound) {
	case 0:
		return 0, false
	case 1:
		k = 0
	}
	return s.Bound[k], finite(s.Bound[k])
}

func (s Strip) drawBound(c *chart) {
	if len(s.Bound) == 0 {
		return
	}
	if len(s.Bound) == 1 {
		if at := s.Bound[0]; finite(at) {
			c.line(c.area.x0, c.yAt(at), c.area.x1, c.yAt(at), boundStyle)
		}
		return
	}
	var p pathData
	for _, r := range runs(s.Steps, s.Bound) {
		var pts []point
		for k := r[0]; k < r[1]; k++ {
			pts = append(pts, c.at(s.Steps[k], s.Bound[k]))
		}
		p.polyline(pts, false)
	}
	c.path(&p, boundStyle)
}

func (s Strip) describe() string {
	var all extent
	above, bounded := 0, 0
	for k, column := range s.Values {
		var e extent
		e.add(column...)
		all.add(column...)
		if b, ok := s.boundAt(k); ok && e.n > 0 {
			bounded++
			if e.hi > b {
				above++
			}
		}
	}
	at := func(k int) string {
		var e extent
		e.add(s.Values[k]...)
		if e.n == 0 {
			return fmt.Sprintf("none finite at %s", number(s.Steps[k]))
		}
		r := numbers(e.lo, e.hi)
		return fmt.Sprintf("from %s to %s at %s", r[0], r[1], number(s.Steps[k]))
	}
	r := numbers(all.hi, all.lo)
	parts := []string{
		fmt.Sprintf("eigenvalues over %d steps: %s, %s",
			len(s.Steps), at(0), at(len(s.Steps)-1)),
		fmt.Sprintf("largest of all %s, smallest %s", r[0], r[1]),
	}
	if bounded > 0 {
		parts = append(parts, fmt.Sprintf("the largest is above %s at %d of %d steps",
			or(s.BoundLabel, "2/η"), above, bounded))
	}
	if _, _, bad := s.signs(); bad > 0 {
		parts = append(parts, fmt.Sprintf("%d values not finite", bad))
	}
	return sentence(parts)
}
