package curve

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// Polygon is a curve of straight pieces from one control point to the next, each with the same
// share of t from 0 to 1 (Garipov et al. 2018, "Loss Surfaces, Mode Connectivity, and Fast
// Ensembling of DNNs", eq. 3). Beyond the domain its first and last pieces go on.
type Polygon struct {
	// Points are the control points: the two ends and, between them, the bends.
	Points [][]float64
}

var _ Controlled = Polygon{}

// Straight is the straight line from a, at t = 0, to b, at t = 1: linear interpolation between two
// checkpoints (Goodfellow, Vinyals and Saxe 2015, "Qualitatively characterizing neural network
// optimization problems"). landscape.Along measures it as it does a [Ray].
func Straight(a, b []float64) Polygon { return Polygon{[][]float64{a, b}} }

// At returns φ(t).
func (c Polygon) At(t float64) []float64 { return spanned(c, t) }

// Domain is 0 and 1.
func (c Polygon) Domain() (from, to float64) { return 0, 1 }

// Controls are the Points.
func (c Polygon) Controls() [][]float64 { return c.Points }

// WithControls returns the polygon of other points.
func (c Polygon) WithControls(points [][]float64) Controlled { return Polygon{points} }

// Shares are the weights of the control points in φ(t), of which two aren't 0.
func (c Polygon) Shares(t float64) []float64 {
	pieces := len(c.Points) - 1
	out := make([]float64, pieces+1)
	piece := max(0, min(int(t*float64(pieces)), pieces-1))
	local := t*float64(pieces) - float64(piece)
	out[piece], out[piece+1] = 1-local, local
	return out
}

// Length is the sum of the pieces' lengths; NaN without two points of one length.
func (c Polygon) Length() (sum float64) {
	if !spans(c.Points) {
		return math.NaN()
	}
	for i, p := range c.Points[1:] {
		sum += floats.Norm(floats.SubTo(make([]float64, len(p)), p, c.Points[i]), 2)
	}
	return sum
}

// String is "straight line" or "polygon of 3 points".
func (c Polygon) String() string {
	if len(c.Points) == 2 {
		return "straight line"
	}
	return fmt.Sprintf("polygon of %d points", len(c.Points))
}
