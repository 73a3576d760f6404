package eigen

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// TestSymmetric: the eigenvalues of 2ᵏ·A are 2ᵏ times those of A, and the eigenvectors the same, to
// the last bit; also where a block of A is small beside the rest.
func TestSymmetric(t *testing.T) {
	for name, entries := range map[string][]float64{
		"full":        {2, 1, 0, 1, 3, 1, 0, 1, 4},
		"small block": {1, 0, 0, 0, 1e-130, 1e-131, 0, 1e-131, 2e-130},
		"zero":        make([]float64, 9),
	} {
		want, columns, ok := Symmetric(mat.NewSymDense(3, entries), true)
		require.True(t, ok)
		for _, exponent := range []int{0, -300, -466, -700, -1020, 500, 1000} {
			t.Run(fmt.Sprint(name, " 2^", exponent), func(t *testing.T) {
				scaled := mat.NewSymDense(3, nil)
				for k, x := range entries {
					scaled.SetSym(k/3, k%3, math.Ldexp(x, exponent))
				}
				values, vectors, ok := Symmetric(scaled, true)
				require.True(t, ok)
				for i, x := range values {
					require.Equal(t, math.Ldexp(want[i], exponent), x)
				}
				if name == "full" {
					require.True(t, mat.Equal(columns, vectors))
				}
				alone, none, ok := Symmetric(scaled, false)
				require.True(t, ok)
				require.Nil(t, none)
				require.InDeltaSlice(t, values, alone, 1e-12*math.Abs(values[2]))
			})
		}
	}
}

// TestSymmetricRefuses what has no eigenvalues.
func TestSymmetricRefuses(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, _, ok := Symmetric(mat.NewSymDense(2, []float64{1, x, x, 1}), false)
		require.False(t, ok, "%v", x)
	}
}
