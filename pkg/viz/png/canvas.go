package png

import (
	"fmt"
	"image"
	"math"
	"regexp"
	"strconv"
	"strings"

	"git.sr.ht/~sbinet/gg"
)

// canvas is the image in the making.
type canvas struct {
	*gg.Context
	image   *image.RGBA
	scale   float64
	sheet   sheet
	defined map[string]*element // by id.
}

func newCanvas(width, height int, scale float64) *canvas {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	c := &canvas{Context: gg.NewContextForRGBA(img), image: img, scale: scale,
		defined: map[string]*element{}}
	c.Scale(scale, scale)
	return c
}

// collect notes what has an id.
func (c *canvas) collect(e *element) {
	if id := e.attrs["id"]; id != "" {
		c.defined[id] = e
	}
	for _, child := range e.children {
		c.collect(child)
	}
}

// draw draws an element and what it holds.
func (c *canvas) draw(e *element, parent style) error {
	s := c.sheet.of(e, parent)
	switch e.name {
	case "", "title", "desc", "style", "defs":
		return nil
	case "svg", "g":
		return c.group(e, s)
	case "text":
		return c.text(e, s)
	case "path":
		o, err := pathOf(e.attrs["d"])
		if err != nil {
			return err
		}
		return c.shape(o, s)
	case "rect":
		return c.shape(rectangle(e.number("x"), e.number("y"), e.number("width"),
			e.number("height")), s)
	case "circle":
		return c.shape(circle(e.number("cx"), e.number("cy"), e.number("r")), s)
	}
	return fmt.Errorf("the element <%s>: want one that viz writes", e.name)
}

// circle is a polygon that can't be told from a circle.
func circle(x, y, r float64) outline {
	const sides = 64
	o := outline{{closed: true}}
	for i := range sides {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / sides)
		o[0].x, o[0].y = append(o[0].x, x+r*cos), append(o[0].y, y+r*sin)
	}
	return o
}

// group draws the children of an element, moved and clipped as it says.
func (c *canvas) group(e *element, s style) error {
	c.Push()
	defer c.Pop()
	if err := c.transform(e.attrs["transform"]); err != nil {
		return err
	}
	if id, ok := strings.CutPrefix(e.attrs["clip-path"], "url(#"); ok {
		clip := c.defined[strings.TrimSuffix(id, ")")]
		if clip == nil || len(clip.children) != 1 {
			return fmt.Errorf("the clip path %q isn't defined by one rectangle", id)
		}
		r := clip.children[0]
		c.DrawRectangle(r.number("x"), r.number("y"), r.number("width"), r.number("height"))
		c.Clip()
		defer c.ResetClip()
	}
	for _, child := range e.children {
		if err := c.draw(child, s); err != nil {
			return err
		}
	}
	return nil
}

// motion is a part of a transform: a translation in pixels, or a rotation in radians.
type motion struct {
	name string
	x, y float64
}

var motions = regexp.MustCompile(`(translate|rotate)\(([-\d.e]+)(?:[ ,]+([-\d.e]+))?\)`)

// transformOf reads translate(x y) and rotate(degrees), in any order.
func transformOf(text string) (parts []motion, err error) {
	if rest := motions.ReplaceAllString(text, ""); strings.TrimSpace(rest) != "" {
		return nil, fmt.Errorf("the transform %q: want translate(x y) and rotate(degrees)", text)
	}
	for _, m := range motions.FindAllStringSubmatch(text, -1) {
		x, _ := strconv.ParseFloat(m[2], 64)
		y, _ := strconv.ParseFloat(m[3], 64)
		if m[1] == "rotate" {
			x *= math.Pi / 180
		}
		parts = append(parts, motion{m[1], x, y})
	}
	return parts, nil
}

func (c *canvas) transform(text string) error {
	parts, err := transformOf(text)
	for _, p := range parts {
		if p.name == "rotate" {
			c.Rotate(p.x)
		} else {
			c.Translate(p.x, p.y)
		}
	}
	return err
}

// shape fills and strokes an outline; the other way round where the style says so.
func (c *canvas) shape(o outline, s style) error {
	steps := []func(outline, style) error{c.fill, c.stroke}
	if s["paint-order"] == "stroke" {
		steps[0], steps[1] = steps[1], steps[0]
	}
	for _, step := range steps {
		if err := step(o, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *canvas) fill(o outline, s style) error {
	text := s["fill"]
	if text == "" {
		text = "#000"
	}
	p, err := c.paint(text, s.number("fill-opacity", 1)*s.number("opacity", 1), o)
	if p == nil || err != nil {
		return err
	}
	c.SetFillStyle(p)
	c.trace(o, s)
	c.Fill()
	return nil
}

func (c *canvas) stroke(o outline, s style) error {
	if s["stroke"] == "" {
		return nil
	}
	p, err := c.paint(s["stroke"], s.number("stroke-opacity", 1)*s.number("opacity", 1), o)
	if p == nil || err != nil {
		return err
	}
	c.SetStrokeStyle(p)
	c.SetLineWidth(s.number("stroke-width", 1) * c.scale)
	c.SetLineJoin(gg.LineJoinBevel)
	if s["stroke-linejoin"] == "round" {
		c.SetLineJoinRound()
	}
	c.SetLineCapButt()
	if s["stroke-linecap"] == "round" {
		c.SetLineCapRound()
	}
	var dashes []float64
	for _, d := range strings.FieldsFunc(s["stroke-dasharray"], isSeparator) {
		v, err := strconv.ParseFloat(d, 64)
		if err != nil {
			return fmt.Errorf("the dashes %q: want numbers", s["stroke-dasharray"])
		}
		dashes = append(dashes, v*c.scale)
	}
	c.SetDash(dashes...)
	c.trace(o, s)
	c.Stroke()
	return nil
}

func isSeparator(r rune) bool { return r == ' ' || r == ',' }

// trace makes an outline the current path. Crisp edges lie between pixels, so that areas that touch
// leave no seam.
func (c *canvas) trace(o outline, s style) {
	c.ClearPath()
	crisp := s["shape-rendering"] == "crispEdges"
	for _, r := range o {
		for i := range r.x {
			x, y := r.x[i], r.y[i]
			if crisp {
				x, y = c.snapped(x, y)
			}
			if i == 0 {
				c.MoveTo(x, y)
			} else {
				c.LineTo(x, y)
			}
		}
		if r.closed {
			c.ClosePath()
		}
	}
}

// snapped is the nearest point between pixels.
func (c *canvas) snapped(x, y float64) (float64, float64) {
	px, py := c.TransformPoint(x, y)
	return x + (math.Round(px)-px)/c.scale, y + (math.Round(py)-py)/c.scale
}
