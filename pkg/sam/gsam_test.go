package sam_test

import (
	"testing"

	"lossland/pkg/sam"
)

// TestGSAMFormula compares GSAM with its formula.
func TestGSAMFormula(t *testing.T) {
	config := func(c *sam.Config) *sam.Config { return c.Rho(formulaRho).GSAM(0.4) }
	checkFormula(t, config, without(func(r regression, _ int, w []float64) []float64 {
		climbed := samGradient(r, w)
		return combine(climbed, -0.4, orthogonal(r.full(w), climbed))
	}))
}
