package viz

import (
	"math"
	"testing"
)

// A path's relative coordinates add up to the absolute ones without drift.
func TestPathData(t *testing.T) {
	var p pathData
	p.polyline([]point{{1.04, 2}, {1.04, 5.55}, {-3.2, 5.55}, {0, 0}}, true)
	if got, want := string(p.b), "M1 2v3.6h-4.2l3.2-5.6Z"; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
	p = pathData{}
	for k := range 1000 {
		x := float64(k) * 0.333
		if k == 0 {
			p.moveTo(x, x*x/300)
		} else {
			p.lineTo(x, x*x/300)
		}
	}
	if p.x != tenths(999*0.333) || p.y != tenths(999*0.333*999*0.333/300) {
		t.Errorf("the path ends at (%d, %d) tenths", p.x, p.y)
	}
}

func TestClipped(t *testing.T) {
	b := box{0, 0, 10, 10}
	for _, c := range []struct {
		name     string
		a, c     point
		from, to point
		seen     bool
	}{
		{"within", point{1, 2}, point{3, 4}, point{1, 2}, point{3, 4}, true},
		{"through", point{-10, 5}, point{1e9, 5}, point{0, 5}, point{10, 5}, true},
		{"out of", point{5, 5}, point{25, 15}, point{5, 5}, point{10, 7.5}, true},
		{"beside", point{-5, 11}, point{15, 11}, point{}, point{}, false},
		{"past a corner", point{-5, 6}, point{6, 17}, point{}, point{}, false},
		{"a point", point{5, 5}, point{5, 5}, point{5, 5}, point{5, 5}, true},
		{"no number", point{math.NaN(), 5}, point{5, 5}, point{}, point{}, false},
		{"infinite", point{math.Inf(-1), 5}, point{5, 5}, point{}, point{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			from, to, seen := clipped(c.a, c.c, b)
			if seen != c.seen || seen && (from != c.from || to != c.to) {
				t.Errorf("%v to %v, %v; want %v to %v, %v", from, to, seen, c.from, c.to, c.seen)
			}
		})
	}
}
