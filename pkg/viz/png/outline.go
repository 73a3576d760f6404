package png

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// outline is a shape as straight pieces: each run of points is a line, or an area where closed.
type outline []run

type run struct {
	x, y   []float64
	closed bool
}

func (o *outline) moveTo(x, y float64) { *o = append(*o, run{x: []float64{x}, y: []float64{y}}) }

func (o *outline) lineTo(x, y float64) {
	last := &(*o)[len(*o)-1]
	last.x, last.y = append(last.x, x), append(last.y, y)
}

// pathOf reads path data with the commands that viz writes: M, L, l, h, v and Z, of any case.
func pathOf(d string) (o outline, err error) {
	r := &pathReader{rest: d}
	var x, y float64
	for {
		c := r.command()
		if c == 0 {
			return o, r.err
		}
		if len(o) == 0 && c != 'M' {
			return nil, fmt.Errorf("a path that begins with %q: want M", c)
		}
		switch c {
		case 'M':
			x, y = r.number(), r.number()
			o.moveTo(x, y)
			continue
		case 'Z', 'z':
			last := &o[len(o)-1]
			last.closed = true
			x, y = last.x[0], last.y[0]
			continue
		case 'L':
			x, y = r.number(), r.number()
		case 'l':
			x, y = x+r.number(), y+r.number()
		case 'h':
			x += r.number()
		case 'v':
			y += r.number()
		case 'H':
			x = r.number()
		case 'V':
			y = r.number()
		default:
			return nil, fmt.Errorf("the path command %q: want M, L, l, h, v or Z", c)
		}
		if o[len(o)-1].closed {
			o.moveTo(o[len(o)-1].x[0], o[len(o)-1].y[0])
		}
		o.lineTo(x, y)
	}
}

// pathReader reads commands and numbers. A command may be left out where it repeats.
type pathReader struct {
	rest string
	last byte
	err  error
}

// command is the next one; 0 at the end or after an error.
func (r *pathReader) command() byte {
	r.rest = strings.TrimLeft(r.rest, " ,\n")
	if r.rest == "" || r.err != nil {
		return 0
	}
	if c := r.rest[0]; c >= 'A' && c <= 'z' {
		r.rest = r.rest[1:]
		r.last = c
		if c == 'M' {
			r.last = 'L'
		}
		return c
	}
	return r.last
}

func (r *pathReader) number() float64 {
	r.rest = strings.TrimLeft(r.rest, " ,\n")
	end, dot := 0, false
	for end < len(r.rest) {
		c := r.rest[end]
		if c == '.' && dot || !(c == '.' || c >= '0' && c <= '9' || c == '-' && end == 0) {
			break
		}
		dot = dot || c == '.'
		end++
	}
	v, err := strconv.ParseFloat(r.rest[:end], 64)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("no number in a path before %.20q", r.rest)
	}
	r.rest = r.rest[end:]
	return v
}

// rectangle is the outline of a rectangle.
func rectangle(x, y, w, h float64) outline {
	return outline{{x: []float64{x, x + w, x + w, x}, y: []float64{y, y, y + h, y + h},
		closed: true}}
}

// bounds is the smallest box around an outline.
func (o outline) bounds() (x0, y0, x1, y1 float64) {
	x0, y0, x1, y1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, r := range o {
		for i := range r.x {
			x0, x1 = math.Min(x0, r.x[i]), math.Max(x1, r.x[i])
			y0, y1 = math.Min(y0, r.y[i]), math.Max(y1, r.y[i])
		}
	}
	return x0, y0, x1, y1
}
