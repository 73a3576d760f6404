package main

import (
	"fmt"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/viz"
)

// saddle is the loss of descent on L = 5x² − y² from (1, y): the closer to the ridge, the longer it
// stays, but only by the logarithm.
func saddle() viz.Figure {
	figure := viz.Line{
		Title: "A saddle delays descent, and doesn't end it",
		X:     viz.Axis{Label: "step"}, Y: viz.Axis{Label: "loss", Range: [2]float64{-2, 5}},
		Width: pictureSize, Height: pictureSize,
	}
	for _, y := range []float64{0, 1e-6, 1e-3} {
		figure.Series = append(figure.Series, descent([]float64{1, y}))
	}
	return figure
}

// descent is gradient descent at the rate 0.05.
func descent(w []float64) viz.Series {
	f, gradient := analytic.PlainSaddle(), make([]float64, 2)
	series := viz.Series{Label: fmt.Sprintf("y = %g at the start", w[1])}
	for range 161 {
		series.Y = append(series.Y, f.Value(w))
		f.Gradient(gradient, w)
		for i, g := range gradient {
			w[i] -= 0.05 * g
		}
	}
	return series
}
