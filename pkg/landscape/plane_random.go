package landscape

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// RandomPlane is the lesson's plane through the store's current weights. Its two directions are
// drawn from a standard normal distribution over all of θ and made orthonormal by Gram–Schmidt:
// d₁/‖d₁‖, and d₂ − ⟨d₂, d₁⟩d₁ divided by its norm.
//
// The numbers come from math/rand/v2's PCG, seeded with (seed, 0): first d₁ in the order of Params,
// then d₂.
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

// drawPlane is a random plane, normalised if asked.
func (p *Problem) drawPlane(ctx context.Context, seed uint64, by *NormalizeConfig) (*Plane, error) {
	plane, err := p.RandomPlane(seed)
	if err != nil || by == nil {
		return plane, err
	}
	return p.NormalizedPlane(ctx, plane, *by)
}
