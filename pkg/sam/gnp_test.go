package sam_test

import (
	"testing"

	"lossland/pkg/sam"
)

// TestGNPFormula compares GNP with its formula.
func TestGNPFormula(t *testing.T) {
	config := func(c *sam.Config) *sam.Config { return c.Rho(formulaRho).GNP(0.8) }
	checkFormula(t, config, without(func(r regression, _ int, w []float64) []float64 {
		return combine(combine(make([]float64, len(w)), 0.2, r.full(w)), 0.8, samGradient(r, w))
	}))
}
