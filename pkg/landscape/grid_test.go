package landscape

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGridMin(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		value [][]float64
		want  float64
		i, j  int
	}{
		"NaN is skipped":      {[][]float64{{nan, 3}, {2, 5}}, 2, 1, 0},
		"the first of equals": {[][]float64{{4, 1}, {1, 1}}, 1, 0, 1},
		"nothing else":        {[][]float64{{nan, nan}}, nan, -1, -1},
		"nothing":             {nil, nan, -1, -1},
	} {
		t.Run(name, func(t *testing.T) {
			value, i, j := Grid{Value: c.value}.Min()
			requireSameBits(t, [][]float64{{c.want}}, [][]float64{{value}})
			require.Equal(t, []int{c.i, c.j}, []int{i, j})
		})
	}
}

// TestGridErrors: the same coordinates, the errors in the place of the values.
func TestGridErrors(t *testing.T) {
	g := Grid{Alphas: []float64{1}, Betas: []float64{2, 3}, Value: [][]float64{{4, 5}},
		StdErr: [][]float64{{6, 7}}}
	e := g.Errors()
	require.Equal(t, 7.0, e.Z(0, 1))
	require.Equal(t, 3.0, e.Y(1))
	require.Nil(t, e.StdErr)
}
