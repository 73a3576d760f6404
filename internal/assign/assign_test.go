package assign

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// best is the largest sum over all orders of the rows from row on.
func best(gain [][]float64, row int, used []bool) float64 {
	if row == len(gain) {
		return 0
	}
	most := math.Inf(-1)
	for j, g := range gain[row] {
		if !used[j] {
			used[j] = true
			most = math.Max(most, g+best(gain, row+1, used))
			used[j] = false
		}
	}
	return most
}

// square is a matrix of n rows filled by draw.
func square(n int, draw func() float64) [][]float64 {
	gain := make([][]float64, n)
	for i := range gain {
		gain[i] = make([]float64, n)
		for j := range gain[i] {
			gain[i][j] = draw()
		}
	}
	return gain
}

// TestLargestAgainstBruteForce: up to seven rows, of normal numbers and of a few that tie.
func TestLargestAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	for name, draw := range map[string]func() float64{
		"normal": r.NormFloat64,
		"ties":   func() float64 { return float64(r.IntN(3)) },
		"equal":  func() float64 { return 1 },
	} {
		t.Run(name, func(t *testing.T) {
			for trial := range 100 {
				n := 1 + trial%7
				gain := square(n, draw)
				order := Largest(gain)
				sum := 0.0
				for i, j := range order {
					sum += gain[i][j]
				}
				assert.InDelta(t, best(gain, 0, make([]bool, n)), sum, 1e-12)
				slices.Sort(order)
				for i, j := range order {
					require.Equal(t, i, j, "each column once")
				}
			}
		})
	}
}

// TestLargestFindsPermutation: hidden in noise, at a size where the order n³ shows.
func TestLargestFindsPermutation(t *testing.T) {
	const n = 400
	r := rand.New(rand.NewPCG(1, 0))
	gain, want := square(n, r.NormFloat64), r.Perm(n)
	for i, j := range want {
		gain[i][j] = 10
	}
	assert.Equal(t, want, Largest(gain))
}

func TestLargestOfNothing(t *testing.T) {
	assert.Empty(t, Largest(nil))
}
