package viz

import (
	"fmt"
	"math"
	"sort"
)

var (
	_ Figure  = Density{}
	_ planner = Density{}
)

// Density is a spectral density on a logarithmic scale: the bulk as a filled curve,
// outliers as named stems, single eigenvalues as a rug below.
//
// SVG returns an error where there is neither a curve nor a stem, for a negative
// density, and for whatever Line refuses in a series.
type Density struct {
	// Curves are densities over the eigenvalue, ≥ 0; below the floor they leave the
	// plot. The first is filled, unless it has MarkersOnly.
	Curves []Series
	Stems  []Stem
	Rug    []float64 // one small tick each, below the axis

	Title   string
	X       Axis   // default label: "eigenvalue λ"
	Y       Axis   // always logarithmic; default label: "density"
	AltText string // replaces the text made from the numbers

	// Floor is the lowest density shown, where Y has no Range.
	// 0 means a millionth of the greatest.
	Floor  float64
	VLines []RefLine

	Width, Height float64 // in pixels; 0 means 540 and 360
}

// Stem is a named eigenvalue apart from the bulk.
type Stem struct {
	At float64
	// Height is in units of the density, such as the eigenvalue's share of the
	// spectrum over a bin's width; 0 means half the plot's height.
	Height float64
	Label  string
}

// SVG draws the figure.
func (d Density) SVG() ([]byte, error) { return svgOf(d) }

// Alt gives the range of the spectrum, each curve's peak, and the outliers by name.
func (d Density) Alt() string { return altOf(d, d.AltText) }

func (d Density) plan() (plan, error) {
	w, h, err := sizeOf("Density", d.Width, d.Height, 540, 360)
	if err != nil {
		return plan{}, err
	}
	if err := checkReferences("Density", nil, d.VLines, nil); err != nil {
		return plan{}, err
	}
	curves, xs, ys, err := d.read()
	if err != nil {
		return plan{}, err
	}
	d.X.Label, d.Y.Label = or(d.X.Label, "eigenvalue λ"), or(d.Y.Label, "density")
	alt := or(d.AltText, d.describe(curves, ys))
	draw := func(r room) (*drawing, error) {
		w, h := r.fit(w, h)
		c, err := newChart(frame{
			figure: "Density", title: d.Title, desc: alt, width: w, height: h,
			x: d.X, y: d.Y, xs: xs, ys: ys, legend: legendOf(curves, nil), least: r.least,
		})
		if err != nil {
			return nil, err
		}
		d.drawOn(c, curves)
		return c.drawing, nil
	}
	return plan{alt: alt, width: w, narrowest: min(w, narrowestChart), draw: draw}, nil
}

func (d Density) drawOn(c *chart, curves []stroke) {
	c.drawGrid(false, true)
	c.clip("plot", c.area)
	if len(curves) > 0 && !curves[0].MarkersOnly {
		c.drawBand(filled(curves[0], c.ys.lo))
	}
	c.drawRefLines(nil, d.VLines)
	for _, s := range curves {
		c.drawSeries(s)
	}
	c.drawRug(d.Rug)
	c.end()
	c.drawAxes(false)
	c.drawStems(d.stems(c.ys))
	c.labelRefLines(nil, d.VLines, curves)
}

// read checks the curves, lifts them to the floor and makes the scales.
func (d Density) read() (curves []stroke, xs, ys scale, err error) {
	if len(d.Curves)+len(d.Stems) == 0 {
		return nil, xs, ys, fmt.Errorf("viz: Density: no curve and no stem")
	}
	if err := atMost("Density", "Stems", len(d.Stems), mostNames); err != nil {
		return nil, xs, ys, err
	}
	if err := atMost("Density", "Rug", len(d.Rug), mostValues); err != nil {
		return nil, xs, ys, err
	}
	if len(d.Curves) > 0 {
		if curves, err = readSeries("Density", d.Curves, d.X, Axis{}); err != nil {
			return nil, xs, ys, err
		}
	}
	ex, ey, err := d.extents(curves)
	if err != nil {
		return nil, xs, ys, err
	}
	if xs, err = scaleOf("Density", "X", d.X, ex, 0.04); err != nil {
		return nil, xs, ys, err
	}
	if ys, err = d.heights(ey); err != nil {
		return nil, xs, ys, err
	}
	// A curve leaves the plot where it is below the floor; a density of 0 is somewhere
	// below.
	for i, s := range curves {
		below := math.Max(ys.lo/100, math.SmallestNonzeroFloat64)
		s.Y, s.Lo, s.Hi = lifted(s.Y, below), lifted(s.Lo, below), lifted(s.Hi, below)
		curves[i] = s
	}
	return curves, xs, ys, nil
}

// extents are the ranges of the eigenvalues and of the densities above 0.
func (d Density) extents(curves []stroke) (ex, ey extent, err error) {
	for _, s := range curves {
		for k, v := range s.Y {
			if v < 0 {
				return ex, ey,
					fmt.Errorf("viz: Density: series %q: density %g at %g: want values ≥ 0",
						s.Label, v, s.X[k])
			}
			if v > 0 {
				ey.add(v)
			}
		}
		ex.add(s.X...)
	}
	for _, s := range d.Stems {
		if !finite(s.At) || !finite(s.Height) || s.Height < 0 {
			return ex, ey, fmt.Errorf("viz: Density: stem %q: at %g, height %g: "+
				"want finite numbers, the height ≥ 0", s.Label, s.At, s.Height)
		}
		ex.add(s.At)
		if s.Height > 0 {
			ey.add(s.Height)
		}
	}
	ex.add(d.Rug...)
	if ey.n == 0 {
		ey.add(1)
	}
	return ex, ey, nil
}

// heights is the scale of the densities.
func (d Density) heights(ey extent) (scale, error) {
	if d.Y.Range != [2]float64{} {
		return scaleOf("Density", "Y", Axis{Log: true, Range: d.Y.Range}, ey, 0)
	}
	floor := or(d.Floor, math.Max(ey.hi*1e-6, ey.lo/2))
	if !(floor > 0 && floor < ey.hi) {
		return scale{}, fmt.Errorf("viz: Density: floor %g: "+
			"want it above 0 and below the greatest density %g", floor, ey.hi)
	}
	top := bounded(ey.hi * math.Pow(ey.hi/floor, 0.12))
	return scale{lo: floor, hi: top, log: true}, nil
}

// lifted raises what is below a floor to it; NaN stays.
func lifted(vs []float64, floor float64) []float64 {
	if vs == nil {
		return nil
	}
	out := make([]float64, len(vs))
	for k, v := range vs {
		out[k] = v
		if v < floor {
			out[k] = floor
		}
	}
	return out
}

// filled makes a curve's area down to the floor a band.
func filled(s stroke, floor float64) stroke {
	s.Lo, s.Hi = make([]float64, len(s.Y)), s.Y
	for k := range s.Lo {
		s.Lo[k] = math.Min(floor, s.Y[k])
	}
	return s
}

func (c *chart) drawRug(values []float64) {
	var p pathData
	for _, v := range values {
		if finite(v) && c.xs.contains(v) {
			p.moveTo(c.xAt(v), c.area.y1)
			p.lineTo(c.xAt(v), c.area.y1-8)
		}
	}
	c.path(&p, `class="ink" stroke-opacity=".6"`)
}

// stems gives stems without a height half the plot's, and sorts them.
func (d Density) stems(ys scale) []Stem {
	out := append([]Stem{}, d.Stems...)
	for i := range out {
		if out[i].Height == 0 {
			out[i].Height = ys.value(0.5)
		}
		out[i].Height = math.Max(out[i].Height, ys.lo)
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].At < out[b].At })
	return out
}

// drawStems draws stems with labels above their heads; where labels would meet,
// later ones move up and keep a thin leader.
func (c *chart) drawStems(stems []Stem) {
	l := &layer{chart: c}
	const color = 1
	for _, s := range stems {
		p := c.at(s.At, s.Height)
		c.line(p.x, c.area.y1, p.x, p.y, fmt.Sprintf(`class="s%d" stroke-width="2"`, color))
		c.circle(p.x, p.y, 4, fmt.Sprintf(`class="f%d"`, color))
		l.taken = append(l.taken, box{p.x - 4, p.y - 4, p.x + 4, c.area.y1})
	}
	for _, s := range stems {
		if s.Label == "" {
			continue
		}
		p, w := c.at(s.At, s.Height), textWidth(s.Label, smallSize)
		x := math.Max(c.area.x0+w/2+2, math.Min(c.width-8-w/2, p.x))
		b := box{x - w/2, p.y - 22, x + w/2, p.y - 8}
		for l.hits(b) && b.y0 > c.area.y0 {
			b.y0, b.y1 = b.y0-15, b.y1-15
		}
		if b.y1 < p.y-12 {
			c.line(p.x, p.y-5, p.x, b.y1, `class="ax" stroke-width=".8"`)
		}
		l.taken = append(l.taken, b)
		c.text(x, b.y1-3, s.Label, `class="sm mid halo"`)
	}
}

func (l *layer) hits(b box) bool {
	for _, t := range l.taken {
		if t.overlaps(b) {
			return true
		}
	}
	return false
}

func (d Density) describe(curves []stroke, ys scale) string {
	var e extent
	for _, s := range curves {
		e.add(s.X...)
	}
	for _, s := range d.Stems {
		e.add(s.At)
	}
	e.add(d.Rug...)
	x := numbers(e.lo, e.hi)
	parts := []string{fmt.Sprintf("spectral density on a logarithmic scale, "+
		"eigenvalues from %s to %s", x[0], x[1])}
	for _, s := range curves {
		top := 0
		for k, v := range s.Y {
			if v > s.Y[top] {
				top = k
			}
		}
		parts = append(parts, fmt.Sprintf("%s: highest %s at %s",
			or(s.Label, "density"), number(s.Y[top]), number(s.X[top])))
	}
	for _, s := range d.stems(ys) {
		parts = append(parts, fmt.Sprintf("outlier %q at %s", plain(s.Label), number(s.At)))
	}
	parts = append(parts, describeReferences(nil, d.VLines, nil)...)
	return sentence(parts)
}
