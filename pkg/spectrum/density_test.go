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

// TestDensityWeightsSumToOne for every probe, with as many nodes as steps.
func TestDensityWeightsSumToOne(t *testing.T) {
	d, err := NewDensity(context.Background(), Matrix{rotated(ascending(60), 1)},
		DensityConfig{Steps: 20, Probes: 3})
	require.NoError(t, err)
	require.Len(t, d.Probes, 3)
	for _, q := range d.Probes {
		require.Len(t, q.Nodes, 20)
		require.InDelta(t, 1, floats.Sum(q.Weights), 1e-12)
	}
}

// TestQuadratureIsExactForPolynomials: a probe's moments vᵀAᵏv come out exactly up to degree 2m−1,
// against repeated products.
func TestQuadratureIsExactForPolynomials(t *testing.T) {
	a := rotated(ascending(30), 1)
	d, err := NewDensity(context.Background(), Matrix{a},
		DensityConfig{Steps: 4, Probes: 1, Seed: 5})
	require.NoError(t, err)
	v := mat.NewVecDense(30, unit(gaussian(rand.New(rand.NewPCG(5, 0)), 30)))
	image := mat.VecDenseCopyOf(v)
	for degree := range 8 {
		moment := d.Mean(func(x float64) float64 { return math.Pow(x, float64(degree)) }).Value
		require.InEpsilon(t, mat.Dot(v, image), moment, 1e-10, "degree %d", degree)
		var next mat.VecDense
		next.MulVec(a, image)
		image = &next
	}
}

// The law of Marčenko and Pastur 1967 for the eigenvalues of XᵀX/N at d/N = ½: its edges (1 ∓ √½)²
// and its density.
const lawLow, lawHigh = 1.5 - math.Sqrt2, 1.5 + math.Sqrt2

func law(x float64) float64 {
	return math.Sqrt((lawHigh-x)*(x-lawLow)) / (2 * math.Pi * 0.5 * x)
}

// TestMarchenkoPastur: the edges of a random covariance matrix's spectrum.
//
// The ends of a finite spectrum differ from the law's edges by a Tracy–Widom variable: the largest
// eigenvalue is at (√(N−1)+√d)²/N + τ·σ with σ = (√(N−1)+√d)(1/√(N−1)+1/√d)^⅓/N, and the smallest
// likewise with minus (Johnstone 2001). τ has the mean −1.21 and the standard deviation 1.27.
func TestMarchenkoPastur(t *testing.T) {
	ctx := context.Background()
	const dim, draws = 600, 4
	a0, b0 := math.Sqrt(2*dim-1), math.Sqrt(dim)
	sigmaHigh := (a0 + b0) * math.Cbrt(1/a0+1/b0) / (2 * dim)
	sigmaLow := (a0 - b0) * math.Cbrt(1/b0-1/a0) / (2 * dim)
	require.Less(t, 4*1.27*sigmaLow/math.Sqrt(draws), 0.1*lawLow,
		"the edge is told apart from zero and from its double")
	t.Run("ends by Lanczos", func(t *testing.T) {
		var lows, highs float64
		for seed := range uint64(draws) {
			ends, err := Lanczos(ctx, Matrix{wishart(2*dim, dim, 100+seed)}, 1, BothEnds,
				LanczosConfig{Tol: 1e-5})
			require.NoError(t, err)
			lows, highs = lows+ends.Min()/draws, highs+ends.Max()/draws
		}
		require.InDelta(t, lawHigh-1.21*sigmaHigh, highs, 4*1.27*sigmaHigh/math.Sqrt(draws))
		require.InDelta(t, lawLow+1.21*sigmaLow, lows, 4*1.27*sigmaLow/math.Sqrt(draws))
	})
	a := Matrix{wishart(2*dim, dim, 4)}
	d, err := NewDensity(ctx, a, DensityConfig{Steps: 60, Probes: 6, Seed: 1})
	require.NoError(t, err)
	t.Run("range of the density", func(t *testing.T) {
		low, high := d.Range()
		require.InDelta(t, lawLow+1.21*sigmaLow, low, 5*1.27*sigmaLow)
		require.InDelta(t, lawHigh-1.21*sigmaHigh, high, 5*1.27*sigmaHigh)
	})
	t.Run("trace", func(t *testing.T) {
		trace := d.Trace()
		require.InDelta(t, mat.Trace(a.Symmetric), trace.Value, 4*trace.StdErr)
	})
	t.Run("curve", func(t *testing.T) {
		x := []float64{0.4, 0.8, 1.2, 1.6, 2, 2.4}
		curve, stdErr := d.Curve(x, 0.1)
		for i := range x {
			var want float64 // the law, smoothed the same way.
			for _, u := range floats.Span(make([]float64, 2001), lawLow, lawHigh)[1:2000] {
				z := (x[i] - u) / 0.1
				want += law(u) * math.Exp(-z*z/2) / (0.1 * math.Sqrt(2*math.Pi))
			}
			want *= (lawHigh - lawLow) / 2000
			require.InDelta(t, want, curve[i], 4*stdErr[i]+0.05*want, "at %g", x[i])
		}
	})
}

// TestDensityOfGOE: half of the eigenvalues are negative; norm and rank are those of the matrix.
func TestDensityOfGOE(t *testing.T) {
	a := goe(400, 1)
	d, err := NewDensity(context.Background(), Matrix{a}, DensityConfig{Seed: 2})
	require.NoError(t, err)
	require.InDelta(t, 0.5, d.Index(0).Value, 0.03)
	require.InEpsilon(t, mat.Norm(a, 2), d.Frobenius().Value, 0.05)
	exact, err := (&Dense{Matrix: a}).Eigenvalues()
	require.NoError(t, err)
	require.InEpsilon(t, EffectiveRank(exact), d.EffectiveRank(), 0.05)

	grid := d.Grid(400, 0.05)
	curve, _ := d.Curve(grid, 0.05)
	require.InDelta(t, 1, floats.Sum(curve)*(grid[1]-grid[0]), 1e-4, "it integrates to one")
	require.Less(t, max(curve[0], curve[399]), 2e-8*floats.Max(curve), "it ends on the ground")
}

// TestDensityRefuses bad arguments by name.
func TestDensityRefuses(t *testing.T) {
	for name, cfg := range map[string]DensityConfig{
		"DensityConfig.Probes is -1": {Probes: -1}, "DensityConfig.Steps is -1": {Steps: -1}} {
		t.Run(name, func(t *testing.T) {
			_, err := NewDensity(context.Background(), Matrix{mat.NewSymDense(2, nil)}, cfg)
			var bad *result.BadArgument
			require.ErrorAs(t, err, &bad)
			require.ErrorContains(t, err, "spectrum.NewDensity: "+name)
		})
	}
}

// BenchmarkDensity estimates the density of a dense matrix of 1000 × 1000 from 80 products.
func BenchmarkDensity(b *testing.B) {
	a := Matrix{goe(1000, 1)}
	for b.Loop() {
		_, err := NewDensity(context.Background(), a, DensityConfig{Probes: 2, Steps: 40})
		if err != nil {
			b.Fatal(err)
		}
	}
}
