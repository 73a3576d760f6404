package viz

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// idMark stands for the figure's id prefix until the content, and so its hash,
// is known.
const idMark = "\x00"

// drawing is an SVG in the making, in pixels, y pointing down.
type drawing struct {
	width, height float64
	title, desc   string
	body          bytes.Buffer
	defs          bytes.Buffer
	pads          pads // of the plot area, for Panels
}

// card starts a drawing with its background.
func card(width, height float64, title, desc string) *drawing {
	return &drawing{width: width, height: height, title: title, desc: desc}
}

// svg closes the document: the id prefix is a hash of everything in it.
func (d *drawing) svg() []byte {
	var out bytes.Buffer
	w, h := px(d.width), px(d.height)
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" id="%s" width="%s" height="%s" `+
		`viewBox="0 0 %s %s" style="max-width:100%%;height:auto" `+
		`role="img" aria-labelledby="%s-t %s-d">`, idMark, w, h, w, h, idMark, idMark)
	fmt.Fprintf(&out, "\n<title id=\"%s-t\">%s</title>\n<desc id=\"%s-d\">%s</desc>\n",
		idMark, escape(plain(or(d.title, "Panels"))), idMark, escape(plain(d.desc)))
	out.WriteString(stylesheet())
	if d.defs.Len() > 0 {
		fmt.Fprintf(&out, "<defs>%s</defs>\n", d.defs.Bytes())
	}
	fmt.Fprintf(&out, "<rect class=\"card\" width=\"%s\" height=\"%s\" rx=\"6\"/>\n", w, h)
	out.Write(d.body.Bytes())
	out.WriteString("</svg>\n")
	sum := sha256.Sum256(out.Bytes())
	return bytes.ReplaceAll(out.Bytes(), []byte(idMark), []byte("v"+hex.EncodeToString(sum[:5])))
}

func (d *drawing) add(format string, args ...any) {
	fmt.Fprintf(&d.body, format, args...)
	d.body.WriteByte('\n')
}

func (d *drawing) line(x0, y0, x1, y1 float64, attr string) {
	d.add(`<path d="M%s %sL%s %s" %s/>`, px(x0), px(y0), px(x1), px(y1), attr)
}

func (d *drawing) rect(b box, attr string) {
	d.add(`<rect x="%s" y="%s" width="%s" height="%s" %s/>`, px(b.x0), px(b.y0), px(b.width()),
		px(b.height()), attr)
}

func (d *drawing) circle(x, y, r float64, attr string) {
	d.add(`<circle cx="%s" cy="%s" r="%s" %s/>`, px(x), px(y), px(r), attr)
}

// path draws one path; an empty one leaves no trace.
func (d *drawing) path(p *pathData, attr string) {
	if len(p.b) > 0 {
		d.add(`<path d="%s" %s/>`, p.b, attr)
	}
}

// text writes a label with its markup. The classes in attr choose size, colour
// and anchor.
func (d *drawing) text(x, y float64, s, attr string) {
	d.add(`<text x="%s" y="%s" %s>%s</text>`, px(x), px(y), attr, rich(s))
}

// turned writes a label rotated by deg degrees clockwise about its anchor.
func (d *drawing) turned(x, y, deg float64, s, attr string) {
	d.add(`<text transform="translate(%s %s)rotate(%s)" %s>%s</text>`, px(x), px(y), px(deg), attr,
		rich(s))
}

// clip opens a group that shows only what lies in b; end closes it.
func (d *drawing) clip(name string, b box) {
	fmt.Fprintf(&d.defs, `<clipPath id="%s-%s">`+
		`<rect x="%s" y="%s" width="%s" height="%s"/></clipPath>`, idMark, name, px(b.x0), px(b.y0),
		px(b.width()), px(b.height()))
	d.add(`<g clip-path="url(#%s-%s)">`, idMark, name)
}

func (d *drawing) end() { d.add("</g>") }

// nest places another drawing at (x, y); its ids get the name as a prefix.
func (d *drawing) nest(inner *drawing, x, y float64, name string) {
	prefix := []byte(idMark + "-" + name)
	d.defs.Write(bytes.ReplaceAll(inner.defs.Bytes(), []byte(idMark), prefix))
	d.add(`<g transform="translate(%s %s)">`, px(x), px(y))
	d.body.Write(bytes.ReplaceAll(inner.body.Bytes(), []byte(idMark), prefix))
	d.end()
}

// box is a rectangle in pixels: (x0, y0) is its upper left corner.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) width() float64  { return b.x1 - b.x0 }
func (b box) height() float64 { return b.y1 - b.y0 }

func (b box) overlaps(c box) bool {
	return b.x0 < c.x1 && c.x0 < b.x1 && b.y0 < c.y1 && c.y0 < b.y1
}

func (b box) within(c box) bool {
	return b.x0 >= c.x0 && b.x1 <= c.x1 && b.y0 >= c.y0 && b.y1 <= c.y1
}

// grown is the box with so many pixels more on each side.
func (b box) grown(by float64) box { return box{b.x0 - by, b.y0 - by, b.x1 + by, b.y1 + by} }

// farOff is further from a plot area than anything that shows, and near enough for
// coordinates to stay exact.
const farOff = 1e5

// clipped is the part of the line from a to c within b; false where there is none
// (Liang and Barsky 1984).
func clipped(a, c point, b box) (from, to point, seen bool) {
	dx, dy := c.x-a.x, c.y-a.y
	if !finite(dx) || !finite(dy) {
		return a, c, false
	}
	start, end := 0.0, 1.0
	for _, side := range [4]struct{ along, room float64 }{
		{-dx, a.x - b.x0}, {dx, b.x1 - a.x}, {-dy, a.y - b.y0}, {dy, b.y1 - a.y},
	} {
		switch t := side.room / side.along; {
		case side.along == 0 && side.room < 0:
			return a, c, false
		case side.along < 0:
			start = math.Max(start, t)
		case side.along > 0:
			end = math.Min(end, t)
		}
	}
	if start > end {
		return a, c, false
	}
	from, to = a, c
	if start > 0 {
		from = point{a.x + start*dx, a.y + start*dy}
	}
	if end < 1 {
		to = point{a.x + end*dx, a.y + end*dy}
	}
	return from, to, true
}

// px writes a coordinate with one decimal at most: a tenth of a pixel is enough.
func px(v float64) string { return strconv.FormatFloat(float64(tenths(v))/10, 'f', -1, 64) }

// tenths rounds to a tenth of a pixel. Far outside any figure it stops, so that
// no coordinate overflows.
func tenths(v float64) int {
	return int(math.Round(math.Max(-1e6, math.Min(1e6, v)) * 10))
}

// pathData builds the d attribute of a path in tenths of a pixel, relative after
// the first point, so that rounding never adds up.
type pathData struct {
	b    []byte
	x, y int
}

func (p *pathData) moveTo(x, y float64) {
	p.x, p.y = tenths(x), tenths(y)
	p.b = append(p.b, 'M')
	p.number(p.x, true)
	p.number(p.y, false)
}

func (p *pathData) lineTo(x, y float64) {
	nx, ny := tenths(x), tenths(y)
	dx, dy := nx-p.x, ny-p.y
	switch {
	case dx == 0 && dy == 0:
		return
	case dy == 0:
		p.b = append(p.b, 'h')
		p.number(dx, true)
	case dx == 0:
		p.b = append(p.b, 'v')
		p.number(dy, true)
	default:
		p.b = append(p.b, 'l')
		p.number(dx, true)
		p.number(dy, false)
	}
	p.x, p.y = nx, ny
}

func (p *pathData) close() { p.b = append(p.b, 'Z') }

// number appends tenths as a decimal without a leading zero; a minus sign needs
// no separator before it.
func (p *pathData) number(v int, first bool) {
	if v < 0 {
		p.b = append(p.b, '-')
		v = -v
	} else if !first {
		p.b = append(p.b, ' ')
	}
	if v >= 10 || v == 0 {
		p.b = strconv.AppendInt(p.b, int64(v/10), 10)
	}
	if v%10 != 0 {
		p.b = append(p.b, '.', byte('0'+v%10))
	}
}

// polyline appends the points; closed joins the last to the first.
func (p *pathData) polyline(pts []point, closed bool) {
	for i, q := range thin(pts) {
		if i == 0 {
			p.moveTo(q.x, q.y)
		} else {
			p.lineTo(q.x, q.y)
		}
	}
	if closed && len(pts) > 0 {
		p.close()
	}
}

// clippedLine appends what of a line lies within b.
func (p *pathData) clippedLine(pts []point, b box) {
	var run []point
	flush := func() {
		p.polyline(run, false)
		run = nil
	}
	if len(pts) == 1 {
		run = pts
	}
	for k := 1; k < len(pts); k++ {
		from, to, seen := clipped(pts[k-1], pts[k], b)
		if !seen {
			flush()
			continue
		}
		if len(run) == 0 || run[len(run)-1] != from {
			flush()
			run = append(run, from)
		}
		run = append(run, to)
	}
	flush()
}

// thin drops points that lie on the straight line between their neighbours, to
// within a twentieth of a pixel.
func thin(pts []point) []point {
	out := make([]point, 0, len(pts))
	for i, q := range pts {
		if n := len(out); n > 0 && i+1 < len(pts) && onSegment(q, out[n-1], pts[i+1]) {
			continue
		}
		out = append(out, q)
	}
	return out
}

// onSegment tells whether q lies between a and c.
func onSegment(q, a, c point) bool {
	ux, uy := c.x-a.x, c.y-a.y
	length := math.Hypot(ux, uy)
	along := (q.x-a.x)*ux + (q.y-a.y)*uy
	off := (q.x-a.x)*uy - (q.y-a.y)*ux
	return math.Abs(off) <= 0.05*length && along >= 0 && along <= length*length
}

// point is a place in pixels.
type point struct{ x, y float64 }

// escape makes text safe in XML. Control characters, which XML can't hold, become
// spaces.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == '\uFFFE' || r == '\uFFFF' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return xmlEscaper.Replace(s)
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
