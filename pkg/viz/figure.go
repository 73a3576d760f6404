package viz

import (
	"fmt"
	"math"

	"lossland/internal/atomicfile"
)

// Figure is anything that can be drawn: every exported figure of this package.
type Figure interface {
	// SVG returns the whole document, or an error that names the bad input.
	// The same figure gives the same bytes.
	SVG() ([]byte, error)
	// Alt describes the figure in words and numbers for those who can't see it.
	// For a figure that SVG refuses it says so.
	Alt() string
}

// panel is what Panels can hold: a figure that can be drawn with at least the
// given distances between its edges and its plot area.
type panel interface {
	draw(least pads) (*drawing, error)
}

// pads are distances in pixels from a figure's edges to its plot area.
type pads struct{ left, top, right, bottom float64 }

func (p pads) atLeast(q pads) pads {
	return pads{
		math.Max(p.left, q.left), math.Max(p.top, q.top),
		math.Max(p.right, q.right), math.Max(p.bottom, q.bottom),
	}
}

// Save writes the figure to a file, usually one that ends in ".svg". It replaces
// what was there, and leaves it alone if the figure can't be drawn.
func Save(path string, fig Figure) error {
	svg, err := fig.SVG()
	if err != nil {
		return err
	}
	if err := atomicfile.Write(path, svg); err != nil {
		return fmt.Errorf("viz: Save: %w", err)
	}
	return nil
}

// svgOf is the SVG method of every figure.
func svgOf(p panel) ([]byte, error) {
	d, err := p.draw(pads{})
	if err != nil {
		return nil, err
	}
	return d.svg(), nil
}

// altOr returns the user's text, or else what the figure says about itself.
func altOr(text string, describe func() (string, error)) string {
	if text != "" {
		return text
	}
	s, err := describe()
	if err != nil {
		return "A figure that can't be drawn: " + err.Error()
	}
	return s
}

// or returns v, or def where v is the zero value.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// sizeOf applies a figure's default size and refuses sizes that hold no plot.
func sizeOf(figure string, width, height, defWidth, defHeight float64) (w, h float64, err error) {
	w, h = or(width, defWidth), or(height, defHeight)
	if !(w >= 200 && w <= 4000 && h >= 80 && h <= 4000) {
		return 0, 0, fmt.Errorf("viz: %s: size %g×%g: want a width of 200 to 4000 and a height of 80 to 4000 pixels", figure, w, h)
	}
	return w, h, nil
}
