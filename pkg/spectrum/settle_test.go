package spectrum

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/result"
)

// repeated is 7 five times, and 5·i/n for the other i = 1 … n−5.
func repeated(n int) []float64 {
	values := []float64{7, 7, 7, 7, 7}
	for i := 1; i <= n-5; i++ {
		values = append(values, 5*float64(i)/float64(n))
	}
	return values
}

// TestLanczosFindsAllCopies of a multiple eigenvalue, at either end and with products in float32.
func TestLanczosFindsAllCopies(t *testing.T) {
	for n, seeds := range map[int]uint64{20: 5, 60: 2, 200: 1} { // a large one takes its time.
		for seed := range seeds {
			for _, space := range []int{0, n, 14} {
				t.Run(fmt.Sprintf("n %d, seed %d, space %d", n, seed, space), func(t *testing.T) {
					values := repeated(n)
					want := []float64{5 * float64(n-5) / float64(n), 7, 7, 7, 7, 7}
					cfg := LanczosConfig{Seed: seed, Space: space, MaxProducts: 5000}
					d := mat.NewSymDense(n, nil)
					for i, x := range values {
						d.SetSym(i, i, x)
					}
					for name, a := range map[string]Operator{"diagonal": Matrix{d},
						"rotated": Matrix{rotated(values, seed)},
						"float32": narrow{Matrix{rotated(values, seed)}}} {
						e, err := Lanczos(context.Background(), a, 6, Largest, cfg)
						require.NoError(t, err)
						require.Equal(t, result.Converged, e.Status, name)
						require.InDeltaSlice(t, want, e.Values, 1e-3, name)
						for i, v := range e.Vectors {
							for j := range i {
								require.InDelta(t, 0, mat.Dot(mat.NewVecDense(n, v),
									mat.NewVecDense(n, e.Vectors[j])), 1e-6, name)
							}
						}
					}
					minus := mat.NewSymDense(n, nil)
					minus.ScaleSym(-1, d)
					for _, which := range []Which{Smallest, LargestMagnitude} {
						e, err := Lanczos(context.Background(), Matrix{minus}, 6, which, cfg)
						require.NoError(t, err)
						require.Equal(t, result.Converged, e.Status)
						for i, x := range want {
							require.InDelta(t, -x, e.Values[5-i], 1e-3)
						}
					}
				})
			}
		}
	}
}

// TestLanczosFindsEndsThatItsStartLacks: residuals say that some eigenvalue is near; the check says
// that none lies beyond.
func TestLanczosFindsEndsThatItsStartLacks(t *testing.T) {
	d := mat.NewSymDense(50, nil)
	start := make([]float64, 50)
	for i := range 50 {
		d.SetSym(i, i, float64(i-25))
		start[i] = 1
	}
	start[0], start[49] = 0, 0
	e, err := Lanczos(context.Background(), Matrix{d}, 1, BothEnds, LanczosConfig{Start: start})
	require.NoError(t, err)
	require.Equal(t, result.Converged, e.Status)
	require.InDeltaSlice(t, []float64{-25, 24}, e.Values, 1e-3)
}

// TestLanczosUnsettled: where the products end before copies are settled, the status says so.
func TestLanczosUnsettled(t *testing.T) {
	a := Matrix{rotated(append([]float64{7, 7, 5}, make([]float64, 40)...), 1)}
	ctx := context.Background()
	e, err := Lanczos(ctx, a, 2, Largest, LanczosConfig{})
	require.NoError(t, err)
	require.Equal(t, []float64{7, 7}, []float64{math.Round(e.Values[0]), math.Round(e.Values[1])})
	first := 0 // the products with which the first pairs converge.
	for first = 1; ; first++ {
		e, err = Lanczos(ctx, a, 2, Largest, LanczosConfig{MaxProducts: first})
		require.NoError(t, err)
		if e.Status != result.MaxIterations {
			break
		}
	}
	require.Equal(t, result.Unsettled, e.Status)
	require.InDelta(t, 5, e.Min(), 1e-3, "the other copy isn't there")
	require.Equal(t, "unsettled", e.Status.String())
}

// TestCheckIsCheap: where some eigenvalues stand out, as in networks, few products more; a dense
// spectrum takes up to half of what its ends took, or 35.
func TestCheckIsCheap(t *testing.T) {
	outliers := make([]float64, 300)
	for i := range outliers {
		outliers[i] = 0.1 * float64(i) / 300
	}
	outliers[297], outliers[298], outliers[299] = 3, 5, 9
	for name, c := range map[string]struct {
		a      Operator
		checks int
	}{
		"outliers": {Matrix{rotated(outliers, 1)}, 6},
		"even":     {Matrix{rotated(ascending(300), 1)}, 35},
		"GOE":      {Matrix{goe(300, 1)}, 35},
		"Wishart":  {Matrix{wishart(200, 300, 1)}, 20},
	} {
		for _, k := range []int{1, 2, 6} {
			t.Run(fmt.Sprintf("%s, %d", name, k), func(t *testing.T) {
				e, err := Lanczos(context.Background(), c.a, k, Largest, LanczosConfig{})
				require.NoError(t, err)
				require.Equal(t, result.Converged, e.Status)
				t.Logf("%d products and %d to check them", e.Steps, e.Checks)
				require.LessOrEqual(t, e.Checks, c.checks)
				require.Positive(t, e.Checks)
			})
		}
	}
}
