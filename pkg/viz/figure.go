package viz

import (
	"fmt"
	"math"
	"reflect"
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

// planner is a figure of this package. SVG, Alt, HTML, Save and Panels ask for one
// plan and take everything from it, so that a figure's data is read once.
type planner interface {
	plan() (plan, error)
}

// plan is a figure whose input has been read, checked and described.
type plan struct {
	alt       string
	width     float64 // that the figure would like
	narrowest float64 // below it words no longer fit
	draw      func(r room) (*drawing, error)
	// parts draws the panels of a figure that has some, in order, and stack draws them
	// for one column; compose puts them together.
	parts   func(r room) ([]*drawing, error)
	stack   func(r room) ([]*drawing, error)
	compose func(parts []*drawing) *drawing
}

// room is what Panels leave to a figure; the zero value leaves it everything.
type room struct {
	least pads    // between the figure's edges and its plot area
	width float64 // at most; 0 means the figure's own
}

// fit narrows a figure to the room's width. Its height follows, but not below three
// quarters, since words don't shrink.
func (r room) fit(width, height float64) (w, h float64) {
	if r.width == 0 || r.width >= width {
		return width, height
	}
	return r.width, math.Round(height * math.Max(0.75, r.width/width))
}

// pads are distances in pixels from a figure's edges to its plot area.
type pads struct{ left, top, right, bottom float64 }

func (p pads) atLeast(q pads) pads {
	return pads{
		math.Max(p.left, q.left), math.Max(p.top, q.top),
		math.Max(p.right, q.right), math.Max(p.bottom, q.bottom),
	}
}

// planOf is the plan of any figure. One of another package is asked for its SVG and
// its Alt, and can't be a panel.
func planOf(fig Figure) (plan, error) {
	if isNil(fig) {
		return plan{}, fmt.Errorf("viz: the figure is nil: want one such as viz.Line{…}")
	}
	if own, ok := fig.(planner); ok {
		return own.plan()
	}
	return plan{alt: fig.Alt()}, nil
}

// svgOf is the SVG method of every figure.
func svgOf(fig planner) ([]byte, error) {
	p, err := fig.plan()
	if err != nil {
		return nil, err
	}
	d, err := p.draw(room{})
	if err != nil {
		return nil, err
	}
	return d.svg(), nil
}

// altOf is the Alt method of every figure; text is what the user wrote.
func altOf(fig planner, text string) string {
	if text != "" {
		return text
	}
	p, err := fig.plan()
	if err != nil {
		return "A figure that can't be drawn: " + err.Error()
	}
	return p.alt
}

// isNil also tells a nil pointer within an interface.
func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return r.IsNil()
	}
	return false
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
		return 0, 0, fmt.Errorf("viz: %s: size %g×%g: want a width of 200 to 4000 "+
			"and a height of 80 to 4000 pixels", figure, w, h)
	}
	return w, h, nil
}

// What a figure may hold. A picture with more can't be read, and takes a browser
// seconds.
const (
	mostValues = 1_000_000  // of curves, paths, histograms and eigenvalues
	mostShapes = 100_000    // points that get a shape of their own
	mostGaps   = 20_000     // of curves: each ends a line and leaves a cross
	mostNames  = 1000       // labels beside points, reference lines, regions
	mostGrid   = 10_000_000 // points of a grid
	mostLevels = 200
	mostParts  = 100 // panels, columns, groups
)

// atMost refuses more than a figure may hold.
func atMost(figure, field string, n, most int) error {
	if n > most {
		return fmt.Errorf("viz: %s: %s: %d of them: want at most %d", figure, field, n, most)
	}
	return nil
}
