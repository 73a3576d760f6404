package sam_test

import (
	"testing"

	"lossland/pkg/sam"
)

// TestMSAMFormula: groups of five, five and two.
func TestMSAMFormula(t *testing.T) {
	config := func(c *sam.Config) *sam.Config { return c.Rho(formulaRho).MSAM(5) }
	checkFormula(t, config, without(func(r regression, _ int, w []float64) []float64 {
		sum := make([]float64, len(w))
		for _, group := range [][2]int{{0, 5}, {5, 10}, {10, 12}} {
			at := combine(w, 1, normalized(r.gradient(w, group[0], group[1])))
			sum = combine(sum, float64(group[1]-group[0])/rows, r.gradient(at, group[0], group[1]))
		}
		return sum
	}))
}
