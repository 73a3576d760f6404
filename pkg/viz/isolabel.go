package viz

import (
	"math"
	"sort"
)

// isoLabel is a label that sits on an iso-line.
type isoLabel struct {
	line       int // index of the line
	at, length float64
	center     point
	degrees    float64
	text       string
}

// polyline is an iso-line in pixels with its arc length.
type polyline struct {
	pts    []point
	arc    []float64 // arc[i] is the length up to pts[i]
	level  int
	closed bool
}

func newPolyline(pts []point, closed bool, level int) polyline {
	if closed {
		pts = append(pts, pts[0])
	}
	p := polyline{pts: pts, arc: make([]float64, len(pts)), level: level, closed: closed}
	for i := 1; i < len(pts); i++ {
		p.arc[i] = p.arc[i-1] + math.Hypot(pts[i].x-pts[i-1].x, pts[i].y-pts[i-1].y)
	}
	return p
}

func (p polyline) length() float64 { return p.arc[len(p.arc)-1] }

// on is the point at arc length s.
func (p polyline) on(s float64) point {
	i := 1 + sort.SearchFloat64s(p.arc[1:len(p.arc)-1], s)
	t := 0.0
	if d := p.arc[i] - p.arc[i-1]; d > 0 {
		t = math.Max(0, math.Min(1, (s-p.arc[i-1])/d))
	}
	a, b := p.pts[i-1], p.pts[i]
	return point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)}
}

// part is the piece between arc lengths a and b.
func (p polyline) part(a, b float64) []point {
	out := []point{p.on(a)}
	for i, s := range p.arc {
		if s > a && s < b {
			out = append(out, p.pts[i])
		}
	}
	return append(out, p.on(b))
}

// labeller places labels on lines, away from each other, from other lines, from
// obstacles and from the edges.
type labeller struct {
	lines     []polyline
	points    int // of all lines
	area      box
	obstacles []box
	taken     []point // along the labels placed so far
}

const (
	labelGap   = 3.0  // between a label and the ends of its line
	labelApart = 15.0 // between labels
	lineApart  = 6.0  // between a label and other lines
)

// place finds the best spot for a text on the lines of a level: the straightest
// and most level piece. It returns false where there is none.
func (l *labeller) place(level int, text string) (isoLabel, bool) {
	best, score := isoLabel{}, math.Inf(1)
	w := textWidth(text, smallSize)
	step := l.step(level, 2*w+20)
	for k, line := range l.lines {
		if line.level != level || line.length() < 2*w+20 {
			continue
		}
		for s := w/2 + labelGap + 2; s < line.length()-w/2-labelGap-2; s += step {
			if c, cost := l.try(k, s, w); cost < score {
				best, score = c, cost
			}
		}
	}
	if math.IsInf(score, 1) {
		return best, false
	}
	best.text = text
	l.taken = append(l.taken, along(best)...)
	return best, true
}

// step is the distance between the spots that are tried on a level's lines, in pixels.
// Each is compared with all points of all lines, so where there are many it grows.
func (l *labeller) step(level int, shortest float64) float64 {
	const most = 3e6 // comparisons
	length := 0.0
	for _, line := range l.lines {
		if line.level == level && line.length() >= shortest {
			length += line.length()
		}
	}
	return math.Max(6, length*float64(l.points)/most)
}

// try rates a label of width w centred at arc length s; +Inf means it doesn't fit.
func (l *labeller) try(k int, s, w float64) (isoLabel, float64) {
	line := l.lines[k]
	a, b := line.on(s-w/2), line.on(s+w/2)
	if b.x < a.x {
		a, b = b, a
	}
	c := isoLabel{line: k, at: s, length: w, center: point{(a.x + b.x) / 2, (a.y + b.y) / 2}}
	angle := math.Atan2(b.y-a.y, b.x-a.x)
	c.degrees = angle * 180 / math.Pi
	chord := math.Hypot(b.x-a.x, b.y-a.y)
	bend := 0.0
	for _, t := range []float64{0.25, 0.5, 0.75} {
		q := line.on(s - w/2 + t*w)
		bend = math.Max(bend, math.Abs((q.x-a.x)*(b.y-a.y)-(q.y-a.y)*(b.x-a.x))/math.Max(chord,
			1e-9))
	}
	if bend > 4 || chord < 0.8*w || !l.free(c) {
		return c, math.Inf(1)
	}
	return c, 2*bend + 2*math.Abs(angle) + 0.002*l.offCenter(c.center)
}

func (l *labeller) offCenter(p point) float64 {
	return math.Hypot(p.x-(l.area.x0+l.area.x1)/2, p.y-(l.area.y0+l.area.y1)/2)
}

// along samples a label's middle line.
func along(c isoLabel) []point {
	sin, cos := math.Sincos(c.degrees * math.Pi / 180)
	n := 2 + int(c.length/8)
	out := make([]point, n)
	for i := range out {
		t := c.length * (float64(i)/float64(n-1) - 0.5)
		out[i] = point{c.center.x + t*cos, c.center.y + t*sin}
	}
	return out
}

func (l *labeller) free(c isoLabel) bool {
	for _, p := range along(c) {
		if !(box{p.x - 8, p.y - 8, p.x + 8, p.y + 8}).within(l.area) {
			return false
		}
		for _, q := range l.taken {
			if math.Hypot(p.x-q.x, p.y-q.y) < labelApart {
				return false
			}
		}
		for _, o := range l.obstacles {
			if p.x > o.x0-8 && p.x < o.x1+8 && p.y > o.y0-8 && p.y < o.y1+8 {
				return false
			}
		}
	}
	return l.clearOfLines(c)
}

// clearOfLines tells whether no other line runs through the label.
func (l *labeller) clearOfLines(c isoLabel) bool {
	sin, cos := math.Sincos(c.degrees * math.Pi / 180)
	for k, line := range l.lines {
		for i, p := range line.pts {
			if k == c.line && math.Abs(line.arc[i]-c.at) < c.length {
				continue
			}
			u := (p.x-c.center.x)*cos + (p.y-c.center.y)*sin
			v := (p.y-c.center.y)*cos - (p.x-c.center.x)*sin
			if math.Abs(u) < c.length/2+2 && math.Abs(v) < lineApart {
				return false
			}
		}
	}
	return true
}

// cut returns what remains of a line when a label takes its room.
func (p polyline) cut(c isoLabel) [][]point {
	a, b := c.at-c.length/2-labelGap, c.at+c.length/2+labelGap
	if p.closed { // one piece, across the seam
		rest := p.part(b, p.length())
		return [][]point{append(rest, p.part(0, a)[1:]...)}
	}
	return [][]point{p.part(0, a), p.part(b, p.length())}
}
