package landscape

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape/analytic"
)

// diagonal is the diagonal matrix of the given spectrum, in a random orthonormal basis.
func rotated(spectrum []float64, seed uint64) *mat.SymDense {
	n := len(spectrum)
	r := rand.New(rand.NewPCG(seed, 1))
	g := mat.NewDense(n, n, gaussian(r, n*n))
	var qr mat.QR
	qr.Factorize(g)
	var q, left mat.Dense
	qr.QTo(&q)
	left.Mul(&q, mat.NewDiagDense(n, spectrum))
	var full mat.Dense
	full.Mul(&left, q.T())
	return symmetrize(&full).Matrix
}

func TestLanczosFindsTheEnds(t *testing.T) {
	spectrum := []float64{-3, -2.5, -1}
	for i := range 297 {
		spectrum = append(spectrum, float64(i)/297)
	}
	spectrum = append(spectrum, 5, 7, 9)
	a := DenseOperator{rotated(spectrum, 1)}
	cases := []struct {
		which Which
		k     int
		want  []float64
	}{
		{Largest, 3, []float64{5, 7, 9}},
		{Smallest, 3, []float64{-3, -2.5, -1}},
		{Extreme, 4, []float64{-3, 5, 7, 9}},
		{BothEnds, 2, []float64{-3, -2.5, 7, 9}},
	}
	for _, c := range cases {
		for _, space := range []int{0, 2*len(c.want) + 6} { // without and with restarts.
			s, err := Lanczos(context.Background(), a, c.k, c.which, LanczosConfig{Tol: 1e-9, Space: space, Seed: 3})
			require.NoError(t, err)
			require.Equal(t, Converged, s.Status)
			require.InDeltaSlice(t, c.want, s.Values, 1e-10)
			require.Equal(t, space > 0, s.Restarts > 0)
			for i, v := range s.Vectors {
				av := make([]float64, len(v))
				require.NoError(t, a.Apply(context.Background(), av, v))
				floats.AddScaled(av, -s.Values[i], v)
				require.InDelta(t, floats.Norm(av, 2), s.Residuals[i], 1e-12)
				require.LessOrEqual(t, s.Residuals[i], s.Tolerance)
			}
		}
	}
}

// TestLanczosFullSpace: with a space of n the whole spectrum comes out, multiple eigenvalues as often as they occur.
func TestLanczosFullSpace(t *testing.T) {
	linear, err := analytic.TwoLayerLinear([]float64{3, 2, 1}, 4)
	require.NoError(t, err)
	op, err := here(t, known(t, linear, make([]float64, linear.Dim)...)).Hessian(context.Background(), HessianConfig{})
	require.NoError(t, err)
	defer op.Close()
	s, err := Lanczos(context.Background(), op, op.Dim(), Largest, LanczosConfig{Space: op.Dim()})
	require.NoError(t, err)
	require.Equal(t, Converged, s.Status)
	var want []float64
	for _, sigma := range []float64{-3, -2, -1, 1, 2, 3} {
		want = append(want, sigma, sigma, sigma, sigma)
	}
	require.InDeltaSlice(t, want, s.Values, 1e-10)
	for i, v := range s.Vectors {
		for j, w := range s.Vectors {
			require.InDelta(t, map[bool]float64{true: 1, false: 0}[i == j], floats.Dot(v, w), 1e-12)
		}
	}
	// The Krylov space of one vector holds one copy of each and closes; the search goes on for the others.
	s, err = Lanczos(context.Background(), op, 4, Largest, LanczosConfig{Space: op.Dim()})
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{3, 3, 3, 3}, s.Values, 1e-10)
}

// TestLanczosOfNetworks: all eigenvalues of a network's Hessian against the dense matrix, in float32 within 1e-5 of the largest, and the ends to
// 1e-4.
func TestLanczosOfNetworks(t *testing.T) {
	ctx := context.Background()
	wide, err := here(t, networks[0].problem(t, quick(t), dtypes.Float64)).Hessian(ctx, HessianConfig{Batch: 8})
	require.NoError(t, err)
	defer wide.Close()
	dense, err := DenseMatrix(ctx, wide, nil)
	require.NoError(t, err)
	want, err := dense.Eigenvalues()
	require.NoError(t, err)

	narrow, err := here(t, networks[0].problem(t, quick(t), dtypes.Float32)).Hessian(ctx, HessianConfig{})
	require.NoError(t, err)
	defer narrow.Close()
	all, err := Lanczos(ctx, narrow, narrow.Dim(), Largest, LanczosConfig{Space: narrow.Dim()})
	require.NoError(t, err)
	require.InDeltaSlice(t, want, all.Values, 1e-5*want[len(want)-1])

	ends, err := Lanczos(ctx, narrow, 2, BothEnds, LanczosConfig{Tol: 1e-5})
	require.NoError(t, err)
	require.Equal(t, Converged, ends.Status)
	n := len(want)
	for i, exact := range []float64{want[0], want[1], want[n-2], want[n-1]} {
		require.InDelta(t, exact, ends.Values[i], 1e-4*math.Abs(exact))
		require.LessOrEqual(t, math.Abs(exact-ends.Values[i]), ends.Residuals[i]+1e-6, "an honest residual bounds the error")
	}
	require.Less(t, ends.Steps, n)
	require.Equal(t, ends.Steps+4, ends.Cost.Products)

	again, err := Lanczos(ctx, narrow, 2, BothEnds, LanczosConfig{Tol: 1e-5})
	require.NoError(t, err)
	require.Equal(t, ends.Values, again.Values, "same seed, same bytes")
}

// TestLanczosSaysWhatItCannot: a budget that is too small, and a tolerance below the precision of the products.
func TestLanczosSaysWhatItCannot(t *testing.T) {
	ctx := context.Background()
	a := DenseOperator{rotated(analytic.Spectrum(200), 2)}
	s, err := Lanczos(ctx, a, 5, Smallest, LanczosConfig{MaxProducts: 12, Tol: 1e-8})
	require.NoError(t, err)
	require.Equal(t, MaxIterations, s.Status)
	require.Greater(t, floats.Max(s.Residuals), s.Tolerance)

	s, err = Lanczos(ctx, a, 5, Largest, LanczosConfig{MaxProducts: 3})
	require.NoError(t, err)
	require.Equal(t, MaxIterations, s.Status)
	require.Len(t, s.Values, 3, "as many as the space holds")

	op, err := here(t, networks[0].problem(t, quick(t), dtypes.Float32)).Hessian(ctx, HessianConfig{})
	require.NoError(t, err)
	defer op.Close()
	s, err = Lanczos(ctx, op, 1, Largest, LanczosConfig{Tol: 1e-12, MaxProducts: 150})
	require.NoError(t, err)
	require.NotEqual(t, Converged, s.Status, "float32 has no residual of 1e-12")
	require.Less(t, s.Residuals[0], 1e-5*s.Norm)
}

func TestLanczosRefusesBadArguments(t *testing.T) {
	a := DenseOperator{mat.NewSymDense(3, nil)}
	for _, cfg := range []LanczosConfig{{Tol: -1}, {Space: 1}, {MaxProducts: -1}, {Start: []float64{1}}, {Start: []float64{0, 0, 0}}} {
		_, err := Lanczos(context.Background(), a, 2, Largest, cfg)
		var bad *BadArgument
		require.ErrorAs(t, err, &bad)
	}
	_, err := Lanczos(context.Background(), a, 0, Largest, LanczosConfig{})
	require.Error(t, err)
	s, err := Lanczos(context.Background(), a, 2, Largest, LanczosConfig{})
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0}, s.Values, "the zero matrix")
	nan := mat.NewSymDense(1, []float64{math.NaN()})
	_, err = Lanczos(context.Background(), DenseOperator{nan}, 1, Largest, LanczosConfig{})
	require.ErrorContains(t, err, "isn't finite")
}

// TestKnownHessians are the closed forms of the plane.
func TestKnownHessians(t *testing.T) {
	ctx := context.Background()
	for _, a := range analytic.Problems() {
		if a.Dim > 200 {
			continue
		}
		for _, point := range a.Points {
			if point.Eigenvalues == nil {
				continue
			}
			op, err := here(t, known(t, a, point.At...)).Hessian(ctx, HessianConfig{Batch: 1})
			require.NoError(t, err)
			s, err := Lanczos(ctx, op, a.Dim, Largest, LanczosConfig{Space: a.Dim})
			require.NoError(t, err, a.Name)
			scale := math.Max(1, math.Abs(point.Eigenvalues[len(point.Eigenvalues)-1]))
			require.InDeltaSlice(t, point.Eigenvalues, s.Values, 1e-9*scale, "%s at %s", a.Name, point.Name)
			op.Close()
		}
	}
	// The numbers that the issue names.
	for a, want := range map[float64]float64{1: 2, 2: 4.25, 10: 100.01} {
		op, err := here(t, known(t, analytic.Valley(), a, 1/a)).Hessian(ctx, HessianConfig{})
		require.NoError(t, err)
		s, err := Lanczos(ctx, op, 1, Largest, LanczosConfig{})
		require.NoError(t, err)
		require.InDelta(t, want, s.Max(), 1e-10)
		op.Close()
	}
	op, err := here(t, known(t, analytic.Rosenbrock(), 1, 1)).Hessian(ctx, HessianConfig{})
	require.NoError(t, err)
	defer op.Close()
	s, err := Lanczos(ctx, op, 2, Largest, LanczosConfig{})
	require.NoError(t, err)
	require.InDelta(t, 0.39936, s.Min(), 1e-5)
	require.InDelta(t, 1001.60064, s.Max(), 1e-5)
	require.InDelta(t, 2508.01, s.Condition(0), 0.01)
}
