package curve

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/integrate/quad"
)

// Bezier is the curve φ(t) = Σᵢ C(k,i)·tⁱ(1−t)ᵏ⁻ⁱ·pᵢ of degree k, t from 0 to 1; with one bend it
// is quadratic (Garipov et al. 2018, "Loss Surfaces, Mode Connectivity, and Fast Ensembling of
// DNNs", eq. 4).
type Bezier struct {
	// Points are the control points pᵢ: the two ends and, between them, the bends. The curve
	// doesn't pass through the bends.
	Points [][]float64
}

var _ Controlled = Bezier{}

// At returns φ(t).
func (c Bezier) At(t float64) []float64 { return spanned(c, t) }

// Domain is 0 and 1.
func (c Bezier) Domain() (from, to float64) { return 0, 1 }

// Controls are the Points.
func (c Bezier) Controls() [][]float64 { return c.Points }

// WithControls returns the Bézier curve of other points.
func (c Bezier) WithControls(points [][]float64) Controlled { return Bezier{points} }

// Shares are the Bernstein polynomials at t, by de Casteljau's triangle.
func (c Bezier) Shares(t float64) []float64 {
	degree := len(c.Points) - 1
	out := make([]float64, degree+1)
	out[0] = 1
	for range degree {
		for i := degree; i > 0; i-- {
			out[i] = (1-t)*out[i] + t*out[i-1]
		}
		out[0] *= 1 - t
	}
	return out
}

// Length is the arc length ∫‖φ′(t)‖dt by 64-point Gauss–Legendre quadrature; NaN without two points
// of one length.
func (c Bezier) Length() float64 {
	if !spans(c.Points) {
		return math.NaN()
	}
	if len(c.Points) == 2 {
		return Polygon(c).Length()
	}
	legs := make([][]float64, len(c.Points)-1)
	for i := range legs {
		legs[i] = floats.SubTo(make([]float64, len(c.Points[i])), c.Points[i+1], c.Points[i])
	}
	hodograph := Bezier{legs} // φ′ is the Bézier curve of the legs, times their number.
	speed := func(t float64) float64 { return floats.Norm(hodograph.At(t), 2) }
	return float64(len(legs)) * quad.Fixed(speed, 0, 1, 64, nil, 0)
}

// String is "Bézier curve of degree 2".
func (c Bezier) String() string { return fmt.Sprintf("Bézier curve of degree %d", len(c.Points)-1) }
