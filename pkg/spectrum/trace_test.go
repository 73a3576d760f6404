package spectrum

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/result"
)

// TestTraceEstimators are unbiased with honest error bars, and Hutch++ is the better one where a
// few eigenvalues dominate.
func TestTraceEstimators(t *testing.T) {
	ctx := context.Background()
	eigenvalues := make([]float64, 300)
	for i := range eigenvalues {
		eigenvalues[i] = 100 * math.Pow(float64(i+1), -2)
	}
	a := Matrix{rotated(eigenvalues, 3)}
	trace, frobenius := floats.Sum(eigenvalues), floats.Norm(eigenvalues, 2)
	var zs, ratios []float64
	for seed := range uint64(40) {
		h, err := Hutchinson(ctx, a, TraceConfig{Seed: seed})
		require.NoError(t, err)
		require.Len(t, h.Terms, 30)
		zs = append(zs, (h.Value-trace)/h.StdErr)
		require.InDelta(t, frobenius, h.Frobenius.Value, 5*h.Frobenius.StdErr)
		plus, err := HutchPlusPlus(ctx, a, TraceConfig{Seed: seed})
		require.NoError(t, err)
		require.InDelta(t, trace, plus.Value, 6*plus.StdErr)
		ratios = append(ratios, plus.StdErr/h.StdErr)
	}
	z := result.Mean(zs)
	require.Less(t, math.Abs(z.Value), 3/math.Sqrt(40), "unbiased")
	require.InDelta(t, 1, z.StdErr*math.Sqrt(40), 0.4, "errors have the size that is stated")
	require.Less(t, result.Mean(ratios).Value, 0.2)
}

// TestSketchInAnArena: the form of HutchPlusPlus for a device finds the same parts of the trace,
// from the same draws. A matrix of rank 3 has a sketch of 3.
func TestSketchInAnArena(t *testing.T) {
	for name, eigenvalues := range map[string][]float64{
		"of full rank": {5, 4, 3, 2, 1, -1, -2, -3, -4, 9, 0.1, 0.2},
		"of rank 3":    {5, -4, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"zero":         make([]float64, 12),
	} {
		t.Run(name, func(t *testing.T) {
			a := Matrix{rotated(eigenvalues, 3)}
			want, err := HutchPlusPlus(t.Context(), a, TraceConfig{Products: 15, Seed: 4})
			require.NoError(t, err)
			r, steps := rand.New(rand.NewPCG(4, 0)), 0
			var got Trace
			err = got.sketchIn(t.Context(), newArena(a, 12), make([]float64, 12), 5,
				func(v []float64) { rademacher(r, v) }, func() { steps++ })
			require.NoError(t, err)
			require.InDelta(t, want.Sketched, got.Sketched, 1e-9)
			require.InDeltaSlice(t, want.Terms, got.Terms, 1e-9)
			require.Equal(t, 15, steps)
		})
	}
}

// TestExactTraces: nothing is random about the zero matrix, nor about a diagonal one with ±1.
func TestExactTraces(t *testing.T) {
	ctx := context.Background()
	zero, err := HutchPlusPlus(ctx, Matrix{mat.NewSymDense(5, nil)}, TraceConfig{Products: 6})
	require.NoError(t, err)
	require.Zero(t, zero.Value)

	h, err := Hutchinson(ctx, Matrix{mat.NewSymDense(2, nil)}, TraceConfig{Products: 2})
	require.NoError(t, err)
	require.Equal(t, result.Estimate{N: 2}, h.Frobenius)

	diagonal := Matrix{mat.NewDiagDense(4, []float64{0, 1, 2, 3})}
	h, err = Hutchinson(ctx, diagonal, TraceConfig{Products: 2})
	require.NoError(t, err)
	require.Equal(t, result.Estimate{Value: 6, N: 2}, h.Estimate)
}

// TestTracesRefuse too few products for an error bar.
func TestTracesRefuse(t *testing.T) {
	a := Matrix{mat.NewSymDense(2, nil)}
	for _, products := range []int{1, -1} {
		_, err := Hutchinson(context.Background(), a, TraceConfig{Products: products})
		require.ErrorContains(t, err, "want at least 2, or 0 for the default of 30")
	}
	for _, products := range []int{5, -1} {
		_, err := HutchPlusPlus(context.Background(), a, TraceConfig{Products: products})
		require.ErrorContains(t, err, "want at least 6, or 0 for the default of 30")
	}
}

// TestTracesWithoutANumber: an operator that isn't finite has no trace, and none has an empty one.
func TestTracesWithoutANumber(t *testing.T) {
	for name, estimate := range map[string]func(context.Context, Operator, TraceConfig) (*Trace,
		error){"Hutchinson": Hutchinson, "HutchPlusPlus": HutchPlusPlus} {
		t.Run(name, func(t *testing.T) {
			nan := Matrix{mat.NewSymDense(2, []float64{1, 0, 0, math.NaN()})}
			_, err := estimate(t.Context(), nan, TraceConfig{})
			require.ErrorContains(t, err, "isn't finite")
			_, err = estimate(t.Context(), Matrix{&mat.SymDense{}}, TraceConfig{})
			require.ErrorContains(t, err, "of dimension 0")
			_, err = estimate(t.Context(), nil, TraceConfig{})
			require.ErrorContains(t, err, "nil")
		})
	}
}
