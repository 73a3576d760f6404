package curve

import (
	"encoding/gob"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/internal/absent"
)

// Curve is a path φ(t) through weight space. [Ray], [Polygon] and [Bezier] are curves; any other
// type with these two methods is one, too.
type Curve interface {
	// At returns φ(t). The caller may change the vector.
	At(t float64) []float64
	// Domain is where t runs, from < to.
	Domain() (from, to float64)
}

// Controlled is a curve that is spanned by control points: φ(t) = Σᵢ sᵢ(t)·pᵢ. It begins at the
// first point and ends at the last. Problem.Connect trains such curves: the gradient with respect
// to pᵢ is sᵢ(t)·∇L(φ(t)). [Polygon] and [Bezier] are Controlled.
type Controlled interface {
	Curve
	// Controls are the pᵢ: both ends and, between them, the bends.
	Controls() [][]float64
	// Shares are the sᵢ(t), which sum to 1.
	Shares(t float64) []float64
	// WithControls returns a curve of the same kind that is spanned by other points.
	WithControls(points [][]float64) Controlled
}

// Results that hold a curve can be written with encoding/gob.
func init() {
	gob.Register(Ray{})
	gob.Register(Polygon{})
	gob.Register(Bezier{})
}

// spans says whether control points make a curve: two at least, of one length.
func spans(points [][]float64) bool {
	for _, p := range points {
		if len(p) != len(points[0]) {
			return false
		}
	}
	return len(points) >= 2
}

// spanned is φ(t) of a curve that is spanned by control points; nil where they span none.
func spanned(c Controlled, t float64) []float64 {
	points := c.Controls()
	if !spans(points) {
		return nil
	}
	theta := make([]float64, len(points[0]))
	for i, share := range c.Shares(t) {
		if share != 0 {
			floats.AddScaled(theta, share, points[i])
		}
	}
	return theta
}

// Length is the arc length ∫‖φ′(t)‖dt over the curve's domain, in the 2-norm of θ. It is computed
// by the curve's own Length method if it has one, else numerically. It is NaN for a curve that has
// none: nil, without points, or with points of different lengths.
func Length(c Curve) float64 {
	if absent.Is(c) {
		return math.NaN()
	}
	if controlled, is := c.(Controlled); is && !spans(controlled.Controls()) {
		return math.NaN()
	}
	if own, ok := c.(interface{ Length() float64 }); ok {
		return own.Length()
	}
	// The chords' error is of the order of the square of their length, so that one step of
	// Richardson's extrapolation makes it the fourth.
	const pieces = 128
	coarse, fine := chords(c, pieces), chords(c, 2*pieces)
	return fine + (fine-coarse)/3
}

// chords is the length of the polygon through points of the curve.
func chords(c Curve, pieces int) (sum float64) {
	from, to := c.Domain()
	ts := floats.Span(make([]float64, pieces+1), from, to)
	before := c.At(ts[0])
	for _, t := range ts[1:] {
		now := c.At(t)
		sum += floats.Distance(before, now, 2)
		before = now
	}
	return sum
}

// Name is the kind of curve, such as "ray": its String method's answer if it has one, else its
// type.
func Name(c Curve) string {
	if named, ok := c.(fmt.Stringer); ok && !absent.Is(c) {
		return named.String()
	}
	return fmt.Sprintf("%T", c)
}
