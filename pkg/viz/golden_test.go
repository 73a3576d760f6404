package viz_test

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"

	"lossland/pkg/viz"
)

var update = flag.Bool("update", false, "rewrite the golden figures in testdata")

// gallery is every figure that the tests draw: name in testdata, and the figure.
var gallery = map[string]viz.Figure{
	"contour":        exampleContour(),
	"contour-saddle": saddleContour(),
	"contour-nan":    brokenContour(),
	"heatmap":        ratioMap(),
	"line":           exampleLine(),
	"line-log":       diverged(),
}

func TestGolden(t *testing.T) {
	for name, fig := range gallery {
		t.Run(name, func(t *testing.T) {
			got, err := fig.SVG()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".svg")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v: run go test ./pkg/viz -run Golden -update", err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from what was drawn before: look at it, then run go test ./pkg/viz -run Golden -update", path)
			}
		})
	}
}

// linspace is n equally spaced values from a to b.
func linspace(a, b float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = a + (b-a)*float64(i)/float64(n-1)
	}
	return out
}

// sample evaluates a function on a grid.
func sample(xs, ys []float64, f func(x, y float64) float64) viz.Grid {
	z := make([][]float64, len(xs))
	for i, x := range xs {
		z[i] = make([]float64, len(ys))
		for j, y := range ys {
			z[i][j] = f(x, y)
		}
	}
	g, err := viz.NewGrid(xs, ys, z)
	if err != nil {
		panic(err)
	}
	return g
}

func himmelblau(x, y float64) float64 {
	a, b := x*x+y-11, x+y*y-7
	return a*a + b*b
}

func exampleContour() viz.Contour {
	path := viz.Path{Label: "SGD"}
	x, y := -1.0, -0.9
	for k := range 40 {
		path.X, path.Y = append(path.X, x), append(path.Y, y)
		path.Off = append(path.Off, 0.8*float64(39-k)/39)
		h := 1e-5
		gx := (himmelblau(x+h, y) - himmelblau(x-h, y)) / (2 * h)
		gy := (himmelblau(x, y+h) - himmelblau(x, y-h)) / (2 * h)
		x, y = x-0.004*gx, y-0.004*gy
	}
	return viz.Contour{
		Grid:   sample(linspace(-5, 5, 61), linspace(-5, 5, 61), func(x, y float64) float64 { return himmelblau(x, y) + 0.1 }),
		Title:  "Himmelblau's function has four minima",
		XLabel: "α", YLabel: "β", ZLabel: "loss", Log: true, MarkMinimum: true,
		Marks: []viz.Mark{{X: -1, Y: -0.9, Label: "start", Kind: viz.Start}, {X: path.X[39], Y: path.Y[39], Label: "end", Kind: viz.End}},
		Paths: []viz.Path{path},
	}
}

func saddleContour() viz.Contour {
	return viz.Contour{
		Grid:  sample(linspace(-1, 1, 41), linspace(-0.5, 0.5, 21), func(x, y float64) float64 { return 5*x*x - 8*y*y }),
		Title: "A saddle", XLabel: "α", YLabel: "β", ZLabel: "loss (nats)", Equal: true, Colors: viz.Diverging,
		Marks: []viz.Mark{{Label: "saddle", Kind: viz.Saddle}},
	}
}

func brokenContour() viz.Contour {
	return viz.Contour{
		Grid: sample(linspace(-3, 3, 31), linspace(-3, 3, 31), func(x, y float64) float64 {
			switch {
			case x > 1.6 && y > 1.4:
				return math.Inf(1)
			case math.Hypot(x+1.5, y-1.5) < 0.6:
				return math.NaN()
			case x < -2.3 && y < -2.3:
				return math.Inf(-1)
			}
			return math.Sin(x)*math.Cos(y) + 0.1*x*x
		}),
		Title: "Where the loss is no number", XLabel: "α", YLabel: "β", ZLabel: "loss", Colors: viz.Cividis, MarkMinimum: true,
	}
}

func ratioMap() viz.Contour {
	return viz.Contour{
		Grid:    sample(linspace(-1, 1, 30), linspace(-1, 1, 24), func(x, y float64) float64 { return math.Exp(2*x*y+math.Sin(3*x)) / 3 }),
		HeatMap: true, Log: true, Colors: viz.Diverging, Title: "Share of negative curvature |λ_{min}/λ_{max}|",
		XLabel: "α", YLabel: "β", ZLabel: "|λ_{min}/λ_{max}|",
	}
}

func exampleLine() viz.Line {
	xs := linspace(-1, 2, 61)
	var sharp, flat viz.Series
	sharp.Label, flat.Label = "batch 16", "full batch"
	sharp.X, flat.X = xs, xs
	for _, x := range xs {
		a, b := 0.1+x*x*(x-1)*(x-1)+0.05*x*x, 0.25+0.3*math.Pow(x-0.5, 2)
		sharp.Y, flat.Y = append(sharp.Y, a), append(flat.Y, b)
		sharp.Lo, sharp.Hi = append(sharp.Lo, a*0.85), append(sharp.Hi, a*1.2)
		flat.Lo, flat.Hi = append(flat.Lo, b-0.06), append(flat.Hi, b+0.06)
	}
	return viz.Line{
		Series: []viz.Series{sharp, flat}, Title: "Loss along the line between two minima",
		X: viz.Axis{Label: "position t from A to B"}, Y: viz.Axis{Label: "loss (nats)"},
		HLines: []viz.RefLine{{At: 2.25, Label: "ln 10, a guess"}}, VLines: []viz.RefLine{{At: 0, Label: "A"}, {At: 1, Label: "B"}},
		Regions: []viz.Region{{From: 0, To: 1, Label: "between"}},
	}
}

func diverged() viz.Line {
	var xs, ys, zs []float64
	for k := range 25 {
		xs = append(xs, float64(k))
		ys = append(ys, 2.3*math.Exp(-0.3*float64(k))+1e-3)
		zs = append(zs, 2.3*math.Pow(2.2, float64(k)))
		if k > 20 {
			zs[k] = math.Inf(1)
		}
	}
	return viz.Line{
		Series: []viz.Series{{Label: "η = 0.1", X: xs, Y: ys, Markers: true}, {Label: "η = 2.1", X: xs, Y: zs, Markers: true, Dashed: true}},
		X:      viz.Axis{Label: "step"}, Y: viz.Axis{Label: "loss (nats)", Log: true}, Title: "Too large a rate diverges",
	}
}
