package sam_test

import (
	"testing"

	"lossland/pkg/sam"
)

// TestBallFormulas: the gradient in each ball, and with the bias left out.
func TestBallFormulas(t *testing.T) {
	tests := map[string]struct {
		config  func(*sam.Config) *sam.Config
		formula formula
	}{
		"L2, SAM": {
			func(c *sam.Config) *sam.Config { return c.Rho(formulaRho) },
			func(r regression, _ int, w []float64) []float64 { return samGradient(r, w) },
		},
		"un-normalised": {
			func(c *sam.Config) *sam.Config { return c.Rho(formulaRho).Ball(sam.Unnormalized) },
			func(r regression, _ int, w []float64) []float64 {
				return r.full(combine(w, formulaRho, r.full(w)))
			},
		},
		"L∞": {
			func(c *sam.Config) *sam.Config { return c.Rho(formulaRho).Ball(sam.LInf) },
			func(r regression, _ int, w []float64) []float64 {
				return r.full(combine(w, formulaRho, signs(r.full(w))))
			},
		},
		"filter": {
			func(c *sam.Config) *sam.Config { return c.Rho(formulaRho).Filter(sam.WeightsOnly) },
			func(r regression, _ int, w []float64) []float64 {
				g := r.full(w)
				g[features] = 0
				return r.full(combine(w, 1, normalized(g)))
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { checkFormula(t, test.config, without(test.formula)) })
	}
}
