package experiments

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// assign against all permutations of six.
func TestAssignAgainstBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for range 20 {
		cost := make([][]float64, 6)
		for i := range cost {
			cost[i] = normal(rng, 6)
		}
		best := math.Inf(1)
		var try func(row int, used int, sum float64)
		try = func(row, used int, sum float64) {
			if row == 6 {
				best = math.Min(best, sum)
				return
			}
			for j := range 6 {
				if used>>j&1 == 0 {
					try(row+1, used|1<<j, sum+cost[row][j])
				}
			}
		}
		try(0, 0, 0)
		sum := 0.0
		for row, column := range assign(cost) {
			sum += cost[row][column]
		}
		assert.InDelta(t, best, sum, 1e-12)
	}
}

// A network with its units shuffled computes the same, and matching finds the shuffle.
func TestMatchedUndoesShuffle(t *testing.T) {
	l := testLab(t)
	s, err := l.digits()
	require.NoError(t, err)
	a := mlp.initial(1)
	rng := rand.New(rand.NewPCG(2, 0))
	b := mlp.permute(mlp.permute(a, 1, rng.Perm(32)), 2, rng.Perm(32))
	require.Greater(t, floats.Distance(a, b, 2), 1.0)
	change, err := l.change(s, a, b)
	require.NoError(t, err)
	assert.Less(t, change, 1e-5)
	assert.Zero(t, floats.Distance(a, mlp.matched(a, b), 2))
}

// Rescaling two layers changes no output (and does if the second layer is left alone, which is what a wrong index would do).
func TestRescaleKeepsFunction(t *testing.T) {
	l := testLab(t)
	s, err := l.digits()
	require.NoError(t, err)
	a := mlp.initial(1)
	change, err := l.change(s, a, mlp.rescale(a, 10))
	require.NoError(t, err)
	assert.Less(t, change, 1e-5)
	wrong := append([]float64{}, a...)
	floats.Scale(10, wrong[:65*32])
	change, err = l.change(s, a, wrong)
	require.NoError(t, err)
	assert.Greater(t, change, 1.0)
}
