package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	timage "github.com/gomlx/gomlx/core/tensors/images"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// deep is an MLP of ten layers.
func deep(scope *model.Scope, x *graph.Node) *graph.Node {
	for i := range 9 {
		x = activation.Relu(layers.Dense(scope.In("l%d", i), x, true, 12))
	}
	return layers.Dense(scope.In("out"), x, true, 5)
}

// channelsFirst is a CNN on images [channels, height, width], with mean pooling.
func channelsFirst(scope *model.Scope, x *graph.Node) *graph.Node {
	x = graph.Reshape(x, -1, 1, 6, 6)
	first := timage.ChannelsFirst
	c0 := layers.Convolution(scope.In("c0"), x).Channels(3).KernelSize(3).ChannelsAxis(first)
	x = activation.Relu(c0.PadSame().Done())
	x = graph.MeanPool(x).ChannelsAxis(first).Window(2).Done()
	c1 := layers.Convolution(scope.In("c1"), x).Channels(4).KernelSize(2).ChannelsAxis(first)
	x = graph.Tanh(c1.NoPadding().Done())
	return layers.Dense(scope.In("out"), graph.Reshape(x, x.Shape().Dimensions[0], -1), true, 5)
}

// TestLiftedIsPlain: what is computed once for the grid and what is computed at each point give the
// same, for every kind of layer.
func TestLiftedIsPlain(t *testing.T) {
	for _, n := range []network{
		{"transformer", transformer, 6, Inference}, // embedding, attention, LayerNorm.
		{"kernels [out, in] and [in, out]", mixed, 16, Inference},
		{"ten layers", deep, 8, Inference},
		{"channels first, mean pooling", channelsFirst, 36, Inference},
		{"max and mean pooling, BatchNorm of the batch", cnn, 36, Training},
	} {
		t.Run(n.name, func(t *testing.T) {
			p, err := NewProblem(xla.MustOpen(), seededStore(1), n.model,
				loss.SparseCategoricalCrossEntropyLogits, randomBatches(3, n.in, 5, 24),
				&Config{Mode: n.mode})
			require.NoError(t, err)
			defer p.Close()
			cfg := SurfaceConfig{Seed: 7, Range: 2, Alphas: []float64{-1, 0, 1.5},
				Betas: []float64{-2, 0.5}}
			s, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			require.NotEmpty(t, p.compiled, "it was lifted")
			cfg.Execution.Plain = true
			plain, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			closeGrid(t, plain.Loss.Value, s.Loss.Value, 1e-5)
			closeGrid(t, plain.Loss.StdErr, s.Loss.StdErr, 1e-4)
		})
	}
}

// TestSurfaceOnPureGo: a backend without loops measures a point at a time.
func TestSurfaceOnPureGo(t *testing.T) {
	t.Setenv(graph.FusionEnv, "0")
	backend, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	defer backend.Finalize()
	p, err := NewProblem(backend, seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits,
		randomBatches(2, 8, 10, 20, 13), nil)
	require.NoError(t, err)
	require.False(t, hasLoops(backend), "once it has loops this test says nothing")
	cfg := SurfaceConfig{Resolution: 4}
	s, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	cfg.Execution.Plain = true
	plain, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	closeGrid(t, plain.Loss.Value, s.Loss.Value, 1e-5)
}

// BenchmarkSurfaceSweep measures 20×20 points of a small MLP on 512 examples, compiled before.
func BenchmarkSurfaceSweep(b *testing.B) {
	ctx := context.Background()
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 64, 10, 256, 256), nil)
	require.NoError(b, err)
	defer p.Close()
	cfg := SurfaceConfig{Seed: 1, Resolution: 20}
	_, err = p.Surface(ctx, cfg)
	require.NoError(b, err)
	points := 0
	for b.Loop() {
		s, err := p.Surface(ctx, cfg)
		require.NoError(b, err)
		points += s.Done
	}
	b.ReportMetric(float64(points)/b.Elapsed().Seconds(), "points/s")
}
