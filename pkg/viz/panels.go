package viz

import (
	"fmt"
	"strings"
)

var (
	_ Figure = Panels{}
	_ panel  = Panels{}
)

// Panels puts several figures into one, row by row, with panel letters. Plot areas
// in a row line up at top and bottom, those in a column at left and right.
//
// SVG returns an error where there is no figure, where a figure isn't one of this
// package, and where a figure refuses its input.
type Panels struct {
	Figures []Figure // required
	Columns int      // 0 means all in one row

	Title     string
	AltText   string // replaces the figures' own texts
	NoLetters bool
}

// Row puts figures side by side.
func Row(figures ...Figure) Panels { return Panels{Figures: figures} }

// SVG draws the figure.
func (p Panels) SVG() ([]byte, error) { return svgOf(p) }

// Alt reads out the figures' texts, letter by letter.
func (p Panels) Alt() string { return altOr(p.AltText, p.describe) }

func (p Panels) columns() int { return or(p.Columns, max(1, len(p.Figures))) }

func (p Panels) draw(least pads) (*drawing, error) {
	if p.Columns < 0 {
		return nil, fmt.Errorf("viz: Panels: %d columns: want at least 1, or 0 for one row", p.Columns)
	}
	if len(p.Figures) == 0 {
		return nil, fmt.Errorf("viz: Panels: no figures")
	}
	first := pads{}
	if !p.NoLetters {
		first = pads{left: 36, top: 36}
	}
	wanted := make([]pads, len(p.Figures))
	for i := range wanted {
		wanted[i] = first
	}
	drawn, err := p.drawAll(wanted)
	if err != nil {
		return nil, err
	}
	// What one panel needs, its neighbours in the row and the column get too.
	for i := range drawn {
		for k := range drawn {
			if i%p.columns() == k%p.columns() {
				wanted[i].left = max(wanted[i].left, drawn[k].pads.left)
				wanted[i].right = max(wanted[i].right, drawn[k].pads.right)
			}
			if i/p.columns() == k/p.columns() {
				wanted[i].top = max(wanted[i].top, drawn[k].pads.top)
				wanted[i].bottom = max(wanted[i].bottom, drawn[k].pads.bottom)
			}
		}
	}
	if drawn, err = p.drawAll(wanted); err != nil {
		return nil, err
	}
	return p.compose(drawn), nil
}

func (p Panels) drawAll(wanted []pads) ([]*drawing, error) {
	out := make([]*drawing, len(p.Figures))
	for i, f := range p.Figures {
		q, ok := f.(panel)
		if !ok {
			return nil, fmt.Errorf("viz: Panels: figure %d is a %T: want the figures of this package, as values", i, f)
		}
		d, err := q.draw(wanted[i])
		if err != nil {
			return nil, fmt.Errorf("%w (panel %s)", err, letter(i))
		}
		out[i] = d
	}
	return out, nil
}

// compose places the panels; a column is as wide as its widest, a row as high as its
// highest.
func (p Panels) compose(drawn []*drawing) *drawing {
	n := p.columns()
	widths, heights := make([]float64, n), make([]float64, (len(drawn)+n-1)/n)
	for i, d := range drawn {
		widths[i%n] = max(widths[i%n], d.width)
		heights[i/n] = max(heights[i/n], d.height)
	}
	width := sum(widths)
	titles := wrap(p.Title, bigSize, width-2*edge)
	top := 0.0
	if len(titles) > 0 {
		top = edge + titleLine*float64(len(titles))
	}
	out := card(width, top+sum(heights), or(p.Title, "Panels"), p.Alt())
	for k, line := range titles {
		out.text(edge, edge+13+titleLine*float64(k), line, `class="big"`)
	}
	for i, d := range drawn {
		x, y := sum(widths[:i%n]), top+sum(heights[:i/n])
		out.nest(d, x, y, letter(i))
		if !p.NoLetters {
			out.text(x+edge, y+edge+13, letter(i), `class="big"`)
		}
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

func (p Panels) describe() (string, error) {
	if len(p.Figures) == 0 {
		return "", fmt.Errorf("viz: Panels: no figures")
	}
	var parts []string
	for i, f := range p.Figures {
		parts = append(parts, fmt.Sprintf("Panel %s: %s", letter(i), f.Alt()))
	}
	return strings.Join(parts, " "), nil
}
