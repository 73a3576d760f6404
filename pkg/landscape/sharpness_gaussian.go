package landscape

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
)

// Gaussian is the mean rise of the loss when noise is added to every weight,
//
//	(1/K)·Σₖ L(θ + σ·zₖ) − L(θ),  zₖ ~ N(0, I)
//
// over K draws. For small σ it tends to ½σ²·tr H. Positive: the loss rises around θ. Its zero value
// is the lesson's sharpness_measure.
//
// Uncertainty: the standard error over the draws, which are the Terms. Progress: draws. Cost: Draws
// evaluations, and one more for every 4 of them. Source: the lesson; Neyshabur et al. 2017,
// "Exploring Generalization in Deep Learning" (as expected sharpness).
type Gaussian struct {
	// Sigma is σ, the noise's standard deviation.
	// Default 0.01; 0.1 if Adaptive.
	Sigma float64
	// Draws is K.
	// Default 20.
	Draws int
	// Adaptive scales the noise of each weight by its magnitude, σ·|θᵢ|. The measure is then
	// invariant to rescaling, and σ is relative.
	Adaptive bool
	// Seed decides the noise. The same seed draws the same z at every σ and θ (common random
	// numbers).
	Seed uint64
}

var _ Measure = Gaussian{}

// String implements Measure: "Gaussian(σ=0.01)" or "adaptive Gaussian(σ=0.1)".
func (g Gaussian) String() string {
	name := "Gaussian"
	if g.Adaptive {
		name = "adaptive Gaussian"
	}
	return fmt.Sprintf("%s(σ=%g)", name, g.withDefaults().Sigma)
}

// definition implements Measure.
func (g Gaussian) definition() string {
	if g.Adaptive {
		return "E L(θ+σTz) − L(θ), z ~ N(0, I), T = diag|θ|"
	}
	return "E L(θ+σz) − L(θ), z ~ N(0, I)"
}

// invariant implements Measure.
func (g Gaussian) invariant() bool { return g.Adaptive }

func (g Gaussian) withDefaults() Gaussian {
	sigma := 0.01
	if g.Adaptive {
		sigma = 0.1
	}
	g.Sigma, g.Draws = cmp.Or(g.Sigma, sigma), cmp.Or(g.Draws, 20)
	return g
}

func (g Gaussian) filled(int) (Measure, error) {
	g = g.withDefaults()
	return g, cmp.Or(positive("Gaussian.Sigma", g.Sigma), atLeastOne("Gaussian.Draws", g.Draws))
}

func (g Gaussian) begin(_ context.Context, e *engine) (finish, error) {
	draws := e.ask(g.Draws, func(k int) []float64 { return g.draw(k, e.theta) })
	return func(ctx context.Context) (Sharpness, error) {
		if err := e.answer(ctx, draws); err != nil {
			return Sharpness{}, err
		}
		return Sharpness{Measure: g, Reading: result.ReadingOf(result.Mean(draws.rises)),
			Base:  e.loss,
			Terms: draws.rises, Cost: draws.cost}, nil
	}, nil
}

// draw is the k-th perturbation. Each has a random stream of its own, so that it doesn't depend on
// how many share a pass.
func (g Gaussian) draw(k int, theta []float64) []float64 {
	z := gaussian(rand.New(rand.NewPCG(g.Seed, uint64(k))), len(theta))
	floats.Scale(g.Sigma, z)
	if g.Adaptive {
		for i, w := range theta {
			z[i] *= math.Abs(w)
		}
	}
	return z
}
