package analytic

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// MarchenkoPastur is the limit law of the eigenvalues of XᵀX/N for X of shape [N, d] with
// independent entries of mean 0 and variance 1, as N and d grow with d/N = γ. Source: Marčenko and
// Pastur 1967.
type MarchenkoPastur struct{ gamma float64 }

// NewMarchenkoPastur returns the law for γ = d/N in (0, 1]. (For γ > 1 the law has an atom at 0,
// which has no density.)
func NewMarchenkoPastur(gamma float64) (MarchenkoPastur, error) {
	if !(gamma > 0 && gamma <= 1) {
		return MarchenkoPastur{}, fmt.Errorf("analytic: γ = %v, want 0 < γ ≤ 1", gamma)
	}
	return MarchenkoPastur{gamma}, nil
}

// Edges returns the ends (1∓√γ)² of the support: 0.0858 and 2.9142 at γ = ½.
func (m MarchenkoPastur) Edges() (low, high float64) {
	root := math.Sqrt(m.gamma)
	return (1 - root) * (1 - root), (1 + root) * (1 + root)
}

// Density returns √((λ₊−x)(x−λ₋)) / (2πγx) inside the support and 0 outside.
func (m MarchenkoPastur) Density(x float64) float64 {
	low, high := m.Edges()
	if x <= low || x >= high {
		return 0
	}
	return math.Sqrt((high-x)*(x-low)) / (2 * math.Pi * m.gamma * x)
}

// Semicircle is Wigner's law: the limit of the eigenvalues of a symmetric random matrix, centred at
// Center with support [Center−Radius, Center+Radius]. Source: Wigner 1958.
type Semicircle struct{ Center, Radius float64 }

// Density returns 2√(R²−(x−c)²) / (πR²) inside the support and 0 outside.
func (s Semicircle) Density(x float64) float64 {
	u := (x - s.Center) / s.Radius
	if u <= -1 || u >= 1 {
		return 0
	}
	return 2 * math.Sqrt(1-u*u) / (math.Pi * s.Radius)
}

// Below returns the share of the eigenvalues that are less than x.
func (s Semicircle) Below(x float64) float64 {
	u := math.Max(-1, math.Min(1, (x-s.Center)/s.Radius))
	return 0.5 + (u*math.Sqrt(1-u*u)+math.Asin(u))/math.Pi
}

// GOE draws a matrix of the Gaussian orthogonal ensemble: symmetric, entries off the diagonal of
// variance 1/n and on it 2/n, so that for large n its eigenvalues follow Semicircle{0, 2}. Half of
// them are negative: a random critical point is a minimum with a probability of exp(−(ln 3)n²/4) or
// so (Dean and Majumdar 2006).
func GOE(n int, seed uint64) (*mat.SymDense, error) {
	if n < 1 {
		return nil, fmt.Errorf("analytic: a matrix of size %d, want at least 1", n)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	matrix := mat.NewSymDense(n, nil)
	scale := 1 / math.Sqrt(float64(n))
	for i := range n {
		matrix.SetSym(i, i, math.Sqrt2*scale*rng.NormFloat64())
		for j := i + 1; j < n; j++ {
			matrix.SetSym(i, j, scale*rng.NormFloat64())
		}
	}
	return matrix, nil
}
