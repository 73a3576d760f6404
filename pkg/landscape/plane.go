package landscape

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
)

// Plane is a plane through weight space: the points Origin + αD1 + βD2.
//
// Its makers are in the files plane_*.go, and trajectory.PCA is one; any two directions will do.
type Plane struct {
	// Origin is θ at α = β = 0.
	Origin []float64
	// D1 and D2 are the directions, in the layout of [Params]. They need not be orthogonal or
	// normalised.
	D1, D2 []float64
	// Name says how the plane was chosen, such as "random, seed 1". It is recorded with the
	// results.
	Name string
}

// At returns the weights at (α, β).
func (p *Plane) At(alpha, beta float64) []float64 {
	theta := append([]float64{}, p.Origin...)
	floats.AddScaled(theta, alpha, p.D1)
	floats.AddScaled(theta, beta, p.D2)
	return theta
}

// Project returns the coordinates of the plane's point nearest to θ, and the distance between the
// two. The directions need not be orthonormal.
func (p *Plane) Project(theta []float64) (alpha, beta, distance float64) {
	v := floats.SubTo(make([]float64, len(theta)), theta, p.Origin)
	for range 2 { // the second time takes the rounding errors of the first.
		a11, a12 := floats.Dot(p.D1, p.D1), floats.Dot(p.D1, p.D2)
		a22 := floats.Dot(p.D2, p.D2)
		b1, b2 := floats.Dot(p.D1, v), floats.Dot(p.D2, v)
		det := a11*a22 - a12*a12
		a, b := (a22*b1-a12*b2)/det, (a11*b2-a12*b1)/det
		floats.AddScaled(v, -a, p.D1)
		floats.AddScaled(v, -b, p.D2)
		alpha, beta = alpha+a, beta+b
	}
	return alpha, beta, floats.Norm(v, 2)
}

// checkPlane returns an error unless the plane fits the problem's weights.
func (p *Problem) checkPlane(fn string, plane *Plane) error {
	if plane == nil {
		return bad(fn, "plane", "nil", "a plane, such as Problem.RandomPlane's")
	}
	for _, v := range []struct {
		name string
		v    []float64
	}{{"Plane.Origin", plane.Origin}, {"Plane.D1", plane.D1}, {"Plane.D2", plane.D2}} {
		if err := p.checkPoint(fn, v.name, v.v); err != nil {
			return err
		}
		if v.name != "Plane.Origin" && floats.Norm(v.v, 2) == 0 {
			return bad(fn, v.name, "zero", "a direction; for a line use Along and curve.Ray")
		}
	}
	return nil
}

// orthonormalise applies Gram–Schmidt to d1 and d2 in place. It projects twice, since one
// projection of nearly parallel vectors leaves rounding errors ("twice is enough", Giraud et al.
// 2005). Of other vectors the second projection changes nothing but the last bits.
func orthonormalise(fn string, d1, d2 []float64) error {
	for i, d := range [][]float64{d1, d2} {
		before := floats.Norm(d, 2)
		if i == 1 {
			for range 2 {
				floats.AddScaled(d, -floats.Dot(d, d1), d1)
			}
		}
		norm := floats.Norm(d, 2)
		if !(norm > 1e-12*before) {
			return bad(fn, fmt.Sprintf("direction %d", i+1),
				fmt.Sprintf("of norm %g beyond its projection on the first", norm),
				"two linearly independent directions (a model with at least two weights)")
		}
		floats.Scale(1/norm, d)
	}
	return nil
}
