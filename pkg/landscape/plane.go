package landscape

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/floats"
)

// Plane is a plane through weight space: the points Origin + αD1 + βD2.
//
// Its makers are in the files plane_*.go, and trajectory.PCA is one; any two directions will do.
type Plane struct {
	// Origin is θ at α = β = 0.
	Origin []float64
	// D1 and D2 are the directions, in the layout of [Params]. They need not be orthogonal or
	// normalised, but must be linearly independent: the sine between them at least 1e-7. Their
	// entries must be in the range of the weights' dtypes.
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
// two. The directions need not be orthonormal. All three are NaN if the directions are parallel or
// θ has another length.
func (p *Plane) Project(theta []float64) (alpha, beta, distance float64) {
	if n := len(p.Origin); len(theta) != n || len(p.D1) != n || len(p.D2) != n {
		return math.NaN(), math.NaN(), math.NaN()
	}
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
	if err := p.checkPoint(fn, "Plane.Origin", plane.Origin); err != nil {
		return err
	}
	for _, d := range []struct {
		name string
		v    []float64
	}{{"Plane.D1", plane.D1}, {"Plane.D2", plane.D2}} {
		if err := p.checkDirection(fn, d.name, d.v); err != nil {
			return err
		}
	}
	if s := sine(plane.D1, plane.D2); s < parallel {
		return bad(fn, "Plane.D2",
			fmt.Sprintf("parallel to Plane.D1 (the sine between them is %.1g)", s),
			"two linearly independent directions; for a line use Along and curve.Ray")
	}
	return nil
}

// checkDirection returns an error unless v is a direction that can be gone along: a vector of
// finite numbers, in the range of the weights' dtypes, and not all of them zero there.
func (p *Problem) checkDirection(fn, name string, v []float64) error {
	if err := p.checkPoint(fn, name, v); err != nil {
		return err
	}
	if floats.Norm(v, 2) == 0 {
		return bad(fn, name, "zero", "a direction; for a line use Along and curve.Ray")
	}
	felt, err := p.checkHeld(fn, name, v)
	if err == nil && !felt {
		return bad(fn, name, fmt.Sprintf("of entries up to %.2g", floats.Norm(v, math.Inf(1))),
			"one that isn't zero in the weights' dtypes; scale it and its coordinates")
	}
	return err
}

// checkHeld returns an error if an entry of v overflows its variable's dtype. felt says whether any
// entry isn't zero there.
func (p *Problem) checkHeld(fn, name string, v []float64) (felt bool, err error) {
	for _, e := range p.params.list {
		entries := e.Slice(v)
		held := make([]float64, len(entries))
		round(held, entries, e.Shape.DType)
		if k := notFinite(held); k >= 0 {
			return false, bad(fn, fmt.Sprintf("%s[%d]", name, e.Offset+k), entries[k],
				fmt.Sprintf("a number in the range of %s, the dtype of %s; scale the direction "+
					"and its coordinates", e.Shape.DType, e.Path))
		}
		felt = felt || floats.Norm(held, math.Inf(1)) >= leastOf(e.Shape.DType)
	}
	return felt, nil
}

// leastOf is the smallest number of a dtype that counts. That of the wide ones is the smallest
// normal number, as accelerators take those below for zero. Points with 16-bit weights are made in
// float64 and rounded afterwards.
func leastOf(dtype dtypes.DType) float64 {
	switch dtype {
	case dtypes.Float64:
		return 0x1p-1022
	case dtypes.Float16:
		return 0x1p-24
	}
	return 0x1p-126
}

// parallel is the sine between two directions below which float32 can't tell whether they differ.
const parallel = 1e-7

// sine is that of the angle between two vectors of any length.
func sine(a, b []float64) float64 {
	u, v := unit(append([]float64{}, a...)), unit(append([]float64{}, b...))
	floats.AddScaled(v, -floats.Dot(u, v), u)
	return floats.Norm(v, 2)
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
