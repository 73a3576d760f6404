package landscape

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/internal/accelerator"
	"lossland/pkg/curve"
	"lossland/pkg/xla"
)

// pretendAccelerator lets the test's programs take the form for accelerators.
func pretendAccelerator(t *testing.T) { t.Cleanup(accelerator.Pretend()) }

// stackedPoints are the points of a sweep's first axis, by what is compiled.
func stackedPoints(p *Problem) (points []int) {
	for _, kept := range p.compiled {
		if l, ok := kept.(*lifted); ok {
			for _, c := range l.code {
				points = append(points, c.points)
			}
		}
	}
	return points
}

// TestStackedIsPlain: points as a first axis give what each gives by itself, for every kind of
// layer, whatever the chunk.
func TestStackedIsPlain(t *testing.T) {
	pretendAccelerator(t)
	for _, n := range []network{
		{"transformer", transformer, 6, Inference}, // embedding, attention, LayerNorm.
		{"kernels [out, in] and [in, out]", mixed, 16, Inference},
		{"ten layers", deep, 8, Inference},
		{"channels first, mean pooling", channelsFirst, 36, Inference},
		{"max and mean pooling, BatchNorm of the batch", cnn, 36, Training},
		{"BatchNorm's averages", cnn, 36, Inference},
	} {
		t.Run(n.name, func(t *testing.T) {
			p, err := NewProblem(xla.MustOpen(), seededStore(1), n.model,
				loss.SparseCategoricalCrossEntropyLogits, randomBatches(3, n.in, 5, 24),
				&Config{Mode: n.mode})
			require.NoError(t, err)
			defer p.Close()
			cfg := SurfaceConfig{Seed: 7, Range: 2, Alphas: []float64{-1, 1.5},
				Betas: []float64{-2, 0.5, 1}, Execution: Execution{Chunk: 2}}
			s, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			require.Equal(t, []int{2}, stackedPoints(p))
			cfg.Execution.Plain = true
			plain, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			closeGrid(t, plain.Loss.Value, s.Loss.Value, 1e-5)
			closeGrid(t, plain.Loss.StdErr, s.Loss.StdErr, 1e-4)
		})
	}
}

// TestStackedInSeveralSweeps: a call for more points than a sweep takes gives each point its own.
func TestStackedInSeveralSweeps(t *testing.T) {
	pretendAccelerator(t)
	before := stackedBytes
	stackedBytes = 1
	defer func() { stackedBytes = before }()
	p := problemOf(t, quick(t), mlp, crossEntropy, randomBatches(2, 8, 10, 12))
	defer p.Close()
	cfg := SurfaceConfig{Seed: 7, Range: 2, Resolution: 5, Execution: Execution{Chunk: 5}}
	s, err := p.Surface(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, []int{1}, stackedPoints(p))
	cfg.Execution.Plain = true
	plain, err := p.Surface(t.Context(), cfg)
	require.NoError(t, err)
	closeGrid(t, plain.Loss.Value, s.Loss.Value, 1e-5)
}

// TestStackedRandomLosses: the same along a line, over random masks, weights, shapes and cuts of
// the data, in both precisions.
func TestStackedRandomLosses(t *testing.T) {
	pretendAccelerator(t)
	line := curve.Ray{Origin: []float64{0.5}, Direction: []float64{0.7}, From: -1, To: 1}
	for name, kind := range randomKinds {
		for width, precision := range precisions {
			t.Run(fmt.Sprint(name, ", ", width), func(t *testing.T) {
				r, b := rand.New(rand.NewPCG(8, 0)), quick(t)
				for range lossDraws / 5 {
					d, sizes := drawWeighted(r, precision.dtype)
					p := kind.problem(t, b, d, sizes, precision)
					requirePlain(t, p, line, 20*precision.tol, stackedPoints)
					p.Close()
				}
			})
		}
	}
}

// TestSortedLosses: a loss with a sort, whose comparator can't be taken to another graph, is
// measured point by point.
func TestSortedLosses(t *testing.T) {
	largest := func(_, z []*graph.Node) *graph.Node {
		values, _ := graph.TopK(z[0], 2, -1) // a sort of values with their places.
		return graph.ReduceMean(graph.Square(values), -1)
	}
	p := problemOf(t, xla.MustOpen(), mlp, largest, randomBatches(2, 8, 10, 12))
	defer p.Close()
	cfg := SurfaceConfig{Seed: 1, Resolution: 2}
	s, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	cfg.Execution.Plain = true
	plain, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	require.Equal(t, plain.Loss.Value, s.Loss.Value)
}

// TestPointsAtOnce: as many as fit into 128 MiB, in equal sweeps.
func TestPointsAtOnce(t *testing.T) {
	for _, c := range []struct {
		capacity int
		bytes    int64
		want     int
	}{
		{40, 1 << 20, 40}, {40, 4 << 20, 20}, {40, 5 << 20, 20}, {64, 128 << 20, 1},
		{64, 1 << 40, 1}, {1, 8, 1}, {64, 0, 64},
	} {
		require.Equal(t, c.want, pointsAtOnce(c.capacity, c.bytes), "%+v", c)
	}
}

// TestPaceOfSweeps: chunks are multiples of what a sweep takes at once.
func TestPaceOfSweeps(t *testing.T) {
	p := pace{most: 64, least: 20}
	require.Equal(t, 20, p.points())
	p.took(paceTarget, 5)
	require.Equal(t, 20, p.points(), "fewer take as long")
	p.took(paceTarget, 50)
	require.Equal(t, 40, p.points())
	p.took(paceTarget, 500)
	require.Equal(t, 64, p.points())
}

// requirePlain wants the losses along a curve to be those of the plain way, up to tol relative to
// one more than the loss, and made by sweeps of which none is of size 0.
func requirePlain(t *testing.T, p *Problem, line curve.Curve, tol float64,
	sizes func(*Problem) []int) {
	t.Helper()
	cfg := AlongConfig{T: []float64{-1, -0.2, 0, 0.4, 1}}
	got, err := p.Along(context.Background(), line, cfg)
	require.NoError(t, err)
	require.NotContains(t, sizes(p), 0)
	cfg.Plain = true
	want, err := p.Along(context.Background(), line, cfg)
	require.NoError(t, err)
	for k := range want.Loss {
		tol := tol * (1 + want.Loss[k].Value)
		require.InDelta(t, want.Loss[k].Value, got.Loss[k].Value, tol)
		require.InDelta(t, want.Loss[k].StdErr, got.Loss[k].StdErr, tol)
	}
}
