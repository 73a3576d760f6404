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

// TestKrylovDecomposition: A·V = V·T + β·v_{m+1}·e_mᵀ, column by column.
func TestKrylovDecomposition(t *testing.T) {
	ctx := context.Background()
	a := Matrix{rotated(ascending(30), 1)}
	start := gaussian(rand.New(rand.NewPCG(2, 2)), 30)
	l, err := NewKrylov(ctx, a, start, 7)
	require.NoError(t, err)
	require.Equal(t, 7, l.Dim())
	first := l.Combine([]float64{1, 0, 0, 0, 0, 0, 0})
	require.InDeltaSlice(t, unit(start), first, 1e-14)
	for j := range 7 {
		e := make([]float64, 7)
		e[j] = 1
		av := make([]float64, 30)
		require.NoError(t, a.Apply(ctx, av, l.Combine(e)))
		floats.Sub(av, l.Combine(mat.Col(nil, j, l.Projection())))
		want := 0.0
		if j == 6 {
			want = l.Beyond()
		}
		require.InDelta(t, want, floats.Norm(av, 2), 1e-12, "column %d", j)
	}
}

// TestKrylovCloses where the start has parts along three eigenvectors only.
func TestKrylovCloses(t *testing.T) {
	a := Matrix{mat.NewDiagDense(6, ascending(6))}
	l, err := NewKrylov(context.Background(), a, []float64{1, 0, 1, 0, 0, 1}, 6)
	require.NoError(t, err)
	require.Equal(t, 3, l.Dim())
	require.Zero(t, l.Beyond())
	r, err := l.Ritz()
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{1, 3, 6}, r.Values, 1e-14)
	require.InDelta(t, 6, r.Norm(), 1e-14)
}

// TestRitzBounds are the residuals of the Ritz vectors.
func TestRitzBounds(t *testing.T) {
	ctx := context.Background()
	a := Matrix{rotated(ascending(30), 1)}
	l, err := NewKrylov(ctx, a, gaussian(rand.New(rand.NewPCG(2, 2)), 30), 8)
	require.NoError(t, err)
	r, err := l.Ritz()
	require.NoError(t, err)
	for i, value := range r.Values {
		x := l.Combine(mat.Col(nil, i, r.Vectors))
		ax := make([]float64, 30)
		require.NoError(t, a.Apply(ctx, ax, x))
		floats.AddScaled(ax, -value, x)
		require.InDelta(t, floats.Norm(ax, 2), r.Bounds[i], 1e-12)
	}
}

// TestNewKrylovRefuses bad starts and step counts by name.
func TestNewKrylovRefuses(t *testing.T) {
	a := Matrix{mat.NewSymDense(2, nil)}
	for name, c := range map[string]struct {
		v     []float64
		steps int
		want  string
	}{
		"no steps":   {[]float64{1, 0}, 0, "steps is 0"},
		"short":      {[]float64{1}, 1, "v is a vector of 1"},
		"zero":       {[]float64{0, 0}, 1, "v is a vector of norm 0"},
		"not finite": {[]float64{math.Inf(1), 0}, 1, "v is a vector of norm +Inf"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewKrylov(context.Background(), a, c.v, c.steps)
			var bad *result.BadArgument
			require.ErrorAs(t, err, &bad)
			require.ErrorContains(t, err, c.want)
		})
	}
}
