package viz

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

var (
	_ Figure = Histogram{}
	_ panel  = Histogram{}
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
func (h Histogram) Alt() string { return altOr(h.AltText, h.describe) }

func (h Histogram) draw(least pads) (*drawing, error) {
	width, height, err := sizeOf("Histogram", h.Width, h.Height, 540, 340)
	if err != nil {
		return nil, err
	}
	edges, counts, left, err := h.count()
	if err != nil {
		return nil, err
	}
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
	xs, err := scaleOf("Histogram", "X", h.X, ex, 0.02)
	if err != nil {
		return nil, err
	}
	h.Y.Label = or(h.Y.Label, "count")
	ys, err := scaleOf("Histogram", "Y", Axis{Range: or(h.Y.Range, [2]float64{0, 1.06 * math.Max(ey.hi, 1)})}, ey, 0)
	if err != nil {
		return nil, err
	}
	c, err := newChart(frame{
		figure: "Histogram", title: h.Title, desc: h.Alt(), width: width, height: height,
		x: h.X, y: h.Y, xs: xs, ys: ys, legend: h.legend(left), least: least,
	})
	if err != nil {
		return nil, err
	}
	c.drawGrid(false, true)
	c.clip("plot", c.area)
	for i, group := range counts {
		c.drawBins(edges, group, floorMod(i, seriesColors))
	}
	c.drawRefLines(nil, h.VLines)
	c.end()
	c.drawAxes(false)
	c.labelRefLines(nil, h.VLines, outlineOf(edges, counts))
	return c.drawing, nil
}

// count checks the input and fills the bins; left is how many values are in none.
func (h Histogram) count() (edges []float64, counts [][]int, left int, err error) {
	if h.Y.Log {
		return nil, nil, 0, fmt.Errorf("viz: Histogram: a logarithmic Y axis can't hold a count of 0: want a linear one")
	}
	if err := checkReferences("Histogram", nil, h.VLines, nil); err != nil {
		return nil, nil, 0, err
	}
	var all []float64
	for i, g := range h.Groups {
		if err := positive(fmt.Sprintf("viz: Histogram: group %d (%q)", i, g.Label), "Values", h.X.Log, g.Values); err != nil {
			return nil, nil, 0, err
		}
		for _, v := range g.Values {
			if finite(v) {
				all = append(all, v)
			}
		}
	}
	if len(all) == 0 {
		return nil, nil, 0, fmt.Errorf("viz: Histogram: no finite value in %d groups", len(h.Groups))
	}
	if edges, err = h.edges(all); err != nil {
		return nil, nil, 0, err
	}
	for _, g := range h.Groups {
		n := make([]int, len(edges)-1)
		for _, v := range g.Values {
			if k := binOf(edges, v); k >= 0 {
				n[k]++
			} else {
				left++
			}
		}
		counts = append(counts, n)
	}
	return edges, counts, left, nil
}

// binOf finds a value's bin, −1 for none.
func binOf(edges []float64, v float64) int {
	last := len(edges) - 1
	if !finite(v) || v < edges[0] || v > edges[last] {
		return -1
	}
	return min(sort.Search(last, func(k int) bool { return edges[k+1] > v }), last-1)
}

func (h Histogram) edges(all []float64) ([]float64, error) {
	if h.Edges != nil {
		for k, v := range h.Edges {
			if !finite(v) || k > 0 && v <= h.Edges[k-1] || h.X.Log && v <= 0 {
				return nil, fmt.Errorf("viz: Histogram: edge %d is %g: want finite edges that rise, above 0 on a logarithmic axis", k, v)
			}
		}
		if len(h.Edges) < 2 {
			return nil, fmt.Errorf("viz: Histogram: %d edge: want at least 2", len(h.Edges))
		}
		return h.Edges, nil
	}
	if h.Bins < 0 || h.Bins > 2000 {
		return nil, fmt.Errorf("viz: Histogram: %d bins: want 1 to 2000, or 0 for a rule", h.Bins)
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
			out = append(out, entry{g.Label, func(d *drawing, b box) { d.rect(b, binStyle(floorMod(i, seriesColors))) }})
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
func outlineOf(edges []float64, counts [][]int) []Series {
	var out []Series
	for _, group := range counts {
		var s Series
		for k, n := range group {
			s.X = append(s.X, edges[k]/2+edges[k+1]/2)
			s.Y = append(s.Y, float64(n))
		}
		out = append(out, s)
	}
	return out
}

func (h Histogram) describe() (string, error) {
	edges, counts, left, err := h.count()
	if err != nil {
		return "", err
	}
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
		parts = append(parts, fmt.Sprintf("%s: %d values, mean %s, from %s to %s, most (%d) between %s and %s", or(g.Label, "values"),
			e.n, number(mean), number(e.lo), number(e.hi), counts[i][top], number(edges[top]), number(edges[top+1])))
	}
	if left > 0 {
		parts = append(parts, fmt.Sprintf("%d left out, not finite or outside the bins", left))
	}
	parts = append(parts, describeReferences(nil, h.VLines, nil)...)
	return capital(plain(strings.Join(parts, "; "))) + ".", nil
}
