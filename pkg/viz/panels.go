package viz

import (
	"fmt"
	"math"
	"strings"
)

var (
	_ Figure  = Panels{}
	_ planner = Panels{}
)

// Panels puts several figures into one, row by row, with panel letters. Plot areas
// in a row line up at top and bottom, those in a column at left and right.
//
// The panels share Width: a figure is narrowed to its column, never widened, and
// keeps the size of its words. So the default fits the lesson's pages, where a figure
// is shown 736 pixels wide, without shrinking. [HTML] puts panels below one another
// on a narrower page.
//
// SVG returns an error where there is no figure, where a figure isn't one of this
// package, where it refuses its input, and where panels that should share their
// colours have a linear and a logarithmic scale.
type Panels struct {
	Figures []Figure // required, at most 100
	// Columns is how many stand side by side, 1 to 100.
	// 0 means as many as fit into Width.
	Columns int
	// Width of all columns in pixels, where the figures can be that narrow.
	// 0 means 736.
	Width float64

	Title   string
	AltText string // replaces the figures' own texts
	Plain   bool   // without letters

	// SharedColors gives all Contour and Surface3D panels the colours and levels of
	// one scale, which spans the values of all that have no Z.Range and no Levels of
	// their own.
	SharedColors bool
}

// Row puts figures side by side, and below one another where they don't fit.
func Row(figures ...Figure) Panels { return Panels{Figures: figures} }

const (
	panelsWidth  = 736.0
	deepestPanel = 4 // Panels within Panels
)

// SVG draws the figure.
func (p Panels) SVG() ([]byte, error) { return svgOf(p) }

// Alt reads out the figures' texts, letter by letter.
func (p Panels) Alt() string { return altOf(p, p.AltText) }

func (p Panels) plan() (plan, error) {
	figures, err := p.check()
	if err != nil {
		return plan{}, err
	}
	c := &composition{Panels: p, plans: make([]plan, len(figures))}
	var words []string
	for i, f := range figures {
		if c.plans[i], err = f.plan(); err != nil {
			return plan{}, fmt.Errorf("%w (panel %s)", err, letter(i))
		}
		words = append(words, fmt.Sprintf("Panel %s: %s", letter(i), c.plans[i].alt))
	}
	c.words = words
	out := plan{alt: or(p.AltText, strings.Join(words, " ")), parts: c.parts, compose: c.compose}
	c.alt = out.alt
	column := *c
	column.Columns = 1
	out.stack = column.parts
	out.narrowest = c.narrowest() * float64(c.columns())
	out.width = c.columnWidth(0) * float64(c.columns())
	out.draw = func(r room) (*drawing, error) {
		parts, err := c.parts(r)
		if err != nil {
			return nil, err
		}
		return c.compose(parts), nil
	}
	return out, nil
}

// check returns the figures as those of this package, with their colours shared.
func (p Panels) check() ([]planner, error) {
	if p.Columns < 0 || p.Columns > mostParts {
		return nil, fmt.Errorf("viz: Panels: Columns: %d: want 1 to %d, or 0 for as many as fit",
			p.Columns, mostParts)
	}
	if p.Width != 0 && !(p.Width >= 200 && p.Width <= 4000) {
		return nil, fmt.Errorf("viz: Panels: Width: %g: want 200 to 4000 pixels", p.Width)
	}
	if len(p.Figures) == 0 {
		return nil, fmt.Errorf("viz: Panels: no figures")
	}
	if err := atMost("Panels", "Figures", len(p.Figures), mostParts); err != nil {
		return nil, err
	}
	if depthOf(p, 0) > deepestPanel {
		return nil, fmt.Errorf("viz: Panels: Panels within Panels, more than %d deep", deepestPanel)
	}
	figures := make([]planner, len(p.Figures))
	for i, f := range p.Figures {
		q, ok := f.(planner)
		if !ok || isNil(f) {
			return nil, fmt.Errorf("viz: Panels: figure %d is a %T: "+
				"want the figures of this package, as values", i, f)
		}
		figures[i] = q
	}
	if p.SharedColors {
		return shareColors(figures)
	}
	return figures, nil
}

// depthOf is how deep Panels lie within Panels; it stops counting beyond the limit,
// since a slice of figures may hold itself.
func depthOf(f Figure, above int) int {
	deepest := above
	if p, ok := f.(Panels); ok && above <= deepestPanel {
		for _, g := range p.Figures {
			if deepest = max(deepest, depthOf(g, above+1)); deepest > deepestPanel {
				break
			}
		}
	}
	return deepest
}

// shareColors reads the surfaces once and gives each the range of all.
func shareColors(figures []planner) ([]planner, error) {
	out := append([]planner{}, figures...)
	var all extent
	logs := map[bool]int{}
	for i, f := range out {
		s, ok := f.(surface)
		if !ok {
			continue
		}
		g, z, err := s.read()
		if err != nil {
			return nil, fmt.Errorf("%w (panel %s)", err, letter(i))
		}
		all.add(g.min.z, g.max.z)
		logs[z.Log] = i
		out[i] = s.with(g, nil)
	}
	if len(logs) == 2 {
		return nil, fmt.Errorf("viz: Panels: SharedColors: panel %s has a linear scale and "+
			"panel %s a logarithmic one: want one kind", letter(logs[false]), letter(logs[true]))
	}
	for i, f := range out {
		if s, ok := f.(surface); ok {
			g, _, _ := s.read()
			out[i] = s.with(g, &all)
		}
	}
	return out, nil
}

// surface is a figure that shows a grid in colours.
type surface interface {
	planner
	read() (*field, Axis, error)
	// with replaces the grid, and the range of the colours where it isn't nil.
	with(f *field, colors *extent) planner
}

// composition is Panels with the plans of its figures.
type composition struct {
	Panels
	plans []plan
	words []string // what each panel is called and says
	alt   string
}

func (c *composition) narrowest() float64 {
	w := 0.0
	for _, p := range c.plans {
		w = math.Max(w, p.narrowest)
	}
	return w
}

func (c *composition) columns() int {
	if c.Columns > 0 {
		return min(c.Columns, len(c.plans))
	}
	fit := int(or(c.Width, panelsWidth) / c.narrowest())
	return max(1, min(fit, len(c.plans)))
}

// columnWidth shares the width, but no panel gets more than it would like or less than
// it needs.
func (c *composition) columnWidth(outer float64) float64 {
	like := 0.0
	for _, p := range c.plans {
		like = math.Max(like, p.width)
	}
	w := or(c.Width, panelsWidth)
	if outer > 0 {
		w = math.Min(w, outer)
	}
	share := math.Floor(w / float64(c.columns()))
	return math.Max(math.Min(like, share), c.narrowest())
}

// parts draws the panels so that their plot areas line up.
func (c *composition) parts(r room) ([]*drawing, error) {
	first := r.least
	if !c.Plain {
		first = first.atLeast(pads{left: 36, top: 36})
	}
	wanted := make([]room, len(c.plans))
	for i := range wanted {
		wanted[i] = room{first, c.columnWidth(r.width)}
	}
	drawn, err := c.drawAll(wanted)
	if err != nil {
		return nil, err
	}
	// What one panel needs, its neighbours in the row and the column get too.
	n := c.columns()
	for i := range drawn {
		for k := range drawn {
			pads := &wanted[i].least
			if i%n == k%n {
				pads.left = max(pads.left, drawn[k].pads.left)
				pads.right = max(pads.right, drawn[k].pads.right)
			}
			if i/n == k/n {
				pads.top = max(pads.top, drawn[k].pads.top)
				pads.bottom = max(pads.bottom, drawn[k].pads.bottom)
			}
		}
	}
	if drawn, err = c.drawAll(wanted); err != nil {
		return nil, err
	}
	for i, d := range drawn {
		d.desc = c.words[i]
		if c.AltText != "" {
			d.desc = fmt.Sprintf("Panel %s of: %s", letter(i), c.AltText)
		}
		if !c.Plain {
			d.text(edge, edge+13, letter(i), `class="big"`)
		}
	}
	return drawn, nil
}

func (c *composition) drawAll(wanted []room) ([]*drawing, error) {
	out := make([]*drawing, len(c.plans))
	for i, p := range c.plans {
		d, err := p.draw(wanted[i])
		if err != nil {
			return nil, fmt.Errorf("%w (panel %s)", err, letter(i))
		}
		out[i] = d
	}
	return out, nil
}

// compose places the panels; a column is as wide as its widest, a row as high as its
// highest.
func (c *composition) compose(drawn []*drawing) *drawing {
	n := c.columns()
	widths, heights := make([]float64, n), make([]float64, (len(drawn)+n-1)/n)
	for i, d := range drawn {
		widths[i%n] = max(widths[i%n], d.width)
		heights[i/n] = max(heights[i/n], d.height)
	}
	width := sum(widths)
	titles := wrap(c.Title, bigSize, width-2*edge)
	top := 0.0
	if len(titles) > 0 {
		top = edge + titleLine*float64(len(titles))
	}
	out := card(width, top+sum(heights), c.Title, c.alt)
	for k, line := range titles {
		out.text(edge, edge+13+titleLine*float64(k), line, `class="big"`)
	}
	for i, d := range drawn {
		out.nest(d, sum(widths[:i%n]), top+sum(heights[:i/n]), letter(i))
	}
	return out
}

func sum(vs []float64) float64 {
	s := 0.0
	for _, v := range vs {
		s += v
	}
	return s
}

// letter names the i-th panel: a, b, … z, aa, ab, …
func letter(i int) string {
	if i >= 26 {
		return letter(i/26-1) + letter(i%26)
	}
	return string(rune('a' + i))
}
