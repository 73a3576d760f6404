package viz

import (
	"math"
	"strings"
	"testing"
)

// Of two cells that cover the same place of the screen the nearer is painted later,
// from all sides: the painter's algorithm.
func TestPaintersOrder(t *testing.T) {
	f := fieldOf(t, ramp(0, 1, 14), ramp(0, 2, 11),
		func(x, y float64) float64 { return math.Sin(7*x) * math.Cos(4*y) })
	z, err := newZScale("test", f, levelChoice{count: 6})
	if err != nil {
		t.Fatal(err)
	}
	for turn := 5.0; turn < 360; turn += 35 {
		v := newView(turn, boxHeight, box{0, 0, 500, 400})
		s := newScene(card(500, 400, "", ""), f, z, v)
		order := s.order()
		covered := 0
		for y := 20.0; y < 400; y += 17 {
			for x := 20.0; x < 500; x += 17 {
				last := math.Inf(1)
				for _, c := range order {
					if !s.covers(c[0], c[1], point{x, y}) {
						continue
					}
					covered++
					depth := v.depth((float64(c[0])+0.5)/13, (float64(c[1])+0.5)/10)
					if depth > last+0.15 { // cells are up to 0.1 long
						t.Fatalf("turn %g: at (%g, %g) a cell at depth %.2f is painted over "+
							"one at %.2f", turn, x, y, depth, last)
					}
					last = depth
				}
			}
		}
		if covered < 100 {
			t.Fatalf("turn %g: only %d places covered", turn, covered)
		}
	}
}

// What lies behind a ridge is hidden, what lies on it isn't.
func TestHiddenPoints(t *testing.T) {
	f := fieldOf(t, ramp(-1, 1, 21), ramp(-1, 1, 21),
		func(x, y float64) float64 { return math.Exp(-40 * (y + 0.6) * (y + 0.6)) })
	z, _ := newZScale("test", f, levelChoice{count: 6})
	s := newScene(card(500, 400, "", ""), f, z,
		newView(-viewTurn, boxHeight, box{0, 0, 500, 400})) // seen along y
	for _, c := range []struct {
		y    float64
		want bool
	}{{-0.6, true}, {-0.9, true}, {-0.1, false}, {0.8, true}, {1.5, false}} {
		if _, got := s.visible(0.05, c.y); got != c.want {
			t.Errorf("y = %g: visible %v, want %v", c.y, got, c.want)
		}
	}
}

// Relief is the height of the box, and a share of the floor's side.
func TestRelief(t *testing.T) {
	f := fieldOf(t, ramp(0, 1, 5), ramp(0, 1, 5), func(x, y float64) float64 { return x * y })
	fig := Surface3D{Grid: f}
	for _, bad := range []float64{-1, 3, math.NaN()} {
		fig.Relief = bad
		if _, err := fig.SVG(); err == nil || !strings.Contains(err.Error(), "Relief") {
			t.Errorf("Relief %g: %v", bad, err)
		}
	}
	low, high := newView(0, 0.2, box{0, 0, 500, 400}), newView(0, 0.4, box{0, 0, 500, 400})
	rise := func(v view) float64 { return (v.at(0, 0, 0).y - v.at(0, 0, 1).y) / v.unit }
	if got := rise(high) / rise(low); math.Abs(got-2) > 1e-9 {
		t.Errorf("twice the relief is %g times as high", got)
	}
}
