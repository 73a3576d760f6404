package sam_test

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// vasso is VaSSO's direction (Li and Giannakis, NeurIPS 2023): d ← (1−θ)d + θg. It is written with
// what the package exports alone, as a user's variant is.
type vasso struct{ theta float64 }

func (v vasso) Along(s *sam.Step, g sam.Vector) func(sam.Vector) sam.Climb {
	d := make(sam.Vector, len(g))
	for i := range g {
		if g[i] == nil { // the filter leaves it out
			continue
		}
		state := s.State("vasso", i)
		old := graph.MulScalar(state.NodeValue(g[i]), 1-v.theta)
		d[i] = graph.Add(old, graph.MulScalar(g[i], v.theta))
		state.SetNodeValue(d[i])
	}
	climb := sam.L2.Along(s, d)
	return func(sam.Vector) sam.Climb { return climb(d) }
}

func (vasso) Remembers() {}

// double hands over twice the gradient at w + ε.
type double struct{}

func (double) Climbed(_ *sam.Step, clean, climbed sam.Vector) sam.Vector {
	return climbed.Plus(1, climbed)
}

// TestOwnParts: a direction and a blend from outside the package train as their formulas say.
func TestOwnParts(t *testing.T) {
	config := func(c *sam.Config) *sam.Config {
		return c.Rho(formulaRho).Direction(vasso{0.4}).Blend(double{})
	}
	checkFormula(t, config, func() formula {
		d := make([]float64, features+1)
		return func(r regression, _ int, w []float64) []float64 {
			d = combine(times(d, []float64{0.6, 0.6, 0.6, 0.6}), 0.4, r.full(w))
			climbed := r.full(combine(w, 1, normalized(d)))
			return combine(climbed, 1, climbed)
		}
	})
}

// TestOwnPartsRefused: TwoStep can't have what remembers, and says what it is.
func TestOwnPartsRefused(t *testing.T) {
	_, err := sam.New(sgd(1)).Direction(vasso{}).Done().TwoStep(goBackend, seededStore(),
		lossOfFull)
	require.ErrorContains(t, err, "sam_test.vasso")
	_, err = sam.New(sgd(1)).Blend(double{}).Done().TwoStep(goBackend, seededStore(), lossOfFull)
	require.ErrorContains(t, err, "sam_test.double")
}
