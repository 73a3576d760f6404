package landscape

// Curve is a path φ(t), t from 0 to 1, between two points of weight space, given by its control points: the ends and, between
// them, the bends.
type Curve struct {
	Kind CurveKind
	// Points are the control points, ends included; at least two.
	Points [][]float64
}

// CurveKind is how a curve runs between its control points.
type CurveKind int

const (
	// Bezier: φ(t) = Σᵢ C(k,i)·tⁱ(1−t)ᵏ⁻ⁱ·pᵢ, of degree k; quadratic with one bend (Garipov et al. 2018, eq. 2). The default.
	Bezier CurveKind = iota
	// Polygon: straight pieces of equal length in t from one control point to the next (Garipov et al. 2018, eq. 1).
	Polygon
)

// String names the kind.
func (k CurveKind) String() string {
	if k == Polygon {
		return "polygon"
	}
	return "Bézier"
}
