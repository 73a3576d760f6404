package landscape

import (
	"context"
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/curve"
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
func made(t *testing.T, r *rand.Rand, first float64) *Spread {
	var losses []Grid
	for k := range 20 {
		a := 1 + 0.2*r.NormFloat64()
		if k == 0 && first != 0 {
			a = first
		}
		g := newGrid([]float64{0}, Linspace(-1, 1, 11))
		for j, b := range g.Betas {
			g.Value[0][j] = 0.1 + math.Abs(a)*b*b
		}
		losses = append(losses, g)
	}
	s, err := SpreadOf(losses, 0.25, 0.75)
	require.NoError(t, err)
	return s
}

// TestTypicality: p is uniform for a picture like the others, and small for another kind.
func TestTypicality(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const draws = 400
	below := 0
	for range draws {
		if made(t, r, 0).Typical.P <= 0.1 {
			below++
		}
	}
	require.InDelta(t, 0.1*draws, below, 3*math.Sqrt(0.09*draws))
	odd := made(t, r, 5)
	require.Equal(t, 0.05, odd.Typical.P)
	require.Contains(t, odd.Typical.String(), "not typical")
	require.Greater(t, odd.Typical.Ratio, 3.0)
	for j := range odd.Median.Betas {
		require.LessOrEqual(t, odd.Quantiles[0].Value[0][j], odd.Median.Value[0][j])
		require.LessOrEqual(t, odd.Median.Value[0][j], odd.Quantiles[1].Value[0][j])
	}
	few := Typicality{Distance: make([]float64, 5), P: 0.4}
	require.Contains(t, few.String(), "5 planes can't show")
}

// TestSpreadByHand: three pictures of one cell, on the scale of ln L. The medians of the others
// are 5, 4.5 and 1.5.
func TestSpreadByHand(t *testing.T) {
	var losses []Grid
	for _, z := range []float64{1, 2, 8} {
		g := newGrid([]float64{0}, []float64{0})
		g.Value[0][0] = z
		losses = append(losses, g)
	}
	s, err := SpreadOf(losses)
	require.NoError(t, err)
	far := []float64{math.Log(5), math.Log(2.25), math.Log(8 / 1.5)}
	require.InDeltaSlice(t, far, s.Typical.Distance, 1e-12)
	require.InDelta(t, 2./3, s.Typical.P, 1e-12, "the first itself and the third")
	require.InDelta(t, far[0]/((far[1]+far[2])/2), s.Typical.Ratio, 1e-12)
}

// spreadProblem is a small network to draw planes through.
func spreadProblem(t *testing.T) *Problem {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30), nil)
	require.NoError(t, err)
	return p
}

// TestSurfaceSpread: the planes are those of the seeds that follow, and quantiles are pointwise.
func TestSurfaceSpread(t *testing.T) {
	p := spreadProblem(t)
	calls := 0
	ctx := result.WithProgress(context.Background(), func(done, total int) {
		calls++
		require.LessOrEqual(t, done, total)
		require.Equal(t, 36, total)
	})
	s, err := p.SurfaceSpread(ctx,
		SpreadConfig{Planes: 4, Surface: SurfaceConfig{Seed: 5, Resolution: 3}})
	require.NoError(t, err)
	require.NotZero(t, calls)
	one, err := p.Surface(context.Background(), SurfaceConfig{Seed: 7, Resolution: 3})
	require.NoError(t, err)
	require.Equal(t, one.Loss, s.Planes[2].Loss, "seed 5, 6, 7")
	require.Equal(t, 36, s.Cost.Evaluations)
	for i := range 3 {
		for j := range 3 {
			var z []float64
			for _, plane := range s.Planes {
				z = append(z, plane.Loss.Z(i, j))
			}
			sort.Float64s(z)
			require.Equal(t, z[1]+0.5*(z[2]-z[1]), s.Median.Value[i][j])
			require.InDelta(t, z[0]+0.3*(z[1]-z[0]), s.Quantiles[0].Value[i][j], 1e-12)
		}
	}
}

// TestSurfaceSpreadWithAGivenPlane: it is the first, and the others are normalised if asked.
func TestSurfaceSpreadWithAGivenPlane(t *testing.T) {
	p, ctx := spreadProblem(t), context.Background()
	given, err := p.RandomPlane(9)
	require.NoError(t, err)
	given.Name = "given"
	s, err := p.SurfaceSpread(ctx, SpreadConfig{Planes: 3, Normalize: &NormalizeConfig{},
		Surface: SurfaceConfig{Plane: given, Resolution: 3}})
	require.NoError(t, err)
	require.Equal(t, "given", s.Planes[0].Plane.Name)
	require.Contains(t, s.Planes[1].Plane.Name, "seed 1, normalised by filter")
	for _, plane := range s.Planes {
		require.InEpsilon(t, s.Planes[0].Loss.Z(1, 1), plane.Loss.Z(1, 1), 1e-6,
			"all meet at the weights")
	}
}

// TestSurfaceSpreadCancelled: what was finished is there, with what it says.
func TestSurfaceSpreadCancelled(t *testing.T) {
	p := spreadProblem(t)
	ctx, cancel := context.WithCancel(context.Background())
	watched := result.WithProgress(ctx, func(done, _ int) {
		if done > 27 { // in the fourth plane.
			cancel()
		}
	})
	s, err := p.SurfaceSpread(watched,
		SpreadConfig{Planes: 5, Surface: SurfaceConfig{Resolution: 3}})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, s.Planes, 3)
	require.Len(t, s.Typical.Distance, 3)
	s, err = p.SurfaceSpread(ctx, SpreadConfig{Surface: SurfaceConfig{Resolution: 3}})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, s.Planes)
	require.Nil(t, s.Typical.Distance)
}

// TestSpreadOfRays: profiles of random rays have a spread, too.
func TestSpreadOfRays(t *testing.T) {
	p, ctx := spreadProblem(t), context.Background()
	var losses []Grid
	for seed := range uint64(3) {
		plane, err := p.RandomPlane(seed)
		require.NoError(t, err)
		ray := curve.Ray{Origin: plane.Origin, Direction: plane.D1}
		l, err := p.Along(ctx, ray, AlongConfig{Points: 5})
		require.NoError(t, err)
		losses = append(losses, l.Surface().Loss)
	}
	s, err := SpreadOf(losses)
	require.NoError(t, err)
	require.Len(t, s.Quantiles, 5)
	require.InEpsilon(t, losses[0].Z(0, 2), s.Median.Z(0, 2), 1e-6, "all rays meet at the weights")
	require.Positive(t, s.Typical.Distance[0])
}

func TestSpreadRefuses(t *testing.T) {
	p := spreadProblem(t)
	_, err := p.SurfaceSpread(context.Background(), SpreadConfig{Planes: 2})
	require.ErrorContains(t, err, "SpreadConfig.Planes is 2")
	at := func(beta float64) Grid { return newGrid([]float64{0}, []float64{0, beta}) }
	here, elsewhere := at(1), at(2)
	_, err = SpreadOf([]Grid{here, here})
	require.ErrorContains(t, err, "at least 3")
	_, err = SpreadOf([]Grid{here, here, elsewhere})
	require.ErrorContains(t, err, "losses[2] is at other coordinates")
	ragged := at(1)
	ragged.Value[0] = ragged.Value[0][:1]
	_, err = SpreadOf([]Grid{here, here, ragged})
	require.ErrorContains(t, err, "losses[2].Value is of another size")
	_, err = SpreadOf([]Grid{here, here, here}, 2)
	require.ErrorContains(t, err, "Levels[0]")
}

// TestSpreadWithoutANumber: a cell that isn't a number in one picture is left out for all.
func TestSpreadWithoutANumber(t *testing.T) {
	var grids []Grid
	for k := range 20 {
		g := newGrid([]float64{0, 1}, []float64{0, 1})
		for i := range 2 {
			for j := range 2 {
				g.Value[i][j] = 4 + float64(k)/100
				if k == 0 {
					g.Value[i][j] = 1e9
				}
			}
		}
		grids = append(grids, g)
	}
	grids[7].Value[1][1] = math.NaN()
	s, err := SpreadOf(grids)
	require.NoError(t, err)
	require.InDelta(t, 0.05, s.Typical.P, 1e-12)
	require.Greater(t, s.Typical.Ratio, 100.0)
	for i := range 2 {
		for j := range 2 {
			grids[3].Value[i][j] = math.NaN()
		}
	}
	s, err = SpreadOf(grids)
	require.NoError(t, err)
	require.True(t, math.IsNaN(s.Typical.P) && math.IsNaN(s.Typical.Ratio))
}
