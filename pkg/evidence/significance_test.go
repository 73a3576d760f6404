package evidence

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSignTest(t *testing.T) {
	zeros := make([]float64, 10)
	p, err := SignTest([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, -1}, zeros)
	require.NoError(t, err)
	assert.InDelta(t, 2*11./1024, p, 1e-12)
	p, err = SignTest(zeros, zeros)
	require.NoError(t, err)
	assert.Equal(t, 1.0, p)
	p, err = SignTest([]float64{1, -1}, []float64{0, 0})
	require.NoError(t, err)
	assert.Equal(t, 1.0, p)
}

func TestSignFlipTest(t *testing.T) {
	p, err := SignFlipTest([]float64{1, 2, 3, 4, 5}, make([]float64, 5), 0, 0)
	require.NoError(t, err)
	assert.InDelta(t, 2./32, p, 1e-12, "exact: all plus and all minus are as far")

	// The sampled test agrees with the exact one where both can be had: the first 16 of 17 pairs,
	// the last pair without difference.
	rng := rand.New(rand.NewPCG(1, 0))
	a := make([]float64, 17)
	for i := range 16 {
		a[i] = 0.5 + rng.NormFloat64()
	}
	exact, err := SignFlipTest(a[:16], make([]float64, 16), 0, 0)
	require.NoError(t, err)
	sampled, err := SignFlipTest(a, make([]float64, 17), 20000, 1)
	require.NoError(t, err)
	assert.InDelta(t, exact, sampled, 0.01)
	_, err = SignFlipTest(a, make([]float64, 17), 0, 1)
	assert.ErrorContains(t, err, "0 draws")
}

// TestPermutationTest: p is small for groups that differ, never 0, and evenly spread for groups
// that don't.
func TestPermutationTest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	low, high := make([]float64, 30), make([]float64, 30)
	for i := range low {
		low[i], high[i] = rng.Float64(), 10+rng.Float64()
	}
	p, err := PermutationTest(low, high, 999, 1)
	require.NoError(t, err)
	assert.InDelta(t, 0.001, p, 1e-12, "the observed grouping counts as one draw")

	small := 0
	for range 500 {
		a, b := make([]float64, 6), make([]float64, 9)
		for i := range a {
			a[i] = rng.ExpFloat64()
		}
		for i := range b {
			b[i] = rng.ExpFloat64()
		}
		p, err := PermutationTest(a, b, 199, rng.Uint64())
		require.NoError(t, err)
		if p <= 0.2 {
			small++
		}
	}
	assert.InDelta(t, 100, small, 30) // 3.4 standard errors
}
