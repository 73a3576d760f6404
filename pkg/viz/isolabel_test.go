package viz

import (
	"fmt"
	"math"
	"testing"
)

// Labels sit on their line, don't meet each other and stay in the plot.
func TestIsoLabels(t *testing.T) {
	f := fieldOf(t, ramp(-2, 2, 60), ramp(-2, 2, 60),
		func(x, y float64) float64 { return x*x + 3*y*y + math.Sin(3*x) })
	m := newMarcher(f, false)
	l := labeller{area: box{0, 0, 400, 400}}
	toPixel := func(p point) point { return point{(p.x + 2) * 100, (2 - p.y) * 100} }
	levels := ramp(0, 12, 13)
	for k, level := range levels {
		for _, c := range m.join(isoLines(m.region(level)), level) {
			pts := make([]point, len(c.pts))
			for i, p := range c.pts {
				pts[i] = toPixel(p)
			}
			if len(pts) > 1 {
				l.lines = append(l.lines, newPolyline(pts, c.closed, k))
			}
		}
	}
	var placed []isoLabel
	for k := range levels {
		if c, ok := l.place(k, fmt.Sprint(k)); ok {
			placed = append(placed, c)
		}
	}
	if len(placed) < 5 {
		t.Fatalf("only %d of %d levels have a label", len(placed), len(levels))
	}
	for i, a := range placed {
		line := l.lines[a.line]
		if q := line.on(a.at); math.Hypot(q.x-a.center.x, q.y-a.center.y) > 4 {
			t.Errorf("label %q is %.1f px off its line", a.text,
				math.Hypot(q.x-a.center.x, q.y-a.center.y))
		}
		if math.Abs(a.degrees) > 90 {
			t.Errorf("label %q stands on its head: %g°", a.text, a.degrees)
		}
		for _, b := range placed[:i] {
			for _, p := range along(a) {
				for _, q := range along(b) {
					if math.Hypot(p.x-q.x, p.y-q.y) < labelApart-1e-9 {
						t.Fatalf("labels %q and %q meet", a.text, b.text)
					}
				}
			}
		}
		for _, pts := range line.cut(a) {
			for _, p := range pts {
				if math.Hypot(p.x-a.center.x, p.y-a.center.y) < a.length/2-1 {
					t.Errorf("label %q: its line runs through it", a.text)
				}
			}
		}
	}
}
