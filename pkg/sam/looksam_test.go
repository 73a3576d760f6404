package sam_test

import (
	"testing"

	"lossland/pkg/sam"
)

// TestLookSAMFormulas: every third step climbs; and in a window, after which nothing that was
// remembered in it is used.
func TestLookSAMFormulas(t *testing.T) {
	formulaOf := func(k, to int) func() formula {
		return func() formula {
			var kept []float64
			return func(r regression, step int, w []float64) []float64 {
				g := r.full(w)
				switch {
				case step >= to:
					return g
				case step%k != 0:
					return combine(g, 0.7*length(g)/length(kept), kept)
				}
				climbed := samGradient(r, w)
				kept = orthogonal(climbed, g)
				return climbed
			}
		}
	}
	t.Run("k = 3", func(t *testing.T) {
		config := func(c *sam.Config) *sam.Config { return c.Rho(formulaRho).LookSAM(3, 0.7) }
		checkFormula(t, config, formulaOf(3, 100))
	})
	t.Run("in a window", func(t *testing.T) {
		config := func(c *sam.Config) *sam.Config {
			return c.Rho(formulaRho).LookSAM(2, 0.7).Window(0, 3)
		}
		checkFormula(t, config, formulaOf(2, 3))
	})
}
