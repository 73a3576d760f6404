package viz

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func noise(n int) GridXYZ {
	r := rand.New(rand.NewPCG(5, 6))
	z := make([][]float64, n)
	for i := range z {
		z[i] = make([]float64, n)
		for j := range z[i] {
			z[i][j] = r.NormFloat64()
		}
	}
	g, err := NewGrid(ramp(0, 1, n), ramp(0, 1, n), z)
	if err != nil {
		panic(err)
	}
	return g
}

// A million values of noise become a picture of at most 3 MB, which says that it was
// thinned; its description still counts them all.
func TestNoise(t *testing.T) {
	g := noise(1000)
	for name, fig := range map[string]Contour{
		"contour": {Grid: g}, "heat map": {Grid: g, HeatMap: true},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			r, err := Render(fig, "")
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d bytes in %v", len(r.SVG), time.Since(start))
			if len(r.SVG) > 3_000_000 {
				t.Errorf("%d bytes, want at most 3 MB", len(r.SVG))
			}
			if !strings.Contains(string(r.SVG), ">drawn from every ") ||
				!strings.Contains(r.Alt, "1000×1000 plane") ||
				!strings.Contains(r.Alt, "drawn from every ") {
				t.Errorf("nothing says that the grid was thinned: %s", r.Alt)
			}
		})
	}
}

// Thinning keeps both ends of the axes and every point that is no number.
func TestEveryNth(t *testing.T) {
	f := fieldOf(t, ramp(0, 10, 11), ramp(0, 7, 8), func(x, y float64) float64 {
		if x == 4 && y == 4 {
			return math.Inf(1)
		}
		return x + y
	})
	g := f.everyNth(3)
	if got, want := fmt.Sprint(g.xs, g.ys), "[0 3 6 9 10] [0 3 6 7]"; got != want {
		t.Errorf("places %s, want %s", got, want)
	}
	if g.at(1, 1) != math.Inf(1) || g.kinds[isPosInf] != 1 || g.at(2, 2) != 12 {
		t.Errorf("values %v", g.z)
	}
}
