package landscape

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/spectrum"
)

// Plane is a plane in weight space, or a line: the points Origin + αD1 + βD2.
type Plane struct {
	Origin []float64 // θ at α = β = 0.
	// D1 and D2 are the directions, in the layout of [Params]; they need not be orthogonal or normalised. On a line D1 is nil.
	D1, D2 []float64
	Name   string // how the plane was chosen, for the record, such as "random, seed 1".
}

// directions is their number: 1 or 2.
func (p *Plane) directions() int {
	if p.D1 == nil {
		return 1
	}
	return 2
}

// At returns the weights at (α, β).
func (p *Plane) At(alpha, beta float64) []float64 {
	theta := append([]float64{}, p.Origin...)
	if p.D1 != nil {
		floats.AddScaled(theta, alpha, p.D1)
	}
	floats.AddScaled(theta, beta, p.D2)
	return theta
}

// check returns an error unless the plane fits the problem's weights.
func (p *Problem) checkPlane(fn string, plane *Plane) error {
	for _, v := range []struct {
		name string
		v    []float64
	}{{"Plane.Origin", plane.Origin}, {"Plane.D1", plane.D1}, {"Plane.D2", plane.D2}} {
		if v.name == "Plane.D1" && v.v == nil {
			continue
		}
		if err := p.params.check(fn, v.name, v.v); err != nil {
			return err
		}
		for i, x := range v.v {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return bad(fn, fmt.Sprintf("%s[%d]", v.name, i), x, "finite numbers")
			}
		}
	}
	return nil
}

// RandomPlane is the lesson's plane through the store's current weights: two directions from a standard normal distribution over all
// trainable weights, Gram–Schmidt orthonormalised: d₁/‖d₁‖ and d₂ − ⟨d₂, d₁⟩d₁, divided by its norm.
//
// The numbers come from math/rand/v2's PCG, seeded with (seed, 0): those of d₁ in the order of Params, then those of d₂.
func (p *Problem) RandomPlane(seed uint64) (*Plane, error) {
	theta, err := p.Weights()
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(seed, 0))
	d1, d2 := gaussian(r, p.params.size), gaussian(r, p.params.size)
	if err := orthonormalise("RandomPlane", d1, d2); err != nil {
		return nil, err
	}
	return &Plane{Origin: theta, D1: d1, D2: d2, Name: fmt.Sprintf("random, seed %d", seed)}, nil
}

// HessianPlane is the plane through the point along two of its eigenvectors: those of the two largest
// eigenvalues (spectrum.Largest), the two smallest (spectrum.Smallest), the two largest in magnitude (LargestMagnitude), or one from each end (spectrum.BothEnds). d₁ belongs
// to the one that is larger in magnitude. The spectrum holds the two eigenvalues with their residuals, and says whether they converged.
//
// An eigenvector's sign is arbitrary: here its component of largest magnitude is positive. Cost: as Lanczos with k = 2.
func (at *Point) HessianPlane(ctx context.Context, which spectrum.Which, hessian HessianConfig, cfg spectrum.LanczosConfig) (*Plane, *spectrum.Eigenpairs, error) {
	if hessian.Block != nil {
		return nil, nil, bad("HessianPlane", "HessianConfig.Block", "set", "nil: the directions are of all weights")
	}
	h, err := at.Hessian(ctx, hessian)
	if err != nil {
		return nil, nil, err
	}
	defer h.Close()
	k := 2
	if which == spectrum.BothEnds {
		k = 1
	}
	s, err := spectrum.Lanczos(ctx, h, k, which, cfg)
	if err != nil {
		return nil, nil, err
	}
	if len(s.Values) != 2 {
		return nil, s, bad("HessianPlane", "model", fmt.Sprintf("of %d weights", h.Dim()), "one of at least two")
	}
	i, j := 0, 1
	if math.Abs(s.Values[1]) > math.Abs(s.Values[0]) {
		i, j = 1, 0
	}
	return &Plane{
		Origin: at.Theta(), D1: positiveAtLargest(s.Vectors[i]), D2: positiveAtLargest(s.Vectors[j]),
		Name: fmt.Sprintf("eigenvectors of the Hessian, λ = %.6g and %.6g", s.Values[i], s.Values[j]),
	}, s, nil
}

// positiveAtLargest is d or −d.
func positiveAtLargest(d []float64) []float64 {
	out := append([]float64{}, d...)
	if floats.Min(d) < -floats.Max(d) {
		floats.Scale(-1, out)
	}
	return out
}

// orthonormalise applies Gram–Schmidt to d1 and d2 in place. It projects twice, since one projection of nearly parallel vectors leaves
// rounding errors ("twice is enough", Giraud et al. 2005); for others the second changes nothing but the last bits.
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
			return bad(fn, fmt.Sprintf("direction %d", i+1), fmt.Sprintf("of norm %g beyond its projection on the first", norm),
				"two linearly independent directions (a model with at least two weights)")
		}
		floats.Scale(1/norm, d)
	}
	return nil
}

// Linspace returns n equally spaced numbers from lo to hi, both included: n ≥ 2.
func Linspace(lo, hi float64, n int) []float64 { return floats.Span(make([]float64, n), lo, hi) }
