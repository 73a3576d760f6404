package viz_test

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"lossland/pkg/viz"
)

var update = flag.Bool("update", false, "rewrite the golden figures in testdata")

// gallery is every figure that the tests draw: name in testdata, and the figure.
var gallery = map[string]viz.Figure{
	"contour":         exampleContour(),
	"contour-saddle":  saddleContour(),
	"contour-nan":     brokenContour(),
	"heatmap":         ratioMap(),
	"line":            exampleLine(),
	"line-log":        diverged(),
	"density":         exampleDensity(),
	"strip":           exampleStrip(),
	"strip-lines":     stripLines(),
	"scatter":         exampleScatter(),
	"histogram":       exampleHistogram(),
	"intervals":       exampleIntervals(),
	"images":          exampleImages(),
	"surface3d":       exampleSurface3D(),
	"surface3d-holes": brokenSurface(),
	"panels":          examplePanels(),
	"sam":             exampleSAM(),
}

func TestGolden(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the bytes are amd64's: where the compiler fuses multiply and add, a " +
			"coordinate may round otherwise")
	}
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
				t.Errorf("%s differs from what was drawn before: look at it, then run go "+
					"test ./pkg/viz -run Golden -update", path)
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
		Grid: sample(linspace(-5, 5, 61), linspace(-5, 5, 61),
			func(x, y float64) float64 { return himmelblau(x, y) + 0.1 }),
		Title: "Himmelblau's function has four minima",
		X:     viz.Axis{Label: "α"}, Y: viz.Axis{Label: "β"}, Z: viz.Axis{Label: "loss", Log: true},
		MarkMinimum: true,
		Marks: []viz.Mark{{X: -1, Y: -0.9, Label: "start", Kind: viz.Start},
			{X: path.X[39], Y: path.Y[39], Label: "end", Kind: viz.End}},
		Paths: []viz.Path{path},
	}
}

func saddleContour() viz.Contour {
	return viz.Contour{
		Grid: sample(linspace(-1, 1, 41), linspace(-0.5, 0.5, 21),
			func(x, y float64) float64 { return 5*x*x - 8*y*y }),
		Title: "A saddle", X: viz.Axis{Label: "α"}, Y: viz.Axis{Label: "β"},
		Z: viz.Axis{Label: "loss (nats)"}, Equal: true, Colors: viz.Diverging,
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
		Title: "Where the loss is no number", X: viz.Axis{Label: "α"}, Y: viz.Axis{Label: "β"},
		Z: viz.Axis{Label: "loss"}, Colors: viz.Cividis, MarkMinimum: true,
	}
}

func ratioMap() viz.Contour {
	return viz.Contour{
		Grid: sample(linspace(-1, 1, 30), linspace(-1, 1, 24),
			func(x, y float64) float64 { return math.Exp(2*x*y+math.Sin(3*x)) / 3 }),
		HeatMap: true, Colors: viz.Diverging,
		Title: "Share of negative curvature |λ_{min}/λ_{max}|",
		X:     viz.Axis{Label: "α"}, Y: viz.Axis{Label: "β"},
		Z: viz.Axis{Label: "|λ_{min}/λ_{max}|", Log: true},
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
		HLines:  []viz.RefLine{{At: 2.25, Label: "ln 10, a guess"}},
		VLines:  []viz.RefLine{{At: 0, Label: "A"}, {At: 1, Label: "B"}},
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
		Series: []viz.Series{{Label: "η = 0.1", X: xs, Y: ys, Markers: true},
			{Label: "η = 2.1", X: xs, Y: zs, Markers: true, Dashed: true}},
		X: viz.Axis{Label: "step"}, Y: viz.Axis{Label: "loss (nats)", Log: true},
		Title: "Too large a rate diverges",
	}
}

func exampleDensity() viz.Density {
	var bulk, law viz.Series
	bulk.Label, law.Label, law.Dashed = "Lanczos quadrature", "Gaussian", true
	for _, x := range linspace(-2, 12, 141) {
		bulk.X, law.X = append(bulk.X, x), append(law.X, x)
		bulk.Y = append(bulk.Y, 0.8*math.Exp(-8*x*x)+0.05*math.Exp(-math.Abs(x-0.5))+2e-6)
		law.Y = append(law.Y, 0.8*math.Exp(-8*x*x))
	}
	return viz.Density{
		Curves: []viz.Series{bulk, law}, Title: "Spectrum of the Hessian at the minimum",
		Stems: []viz.Stem{{At: 7.1, Height: 2e-3, Label: "λ_{3} = 7.1"},
			{At: 8.0, Height: 2e-3, Label: "λ_{2} = 8.0"},
			{At: 11.6, Height: 1e-3, Label: "λ_{1} = 11.6"}, {At: -1.2, Label: "λ_{min} = −1.2"}},
		Rug:   []float64{-1.2, -0.6, 0.1, 0.2, 0.4, 1.1, 2.3, 3.1, 4.9, 7.1, 8, 11.6},
		Floor: 1e-6,
	}
}

// spectra is a made-up spectrum over training that rises to 2/η and hovers there.
func spectra(columns, n int) (steps []float64, values [][]float64) {
	for k := range columns {
		steps = append(steps, float64(20*k))
		top := 20 * (1 - math.Exp(-float64(k)/6))
		if k > 12 {
			top += 1.5 * math.Sin(float64(3*k))
		}
		var v []float64
		for r := range n {
			v = append(v, top*math.Pow(0.72, float64(r))-0.6*float64(r)*math.Exp(-float64(k)/10))
		}
		values = append(values, v)
	}
	return steps, values
}

func exampleStrip() viz.Strip {
	steps, values := spectra(31, 10)
	values[3][2] = math.NaN()
	return viz.Strip{Steps: steps, Values: values, Bound: []float64{20},
		Title: "The largest eigenvalue climbs to 2/η and stays",
		X:     viz.Axis{Label: "step"}, Y: viz.Axis{Label: "eigenvalue λ"}}
}

func stripLines() viz.Strip {
	s := exampleStrip()
	s.Lines = true
	s.Bound = make([]float64, len(s.Steps))
	for k := range s.Bound {
		s.Bound[k] = 20
		if k > 20 {
			s.Bound[k] = 25
		}
	}
	s.BoundLabel = "2/η of the schedule"
	return s
}

func exampleScatter() viz.Scatter {
	group := func(label string, shift, slope float64, n int) viz.Points {
		p := viz.Points{Label: label}
		for k := range n {
			x := 0.02 * float64(k)
			y := shift + slope*x + 0.06*math.Sin(float64(7*k))
			p.X, p.Y = append(p.X, x), append(p.Y, y)
			p.XLo, p.XHi = append(p.XLo, math.Max(0, x-0.01)), append(p.XHi, x+0.01)
			p.YLo, p.YHi = append(p.YLo, y-0.05), append(p.YHi, y+0.05)
		}
		return p
	}
	saddles, minima := group("saddles", 0.3, 4, 14), group("minima", 0.1, 1, 2)
	minima.Names = []string{"best", ""}
	saddles.Y[4] = math.NaN()
	return viz.Scatter{
		Groups: []viz.Points{saddles, minima},
		Title:  "The higher the loss, the more directions lead down",
		X:      viz.Axis{Label: "index (share of negative eigenvalues)"},
		Y:      viz.Axis{Label: "loss (nats)"},
		Fits:   []viz.Fit{{Slope: 4, Intercept: 0.3, Label: "slope 4.0 ± 0.2"}},
		HLines: []viz.RefLine{{At: math.Ln10 / 2, Label: "half of ln 10"}},
	}
}

func exampleHistogram() viz.Histogram {
	normal := func(n int, mean, sd float64) []float64 { // quantiles of a normal
		out := make([]float64, n)
		for k := range out {
			out[k] = mean + sd*math.Sqrt2*math.Erfinv(2*(float64(k)+0.5)/float64(n)-1)
		}
		return out
	}
	return viz.Histogram{
		Groups: []viz.Sample{{Label: "SGD", Values: append(normal(400, 0.31, 0.04), math.Inf(1))},
			{Label: "SAM", Values: normal(400, 0.24, 0.025)}},
		Title: "Rise of the loss under noise of σ = 0.01", X: viz.Axis{Label: "rise (nats)"},
		VLines: []viz.RefLine{{At: 0.2525, Label: "½σ² tr H"}},
	}
}

func exampleIntervals() viz.Intervals {
	return viz.Intervals{
		Title: "Sharpness after training, ten seeds", X: viz.Axis{Label: "ratio to SGD", Log: true},
		Rows: []viz.Interval{
			{Label: "Gaussian rise", Group: "SAM", Value: 0.52, Lo: 0.44, Hi: 0.61,
				Note: "supported"},
			{Label: "Gaussian rise", Group: "ASAM", Value: 0.48, Lo: 0.35, Hi: 0.66,
				Note: "supported"},
			{Label: "λ_{max}", Group: "SAM", Value: 0.71, Lo: 0.5, Hi: 1.02, Note: "mixed"},
			{Label: "λ_{max}", Group: "ASAM", Value: 0.66, Lo: 0.52, Hi: 0.84, Note: "supported"},
			{Label: "trace of the Hessian", Group: "SAM", Value: 0.9, Lo: 0.7, Hi: math.Inf(1),
				Note: "mixed"},
			{Label: "trace of the Hessian", Group: "ASAM", Value: math.NaN(), Note: "diverged"},
		},
		VLines: []viz.RefLine{{At: 1, Label: "no effect"}},
	}
}

func exampleImages() viz.Images {
	var out viz.Images
	out.Title = "Digits that the model gets wrong are framed"
	for n := range 12 {
		im := viz.Image{Caption: "digit " + string(rune('0'+n%10)), Marked: n == 7}
		for r := range 8 {
			for c := range 8 {
				d := math.Hypot(float64(r)-3.5, (float64(c)-3.5)*(1+0.1*float64(n)))
				im.Pixels = append(im.Pixels, math.Max(0, 16*math.Exp(-2*(d-2.6)*(d-2.6))))
			}
		}
		out.Images = append(out.Images, im)
	}
	return out
}

func exampleSurface3D() viz.Surface3D {
	return viz.Surface3D{
		Grid: sample(linspace(-2, 2, 41), linspace(-2, 2, 41), func(x, y float64) float64 {
			flat := math.Exp(-(x-1)*(x-1) - y*y)
			sharp := math.Exp(-3*(x+1)*(x+1) - 2*(y+0.3)*(y+0.3))
			return 1.2 - flat - 0.7*sharp + 0.03*(x*x+y*y)
		}),
		Title: "A flat valley and a sharp one", X: viz.Axis{Label: "α"}, Y: viz.Axis{Label: "β"},
		Z:     viz.Axis{Label: "loss (nats)"},
		Marks: []viz.Mark{{X: 0.9, Y: 0, Label: "flat"}, {X: -1, Y: -0.3, Label: "sharp"}},
		Paths: []viz.Path{{Label: "descent", X: linspace(-0.3, 0.9, 12),
			Y: linspace(1.9, 0.1, 12)}},
	}
}

func brokenSurface() viz.Surface3D {
	return viz.Surface3D{Grid: brokenContour().Grid, Title: "Holes where the loss is no number",
		X: viz.Axis{Label: "α"}, Y: viz.Axis{Label: "β"}, Z: viz.Axis{Label: "loss"},
		Colors: viz.Cividis, Turn: 200}
}

func examplePanels() viz.Panels {
	a, b := exampleLine(), saddleContour()
	a.Width, a.Height, b.Width, b.Height, b.Equal = 440, 380, 440, 380, false
	return viz.Row(a, b)
}

func exampleSAM() viz.Contour {
	c := viz.Contour{
		Grid: sample(linspace(-0.4, 1.6, 61), linspace(-0.4, 1.2, 49),
			func(x, y float64) float64 { return (x*x + 10*y*y) / 2 }),
		X: viz.Axis{Label: "w_{1}"}, Y: viz.Axis{Label: "w_{2}"}, Z: viz.Axis{Label: "loss"},
		Title: "One step of SAM", Equal: true, PlainLines: true,
	}
	s := viz.SAMStep{Start: [2]float64{1, 0.5}, Ascent: [2]float64{1.1, 0.95},
		Next: [2]float64{0.75, -0.15}, Plain: [2]float64{0.8, 0.1}, ShowPlain: true}
	return s.On(c)
}
