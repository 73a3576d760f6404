package main

import (
	"math"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/viz"
)

// samPaths are plain descent and SAM on L = ½(w₁w₂ − 1)², from one start. All of its minima have
// the loss 0; they lie on a hyperbola, and the flattest is the one at (1, 1).
func samPaths() viz.Figure {
	const steps, rate, rho = 6000, 0.05, 0.1
	plain, sam := walk(steps, rate, 0), walk(steps, rate, rho)
	plain.Label, sam.Label = "plain descent", "SAM"
	return viz.Contour{
		Grid: valley(81), Title: "SAM walks on to where it is flat",
		Width: pictureSize, Height: pictureSize,
		X: viz.Axis{Label: "w_{1}"}, Y: viz.Axis{Label: "w_{2}"},
		Z:     viz.Axis{Label: "loss", Log: true},
		Paths: []viz.Path{plain, sam}, PlainLines: true,
		Marks: []viz.Mark{{X: 1, Y: 1, Label: "flattest", Kind: viz.Minimum}},
		AltText: "A curved valley of minima. Plain descent stops where it first reaches the " +
			"valley's floor, at a steep place. SAM goes on along the floor until it is near the " +
			"flattest minimum, at (1, 1).",
	}
}

// walk is descent from (0.45, 3), with the gradient taken rho up the slope.
func walk(steps int, rate, rho float64) (path viz.Path) {
	f, w, g := analytic.Valley(), []float64{0.45, 3}, make([]float64, 2)
	path.DotEvery = viz.NoDots
	for range steps {
		path.X, path.Y = append(path.X, w[0]), append(path.Y, w[1])
		f.Gradient(g, w)
		norm := math.Hypot(g[0], g[1])
		if norm == 0 {
			break
		}
		f.Gradient(g, []float64{w[0] + rho*g[0]/norm, w[1] + rho*g[1]/norm})
		w[0], w[1] = w[0]-rate*g[0], w[1]-rate*g[1]
	}
	return path
}

// valley is the part of the function that the paths lie in, with what is lower than 0.01 filled
// up, since the scale is logarithmic.
func valley(n int) viz.Grid {
	return grid(n, 0, 3.5, 0, 3.5, func(x, y float64) float64 {
		return math.Max(analytic.Valley().Value([]float64{x, y}), 1e-2)
	})
}
