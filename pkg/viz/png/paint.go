package png

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"git.sr.ht/~sbinet/gg"
)

// colorOf reads #rgb and #rrggbb; false for "none".
func colorOf(text string, opacity float64) (c color.NRGBA, seen bool, err error) {
	if text == "none" {
		return c, false, nil
	}
	hex, ok := strings.CutPrefix(text, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	v, err := strconv.ParseUint(hex, 16, 32)
	if !ok || len(hex) != 6 || err != nil {
		return c, false, fmt.Errorf("the colour %q: want none, #rgb or #rrggbb", text)
	}
	a := math.Max(0, math.Min(1, opacity))
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), uint8(math.Round(255 * a))}, a > 0,
		nil
}

// paint is what fills or strokes an outline; nil for nothing.
func (c *canvas) paint(text string, opacity float64, o outline) (gg.Pattern, error) {
	if id, ok := strings.CutPrefix(text, "url(#"); ok {
		e := c.defined[strings.TrimSuffix(id, ")")]
		switch {
		case e == nil:
		case e.name == "linearGradient":
			return c.gradient(e, o)
		case e.name == "pattern":
			return c.hatch(e)
		}
		return nil, fmt.Errorf("the paint %q isn't defined", text)
	}
	solid, seen, err := colorOf(text, opacity)
	if err != nil || !seen {
		return nil, err
	}
	return gg.NewSolidPattern(solid), nil
}

// gradient runs over the box of what it fills.
func (c *canvas) gradient(e *element, o outline) (gg.Pattern, error) {
	x0, y0, x1, y1 := o.bounds()
	at := func(x, y string) (float64, float64) {
		return c.TransformPoint(x0+e.number(x)*(x1-x0), y0+e.number(y)*(y1-y0))
	}
	fromX, fromY := at("x1", "y1")
	toX, toY := at("x2", "y2")
	g := gg.NewLinearGradient(fromX, fromY, toX, toY)
	for _, stop := range e.children {
		if stop.name != "stop" {
			continue
		}
		v, _, err := colorOf(stop.attrs["stop-color"], 1)
		if err != nil {
			return nil, err
		}
		g.AddColorStop(stop.number("offset"), v)
	}
	return g, nil
}

// hatching repeats a tile over the plane.
type hatching struct {
	tile          *image.RGBA
	width, height float64 // of the tile in the figure's pixels.
	cos, sin      float64 // of the turn.
	scale         float64 // of the image.
	detail        float64 // pixels of the tile for one of the figure's.
}

// hatch draws a pattern's tile.
func (c *canvas) hatch(e *element) (gg.Pattern, error) {
	h := hatching{width: e.number("width"), height: e.number("height"), cos: 1, scale: c.scale,
		detail: 8}
	tile := newCanvas(int(h.width*h.detail), int(h.height*h.detail), h.detail)
	tile.sheet, tile.defined = c.sheet, c.defined
	for _, child := range e.children {
		if err := tile.draw(child, style{}); err != nil {
			return nil, err
		}
	}
	h.tile = tile.image
	if t := e.attrs["patternTransform"]; t != "" {
		parts, err := transformOf(t)
		if err != nil {
			return nil, err
		}
		for _, p := range parts {
			if p.name == "rotate" {
				h.sin, h.cos = math.Sincos(p.x)
			}
		}
	}
	return h, nil
}

// ColorAt implements gg.Pattern, in the image's pixels.
func (h hatching) ColorAt(x, y int) color.Color {
	px, py := (float64(x)+0.5)/h.scale, (float64(y)+0.5)/h.scale
	u, v := h.cos*px+h.sin*py, -h.sin*px+h.cos*py
	u -= math.Floor(u/h.width) * h.width
	v -= math.Floor(v/h.height) * h.height
	return h.tile.At(int(u*h.detail), int(v*h.detail))
}
