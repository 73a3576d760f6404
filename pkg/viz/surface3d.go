package viz

import (
	"fmt"
	"math"
	"sort"
)

var (
	_ Figure  = Surface3D{}
	_ surface = Surface3D{}
)

// Surface3D is the surface as a landscape, drawn in parallel projection from the
// back to the front (painter's algorithm, exact for a surface over a grid), with a
// colour bar. It shows shape; to read values use Contour. Of a finer grid it draws 41
// lines each way.
//
// Cells with a corner that isn't finite are holes, hatched on the floor. SVG returns
// an error for the grids that Contour refuses.
type Surface3D struct {
	Grid GridXYZ // required

	Title string
	X, Y  Axis // linear, over the whole grid
	// Z is the axis of the heights and colours. Its Range cuts the heights: what is
	// beyond lies flat at the end.
	Z       Axis
	AltText string // replaces the text made from the numbers

	Colors ColorMap
	// Turn rotates the view by so many degrees against the clock, seen from above.
	Turn float64
	// Relief is how high the box is as a share of the floor's side, in (0, 2].
	// 0 means 0.6.
	Relief float64
	// Marks and Paths lie on the surface and are left out where it hides them. Points
	// off the grid or over a hole are left out. Off is ignored.
	Marks []Mark
	Paths []Path

	Width, Height float64 // in pixels; 0 means 540 and 420

	span *extent // of the colours, where Panels share them
}

// SVG draws the figure.
func (s Surface3D) SVG() ([]byte, error) { return svgOf(s) }

// Alt says what the surface is, its extremes and where they are.
func (s Surface3D) Alt() string { return altOf(s, s.AltText) }

func (s Surface3D) read() (*field, Axis, error) {
	f, err := readGrid("Surface3D", s.Grid, s.Z.Log)
	return f, s.Z, err
}

func (s Surface3D) with(f *field, span *extent) planner {
	s.Grid = f
	if s.Z.Range == [2]float64{} {
		s.span = span
	}
	return s
}

func (s Surface3D) describe(f *field) string {
	text := describeSurface(f, s.X.Label, s.Y.Label, s.Z.Label) + "; drawn as a landscape"
	if s.Z.Log {
		text += " with logarithmic heights"
	}
	return text + "."
}

const (
	viewTurn  = 30.0 // degrees
	viewPitch = 50.0
	boxHeight = 0.6 // of the floor's side, unless Relief says otherwise
	mostCells = 40  // along a side; finer grids are thinned
)

// view projects the unit floor and heights from 0 to 1 to pixels.
type view struct {
	sinT, cosT, sinP, cosP float64
	unit, relief           float64
	origin                 point
}

func newView(turn, relief float64, within box) view {
	v := view{unit: 1, relief: relief}
	v.sinT, v.cosT = math.Sincos((viewTurn + turn) * math.Pi / 180)
	v.sinP, v.cosP = math.Sincos(viewPitch * math.Pi / 180)
	b := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for c := range 8 { // the box's corners
		p := v.at(float64(c&1), float64(c>>1&1), float64(c>>2))
		b = box{math.Min(b.x0, p.x), math.Min(b.y0, p.y), math.Max(b.x1, p.x), math.Max(b.y1, p.y)}
	}
	v.unit = math.Min(within.width()/b.width(), within.height()/b.height())
	v.origin = point{
		(within.x0+within.x1)/2 - v.unit*(b.x0+b.x1)/2,
		(within.y0+within.y1)/2 - v.unit*(b.y0+b.y1)/2,
	}
	return v
}

// depth grows away from the viewer.
func (v view) depth(x, y float64) float64 { return (x-0.5)*v.sinT + (y-0.5)*v.cosT }

func (v view) at(x, y, z float64) point {
	across := (x-0.5)*v.cosT - (y-0.5)*v.sinT
	up := v.depth(x, y)*v.sinP + v.relief*z*v.cosP
	return point{v.origin.x + v.unit*across, v.origin.y - v.unit*up}
}

const narrowestSurface3D = 340.0

func (s Surface3D) plan() (plan, error) {
	w, h, err := sizeOf("Surface3D", s.Width, s.Height, 540, 420)
	if err != nil {
		return plan{}, err
	}
	f, z, err := s.prepare()
	if err != nil {
		return plan{}, err
	}
	alt := or(s.AltText, s.describe(f))
	draw := func(r room) (*drawing, error) {
		w, h := r.fit(w, h)
		return s.draw(w, h, r.least, f, z, alt)
	}
	return plan{alt: alt, width: w, narrowest: min(w, narrowestSurface3D), draw: draw}, nil
}

// prepare reads and checks the input.
func (s Surface3D) prepare() (*field, *zscale, error) {
	for _, a := range []struct {
		name string
		Axis
	}{{"X", s.X}, {"Y", s.Y}} {
		if a.Log || a.Range != [2]float64{} {
			return nil, nil, fmt.Errorf("viz: Surface3D: %s axis: Log or Range is set: "+
				"want a linear axis over the whole grid, or a Contour", a.name)
		}
	}
	f, _, err := s.read()
	if err != nil {
		return nil, nil, err
	}
	if !finite(s.Turn) {
		return nil, nil, fmt.Errorf("viz: Surface3D: Turn is %g: want a finite angle", s.Turn)
	}
	if s.Relief < 0 || s.Relief > 2 || math.IsNaN(s.Relief) {
		return nil, nil, fmt.Errorf("viz: Surface3D: Relief is %g: want a share of the floor's "+
			"side, above 0 and at most 2, or 0 for %g", s.Relief, boxHeight)
	}
	choice := levelChoice{axis: s.Z, count: 6, colors: s.Colors, span: s.span}
	z, err := newZScale("Surface3D", f, choice)
	if err != nil {
		return nil, nil, err
	}
	return f, z, checkOverlay("Surface3D", s.Marks, s.Paths, nil)
}

func (s Surface3D) draw(w, h float64, least pads, f *field, z *zscale, alt string) (
	*drawing, error) {
	d := card(w, h, or(s.Title, "Surface3D"), alt)
	left, y := math.Max(edge, least.left), edge+13.0
	for _, line := range wrap(s.Title, bigSize, w-left-edge) {
		d.text(left, y, line, `class="big"`)
		y += titleLine
	}
	holes, legend := s.legend(f)
	for _, k := range holes {
		d.defineHatch(k)
	}
	bar := z.newBar(s.Z.Label, true)
	bar.label = labelLines(bar.label[0], textSize, h-aroundLabel)
	ch := &chart{drawing: d, bar: bar}
	for _, row := range flow(legend, w-2*edge) {
		ch.drawLegend([][]entry{row}, left, y)
		y += legendLine
	}
	top := math.Max(y-8, least.top)
	d.pads = pads{left, top, edge, edge}
	right := edge + bar.room(len(bar.label))
	side := 44 + z.barLabels(false)
	within := box{side, top, w - right - 8, h - 56}
	if within.width() < 100 || within.height() < 80 {
		return nil, fmt.Errorf("viz: Surface3D: a figure of %g×%g pixels leaves %.0f×%.0f "+
			"for the surface: make it larger or its labels shorter",
			w, h, within.width(), within.height())
	}
	sc := newScene(d, f, z, newView(s.Turn, or(s.Relief, boxHeight), within))
	sc.drawFloor(s)
	sc.drawSurface()
	sc.drawThings(s)
	ch.area = box{within.x0, top + 24, w - right, h - 76}
	ch.drawBar()
	return d, nil
}

func (s Surface3D) legend(f *field) (holes []kind, out []entry) {
	for i, p := range s.Paths {
		p.Off = nil
		out = append(out, p.entries(onFill(i))...)
	}
	n := f.cells()
	for _, k := range hatchKinds {
		if n[k] > 0 {
			holes = append(holes, k)
			out = append(out, hatchEntry(k))
		}
	}
	return holes, out
}

// scene is a surface in a view.
type scene struct {
	*drawing
	f      *field
	z      *zscale
	v      view
	is, js []int     // the grid lines that are drawn
	cells  [][]point // their cells on the screen, is-major; nil over a hole
}

func newScene(d *drawing, f *field, z *zscale, v view) *scene {
	s := &scene{drawing: d, f: f, z: z, v: v, is: thinned(len(f.xs)), js: thinned(len(f.ys))}
	for a := range len(s.is) - 1 {
		for b := range len(s.js) - 1 {
			s.cells = append(s.cells, s.outline(s.is[a], s.is[a+1], s.js[b], s.js[b+1]))
		}
	}
	return s
}

// cell is the drawn cell with these numbers.
func (s *scene) cell(a, b int) []point { return s.cells[a*(len(s.js)-1)+b] }

func unit(vs []float64, v float64) float64 { return (v - vs[0]) / (vs[len(vs)-1] - vs[0]) }

// on is the place on the screen of a point in the axes' units at a height in [0, 1].
func (s *scene) on(x, y, height float64) point {
	return s.v.at(unit(s.f.xs, x), unit(s.f.ys, y), height)
}

func (s *scene) height(i, j int) float64 { return clamp(s.z.at(s.f.at(i, j))) }

// corners are the floor's corner nearest to the viewer (n) and furthest (f).
func (v view) corners() (nx, ny float64) {
	if v.sinT < 0 {
		nx = 1
	}
	if v.cosT < 0 {
		ny = 1
	}
	return nx, ny
}

// drawFloor draws the floor, the two walls at the back, and the three axes.
func (s *scene) drawFloor(fig Surface3D) {
	nx, ny := s.v.corners()
	fx, fy := 1-nx, 1-ny
	var p pathData
	corner := func(x, y, z float64) point { return s.v.at(x, y, z) }
	p.polyline([]point{corner(0, 0, 0), corner(1, 0, 0), corner(1, 1, 0), corner(0, 1, 0)}, true)
	for _, e := range [][2]float64{{fx, fy}, {fx, ny}, {nx, fy}} {
		p.polyline([]point{corner(e[0], e[1], 0), corner(e[0], e[1], 1)}, false)
	}
	p.polyline([]point{corner(nx, fy, 1), corner(fx, fy, 1), corner(fx, ny, 1)}, false)
	s.path(&p, `class="ln ax" stroke-opacity=".7"`)
	const nowhere = -1
	xs, ys := s.f.outline(false)
	xs.whole, ys.whole = fig.X.Integer, fig.Y.Integer
	s.drawAxis(fig.X.Label, xs, func(t float64) point { return corner(t, ny, 0) }, nowhere)
	s.drawAxis(fig.Y.Label, ys, func(t float64) point { return corner(nx, t, 0) }, ny)
	left := [2]float64{fx, ny}
	if corner(nx, fy, 0).x < corner(fx, ny, 0).x {
		left = [2]float64{nx, fy}
	}
	s.drawHeights(func(t float64) point { return corner(left[0], left[1], t) })
	s.drawHoles()
}

// drawAxis writes ticks and the label below an edge of the floor. A tick close to
// skip, a share of the edge, is left out: the other axis has one there.
func (s *scene) drawAxis(label string, sc scale, at func(t float64) point, skip float64) {
	a, b := at(0), at(1)
	dx := 0.0
	if slope := (b.y - a.y) / (b.x - a.x); slope < -0.05 {
		dx = 7 // the edge rises to the right: labels go to its right
	} else if slope > 0.05 {
		dx = -7
	}
	var p pathData
	ticks := sc.ticks(4)
	for _, t := range ticks {
		if math.Abs(sc.at(t.at)-skip) < 0.08 {
			continue
		}
		q := at(sc.at(t.at))
		p.moveTo(q.x, q.y)
		p.lineTo(q.x+dx/2, q.y+5)
		s.text(q.x+dx, q.y+18, t.label, `class="mid sm mut"`)
	}
	s.path(&p, `class="ax"`)
	if label = less(label, offsetOf(ticks)); label != "" {
		m := at(0.5)
		s.text(m.x+5*dx, m.y+40, shorten(label, textSize, s.width/2), `class="mid"`)
	}
}

// drawHeights writes the heights at an upright edge; the colour bar names them.
func (s *scene) drawHeights(at func(t float64) point) {
	var p pathData
	last := math.Inf(1)
	for k, v := range s.z.levels {
		q := at(s.z.at(v))
		if last-q.y < 17 {
			continue
		}
		last = q.y
		p.moveTo(q.x, q.y)
		p.lineTo(q.x-5, q.y)
		s.text(q.x-9, q.y+4, s.z.labels[k], `class="end sm mut"`)
	}
	s.path(&p, `class="ax"`)
}

func (s *scene) drawHoles() {
	m := newMarcher(s.f, false)
	for _, kind := range hatchKinds {
		var p pathData
		holes := m.border(func(i, j int) bool { return s.f.cellKind(i, j) == kind })
		for _, loop := range m.join(holes, 0) {
			pts := make([]point, len(loop.pts))
			for k, q := range loop.pts {
				pts[k] = s.on(q.x, q.y, 0)
			}
			p.polyline(pts, true)
		}
		s.path(&p, hatchFill(kind)+` class="ax"`)
	}
}

// thinned picks at most mostCells+1 indices, with both ends.
func thinned(n int) []int {
	cells := min(n-1, mostCells)
	out := make([]int, cells+1)
	for k := range out {
		out[k] = k * (n - 1) / cells
	}
	return out
}

// order lists the cells from the back to the front.
func (s *scene) order() [][2]int {
	nx, ny := s.v.corners()
	along := func(n int, near float64) []int { // from the far end to the near one
		out := make([]int, n)
		for k := range out {
			out[k] = k
			if near == 0 {
				out[k] = n - 1 - k
			}
		}
		return out
	}
	var out [][2]int
	for _, a := range along(len(s.is)-1, nx) {
		for _, b := range along(len(s.js)-1, ny) {
			out = append(out, [2]int{a, b})
		}
	}
	return out
}

func (s *scene) drawSurface() {
	s.add(`<g stroke-width=".5" stroke-linejoin="round">`)
	for _, c := range s.order() {
		s.drawCell(c[0], c[1])
	}
	s.end()
}

// outline is a cell on the screen; nil over a hole.
func (s *scene) outline(i0, i1, j0, j1 int) []point {
	for i := i0; i <= i1; i++ { // also the points that thinning skips
		for j := j0; j <= j1; j++ {
			if !finite(s.f.at(i, j)) {
				return nil
			}
		}
	}
	out := make([]point, 0, 4)
	for _, c := range [][2]int{{i0, j0}, {i1, j0}, {i1, j1}, {i0, j1}} {
		out = append(out, s.on(s.f.xs[c[0]], s.f.ys[c[1]], s.height(c[0], c[1])))
	}
	return out
}

func (s *scene) drawCell(a, b int) {
	pts := s.cell(a, b)
	if pts == nil {
		return
	}
	i0, i1, j0, j1 := s.is[a], s.is[a+1], s.js[b], s.js[b+1]
	mean := (s.height(i0, j0) + s.height(i1, j0) + s.height(i1, j1) + s.height(i0, j1)) / 4
	color := s.z.color(s.z.value(mean)).times(s.light(i0, i1, j0, j1))
	var p pathData
	p.polyline(pts, true)
	s.path(&p, fmt.Sprintf(`fill="%s" stroke="%s"`, color.hex(), color.times(0.82).hex()))
}

// light is how bright a cell is, lit from above and the left.
func (s *scene) light(i0, i1, j0, j1 int) float64 {
	dx := unit(s.f.xs, s.f.xs[i1]) - unit(s.f.xs, s.f.xs[i0])
	dy := unit(s.f.ys, s.f.ys[j1]) - unit(s.f.ys, s.f.ys[j0])
	h00, h10, h01, h11 := s.height(i0, j0), s.height(i1, j0), s.height(i0, j1), s.height(i1, j1)
	gx := s.v.relief * (h10 + h11 - h00 - h01) / (2 * dx)
	gy := s.v.relief * (h01 + h11 - h00 - h10) / (2 * dy)
	dot := (1 + 0.5*gx - 0.3*gy) / math.Sqrt((1+gx*gx+gy*gy)*(1+0.5*0.5+0.3*0.3))
	return 0.72 + 0.28*clamp(dot)
}

// drawThings draws paths and marks where the surface doesn't hide them.
func (s *scene) drawThings(fig Surface3D) {
	for n, p := range fig.Paths {
		var data pathData
		var run []point
		p.X, p.Y = sparse(p.X), sparse(p.Y)
		steps := max(1, min(12, mostSteps/len(p.X))) // so that a long step follows the surface
		for k := 1; k < len(p.X); k++ {
			for t := range steps {
				f := float64(t) / float64(steps)
				q, ok := s.visible(p.X[k-1]*(1-f)+p.X[k]*f, p.Y[k-1]*(1-f)+p.Y[k]*f)
				if ok {
					run = append(run, q)
					continue
				}
				data.polyline(run, false)
				run = nil
			}
		}
		if q, ok := s.visible(p.X[len(p.X)-1], p.Y[len(p.Y)-1]); ok {
			run = append(run, q)
		}
		data.polyline(run, false)
		s.outlined(&data, onFill(n), dashes(p.Dashed))
	}
	for _, m := range fig.Marks {
		if q, ok := s.visible(m.X, m.Y); ok {
			s.glyph(q, m.Kind)
			if m.Kind == Words {
				s.text(q.x, q.y+4.5, m.Label, `class="on mid"`)
			} else if m.Label != "" {
				s.text(q.x+10, q.y+4.5, m.Label, `class="on"`)
			}
		}
	}
}

// mostSteps is how many places of a path are looked at; each is compared with all cells.
const mostSteps = 4000

// sparse keeps so many values at most, and the last one.
func sparse(vs []float64) []float64 {
	every := (len(vs) + mostSteps - 1) / mostSteps
	if every <= 1 {
		return vs
	}
	var out []float64
	for k := 0; k < len(vs)-1; k += every {
		out = append(out, vs[k])
	}
	return append(out, vs[len(vs)-1])
}

// visible is a point of the surface on the screen; false where it is off the grid,
// over a hole, or behind a cell nearer to the viewer.
func (s *scene) visible(x, y float64) (point, bool) {
	a, inX := cellAt(s.f.xs, s.is, x)
	b, inY := cellAt(s.f.ys, s.js, y)
	if !inX || !inY {
		return point{}, false
	}
	h := s.between(s.is[a], s.is[a+1], s.js[b], s.js[b+1], x, y)
	if !finite(h) {
		return point{}, false
	}
	q, depth := s.on(x, y, h), s.v.depth(unit(s.f.xs, x), unit(s.f.ys, y))
	for i := range len(s.is) - 1 {
		for j := range len(s.js) - 1 {
			if max(i-a, a-i) <= 1 && max(j-b, b-j) <= 1 {
				continue // its own cell and the next ones hide nothing of it
			}
			corner := s.v.depth(unit(s.f.xs, s.f.xs[s.is[i]]), unit(s.f.ys, s.f.ys[s.js[j]]))
			if corner < depth && s.covers(i, j, q) {
				return q, false
			}
		}
	}
	return q, true
}

// covers tells whether a drawn cell covers a point of the screen.
func (s *scene) covers(a, b int, q point) bool {
	inside := false
	pts := s.cell(a, b)
	for k, p := range pts {
		r := pts[(k+1)%len(pts)]
		if (p.y > q.y) != (r.y > q.y) && q.x < p.x+(q.y-p.y)/(r.y-p.y)*(r.x-p.x) {
			inside = !inside
		}
	}
	return inside
}

// cellAt finds which of the picked cells holds a place; false for none.
func cellAt(vs []float64, picked []int, v float64) (int, bool) {
	last := len(picked) - 1
	if v < vs[picked[0]] || v > vs[picked[last]] {
		return 0, false
	}
	return min(sort.Search(last, func(k int) bool { return vs[picked[k+1]] > v }), last-1), true
}

// between interpolates the height bilinearly within a drawn cell.
func (s *scene) between(i0, i1, j0, j1 int, x, y float64) float64 {
	tx := (x - s.f.xs[i0]) / (s.f.xs[i1] - s.f.xs[i0])
	ty := (y - s.f.ys[j0]) / (s.f.ys[j1] - s.f.ys[j0])
	sum := 0.0
	for _, c := range []struct {
		i, j int
		w    float64
	}{{i0, j0, (1 - tx) * (1 - ty)}, {i1, j0, tx * (1 - ty)}, {i0, j1, (1 - tx) * ty},
		{i1, j1, tx * ty}} {
		if !finite(s.f.at(c.i, c.j)) {
			return math.NaN()
		}
		sum += c.w * s.height(c.i, c.j)
	}
	return sum
}
