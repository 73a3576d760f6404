package spectrum

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// TestOrthonormal: the basis is orthonormal and spans what it was made of; dependent vectors add
// nothing to it.
func TestOrthonormal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	vs := [][]float64{gaussian(r, 9), gaussian(r, 9), nil, gaussian(r, 9)}
	vs[2] = floats.AddScaledTo(make([]float64, 9), vs[0], -3, vs[1])
	basis := Orthonormal(vs)
	require.Len(t, basis, 3)
	for i, x := range basis {
		for j, y := range basis {
			want := 0.0
			if i == j {
				want = 1
			}
			require.InDelta(t, want, floats.Dot(x, y), 1e-14)
		}
	}
	for _, v := range vs {
		rest := append([]float64{}, v...)
		deflate(rest, basis)
		require.Less(t, floats.Norm(rest, 2), 1e-13)
	}
}

// TestRademacher: entries are ±1, about as many of each.
func TestRademacher(t *testing.T) {
	var sum float64
	r, v := rand.New(rand.NewPCG(1, 1)), make([]float64, 100)
	for range 100 {
		rademacher(r, v)
		for _, x := range v {
			require.True(t, x == 1 || x == -1)
			sum += x
		}
	}
	require.InDelta(t, 0, sum, 300, "three standard deviations")
}

// TestOrthonormalOfAnyScale: independent vectors are kept however short, and of more vectors than
// dimensions as many as there are dimensions.
func TestOrthonormalOfAnyScale(t *testing.T) {
	require.Len(t, Orthonormal([][]float64{{1e-13, 0, 0}, {0, 1, 0}}), 2)
	require.Len(t, Orthonormal([][]float64{{1e-200, 0, 0}, {0, 1e200, 0}}), 2)
	require.Len(t, Orthonormal([][]float64{{1, 0}, {0, 1}, {1, 1}}), 2)
	require.Len(t, Orthonormal([][]float64{{1, 1}, {2, 2}, {1, 0}}), 2)
	require.Empty(t, Orthonormal([][]float64{{0, 0}, {0, 0}, {0, 0}}))
}
