package landscape

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
)

// PlaneThrough is the plane through three points. Its origin is a, d₁ points from a to b, and d₂ is
// the part of c − a that is orthogonal to it, both of length 1 (Garipov et al. 2018, section 3).
// The three points lie at (0, 0), (‖b − a‖, 0) and Project(c).
func PlaneThrough(a, b, c []float64) (*Plane, error) {
	if len(a) == 0 || len(a) != len(b) || len(a) != len(c) {
		return nil, bad("PlaneThrough", "a, b, c",
			fmt.Sprintf("of %d, %d and %d weights", len(a), len(b), len(c)),
			"three weight vectors of one length")
	}
	d1 := floats.SubTo(make([]float64, len(a)), b, a)
	d2 := floats.SubTo(make([]float64, len(a)), c, a)
	if err := orthonormalise("PlaneThrough", d1, d2); err != nil {
		return nil, err
	}
	origin := append([]float64{}, a...)
	return &Plane{Origin: origin, D1: d1, D2: d2, Name: "through three points"}, nil
}
