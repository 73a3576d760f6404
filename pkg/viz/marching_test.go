package viz

import (
	"math"
	"math/rand/v2"
	"testing"
)

// ramp is n equally spaced values from a to b.
func ramp(a, b float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = a + (b-a)*float64(i)/float64(n-1)
	}
	return out
}

func fieldOf(t *testing.T, xs, ys []float64, f func(x, y float64) float64) *field {
	t.Helper()
	z := make([][]float64, len(xs))
	for i, x := range xs {
		for _, y := range ys {
			z[i] = append(z[i], f(x, y))
		}
	}
	g, err := NewGrid(xs, ys, z)
	if err != nil {
		t.Fatal(err)
	}
	out, err := readGrid("test", g, false)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The iso-line of x²+y² at r² is the circle of radius r. On a grid of step h, linear
// interpolation along an edge is off by at most h²/(8r) times the curvature 2.
func TestIsoLineOfParaboloidIsACircle(t *testing.T) {
	const n = 81
	xs, ys := ramp(-1, 1, n), ramp(-1.2, 1.2, n)
	m := newMarcher(fieldOf(t, xs, ys, func(x, y float64) float64 { return x*x + y*y }), false)
	for _, r := range []float64{0.2, 0.5, 0.9} {
		lines := m.join(isoLines(m.region(r*r)), r*r)
		if len(lines) != 1 || !lines[0].closed {
			t.Fatalf("r = %g: %d lines, want one closed one", r, len(lines))
		}
		h := ys[1] - ys[0]
		tol := h * h / (4 * r)
		for _, p := range lines[0].pts {
			if d := math.Abs(math.Hypot(p.x, p.y) - r); !(d <= tol) {
				t.Errorf("r = %g: (%g, %g) is %.2g off the circle, %.1f times the tolerance", r,
					p.x, p.y, d, d/tol)
			}
		}
	}
}

// The area between two levels of the paraboloid is the ring's, π(R²−r²); {z ≥ level}
// lies on the left of its border.
func TestAreaBetweenLevels(t *testing.T) {
	m := newMarcher(fieldOf(t, ramp(-1, 1, 121), ramp(-1, 1, 101),
		func(x, y float64) float64 { return x*x + y*y }), false)
	above := func(level float64) float64 { return area(m.join(m.region(level), level)) }
	for _, ring := range [][2]float64{{0.1, 0.4}, {0.5, 0.9}} {
		r, R := ring[0], ring[1]
		want := math.Pi * (R*R - r*r)
		if got := above(r*r) - above(R*R); !(math.Abs(got-want) <= 2e-3*want) {
			t.Errorf("ring %g to %g: area %g, want %g", r, R, got, want)
		}
	}
	if got := above(-1); !(math.Abs(got-4) <= 1e-12) {
		t.Errorf("all of the square: area %g, want 4", got)
	}
}

// noisy is a random field with holes.
func noisy(t *testing.T, seed uint64, holes float64) *field {
	r := rand.New(rand.NewPCG(seed, 1))
	xs, ys := []float64{0}, []float64{0}
	for len(xs) < 14 {
		xs = append(xs, xs[len(xs)-1]+0.2+r.Float64())
	}
	for len(ys) < 9 {
		ys = append(ys, ys[len(ys)-1]+0.2+r.Float64())
	}
	return fieldOf(t, xs, ys, func(x, y float64) float64 {
		if r.Float64() < holes {
			return []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(3)]
		}
		return r.NormFloat64()
	})
}

func finiteArea(f *field) float64 {
	sum := 0.0
	for i := range len(f.xs) - 1 {
		for j := range len(f.ys) - 1 {
			if finite(f.at(i, j)) && finite(f.at(i+1, j)) && finite(f.at(i, j+1)) &&
				finite(f.at(i+1, j+1)) {
				sum += (f.xs[i+1] - f.xs[i]) * (f.ys[j+1] - f.ys[j])
			}
		}
	}
	return sum
}

// The bands between levels partition the finite area, for random fields full of
// saddles and holes: no band has a negative area, and {z ≥ L} and {−z ≥ −L}, each
// traced on its own, fill the area together. All borders close.
func TestRegionsPartitionTheFiniteArea(t *testing.T) {
	for seed := range uint64(60) {
		f := noisy(t, seed, 0.05*float64(seed%4))
		whole := finiteArea(f)
		negative := fieldOf(t, f.xs, f.ys, func(x, y float64) float64 { return 0 })
		for k, v := range f.z {
			negative.z[k] = -v
		}
		m, n := newMarcher(f, false), newMarcher(negative, false)
		if got := area(m.join(m.border(func(i, j int) bool { return m.ok[i*m.ny+j] }),
			0)); !(math.Abs(got-whole) <= 1e-9) {
			t.Fatalf("seed %d: border of the finite cells holds %g, want %g", seed, got, whole)
		}
		last := whole
		for _, level := range ramp(-2.5, 2.5, 11) {
			loops := m.join(m.region(level), level)
			for _, c := range loops {
				if !c.closed {
					t.Fatalf("seed %d: a border at %g doesn't close", seed, level)
				}
			}
			above, below := area(loops), area(n.join(n.region(-level), -level))
			if !(math.Abs(above+below-whole) <= 1e-9) { // also where it is NaN
				t.Fatalf("seed %d: %g above and %g below %g make %g, want %g", seed, above, below,
					level, above+below, whole)
			}
			if above > last+1e-12 {
				t.Fatalf("seed %d: region above %g is larger than the one below it", seed, level)
			}
			last = above
		}
	}
}

// A point of a region lies in its cell's part where the bilinear surface, or what the
// saddle rule makes of it, is above the level: along edges exactly.
func TestRegionOnEdges(t *testing.T) {
	f := noisy(t, 7, 0.1)
	m := newMarcher(f, false)
	for _, level := range []float64{-0.7, 0, 0.4} {
		loops := m.join(m.region(level), level)
		for i := range len(f.xs) - 1 {
			for j := range len(f.ys) - 1 {
				if f.cellKind(i, j) != isFinite {
					continue
				}
				for _, s := range []float64{0.13, 0.5, 0.81} {
					// A little inside the cell's lower edge.
					x := f.xs[i] + s*(f.xs[i+1]-f.xs[i])
					y := f.ys[j] + 1e-7
					z := f.at(i, j) + s*(f.at(i+1, j)-f.at(i, j))
					if math.Abs(z-level) < 1e-3 {
						continue
					}
					if got := winding(loops, x, y) != 0; got != (z > level) {
						t.Fatalf("level %g at (%g, %g): inside %v, but z = %g", level, x, y, got, z)
					}
				}
			}
		}
	}
}

func winding(loops []chain, x, y float64) int {
	n := 0
	for _, c := range loops {
		for k, p := range c.pts {
			q := c.pts[(k+1)%len(c.pts)]
			if (p.y > y) == (q.y > y) || x > p.x+(y-p.y)/(q.y-p.y)*(q.x-p.x) {
				continue
			}
			if q.y > p.y {
				n++
			} else {
				n--
			}
		}
	}
	return n
}

// A saddle's corners are joined if the middle is above the level, else apart.
func TestSaddles(t *testing.T) {
	for _, c := range []struct {
		high float64 // two opposite corners; the others are −1
		flip bool
		want int // separate regions
	}{{3, false, 1}, {0.5, false, 2}, {3, true, 1}, {0.5, true, 2}} {
		f := fieldOf(t, []float64{0, 1}, []float64{0, 1}, func(x, y float64) float64 {
			if (x == y) != c.flip {
				return c.high
			}
			return -1
		})
		m := newMarcher(f, false)
		if got := len(m.join(m.region(0), 0)); got != c.want {
			t.Errorf("corners %g and −1, flipped %v: %d regions, want %d", c.high, c.flip, got,
				c.want)
		}
	}
}

// area is the signed area within loops, positive with the inside on the left.
func area(loops []chain) float64 {
	sum := 0.0
	for _, c := range loops {
		for k, p := range c.pts {
			q := c.pts[(k+1)%len(c.pts)]
			sum += (p.x*q.y - q.x*p.y) / 2
		}
	}
	return sum
}
