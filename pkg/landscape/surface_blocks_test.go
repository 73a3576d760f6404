package landscape

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/curve"
	"lossland/pkg/xla"
)

// blockCounts are how many blocks the compiled sweeps have; 0: none.
func blockCounts(p *Problem) (counts []int) {
	for _, kept := range p.compiled {
		if l, ok := kept.(*lifted); ok {
			for _, c := range l.code {
				if c.blocks == nil {
					counts = append(counts, 0)
				} else {
					counts = append(counts, c.blocks.Count())
				}
			}
		}
	}
	return counts
}

// normalized is a network with BatchNorm after its cut.
func normalized(scope *model.Scope, x *graph.Node) *graph.Node {
	h := activation.Relu(layers.Dense(scope.In("l0"), x, true, 6))
	h = norm.BatchNorm(scope.In("bn"), layers.Dense(scope.In("l1"), h, true, 6), -1).Done()
	return layers.Dense(scope.In("out"), activation.Relu(h), true, 5)
}

// TestBlocksArePlain: a surface in blocks of examples is that of each point by itself, to the bit
// the same whatever the chunk; where blocks can't be, it is measured without.
func TestBlocksArePlain(t *testing.T) {
	for _, n := range []struct {
		network
		blocks int
	}{
		{network{"attention", transformer, 6, Inference}, 0},
		{network{"kernels [out, in] and [in, out]", mixed, 16, Inference}, 3},
		{network{"ten layers", deep, 8, Inference}, 3},
		{network{"tanh and GELU", smooth, 8, Inference}, 3},
		{network{"convolutions", channelsFirst, 36, Inference}, 0},
		{network{"BatchNorm of the batch", normalized, 8, Training}, 0},
		{network{"BatchNorm's averages", normalized, 8, Inference}, 3},
	} {
		t.Run(n.name, func(t *testing.T) {
			p, err := NewProblem(xla.MustOpen(), seededStore(1), n.model,
				loss.SparseCategoricalCrossEntropyLogits, randomBatches(3, n.in, 5, 24),
				&Config{Mode: n.mode, Metrics: []Metric{accuracy}})
			require.NoError(t, err)
			defer p.Close()
			p.block = 10 // of 24: the last block isn't full.
			cfg := SurfaceConfig{Seed: 7, Range: 2, Alphas: []float64{-1, 0, 1.5},
				Betas: []float64{-2, 0.5, 1}}
			s, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			require.Equal(t, []int{n.blocks}, blockCounts(p))
			for cfg.Execution.Chunk = range 3 { // 0: the default.
				again, err := p.Surface(context.Background(), cfg)
				require.NoError(t, err)
				require.Equal(t, s.Loss.Value, again.Loss.Value)
			}
			cfg.Execution.Plain = true
			plain, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			closeGrid(t, plain.Loss.Value, s.Loss.Value, 1e-5)
			closeGrid(t, plain.Loss.StdErr, s.Loss.StdErr, 1e-4)
			accurate, want := s.Metrics["accuracy"], plain.Metrics["accuracy"]
			closeGrid(t, want.Value, accurate.Value, 1e-5)
		})
	}
}

// TestBlocksOfStreamedData: a batch at a time, with cores that share the rows, and a regularizer,
// which isn't any example's.
func TestBlocksOfStreamedData(t *testing.T) {
	build := func(scope *model.Scope, x *graph.Node) *graph.Node {
		z := mlp(scope, x)
		for v := range scope.Store().IterVariables() {
			if v.Trainable && v.Shape().Rank() == 2 {
				norm := graph.ReduceAllSum(graph.Square(v.NodeValue(x.Graph())))
				train.AddRegularizationLoss(graph.MulScalar(norm, 0.1))
			}
		}
		return z
	}
	p, err := NewProblem(xla.MustOpen(), seededStore(1), build,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 12, 12, 7),
		&Config{MaxResidentBytes: NeverResident})
	require.NoError(t, err)
	defer p.Close()
	p.block = 5
	cfg := SurfaceConfig{Seed: 1, Resolution: 4}
	s, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	require.ElementsMatch(t, []int{3, 2}, blockCounts(p))
	cfg.Execution.Plain = true
	plain, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	closeGrid(t, plain.Loss.Value, s.Loss.Value, 1e-5)
	closeGrid(t, plain.Data.Value, s.Data.Value, 1e-5)
}

// TestBlocksOfLosses: the same for losses beside the mean of cross-entropies.
func TestBlocksOfLosses(t *testing.T) {
	for name, lossFn := range map[string]train.LossFn{
		"squares": func(y, z []*graph.Node) *graph.Node {
			classes := z[0].Shape().Dimensions[1]
			target := graph.OneHot(graph.Squeeze(y[0], -1), classes, z[0].DType())
			return graph.Square(graph.Sub(z[0], target))
		},
		"a sum": func(y, z []*graph.Node) *graph.Node {
			return graph.ReduceAllSum(loss.MeanAbsoluteError(
				[]*graph.Node{graph.ConvertDType(y[0], z[0].DType())},
				[]*graph.Node{graph.Slice(z[0], graph.AxisRange(), graph.AxisRange(0, 1))}))
		},
		"of the largest": func(_, z []*graph.Node) *graph.Node {
			return graph.ReduceMax(graph.Abs(z[0]), -1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := problemOf(t, xla.MustOpen(), mlp, lossFn, randomBatches(2, 8, 10, 12, 7))
			defer p.Close()
			p.block = 5
			cfg := SurfaceConfig{Seed: 1, Resolution: 3}
			s, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			require.ElementsMatch(t, []int{3, 2}, blockCounts(p))
			cfg.Execution.Plain = true
			plain, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			closeGrid(t, plain.Loss.Value, s.Loss.Value, 1e-5)
			closeGrid(t, plain.Loss.StdErr, s.Loss.StdErr, 1e-4)
		})
	}
}

// TestBlocksOfRandomLosses: along a line, over random masks, weights, shapes and cuts of the data,
// in both precisions.
func TestBlocksOfRandomLosses(t *testing.T) {
	line := curve.Ray{Origin: []float64{0.5}, Direction: []float64{0.7}, From: -1, To: 1}
	for name, kind := range randomKinds {
		for width, precision := range precisions {
			t.Run(fmt.Sprint(name, ", ", width), func(t *testing.T) {
				r := rand.New(rand.NewPCG(8, 0))
				for range 2 {
					d, sizes := drawWeighted(r, precision.dtype)
					p := kind.problem(t, xla.MustOpen(), d, sizes, precision)
					p.block = 2
					requirePlain(t, p, line, 20*precision.tol, blockCounts)
					p.Close()
				}
			})
		}
	}
}
