package landscape

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/integrate/quad"
)

// CurveKind is how a curve runs between its control points.
type CurveKind int

const (
	// Bezier: φ(t) = Σᵢ C(k,i)·tⁱ(1−t)ᵏ⁻ⁱ·pᵢ, of degree k; quadratic with one bend (Garipov et al. 2018, "Loss Surfaces, Mode
	// Connectivity, and Fast Ensembling of DNNs", eq. 4). The default.
	Bezier CurveKind = iota
	// Polygon: straight pieces, each given the same share of t, from one control point to the next (the same, eq. 3).
	Polygon
)

// String names the kind.
func (k CurveKind) String() string {
	if k == Polygon {
		return "polygon"
	}
	return "Bézier"
}

// Curve is a path φ(t), t from 0 to 1, between two points of weight space.
type Curve struct {
	Kind CurveKind
	// Points are the control points in the layout of [Params]: the two ends and, between them, the bends.
	Points [][]float64
}

// Straight is the straight line from a to b.
func Straight(a, b []float64) *Curve { return &Curve{Polygon, [][]float64{a, b}} }

// At returns φ(t).
func (c *Curve) At(t float64) []float64 {
	theta := make([]float64, len(c.Points[0]))
	for i, share := range c.shares(t) {
		if share != 0 {
			floats.AddScaled(theta, share, c.Points[i])
		}
	}
	return theta
}

// shares are the weights of the control points in φ(t), which sum to 1: ∂φ/∂pᵢ is the i-th times the identity.
func (c *Curve) shares(t float64) []float64 {
	pieces := len(c.Points) - 1
	out := make([]float64, pieces+1)
	if c.Kind == Polygon {
		piece := min(int(t*float64(pieces)), pieces-1)
		local := t*float64(pieces) - float64(piece)
		out[piece], out[piece+1] = 1-local, local
		return out
	}
	out[0] = 1 // de Casteljau's triangle, on the shares.
	for range pieces {
		for i := pieces; i > 0; i-- {
			out[i] = (1-t)*out[i] + t*out[i-1]
		}
		out[0] *= 1 - t
	}
	return out
}

// Length is the arc length ∫‖φ′(t)‖dt in the 2-norm of θ: exact for a polygon, by 64-point Gauss–Legendre quadrature for a Bézier curve.
func (c *Curve) Length() float64 {
	legs := make([][]float64, len(c.Points)-1)
	var sum float64
	for i := range legs {
		legs[i] = floats.SubTo(make([]float64, len(c.Points[i])), c.Points[i+1], c.Points[i])
		sum += floats.Norm(legs[i], 2)
	}
	if c.Kind == Polygon || len(legs) == 1 {
		return sum
	}
	hodograph := &Curve{Bezier, legs} // φ′ is the Bézier curve of the legs, times their number.
	return float64(len(legs)) * quad.Fixed(func(t float64) float64 { return floats.Norm(hodograph.At(t), 2) }, 0, 1, 64, nil, 0)
}

// check returns an error unless the curve fits the problem's weights.
func (p *Problem) checkCurve(fn string, c *Curve) error {
	if c == nil || len(c.Points) < 2 {
		return bad(fn, "Curve.Points", "fewer than two points", "both ends, and the bends between them")
	}
	if c.Kind != Bezier && c.Kind != Polygon {
		return bad(fn, "Curve.Kind", int(c.Kind), "Bezier or Polygon")
	}
	for i, v := range c.Points {
		if err := p.checkPoint(fn, fmt.Sprintf("Curve.Points[%d]", i), v); err != nil {
			return err
		}
	}
	return nil
}
