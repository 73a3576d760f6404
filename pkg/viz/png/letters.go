package png

import (
	"strconv"
	"strings"
	"sync"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// fonts are read once: regular, bold, and the one that has what these lack.
var fonts = sync.OnceValues(func() (f [3]*sfnt.Font, err error) {
	for i, data := range [][]byte{liberationsansregular.TTF, liberationsansbold.TTF,
		dejavusans.TTF} {
		if f[i], err = sfnt.Parse(data); err != nil {
			return f, err
		}
	}
	return f, nil
})

// piece is a run of letters of one size, placed after the piece before it.
type piece struct {
	outline outline
	width   float64
}

// em is the size in which outlines are read, in pixels: large, so that hinting and rounding don't
// show.
const em = 1024

// letters are the outlines of a text at the origin, on the line, and its width.
func letters(text string, size float64, bold bool) (p piece, err error) {
	all, err := fonts()
	if err != nil {
		return p, err
	}
	first := all[0]
	if bold {
		first = all[1]
	}
	var buffer sfnt.Buffer
	for _, r := range text {
		f := first
		index, err := f.GlyphIndex(&buffer, r)
		if err == nil && index == 0 {
			if other, err := all[2].GlyphIndex(&buffer, r); err == nil && other != 0 {
				f, index = all[2], other
			}
		}
		if err != nil {
			return p, err
		}
		segments, err := f.LoadGlyph(&buffer, index, fixed.I(em), nil)
		if err != nil {
			return p, err
		}
		p.outline = append(p.outline, contours(segments, p.width, size/em)...)
		advance, err := f.GlyphAdvance(&buffer, index, fixed.I(em), font.HintingNone)
		if err != nil {
			return p, err
		}
		p.width += pixels(advance) * size / em
	}
	return p, nil
}

func pixels(v fixed.Int26_6) float64 { return float64(v) / 64 }

// contours are a letter's outlines, scaled and moved to the right.
func contours(segments sfnt.Segments, right, scale float64) (o outline) {
	const steps = 6 // straight pieces of a curve.
	at := func(p fixed.Point26_6) (x, y float64) {
		return right + pixels(p.X)*scale, pixels(p.Y) * scale
	}
	var x, y float64
	for _, s := range segments {
		a, b := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			o.moveTo(a, b)
			o[len(o)-1].closed = true
		case sfnt.SegmentOpLineTo:
			o.lineTo(a, b)
		case sfnt.SegmentOpQuadTo:
			c, d := at(s.Args[1])
			for i := 1; i <= steps; i++ {
				t := float64(i) / steps
				u := 1 - t
				o.lineTo(u*u*x+2*u*t*a+t*t*c, u*u*y+2*u*t*b+t*t*d)
			}
			a, b = c, d
		}
		x, y = a, b
	}
	return o
}

// text draws the letters of a <text> and its <tspan>s.
func (c *canvas) text(e *element, s style) error {
	var whole outline
	var width, drop float64
	for i, child := range e.children {
		inner := s
		if child.name == "tspan" {
			inner = c.sheet.of(child, s)
		}
		drop += down(child, inner)
		if i == 0 {
			drop += down(e, s)
		}
		bold := inner.number("font-weight", 400) >= 600
		p, err := letters(child.content(), inner.number("font-size", 16), bold)
		if err != nil {
			return err
		}
		for _, r := range p.outline {
			for k := range r.x {
				r.x[k] += width
				r.y[k] += drop
			}
			whole = append(whole, r)
		}
		width += p.width
	}
	left := map[string]float64{"middle": width / 2, "end": width}[s["text-anchor"]]
	c.Push()
	defer c.Pop()
	if err := c.transform(e.attrs["transform"]); err != nil {
		return err
	}
	c.Translate(e.number("x")-left, e.number("y"))
	return c.shape(whole, s)
}

// down is how far an element's dy moves the pen, in em of its own size.
func down(e *element, s style) float64 {
	v, _ := strconv.ParseFloat(strings.TrimSuffix(e.attrs["dy"], "em"), 64)
	return v * s.number("font-size", 16)
}
