package viz_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"lossland/pkg/viz"
)

func BenchmarkContour(b *testing.B) {
	grid := sample(linspace(-2, 2, 200), linspace(-1, 3, 200), func(x, y float64) float64 {
		return math.Log1p(100*math.Pow(y-x*x, 2) + (1-x)*(1-x))
	})
	bench(b, viz.Contour{Grid: grid})
}

func BenchmarkContourOfNoise(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	grid := sample(linspace(0, 1, 1000), linspace(0, 1, 1000), func(x, y float64) float64 {
		return r.NormFloat64()
	})
	bench(b, viz.Contour{Grid: grid})
}

func BenchmarkLine(b *testing.B) {
	r, y, ys := rand.New(rand.NewPCG(1, 2)), 0.0, make([]float64, 100_000)
	for k := range ys {
		y += r.NormFloat64()
		ys[k] = y
	}
	bench(b, viz.Line{Series: []viz.Series{{Y: ys}}})
}

// bench also reports the size of the document.
func bench(b *testing.B, fig viz.Figure) {
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		svg, err := fig.SVG()
		if err != nil {
			b.Fatal(err)
		}
		size = len(svg)
	}
	b.ReportMetric(float64(size), "bytes/figure")
}
