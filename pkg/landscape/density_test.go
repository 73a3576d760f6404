package landscape

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
)

// wishart is XᵀX/N for Gaussian X of shape [N, d].
func wishart(n, d int, seed uint64) *mat.SymDense {
	x := mat.NewDense(n, d, gaussian(rand.New(rand.NewPCG(seed, 3)), n*d))
	var s mat.SymDense
	s.SymOuterK(1/float64(n), x.T())
	return &s
}

func TestDensityWeightsSumToOne(t *testing.T) {
	d, err := SpectralDensity(context.Background(), DenseOperator{rotated(analytic.Spectrum(60), 1)}, DensityConfig{Steps: 20, Probes: 3})
	require.NoError(t, err)
	for _, q := range d.Probes {
		require.Len(t, q.Nodes, 20)
		require.InDelta(t, 1, floats.Sum(q.Weights), 1e-12)
	}
}

// TestQuadratureIsExactForPolynomials: each probe's moments vᵀAᵏv come out exactly, up to degree 2m−1, by an independent computation.
func TestQuadratureIsExactForPolynomials(t *testing.T) {
	a := rotated(analytic.Spectrum(30), 1)
	d, err := SpectralDensity(context.Background(), DenseOperator{a}, DensityConfig{Steps: 4, Probes: 1, Seed: 5})
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

// TestMarchenkoPastur: edges and shape of a random covariance matrix's spectrum, γ = ½.
func TestMarchenkoPastur(t *testing.T) {
	const dim = 600
	a := DenseOperator{wishart(2*dim, dim, 4)}
	d, err := SpectralDensity(context.Background(), a, DensityConfig{Steps: 60, Probes: 6, Seed: 1})
	require.NoError(t, err)
	law, err := analytic.NewMarchenkoPastur(0.5)
	require.NoError(t, err)
	low, high := law.Edges()
	require.InDelta(t, 0.0858, low, 1e-4)
	require.InDelta(t, 2.9142, high, 1e-4)
	// The ends of a finite matrix's spectrum differ from the law's edges by a Tracy–Widom variable times N^(−2/3): the largest eigenvalue is at
	// (√(N−1)+√d)²/N + τ·σ with σ = (√(N−1)+√d)(1/√(N−1)+1/√d)^⅓/N, the smallest likewise with minus (Johnstone 2001). The variable has the
	// mean −1.21 and the standard deviation 1.27, so the mean over draws is known to ±4·1.27·σ/√draws.
	const draws = 4
	var lows, highs float64
	for seed := range uint64(draws) {
		ends, err := Lanczos(context.Background(), DenseOperator{wishart(2*dim, dim, 100+seed)}, 1, BothEnds, LanczosConfig{Tol: 1e-5})
		require.NoError(t, err)
		lows, highs = lows+ends.Min()/draws, highs+ends.Max()/draws
	}
	a0, b0 := math.Sqrt(2*dim-1), math.Sqrt(dim)
	sigmaHigh := (a0 + b0) * math.Cbrt(1/a0+1/b0) / (2 * dim)
	sigmaLow := (a0 - b0) * math.Cbrt(1/b0-1/a0) / (2 * dim)
	require.InDelta(t, high-1.21*sigmaHigh, highs, 4*1.27*sigmaHigh/math.Sqrt(draws))
	require.InDelta(t, low+1.21*sigmaLow, lows, 4*1.27*sigmaLow/math.Sqrt(draws))
	require.Less(t, 4*1.27*sigmaLow/math.Sqrt(draws), 0.1*low, "the edge is told apart from zero and from its double")
	gotLow, gotHigh := d.Range()
	require.InDelta(t, low+1.21*sigmaLow, gotLow, 5*1.27*sigmaLow)
	require.InDelta(t, high-1.21*sigmaHigh, gotHigh, 5*1.27*sigmaHigh)
	t.Logf("edges %.4f and %.4f, of the law %.4f and %.4f; σ %.4f and %.4f", lows, highs, low, high, sigmaLow, sigmaHigh)

	trace := d.Trace()
	require.InDelta(t, mat.Trace(a.Symmetric), trace.Value, 4*trace.StdErr)
	// The density away from the edges, as probabilities of intervals of width ½: a smoothed curve against the law.
	x := []float64{0.4, 0.8, 1.2, 1.6, 2, 2.4}
	curve, stdErr := d.Curve(x, 0.1)
	for i := range x {
		var want float64 // the law, smoothed the same way.
		for _, u := range floats.Span(make([]float64, 2001), low, high) {
			z := (x[i] - u) / 0.1
			want += law.Density(u) * math.Exp(-z*z/2) / (0.1 * math.Sqrt(2*math.Pi)) * (high - low) / 2000
		}
		require.InDelta(t, want, curve[i], 4*stdErr[i]+0.05*want, "at %g", x[i])
	}
}

// TestDensityOfGOE: half of the eigenvalues are negative.
func TestDensityOfGOE(t *testing.T) {
	a, err := analytic.GOE(400, 1)
	require.NoError(t, err)
	d, err := SpectralDensity(context.Background(), DenseOperator{a}, DensityConfig{Seed: 2})
	require.NoError(t, err)
	index := d.Index(0)
	require.InDelta(t, 0.5, index.Value, 0.03)
	require.InDelta(t, 400, 400*d.Mean(func(float64) float64 { return 1 }).Value, 1e-9)
	require.InEpsilon(t, mat.Norm(a, 2), d.Frobenius().Value, 0.05)
	exact := EffectiveRank((&Spectrum{Values: eigenvalues(t, a)}).Values)
	require.InEpsilon(t, exact, d.EffectiveRank(), 0.05)
	curve, _ := d.Curve(d.Grid(400, 0.05), 0.05)
	grid := d.Grid(400, 0.05)
	require.InDelta(t, 1, floats.Sum(curve)*(grid[1]-grid[0]), 1e-2, "a density integrates to one")
}

func eigenvalues(t *testing.T, a mat.Symmetric) []float64 {
	t.Helper()
	values, err := (&Dense{Matrix: mat.NewSymDense(a.SymmetricDim(), mat.DenseCopyOf(a).RawMatrix().Data)}).Eigenvalues()
	require.NoError(t, err)
	return values
}

// TestTraceEstimators are unbiased with honest error bars, and Hutch++ is the better one where a few eigenvalues dominate.
func TestTraceEstimators(t *testing.T) {
	ctx := context.Background()
	spectrum := make([]float64, 300)
	for i := range spectrum {
		spectrum[i] = 100 * math.Pow(float64(i+1), -2)
	}
	a := rotated(spectrum, 3)
	trace, frobenius := floats.Sum(spectrum), floats.Norm(spectrum, 2)
	var zs, ratios []float64
	for seed := range uint64(40) {
		h, err := Hutchinson(ctx, DenseOperator{a}, TraceConfig{Seed: seed})
		require.NoError(t, err)
		require.Len(t, h.Terms, 30)
		zs = append(zs, (h.Trace.Value-trace)/h.Trace.StdErr)
		require.InDelta(t, frobenius, h.Frobenius.Value, 5*h.Frobenius.StdErr)
		plus, err := HutchPlusPlus(ctx, DenseOperator{a}, TraceConfig{Seed: seed})
		require.NoError(t, err)
		require.InDelta(t, trace, plus.Trace.Value, 6*plus.Trace.StdErr)
		ratios = append(ratios, plus.Trace.StdErr/h.Trace.StdErr)
	}
	z := result.Mean(zs)
	require.Less(t, math.Abs(z.Value), 3/math.Sqrt(40), "unbiased")
	require.InDelta(t, 1, z.StdErr*math.Sqrt(40), 0.4, "errors have the size that is stated")
	require.Less(t, result.Mean(ratios).Value, 0.2)

	zero, err := HutchPlusPlus(ctx, DenseOperator{mat.NewSymDense(5, nil)}, TraceConfig{Products: 6})
	require.NoError(t, err)
	require.Zero(t, zero.Trace.Value)
	diagonal := mat.NewSymDense(4, nil)
	for i := range 4 {
		diagonal.SetSym(i, i, float64(i))
	}
	h, err := Hutchinson(ctx, DenseOperator{diagonal}, TraceConfig{Products: 2})
	require.NoError(t, err)
	require.Equal(t, 6.0, h.Trace.Value, "for a diagonal matrix one probe of ±1 is exact")
	for _, products := range []int{1, -1} {
		_, err = Hutchinson(ctx, DenseOperator{diagonal}, TraceConfig{Products: products})
		require.Error(t, err)
		_, err = HutchPlusPlus(ctx, DenseOperator{diagonal}, TraceConfig{Products: products})
		require.Error(t, err)
	}
}

// TestSoftmaxRegressionAtZero: the loss is ln 10 and the trace 0.9·tr S, with S = XᵀX/N.
func TestSoftmaxRegressionAtZero(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(6, 6))
	const n, dim, classes = 40, 7, 10
	x, labels, square := make([][]float64, n), make([]int, n), 0.0
	for i := range x {
		x[i], labels[i] = gaussian(r, dim), i%classes
		square += floats.Dot(x[i], x[i])
	}
	a, err := analytic.SoftmaxRegression(x, labels, classes)
	require.NoError(t, err)
	p := known(t, a, make([]float64, a.Dim)...)
	e, err := here(t, p).Loss(ctx)
	require.NoError(t, err)
	require.InDelta(t, math.Log(classes), e.Loss.Value, 1e-12)
	op, err := here(t, p).Hessian(ctx, HessianConfig{})
	require.NoError(t, err)
	defer op.Close()
	dense, err := DenseMatrix(ctx, op, nil)
	require.NoError(t, err)
	require.InEpsilon(t, 0.9*square/n, mat.Trace(dense.Matrix), 1e-12)
	estimate, err := HutchPlusPlus(ctx, op, TraceConfig{Products: 60})
	require.NoError(t, err)
	require.InDelta(t, 0.9*square/n, estimate.Trace.Value, 4*estimate.Trace.StdErr+1e-9)
}
