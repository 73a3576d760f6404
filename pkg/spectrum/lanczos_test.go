package spectrum

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/result"
)

// TestLanczosFindsTheEnds of a known spectrum, without and with restarts, with residuals that hold.
func TestLanczosFindsTheEnds(t *testing.T) {
	ctx := context.Background()
	eigenvalues := []float64{-3, -2.5, -1}
	for i := range 297 {
		eigenvalues = append(eigenvalues, float64(i)/297)
	}
	eigenvalues = append(eigenvalues, 5, 7, 9)
	a := Matrix{rotated(eigenvalues, 1)}
	for _, c := range []struct {
		which Which
		k     int
		want  []float64
	}{
		{Largest, 3, []float64{5, 7, 9}},
		{Smallest, 3, []float64{-3, -2.5, -1}},
		{LargestMagnitude, 4, []float64{-3, 5, 7, 9}},
		{BothEnds, 2, []float64{-3, -2.5, 7, 9}},
	} {
		for _, space := range []int{0, 2*len(c.want) + 6} {
			t.Run(fmt.Sprintf("%s, space %d", c.which, space), func(t *testing.T) {
				cfg := LanczosConfig{Tol: 1e-9, Space: space, Seed: 3}
				e, err := Lanczos(ctx, a, c.k, c.which, cfg)
				require.NoError(t, err)
				require.Equal(t, result.Converged, e.Status)
				require.InDeltaSlice(t, c.want, e.Values, 1e-10)
				require.Equal(t, space > 0, e.Restarts > 0)
				for i, v := range e.Vectors {
					av := make([]float64, len(v))
					require.NoError(t, a.Apply(ctx, av, v))
					floats.AddScaled(av, -e.Values[i], v)
					require.InDelta(t, floats.Norm(av, 2), e.Residuals[i], 1e-12)
					require.LessOrEqual(t, e.Residuals[i], e.Tolerance)
				}
			})
		}
	}
}

// TestLanczosFullSpace: with a space of n the whole spectrum comes out, multiple eigenvalues as
// often as they occur, with orthonormal vectors.
func TestLanczosFullSpace(t *testing.T) {
	a := Matrix{coupled(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1)}
	e, err := Lanczos(context.Background(), a, a.Dim(), Largest, LanczosConfig{Space: a.Dim()})
	require.NoError(t, err)
	require.Equal(t, result.Converged, e.Status)
	var want []float64
	for _, sigma := range []float64{-3, -2, -1, 1, 2, 3} {
		want = append(want, sigma, sigma, sigma, sigma)
	}
	require.InDeltaSlice(t, want, e.Values, 1e-10)
	for i, v := range e.Vectors {
		for j, w := range e.Vectors {
			require.InDelta(t, map[bool]float64{true: 1, false: 0}[i == j], floats.Dot(v, w), 1e-12)
		}
	}
	// The space of one vector holds one copy of each and closes; the search goes on for the others.
	e, err = Lanczos(context.Background(), a, 4, Largest, LanczosConfig{Space: a.Dim()})
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{3, 3, 3, 3}, e.Values, 1e-10)
}

// TestLanczosRunsOut: a budget that is too small is a status, with as many pairs as there are.
func TestLanczosRunsOut(t *testing.T) {
	ctx := context.Background()
	a := Matrix{rotated(ascending(200), 2)}
	e, err := Lanczos(ctx, a, 5, Smallest, LanczosConfig{MaxProducts: 12, Tol: 1e-8})
	require.NoError(t, err)
	require.Equal(t, result.MaxIterations, e.Status)
	require.Greater(t, floats.Max(e.Residuals), e.Tolerance)

	e, err = Lanczos(ctx, a, 5, Largest, LanczosConfig{MaxProducts: 3})
	require.NoError(t, err)
	require.Equal(t, result.MaxIterations, e.Status)
	require.Len(t, e.Values, 3, "as many as the space holds")
}

// TestLanczosStalls at the precision of the products.
func TestLanczosStalls(t *testing.T) {
	a := narrow{Matrix{rotated(ascending(40), 2)}}
	e, err := Lanczos(context.Background(), a, 1, Largest, LanczosConfig{Tol: 1e-12})
	require.NoError(t, err)
	require.Equal(t, result.Stalled, e.Status)
	require.Less(t, e.Residuals[0], 1e-5*e.Norm)
	require.InDelta(t, 40, e.Max(), e.Residuals[0])
}

// TestLanczosIsDecidedByItsSeed, and what it starts from can be given.
func TestLanczosIsDecidedByItsSeed(t *testing.T) {
	ctx := context.Background()
	a := Matrix{rotated(ascending(200), 2)}
	first, err := Lanczos(ctx, a, 2, BothEnds, LanczosConfig{Seed: 1})
	require.NoError(t, err)
	again, err := Lanczos(ctx, a, 2, BothEnds, LanczosConfig{Seed: 1})
	require.NoError(t, err)
	require.Equal(t, first, again)
	other, err := Lanczos(ctx, a, 2, BothEnds, LanczosConfig{Seed: 2})
	require.NoError(t, err)
	require.NotEqual(t, first.Values, other.Values)

	near, err := Lanczos(ctx, a, 1, Largest, LanczosConfig{Start: first.Vectors[3]})
	require.NoError(t, err)
	require.Less(t, near.Steps, 10, "it starts at the answer")
}

// TestLanczosOfZero: all eigenvalues are zero, and that is found.
func TestLanczosOfZero(t *testing.T) {
	a := Matrix{mat.NewSymDense(3, nil)}
	e, err := Lanczos(context.Background(), a, 2, Largest, LanczosConfig{})
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0}, e.Values)
}

// TestLanczosRefuses bad arguments by name.
func TestLanczosRefuses(t *testing.T) {
	a := Matrix{mat.NewSymDense(3, nil)}
	for name, c := range map[string]struct {
		k     int
		which Which
		cfg   LanczosConfig
	}{
		"k is 0":                                {k: 0},
		"which is Which(4)":                     {k: 2, which: 4},
		"LanczosConfig.Tol is -1":               {k: 2, cfg: LanczosConfig{Tol: -1}},
		"LanczosConfig.Tol is NaN":              {k: 2, cfg: LanczosConfig{Tol: math.NaN()}},
		"LanczosConfig.Space is 1":              {k: 2, cfg: LanczosConfig{Space: 1}},
		"LanczosConfig.MaxProducts is -1":       {k: 2, cfg: LanczosConfig{MaxProducts: -1}},
		"LanczosConfig.Start is a vector of 1;": {k: 2, cfg: LanczosConfig{Start: []float64{1}}},
		"LanczosConfig.Start is a vector of norm 0": {
			k: 2, cfg: LanczosConfig{Start: make([]float64, 3)}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Lanczos(context.Background(), a, c.k, c.which, c.cfg)
			var bad *result.BadArgument
			require.ErrorAs(t, err, &bad)
			require.ErrorContains(t, err, "spectrum.Lanczos: "+name)
		})
	}
}

// TestProductsMustBeFinite: NaN is an error that says where to look.
func TestProductsMustBeFinite(t *testing.T) {
	nan := Matrix{mat.NewSymDense(1, []float64{math.NaN()})}
	_, err := Lanczos(context.Background(), nan, 1, Largest, LanczosConfig{})
	require.ErrorContains(t, err, "product 1 with the operator isn't finite")
}

// TestEndsPrint as words, also one that doesn't exist.
func TestEndsPrint(t *testing.T) {
	for w, want := range map[Which]string{Largest: "largest", Smallest: "smallest",
		LargestMagnitude: "largest magnitude", BothEnds: "both ends", 4: "Which(4)"} {
		require.Equal(t, want, w.String())
	}
}

// BenchmarkLanczosDense finds both ends of a dense matrix of 1000 × 1000.
func BenchmarkLanczosDense(b *testing.B) {
	a := Matrix{goe(1000, 1)}
	for b.Loop() {
		e, err := Lanczos(context.Background(), a, 2, BothEnds, LanczosConfig{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(e.Steps), "products")
	}
}
