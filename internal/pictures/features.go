package main

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/viz"
)

// well is a Gaussian well: depth·(1 − exp(−r²/2)), where r is the distance from its centre in units
// of its radius.
type well struct{ x, y, radius, depth float64 }

// wells make a landscape with all six features. Far from them it is flat, at the height 1.
var wells = []well{{-2, -0.3, 0.5, 0.75}, {1.1, -0.3, 1.2, 0.48}}

// loss is 1 − Σ depth·exp(−r²/2), with its gradient and its Hessian.
func loss(x, y float64) (value float64, gradient [2]float64, hessian *mat.SymDense) {
	value, hessian = 1, mat.NewSymDense(2, nil)
	for _, w := range wells {
		v := w.radius * w.radius
		dx, dy := (x-w.x)/v, (y-w.y)/v
		e := w.depth * math.Exp(-v*(dx*dx+dy*dy)/2)
		value -= e
		gradient[0] += e * dx
		gradient[1] += e * dy
		hessian.SetSym(0, 0, hessian.At(0, 0)+e*(1/v-dx*dx))
		hessian.SetSym(0, 1, hessian.At(0, 1)-e*dx*dy)
		hessian.SetSym(1, 1, hessian.At(1, 1)+e*(1/v-dy*dy))
	}
	return value, gradient, hessian
}

// critical is the critical point that Newton's method reaches from a place.
func critical(x, y float64) (float64, float64) {
	for range 50 {
		_, g, h := loss(x, y)
		a, b, d := h.At(0, 0), h.At(0, 1), h.At(1, 1)
		det := a*d - b*b
		x, y = x-(d*g[0]-b*g[1])/det, y-(a*g[1]-b*g[0])/det
	}
	return x, y
}

// feature is a named place. Of those that are no critical points the kind is NotCritical.
type feature struct {
	label string
	x, y  float64
	kind  analytic.Kind
	mark  viz.MarkKind
	// words is where its name stands, if not beside it.
	words *[2]float64
}

// features are the places of the picture.
func features() []feature {
	sharpX, sharpY := critical(wells[0].x, wells[0].y)
	flatX, flatY := critical(wells[1].x, wells[1].y)
	saddleX, saddleY := critical(-0.9, -0.3)
	above, inside := [2]float64{sharpX, 0.8}, [2]float64{flatX + 0.7, 0.35}
	return []feature{
		{"global, sharp", sharpX, sharpY, analytic.Minimum, viz.Minimum, &above},
		{"local, flat", flatX, flatY, analytic.Minimum, viz.Minimum, &inside},
		{"saddle", saddleX, saddleY, analytic.Saddle, viz.Saddle, nil},
		{"plateau", -2, 2.2, analytic.NotCritical, viz.Dot, nil},
	}
}

// marks are the features on a figure.
func marks() (marks []viz.Mark) {
	for _, f := range features() {
		mark := viz.Mark{X: f.x, Y: f.y, Kind: f.mark, Label: f.label}
		if f.words != nil {
			mark.Label = ""
			marks = append(marks,
				viz.Mark{X: f.words[0], Y: f.words[1], Kind: viz.Words, Label: f.label})
		}
		marks = append(marks, mark)
	}
	return marks
}

const (
	featuresTitle = "Six features of a loss landscape"
	pictureSize   = 400 // pixels: its letters stay readable on a phone
	mapHeight     = 360 // both axes of the map have one scale
)

// window is the landscape between two w₂, on a grid of n×n points.
func window(n int, bottom, top float64) viz.Grid {
	return grid(n, -3.1, 3.3, bottom, top, func(x, y float64) float64 {
		value, _, _ := loss(x, y)
		return value
	})
}

// featuresLandscape is the landscape as one would walk in it, cut open along the line through both
// minima: else the near walls hide how deep it is.
func featuresLandscape() viz.Figure {
	return viz.Surface3D{
		Grid: window(41, wells[0].y, 2.7), Title: featuresTitle,
		Width: pictureSize, Height: mapHeight,
		X: viz.Axis{Label: "w_{1}"}, Y: viz.Axis{Label: "w_{2}"}, Z: viz.Axis{Label: "loss"},
		Turn: -25, Relief: 0.6, Marks: marks(),
		AltText: "A loss surface over two weights, cut open in front: a narrow, deep pit, which " +
			"is the global and a sharp minimum; beside it a wide, shallower bowl, a local and " +
			"flat minimum; a pass between them, the saddle; and all around a high plain, the " +
			"plateau.",
	}
}

// featuresMap is the same landscape from above.
func featuresMap() viz.Figure {
	return viz.Contour{
		Grid: window(81, -3.9, 3.36), Title: "The same from above",
		Width: pictureSize, Height: mapHeight,
		X: viz.Axis{Label: "w_{1}"}, Y: viz.Axis{Label: "w_{2}"}, Z: viz.Axis{Label: "loss"},
		PlainLines: true, Marks: marks(),
		AltText: "The same surface from above. The rings of the global minimum on the left are " +
			"close together, those of the local minimum on the right far apart. The saddle lies " +
			"between the two; on the plateau above there are no lines.",
	}
}
