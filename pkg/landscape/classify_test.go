package landscape

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// TestClassifyKnownPoints gives each known point its known verdict: among them Himmelblau's nine by
// name, the monkey saddle (degenerate), Dinh's valley (degenerate), 5x²−y² (saddle).
func TestClassifyKnownPoints(t *testing.T) {
	ctx := context.Background()
	verdicts := map[analytic.Kind]Verdict{
		analytic.NotCritical: NotCritical, analytic.Minimum: LocalMinimum,
		analytic.Saddle: Saddle, analytic.Maximum: LocalMaximum, analytic.Degenerate: Degenerate,
	}
	seen := make(map[Verdict]int)
	for _, a := range analytic.Problems() {
		if a.Dim > 200 || len(a.Points) == 0 {
			continue
		}
		p := known(t, a, a.Points[0].At...)
		op, err := here(t, p).Hessian(ctx, HessianConfig{Batch: 1})
		require.NoError(t, err)
		s := p.newSlope()
		for _, point := range a.Points {
			require.NoError(t, op.MoveTo(point.At))
			at := there(t, p, point.At)
			// The points are given to about 1e-10: zeros of degenerate ones aren't exact.
			c, err := at.classify(ctx, op, s, ClassifyConfig{GradientTol: 1e-6})
			require.NoError(t, err)
			want := verdicts[point.Kind]
			if a.Name == "plateau" && point.Name == "plateau" {
				want = Plateau
			}
			require.Equal(t, want, c.Verdict, "%s at %s: %s", a.Name, point.Name, c.Why)
			require.NotEmpty(t, c.Why)
			require.InDelta(t, point.Loss, c.Loss, 1e-9)
			if i := point.Index(); i >= 0 {
				require.InDelta(t, float64(i)/float64(a.Dim), c.Index.Value, 1e-12)
			}
			seen[c.Verdict]++
		}
		s.close()
		op.Close()
	}
	for v := NotCritical; v <= Degenerate; v++ {
		require.Positive(t, seen[v], "no point with the verdict %s", v)
	}
}

// TestClassifyWithoutTheWholeSpectrum: ends by Lanczos and the index by the spectral density give
// the same verdict.
func TestClassifyWithoutTheWholeSpectrum(t *testing.T) {
	linear, err := analytic.TwoLayerLinear([]float64{4, 3, 2, 1}, 6)
	require.NoError(t, err)
	p := known(t, linear, make([]float64, linear.Dim)...)
	exact, err := here(t, p).Classify(context.Background(), ClassifyConfig{})
	require.NoError(t, err)
	require.True(t, exact.Exact)
	require.Equal(t, 0.5, exact.Index.Value)
	require.Equal(t, linear.Dim, exact.Cost.Products)
	require.Nil(t, exact.Density)

	c, err := here(t, p).Classify(context.Background(),
		ClassifyConfig{Exact: NeverExact, Density: spectrum.DensityConfig{Probes: 20}})
	require.NoError(t, err)
	require.False(t, c.Exact)
	require.Equal(t, Saddle, c.Verdict)
	require.InDelta(t, -4, c.Lowest, 1e-6)
	require.InDelta(t, 4, c.Highest, 1e-6)
	require.InDelta(t, 0.5, c.Index.Value, 4*c.Index.StdErr)
	require.Positive(t, c.Index.StdErr)
	require.Equal(t, c.Index, c.Density.Index(c.EigenTol))
}

// TestClassifyKnowsItsResiduals: with too few products the smallest Ritz value of a minimum is far
// above zero and as far from the true one, so that its sign isn't known; a saddle is known from its
// Ritz values alone.
func TestClassifyKnowsItsResiduals(t *testing.T) {
	ctx := context.Background()
	few := ClassifyConfig{Exact: NeverExact, Lanczos: spectrum.LanczosConfig{MaxProducts: 4},
		Density: spectrum.DensityConfig{Probes: 2, Steps: 10}}
	enough := few
	enough.Lanczos.MaxProducts = 0
	for sign, want := range map[float64]Verdict{1: LocalMinimum, -1: LocalMaximum} {
		spectrum := make([]float64, 100) // from 1 to nearly 10⁴.
		for i := range spectrum {
			spectrum[i] = sign * math.Pow(10, float64(i)/25)
		}
		q, err := analytic.Quadratic(spectrum)
		require.NoError(t, err)
		p := known(t, q, make([]float64, 100)...)
		c, err := here(t, p).Classify(ctx, few)
		require.NoError(t, err)
		require.Equal(t, result.MaxIterations, c.Status)
		end, residual := c.Lowest, c.LowestResidual
		if sign < 0 {
			end, residual = c.Highest, c.HighestResidual
		}
		require.Greater(t, math.Abs(end), c.EigenTol, "by its value alone it is no zero")
		require.Less(t, math.Abs(end), residual)
		require.Equal(t, Degenerate, c.Verdict, c.Why)
		require.Contains(t, c.Why, withResidual(end, residual)+", so that its sign isn't known")
		c, err = here(t, p).Classify(ctx, enough)
		require.NoError(t, err)
		require.Equal(t, want, c.Verdict, c.Why)
		require.Contains(t, c.Why, " ± ")
	}

	linear, err := analytic.TwoLayerLinear([]float64{4, 3, 2, 1}, 6)
	require.NoError(t, err)
	c, err := here(t, known(t, linear, make([]float64, linear.Dim)...)).Classify(ctx, few)
	require.NoError(t, err)
	require.Greater(t, c.LowestResidual, c.EigenTol)
	require.Equal(t, Saddle, c.Verdict, c.Why)
}

// TestClassifySaysWhatWouldChangeIt: the tolerances that the reason names do change the verdict.
func TestClassifySaysWhatWouldChangeIt(t *testing.T) {
	ctx := context.Background()
	p := known(t, analytic.PlainSaddle(), 0, 0)
	c, err := here(t, p).Classify(ctx, ClassifyConfig{})
	require.NoError(t, err)
	require.Equal(t, Saddle, c.Verdict)
	require.Contains(t, c.Why, "tolerance of 2")
	c, err = here(t, p).Classify(ctx, ClassifyConfig{EigenTol: 0.2001}) // relative to ‖H‖ = 10.
	require.NoError(t, err)
	require.Equal(t, Degenerate, c.Verdict)

	p = known(t, analytic.Rosenbrock(), 1, 1.001)
	c, err = here(t, p).Classify(ctx, ClassifyConfig{})
	require.NoError(t, err)
	require.Equal(t, NotCritical, c.Verdict)
	c, err = here(t, p).Classify(ctx, ClassifyConfig{GradientTol: c.GradientNorm})
	require.NoError(t, err)
	require.Equal(t, LocalMinimum, c.Verdict)

	// In float32 the default tolerances are wider.
	p = knownIn(t, dtypes.Float32, analytic.Rosenbrock(), 1, 1)
	c, err = here(t, p).Classify(ctx, ClassifyConfig{})
	require.NoError(t, err)
	require.Equal(t, LocalMinimum, c.Verdict)
	require.InDelta(t, 0.39936, c.Lowest, 1e-3)

	_, err = here(t, p).Classify(ctx, ClassifyConfig{EigenTol: -1})
	require.ErrorContains(t, err, "ClassifyConfig.EigenTol")
	for _, exact := range []int{spectrum.DenseLimit + 1, -2} {
		_, err = here(t, p).Classify(ctx, ClassifyConfig{Exact: exact})
		require.ErrorContains(t, err, "ClassifyConfig.Exact")
	}
}

// scaled is a problem's loss times a constant.
func scaled(a analytic.Problem, by float64) analytic.Problem {
	loss := a.Loss
	a.Loss = func(theta *graph.Node) *graph.Node { return graph.MulScalar(loss(theta), by) }
	return a
}

// TestVerdictsHaveNoUnit: a loss in another unit gets the same words, here and from the search.
func TestVerdictsHaveNoUnit(t *testing.T) {
	ctx := context.Background()
	quadratic, err := analytic.Quadratic([]float64{1, 2, 3, 4})
	require.NoError(t, err)
	scales := map[dtypes.DType][]float64{dtypes.Float64: {1e-12, 1e-6, 1, 1e6, 1e12},
		dtypes.Float32: {1e-6, 1e-3, 1, 1e3, 1e6}}
	for dtype, all := range scales {
		for _, c := range []struct {
			name  string
			a     analytic.Problem
			theta []float64
			want  Verdict
		}{
			{"off the minimum", quadratic, []float64{.1, .1, .1, .1}, NotCritical},
			{"at the minimum", quadratic, []float64{0, 0, 0, 0}, LocalMinimum},
			{"saddle", analytic.PlainSaddle(), []float64{0, 0}, Saddle},
			{"plateau", analytic.Plateau(), []float64{4, 0}, Plateau},
			{"Rosenbrock", analytic.Rosenbrock(), []float64{1, 1}, LocalMinimum},
		} {
			for _, s := range all {
				t.Run(fmt.Sprintf("%s, %s, %g", dtype, c.name, s), func(t *testing.T) {
					p := knownIn(t, dtype, scaled(c.a, s), c.theta...)
					for _, exact := range []int{0, NeverExact} {
						got, err := here(t, p).Classify(ctx, ClassifyConfig{Exact: exact})
						require.NoError(t, err)
						require.Equal(t, c.want, got.Verdict, got.Why)
					}
				})
			}
		}
	}
	for dtype, all := range scales {
		for _, s := range all {
			t.Run(fmt.Sprintf("search, %s, %g", dtype, s), func(t *testing.T) {
				p := knownIn(t, dtype, scaled(quadratic, s), .1, .1, .1, .1)
				c, err := here(t, p).FindCritical(ctx, CriticalConfig{Tol: 1e-4})
				require.NoError(t, err)
				require.Equal(t, result.Converged, c.Status)
				require.Positive(t, c.Iterations)
				require.InDelta(t, 0, floats.Norm(c.Theta, 2), 1e-4)
				again, err := there(t, p, make([]float64, 4)).FindCritical(ctx, CriticalConfig{})
				require.NoError(t, err)
				require.Equal(t, result.Converged, again.Status)
			})
		}
	}
}
