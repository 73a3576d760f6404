package viz

import (
	"fmt"
	"math"
)

// Series is a curve. A value that isn't finite interrupts it and leaves a cross on
// the frame.
type Series struct {
	Label string
	X     []float64 // nil: 0, 1, 2, …
	Y     []float64
	// Lo and Hi are the ends of an error band, both or none, as values of y. Where
	// one of them isn't finite the band is interrupted.
	Lo, Hi []float64

	Markers     bool // a mark at each point; its shape differs between series
	MarkersOnly bool // marks without a line
	Dashed      bool
	// Color is the number of the colour, counted from 1. With it go the marks' shape
	// and the line's dashes, so that forty series can be told apart, also in grey. Where
	// a series of the figure is Dashed, dashes have the author's meaning and all other
	// lines are solid; so are lines with marks.
	// 0 means the series' own place in the list, counted from 1.
	Color int
}

// stroke is a checked series with all that it left out, and its look.
type stroke struct {
	Series
	dash string // an attribute
}

// readSeries checks the series and fills in what they leave out.
func readSeries(figure string, in []Series, x, y Axis) ([]stroke, error) {
	if len(in) == 0 {
		return nil, fmt.Errorf("viz: %s: no series", figure)
	}
	points, shapes, meant := 0, 0, false
	for _, s := range in {
		points += len(s.Y)
		if s.Markers || s.MarkersOnly {
			shapes += len(s.Y)
		}
		meant = meant || s.Dashed
	}
	if err := atMost(figure, "points of all series", points, mostValues); err != nil {
		return nil, err
	}
	if err := atMost(figure, "points with markers", shapes, mostShapes); err != nil {
		return nil, err
	}
	if err := atMost(figure, "series", len(in), mostNames); err != nil {
		return nil, err
	}
	gaps := 0
	for _, s := range in {
		gaps += gapsIn(s.Y) + gapsIn(s.X) + gapsIn(s.Lo) + gapsIn(s.Hi)
	}
	if err := atMost(figure, "gaps, where a curve isn't finite", gaps, mostGaps); err != nil {
		return nil, err
	}
	out := make([]stroke, len(in))
	for i, s := range in {
		if err := s.check(fmt.Sprintf("viz: %s: series %d (%q)", figure, i, s.Label), x,
			y); err != nil {
			return nil, err
		}
		if s.X == nil {
			s.X = make([]float64, len(s.Y))
			for k := range s.X {
				s.X[k] = float64(k)
			}
			if err := positive(fmt.Sprintf("viz: %s: series %d (%q)", figure, i, s.Label),
				"X", x.Log, s.X); err != nil {
				return nil, err
			}
		}
		s.Color = or(s.Color, i+1)
		out[i] = stroke{s, s.dashes(meant)}
	}
	return out, nil
}

// check refuses what can't be drawn; name is for messages.
func (s Series) check(name string, x, y Axis) error {
	switch {
	case len(s.Y) == 0:
		return fmt.Errorf("%s has no points", name)
	case s.X != nil && len(s.X) != len(s.Y):
		return fmt.Errorf("%s has %d X but %d Y", name, len(s.X), len(s.Y))
	case (s.Lo == nil) != (s.Hi == nil):
		return fmt.Errorf("%s has only one of Lo and Hi: a band needs both", name)
	case s.Lo != nil && (len(s.Lo) != len(s.Y) || len(s.Hi) != len(s.Y)):
		return fmt.Errorf("%s has %d Y but %d Lo and %d Hi", name, len(s.Y), len(s.Lo), len(s.Hi))
	}
	for k := range s.Lo {
		if s.Lo[k] > s.Hi[k] {
			return fmt.Errorf("%s: Lo[%d] = %g is above Hi[%d] = %g", name, k, s.Lo[k], k, s.Hi[k])
		}
	}
	for _, col := range []struct {
		name   string
		log    bool
		values []float64
	}{{"X", x.Log, s.X}, {"Y", y.Log, s.Y}, {"Lo", y.Log, s.Lo}, {"Hi", y.Log, s.Hi}} {
		if err := positive(name, col.name, col.log, col.values); err != nil {
			return err
		}
	}
	return nil
}

// positive refuses values that a logarithmic axis can't hold.
func positive(who, name string, log bool, values []float64) error {
	for k, v := range values {
		if log && v <= 0 && finite(v) {
			return fmt.Errorf("%s: a logarithmic axis can't hold %s[%d] = %g: "+
				"want values > 0 or a linear axis", who, name, k, v)
		}
	}
	return nil
}

// number is the series' number among colours, shapes and dashes, counted from 0.
func (s Series) number() int { return floorMod(s.Color-1, seriesColors*len(linePatterns)) }

func (s Series) color() int { return colorOf(s.number()) }

// colorOf is the colour of the n-th series, counted from 0.
func colorOf(n int) int { return floorMod(n, seriesColors) }

// linePatterns are the dashes of series without marks. Their number has no factor in
// common with that of the colours, so the pairs repeat after all have been used.
var linePatterns = [...]string{"", "9 4", "2 4", "11 4 2 4", "16 5 6 5"}

// dashes is the attribute of the series' line; meant tells whether dashes have a
// meaning of their own in the figure.
func (s Series) dashes(meant bool) string {
	if meant || s.Markers {
		return dashes(s.Dashed)
	}
	if pattern := linePatterns[s.number()%len(linePatterns)]; pattern != "" {
		return fmt.Sprintf(` stroke-dasharray="%s"`, pattern)
	}
	return ""
}

// legendOf lists named series and regions; one series alone needs no legend if it
// has no name.
func legendOf(series []stroke, regions []Region) []entry {
	var out []entry
	for _, s := range series {
		if s.Label != "" {
			out = append(out, entry{s.Label, s.swatch})
		}
	}
	for i, r := range regions {
		if r.Label != "" {
			out = append(out, entry{r.Label, func(d *drawing, b box) { d.rect(b, regionStyle(i)) }})
		}
	}
	return out
}

func (s stroke) swatch(d *drawing, b box) {
	y := (b.y0 + b.y1) / 2
	if s.Lo != nil {
		d.rect(b, fmt.Sprintf(`class="f%d" fill-opacity=".2"`, s.color()))
	}
	if !s.MarkersOnly {
		d.line(b.x0, y, b.x1, y, s.attr())
	}
	if s.Markers || s.MarkersOnly {
		d.marker(s.number(), (b.x0+b.x1)/2, y)
	}
}

// attr is the look of the series' line.
func (s stroke) attr() string {
	return fmt.Sprintf(`class="ln s%d" stroke-width="2"%s`, s.color(), s.dash)
}

// marker draws the mark of the n-th series, counted from 0: its shape goes with its
// colour, so that series can be told apart without it.
func (d *drawing) marker(n int, x, y float64) {
	class := fmt.Sprintf(`class="f%d halo" stroke-width="1" style="stroke-width:1"`, colorOf(n))
	var p pathData
	switch floorMod(n, 5) {
	case 0:
		d.circle(x, y, 3.8, class)
		return
	case 1:
		p.polyline([]point{{x - 3.5, y - 3.5}, {x + 3.5, y - 3.5}, {x + 3.5, y + 3.5},
			{x - 3.5, y + 3.5}}, true)
	case 2:
		p.polyline([]point{{x, y - 4.6}, {x + 4.4, y + 3.4}, {x - 4.4, y + 3.4}}, true)
	case 3:
		p.polyline([]point{{x, y - 5}, {x + 5, y}, {x, y + 5}, {x - 5, y}}, true)
	default:
		p.polyline([]point{{x, y + 4.6}, {x + 4.4, y - 3.4}, {x - 4.4, y - 3.4}}, true)
	}
	d.path(&p, class)
}

// gapsIn counts the stretches of values that aren't finite.
func gapsIn(values []float64) (n int) {
	for k, v := range values {
		if !finite(v) && (k == 0 || finite(values[k-1])) {
			n++
		}
	}
	return n
}

// runs splits a curve into its finite stretches.
func runs(xs []float64, ys ...[]float64) [][2]int {
	var out [][2]int
	start := -1
	for k := 0; k <= len(xs); k++ {
		ok := k < len(xs) && finite(xs[k])
		for _, y := range ys {
			ok = ok && finite(y[k])
		}
		switch {
		case ok && start < 0:
			start = k
		case !ok && start >= 0:
			out = append(out, [2]int{start, k})
			start = -1
		}
	}
	return out
}

func (c *chart) drawBand(s stroke) {
	if s.Lo == nil {
		return
	}
	var p pathData
	for _, r := range runs(s.X, s.Lo, s.Hi) {
		var pts []point
		for k := r[0]; k < r[1]; k++ {
			pts = append(pts, c.at(s.X[k], s.Hi[k]))
		}
		for k := r[1] - 1; k >= r[0]; k-- {
			pts = append(pts, c.at(s.X[k], s.Lo[k]))
		}
		p.polyline(pts, true)
	}
	c.path(&p, fmt.Sprintf(`class="f%d" fill-opacity=".2"`, s.color()))
}

func (c *chart) drawSeries(s stroke) {
	if !s.MarkersOnly {
		var p pathData
		for _, r := range runs(s.X, s.Y) {
			var pts []point
			for k := r[0]; k < r[1]; k++ {
				pts = append(pts, c.at(s.X[k], s.Y[k]))
			}
			if len(pts) == 1 && !s.Markers { // a stretch of one point is still seen
				c.marker(s.number(), pts[0].x, pts[0].y)
			}
			p.clippedLine(pts, c.area.grown(farOff))
		}
		c.path(&p, s.attr())
	}
	crossed := map[[2]int]bool{} // by the pixel and the end of the frame: one there is enough.
	for k, y := range s.Y {
		switch {
		case !finite(s.X[k]):
		case !finite(y):
			at := [2]int{int(c.xAt(s.X[k])), 0}
			if math.IsInf(y, -1) {
				at[1] = 1
			}
			if !crossed[at] {
				c.cross(s.color(), c.xAt(s.X[k]), y)
			}
			crossed[at] = true
		case s.Markers || s.MarkersOnly:
			if at := c.at(s.X[k], y); c.shows(at) {
				c.marker(s.number(), at.x, at.y)
			}
		}
	}
}

// cross marks on the frame where a curve isn't finite.
func (c *chart) cross(color int, x, value float64) {
	y := c.area.y0 + 6
	if math.IsInf(value, -1) {
		y = c.area.y1 - 6
	}
	var p pathData
	p.moveTo(x-4, y-4)
	p.lineTo(x+4, y+4)
	p.moveTo(x-4, y+4)
	p.lineTo(x+4, y-4)
	c.path(&p, fmt.Sprintf(`class="ln s%d" stroke-width="2"`, color))
}

// describeSeries tells a curve's ends and extremes.
func describeSeries(s Series) string {
	first, last, low, high, bad := -1, -1, -1, -1, 0
	for k, v := range s.Y {
		if !finite(v) || !finite(s.X[k]) {
			bad++
			continue
		}
		if first < 0 {
			first, low, high = k, k, k
		}
		last = k
		if v < s.Y[low] {
			low = k
		}
		if v > s.Y[high] {
			high = k
		}
	}
	name := or(s.Label, "curve")
	if first < 0 {
		return name + ": no finite point"
	}
	x := numbers(s.X[first], s.X[last], s.X[low], s.X[high])
	y := numbers(s.Y[first], s.Y[last], s.Y[low], s.Y[high])
	out := fmt.Sprintf("%s: from %s at %s to %s at %s, lowest %s at %s, highest %s at %s",
		name, y[0], x[0], y[1], x[1], y[2], x[2], y[3], x[3])
	if s.Lo != nil {
		out += ", with an error band"
	}
	if bad > 0 {
		out += fmt.Sprintf(", %d of %d points not finite", bad, len(s.Y))
	}
	return out
}
