package viz

import (
	"fmt"
	"math"
	"sort"
)

var (
	_ Figure  = Histogram{}
	_ planner = Histogram{}
)

// Histogram counts values in bins, one or several groups over one another in the
// same bins.
//
// SVG returns an error where no value is finite, where edges don't rise, for values
// ≤ 0 on a logarithmic x axis, and for a logarithmic y axis, since counts start at 0.
type Histogram struct {
	Groups []Sample // required, at least one

	Title   string
	X, Y    Axis   // default label of Y: "count"
	AltText string // replaces the text made from the numbers

	// Edges are the borders of the bins, rising; a bin holds its lower edge, the last
	// one both. nil: Bins equal ones over the values, on a logarithmic axis equal as
	// drawn. Values outside the edges are left out and counted in the legend.
	Edges []float64
	// Bins is their number; 0 means by the rule of Freedman and Diaconis (1981) over
	// all groups, at least 5 and at most 60.
	Bins   int
	VLines []RefLine

	Width, Height float64 // in pixels; 0 means 540 and 340
}

// Sample is a group of values. Those that aren't finite are left out and counted in
// the legend.
type Sample struct {
	Label  string
	Values []float64
}

// SVG draws the figure.
func (h Histogram) SVG() ([]byte, error) { return svgOf(h) }

// Alt gives each group's size, mean, range and fullest bin.
func (h Histogram) Alt() string { return altOf(h, h.AltText) }

func (h Histogram) plan() (plan, error) {
	width, height, err := sizeOf("Histogram", h.Width, h.Height, 540, 340)
	if err != nil {
		return plan{}, err
	}
	edges, counts, left, err := h.count()
	if err != nil {
		return plan{}, err
	}
	xs, ys, err := h.scales(edges, counts)
	if err != nil {
		return plan{}, err
	}
	alt := or(h.AltText, h.describe(edges, counts, left))
	h.Y.Label = or(h.Y.Label, "count")
	draw := func(r room) (*drawing, error) {
		w, high := r.fit(width, height)
		c, err := newChart(frame{
			figure: "Histogram", title: h.Title, desc: alt, width: w, height: high,
			x: h.X, y: h.Y, xs: xs, ys: ys, legend: h.legend(left), least: r.least,
		})
		if err != nil {
			return nil, err
		}
		c.drawGrid(false, true)
		c.clip("plot", c.area)
		for i, group := range counts {
			c.drawBins(edges, group, colorOf(i))
		}
		c.drawRefLines(nil, h.VLines)
		c.end()
		c.drawAxes(false)
		c.labelRefLines(nil, h.VLines, outlineOf(edges, counts))
		return c.drawing, nil
	}
	return plan{alt: alt, width: width, narrowest: min(width, narrowestChart), draw: draw}, nil
}

// scales hold the bins and the reference lines, and the counts from 0.
func (h Histogram) scales(edges []float64, counts [][]int) (xs, ys scale, err error) {
	var ex, ey extent
	ex.add(edges...)
	for _, r := range h.VLines {
		ex.add(r.At)
	}
	for _, group := range counts {
		for _, n := range group {
			ey.add(float64(n))
		}
	}
	if xs, err = scaleOf("Histogram", "X", h.X, ex, 0.02); err != nil {
		return xs, ys, err
	}
	up := or(h.Y.Range, [2]float64{0, 1.06 * math.Max(ey.hi, 1)})
	ys, err = scaleOf("Histogram", "Y", Axis{Range: up, Integer: true}, ey, 0)
	return xs, ys, err
}

// count checks the input and fills the bins; left is how many values are in none.
func (h Histogram) count() (edges []float64, counts [][]int, left int, err error) {
	if h.Y.Log {
		return nil, nil, 0, fmt.Errorf("viz: Histogram: a logarithmic Y axis can't hold " +
			"a count of 0: want a linear one")
	}
	if err := h.bounded(); err != nil {
		return nil, nil, 0, err
	}
	if err := checkReferences("Histogram", nil, h.VLines, nil); err != nil {
		return nil, nil, 0, err
	}
	var all []float64
	for i, g := range h.Groups {
		name := fmt.Sprintf("viz: Histogram: group %d (%q)", i, g.Label)
		if err := positive(name, "Values", h.X.Log, g.Values); err != nil {
			return nil, nil, 0, err
		}
		for _, v := range g.Values {
			if finite(v) {
				all = append(all, v)
			}
		}
	}
	if len(all) == 0 {
		return nil, nil, 0, fmt.Errorf("viz: Histogram: no finite value in %d groups",
			len(h.Groups))
	}
	if edges, err = h.edges(all); err != nil {
		return nil, nil, 0, err
	}
	for _, g := range h.Groups {
		n := make([]int, len(edges)-1)
		for _, v := range g.Values {
			if k, ok := binOf(edges, v); ok {
				n[k]++
			} else {
				left++
			}
		}
		counts = append(counts, n)
	}
	return edges, counts, left, nil
}

// bounded refuses more values, groups and bins than a picture can hold.
func (h Histogram) bounded() error {
	values := 0
	for _, g := range h.Groups {
		values += len(g.Values)
	}
	if err := atMost("Histogram", "values of all Groups", values, mostGrid); err != nil {
		return err
	}
	if err := atMost("Histogram", "Groups", len(h.Groups), mostParts); err != nil {
		return err
	}
	return atMost("Histogram", "Edges", len(h.Edges), mostBins+1)
}

const mostBins = 2000

// binOf finds a value's bin; false for none.
func binOf(edges []float64, v float64) (int, bool) {
	last := len(edges) - 1
	if !finite(v) || v < edges[0] || v > edges[last] {
		return 0, false
	}
	return min(sort.Search(last, func(k int) bool { return edges[k+1] > v }), last-1), true
}

func (h Histogram) edges(all []float64) ([]float64, error) {
	if h.Edges != nil {
		for k, v := range h.Edges {
			if !finite(v) || k > 0 && v <= h.Edges[k-1] || h.X.Log && v <= 0 {
				return nil, fmt.Errorf("viz: Histogram: edge %d is %g: "+
					"want finite edges that rise, above 0 on a logarithmic axis", k, v)
			}
		}
		if len(h.Edges) < 2 {
			return nil, fmt.Errorf("viz: Histogram: %d edge: want at least 2", len(h.Edges))
		}
		return h.Edges, nil
	}
	if h.Bins < 0 || h.Bins > mostBins {
		return nil, fmt.Errorf("viz: Histogram: %d bins: want 1 to %d, or 0 for a rule",
			h.Bins, mostBins)
	}
	sort.Float64s(all)
	s := scale{lo: all[0], hi: all[len(all)-1], log: h.X.Log}.widened()
	bins := or(h.Bins, freedmanDiaconis(all, s))
	out := make([]float64, bins+1)
	for k := range out {
		out[k] = s.value(float64(k) / float64(bins))
	}
	out[0], out[bins] = s.lo, s.hi
	return out, nil
}

// freedmanDiaconis takes a bin width of 2·IQR·n^(−1/3), as drawn.
func freedmanDiaconis(sorted []float64, s scale) int {
	n := len(sorted)
	iqr := s.at(sorted[3*(n-1)/4]) - s.at(sorted[(n-1)/4])
	if iqr <= 0 {
		return 20
	}
	return int(math.Max(5, math.Min(60, math.Ceil(math.Cbrt(float64(n))/(2*iqr)))))
}

func (h Histogram) legend(left int) []entry {
	var out []entry
	for i, g := range h.Groups {
		if g.Label != "" {
			out = append(out, entry{g.Label,
				func(d *drawing, b box) { d.rect(b, binStyle(colorOf(i))) }})
		}
	}
	if left > 0 {
		e := leftOut(left)
		e.label = fmt.Sprintf("%d not finite or outside, left out", left)
		out = append(out, e)
	}
	return out
}

func binStyle(color int) string {
	return fmt.Sprintf(`class="f%d s%d" fill-opacity=".4" stroke-width="1.3"`, color, color)
}

func (c *chart) drawBins(edges []float64, counts []int, color int) {
	pts := []point{c.at(edges[0], 0)}
	for k, n := range counts {
		pts = append(pts, c.at(edges[k], float64(n)), c.at(edges[k+1], float64(n)))
	}
	pts = append(pts, c.at(edges[len(edges)-1], 0))
	var p pathData
	p.polyline(pts, true)
	c.path(&p, binStyle(color))
}

// outlineOf gives the tops of the bins, so that labels keep clear of them.
func outlineOf(edges []float64, counts [][]int) []stroke {
	var out []stroke
	for _, group := range counts {
		var s stroke
		for k, n := range group {
			s.X = append(s.X, edges[k]/2+edges[k+1]/2)
			s.Y = append(s.Y, float64(n))
		}
		out = append(out, s)
	}
	return out
}

func (h Histogram) describe(edges []float64, counts [][]int, left int) string {
	x := or(h.X.Label, "value")
	parts := []string{fmt.Sprintf("histogram of %s in %d bins", x, len(edges)-1)}
	for i, g := range h.Groups {
		var e extent
		e.add(g.Values...)
		if e.n == 0 {
			parts = append(parts, or(g.Label, "values")+": none finite")
			continue
		}
		mean, top := 0.0, 0
		for _, v := range g.Values {
			if finite(v) {
				mean += v / float64(e.n)
			}
		}
		for k, n := range counts[i] {
			if n > counts[i][top] {
				top = k
			}
		}
		r, fullest := numbers(e.lo, e.hi), numbers(edges[top], edges[top+1])
		parts = append(parts, fmt.Sprintf(
			"%s: %d values, mean %s, from %s to %s, most (%d) between %s and %s",
			or(g.Label, "values"), e.n, number(mean), r[0], r[1],
			counts[i][top], fullest[0], fullest[1]))
	}
	if left > 0 {
		parts = append(parts, fmt.Sprintf("%d left out, not finite or outside the bins", left))
	}
	parts = append(parts, describeReferences(nil, h.VLines, nil)...)
	return sentence(parts)
}
