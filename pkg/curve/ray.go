package curve

import (
	"gonum.org/v1/gonum/floats"
)

// Ray is the straight line φ(t) = Origin + t·Direction. Along measures it, and [Straight], faster
// than other curves: what is affine in the weights is computed once for the whole line (see
// Problem.Surface).
type Ray struct {
	Origin    []float64 // θ at t = 0.
	Direction []float64 // need not be normalised.
	// From and To are the ends of the domain.
	// Default −1 and 1, if both are 0.
	From, To float64
}

var _ Curve = Ray{}

// At returns φ(t).
func (r Ray) At(t float64) []float64 {
	theta := append([]float64{}, r.Origin...)
	floats.AddScaled(theta, t, r.Direction)
	return theta
}

// Domain is From and To.
func (r Ray) Domain() (from, to float64) {
	if r.From == 0 && r.To == 0 {
		return -1, 1
	}
	return r.From, r.To
}

// Length is the distance between the ends.
func (r Ray) Length() float64 {
	from, to := r.Domain()
	return (to - from) * floats.Norm(r.Direction, 2)
}

// String is "ray".
func (r Ray) String() string { return "ray" }
