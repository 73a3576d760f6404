package landscape

import (
	"context"
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
	"lossland/pkg/xla"
)

func TestQuantile(t *testing.T) {
	three := []float64{1, 2, 4}
	for level, want := range map[float64]float64{0: 1, 0.25: 1.5, 0.5: 2, 0.75: 3, 1: 4} {
		require.Equal(t, want, quantile(level, three))
	}
	require.Equal(t, 1.5, quantile(0.5, []float64{1, 2}))
	require.True(t, math.IsInf(quantile(0.9, []float64{1, math.Inf(1), math.Inf(1)}), 1))
	require.True(t, math.IsNaN(quantile(0.5, []float64{math.NaN(), 1, 2})))
}

// made is a spread of random quadratics a·β² + noise, the first with its own a.
func made(r *rand.Rand, first float64) *Spread {
	s := &Spread{Levels: []float64{0.25, 0.75}}
	for k := range 20 {
		a := 1 + 0.2*r.NormFloat64()
		if k == 0 && first != 0 {
			a = first
		}
		g := newGrid([]float64{0}, Linspace(-1, 1, 11))
		for j, b := range g.Betas {
			g.Value[0][j] = 0.1 + math.Abs(a)*b*b
		}
		s.Planes = append(s.Planes, &Surface{Loss: g})
	}
	s.summarise()
	return s
}

// TestTypicality: p is uniform for a picture like the others, and small for another kind.
func TestTypicality(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const draws = 400
	below := 0
	for range draws {
		if made(r, 0).Typical.P <= 0.1 {
			below++
		}
	}
	require.InDelta(t, 0.1*draws, below, 3*math.Sqrt(0.09*draws))
	odd := made(r, 5)
	require.Equal(t, 0.05, odd.Typical.P)
	require.Contains(t, odd.Typical.String(), "not typical")
	require.Greater(t, odd.Typical.Ratio, 3.0)
	for j := range odd.Median.Betas {
		require.LessOrEqual(t, odd.Quantiles[0].Value[0][j], odd.Median.Value[0][j])
		require.LessOrEqual(t, odd.Median.Value[0][j], odd.Quantiles[1].Value[0][j])
	}
	require.Contains(t, Typicality{Distance: make([]float64, 5), P: 0.4}.String(), "5 planes can't show")
}

func TestSpreads(t *testing.T) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30), nil)
	require.NoError(t, err)
	ctx := context.Background()
	calls := 0
	counted := result.WithProgress(ctx, func(done, total int) {
		calls++
		require.LessOrEqual(t, done, total)
		require.Equal(t, 36, total)
	})
	s, err := p.SurfaceSpread(counted, SpreadConfig{Planes: 4, Surface: SurfaceConfig{Seed: 5, Resolution: 3}})
	require.NoError(t, err)
	require.NotZero(t, calls)
	one, err := p.Surface(ctx, SurfaceConfig{Seed: 7, Resolution: 3})
	require.NoError(t, err)
	require.Equal(t, one.Loss, s.Planes[2].Loss, "seed 5, 6, 7")
	require.Equal(t, 36, s.Cost.Evaluations)
	for i := range 3 {
		for j := range 3 {
			z := s.cell(i, j)
			sort.Float64s(z)
			require.Equal(t, z[1]+0.5*(z[2]-z[1]), s.Median.Value[i][j])
			require.InDelta(t, z[0]+0.3*(z[1]-z[0]), s.Quantiles[0].Value[i][j], 1e-12, "level 0.1 of four")
		}
	}

	line, err := p.LineSpread(ctx, SpreadConfig{Planes: 3, Normalize: &NormalizeConfig{}, Surface: SurfaceConfig{Seed: 5, Betas: []float64{-1, 0, 0.5}}})
	require.NoError(t, err)
	e, err := p.Loss(ctx, nil)
	require.NoError(t, err)
	for _, l := range line.Planes {
		require.InEpsilon(t, e.Loss.Value, l.Loss.Value[0][1], 1e-6, "all lines meet at the weights")
	}
	require.NotEqual(t, line.Planes[0].Loss.Value[0][0], line.Planes[1].Loss.Value[0][0])

	// A given line is the first; what a line has no use for is refused by name.
	given := &Plane{Origin: one.Plane.Origin, D2: one.Plane.D1, Name: "given"}
	line, err = p.LineSpread(ctx, SpreadConfig{Planes: 3, Surface: SurfaceConfig{Plane: given, Betas: []float64{-1, 0, 1}}})
	require.NoError(t, err)
	require.InEpsilon(t, one.Z(0, 1), line.Planes[0].Z(0, 0), 1e-6)
	require.Equal(t, "given", line.Planes[0].Plane.Name)
	for want, cfg := range map[string]SurfaceConfig{
		"Surface.Refinement is set":        {Refinement: &Refinement{}},
		"Surface.Alphas is [0 1]":          {Alphas: []float64{0, 1}},
		"LineSpread: SurfaceConfig.Betas[": {Betas: []float64{1, 0}},
		"LineSpread: Plane.D2 is a vector": {Plane: &Plane{Origin: one.Plane.Origin}},
	} {
		var bad *BadArgument
		_, err = p.LineSpread(ctx, SpreadConfig{Planes: 3, Surface: cfg})
		require.ErrorAs(t, err, &bad, want)
		require.ErrorContains(t, err, want)
	}

	// Cancelled in the fourth plane, the first three are there, with what they say.
	ctx = cancelAt(28)
	s, err = p.SurfaceSpread(ctx, SpreadConfig{Planes: 5, Surface: SurfaceConfig{Seed: 5, Resolution: 3}})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, s.Planes, 3)
	require.Equal(t, one.Loss, s.Planes[2].Loss)
	require.Len(t, s.Typical.Distance, 3)
	s, err = p.SurfaceSpread(ctx, SpreadConfig{Surface: SurfaceConfig{Resolution: 3}})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, s.Planes)
	require.Nil(t, s.Typical.Distance)

	_, err = p.SurfaceSpread(context.Background(), SpreadConfig{Planes: 2})
	require.ErrorContains(t, err, "SpreadConfig.Planes is 2")
}
