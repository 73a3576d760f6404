package sam_test

import (
	"testing"

	"lossland/pkg/sam"
)

// TestFSAMFormulas: alone, and in ASAM's ellipse.
func TestFSAMFormulas(t *testing.T) {
	formulaOf := func(climb func(w, d []float64) []float64) func() formula {
		return func() formula {
			mean := make([]float64, features+1)
			return func(r regression, _ int, w []float64) []float64 {
				g := r.full(w)
				for i := range mean {
					mean[i] = 0.9*mean[i] + 0.1*g[i]
				}
				return r.full(combine(w, 1, climb(w, combine(g, -1, mean))))
			}
		}
	}
	t.Run("in a ball", func(t *testing.T) {
		config := func(c *sam.Config) *sam.Config { return c.Rho(formulaRho).FSAM(1, 0.9) }
		checkFormula(t, config, formulaOf(func(_, d []float64) []float64 { return normalized(d) }))
	})
	t.Run("in ASAM's ellipse", func(t *testing.T) {
		config := func(c *sam.Config) *sam.Config {
			of := sam.ASAM{Eta: 0.1}
			return c.Rho(formulaRho).Direction(sam.FSAM{Sigma: 1, Lambda: 0.9, Of: of})
		}
		checkFormula(t, config, formulaOf(func(w, d []float64) []float64 {
			scale := magnitudes(w, 0.1, true)
			return times(scale, normalized(times(scale, d)))
		}))
	})
}
