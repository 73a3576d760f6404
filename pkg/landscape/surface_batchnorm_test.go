package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/xla"
)

// batchStatistics are the mean and the variance that normalise a batch.
type batchStatistics func(batch int) (mean, variance []float64)

// byHand is normedNet's mean loss in float64 at θ, the activations normalised by what statistics
// gives for each batch.
func byHand(t *testing.T, p *Problem, theta []float64, statistics batchStatistics) float64 {
	t.Helper()
	part := func(path string) []float64 {
		e, ok := p.Params().Find(path)
		require.True(t, ok, path)
		return e.Slice(theta)
	}
	scale, offset := part("/bn/batch_normalization/scale"), part("/bn/batch_normalization/offset")
	total, examples := 0.0, 0
	for k, b := range p.data.resident {
		mean, variance := statistics(k)
		labels := tensors.MustCopyFlatData[int32](b.Labels[0])
		for i, h := range denseByHand(inputsOf(t, b), part("/in/dense/weights"),
			part("/in/dense/biases")) {
			for j := range h {
				h[j] = max(0, scale[j]*(h[j]-mean[j])/math.Sqrt(variance[j]+1e-3)+offset[j])
			}
			z := denseByHand([][]float64{h}, part("/out/dense/weights"),
				part("/out/dense/biases"))[0]
			total += floats.LogSumExp(z) - z[labels[i]]
			examples++
		}
	}
	return total / float64(examples)
}

// inputsOf are the inputs of a batch.
func inputsOf(t *testing.T, b train.Batch) [][]float64 {
	t.Helper()
	flat := make([]float64, b.Inputs[0].Size())
	require.NoError(t, toFloat64(flat, b.Inputs[0]))
	in := b.Inputs[0].Shape().Dimensions[1]
	var rows [][]float64
	for ; len(flat) > 0; flat = flat[in:] {
		rows = append(rows, flat[:in])
	}
	return rows
}

// denseByHand is x·kernel + bias, the kernel [in, out].
func denseByHand(x [][]float64, kernel, bias []float64) [][]float64 {
	out := make([][]float64, len(x))
	for i, row := range x {
		out[i] = append([]float64{}, bias...)
		for k, v := range row {
			floats.AddScaled(out[i], v, kernel[k*len(bias):][:len(bias)])
		}
	}
	return out
}

// momentsByHand are the mean and the variance over a batch's examples of what normedNet normalises.
func momentsByHand(t *testing.T, p *Problem, theta []float64,
	batch int) (mean, variance []float64) {
	t.Helper()
	kernel, _ := p.Params().Find("/in/dense/weights")
	bias, _ := p.Params().Find("/in/dense/biases")
	h := denseByHand(inputsOf(t, p.data.resident[batch]), kernel.Slice(theta), bias.Slice(theta))
	mean, variance = make([]float64, len(h[0])), make([]float64, len(h[0]))
	for _, row := range h {
		floats.AddScaled(mean, 1/float64(len(h)), row)
	}
	for _, row := range h {
		for j, x := range row {
			variance[j] += (x - mean[j]) * (x - mean[j]) / float64(len(h))
		}
	}
	return mean, variance
}

// TestBatchNormContracts: frozen, batch and re-estimated statistics, each computed by hand, in
// batches of unequal sizes.
func TestBatchNormContracts(t *testing.T) {
	store := seededStore(3)
	p, err := NewProblem(xla.MustOpen(), store, normedNet, loss.SparseCategoricalCrossEntropyLogits,
		randomBatches(2, 8, 3, 24, 8), nil)
	require.NoError(t, err)
	stored := map[string][]float64{"mean": Linspace(-0.5, 0.5, 6), "variance": Linspace(0.5, 2, 6)}
	for name, values := range stored {
		v := store.GetVariable("/bn/batch_normalization/" + name)
		value, err := fromFloat64(values, v.Shape())
		require.NoError(t, err)
		require.NoError(t, v.SetValue(value))
	}
	before := digest(t, store)
	ctx := context.Background()
	at := func(p *Problem, contract BatchNorm) *Surface {
		s, err := p.Surface(ctx, SurfaceConfig{BatchNorm: contract, Resolution: 2, Range: 3})
		require.NoError(t, err)
		require.Contains(t, s.Record.Config["batch norm"], contract.String())
		return s
	}
	frozen, batch := at(p, BatchNormFrozen), at(p, BatchNormBatch)
	reestimated := at(p, BatchNormReestimated)
	require.Equal(t, before, digest(t, store))
	for i, alpha := range frozen.Loss.Alphas {
		for j, beta := range frozen.Loss.Betas {
			theta := frozen.Plane.At(alpha, beta)
			close := func(got float64, statistics batchStatistics) {
				require.InEpsilon(t, byHand(t, p, theta, statistics), got, 1e-5)
			}
			close(frozen.Loss.Z(i, j), func(int) ([]float64, []float64) {
				return stored["mean"], stored["variance"]
			})
			close(batch.Loss.Z(i, j), func(k int) ([]float64, []float64) {
				return momentsByHand(t, p, theta, k)
			})
			mean, variance := momentsByHand(t, p, theta, 0)
			floats.Scale(24.0/32, mean)
			floats.Scale(24.0/32, variance)
			m, v := momentsByHand(t, p, theta, 1)
			floats.AddScaled(mean, 8.0/32, m)
			floats.AddScaled(variance, 8.0/32, v)
			close(reestimated.Loss.Z(i, j),
				func(int) ([]float64, []float64) { return mean, variance })
		}
	}
	require.Equal(t, frozen.Loss, at(p, BatchNormAsMode).Loss)
	training, err := NewProblem(xla.MustOpen(), store, normedNet,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 3, 24, 8),
		&Config{Mode: Training})
	require.NoError(t, err)
	require.Equal(t, batch.Loss, at(training, BatchNormAsMode).Loss)
}

func TestBatchNormRefusals(t *testing.T) {
	data := randomBatches(2, 8, 10, 40)
	ctx := context.Background()
	p, err := NewProblem(xla.MustOpen(), busyStore(t, data), busy,
		loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	_, err = p.Surface(ctx, SurfaceConfig{BatchNorm: BatchNormBatch, Resolution: 2})
	require.ErrorIs(t, err, ErrRandom, "it has dropout")
	_, err = p.Surface(ctx, SurfaceConfig{BatchNorm: 9, Resolution: 2})
	require.ErrorContains(t, err, "SurfaceConfig.BatchNorm is 9")
	q, err := NewProblem(xla.MustOpen(), seededStore(1), mlp,
		loss.SparseCategoricalCrossEntropyLogits, train.Dataset(data), nil)
	require.NoError(t, err)
	_, err = q.Surface(ctx, SurfaceConfig{BatchNorm: BatchNormReestimated, Resolution: 2})
	require.ErrorContains(t, err, "norm.BatchNorm layers")
}

// normedNet is a small network with BatchNorm.
func normedNet(scope *model.Scope, x *graph.Node) *graph.Node {
	x = norm.BatchNorm(scope.In("bn"), layers.Dense(scope.In("in"), x, true, 6), -1).Done()
	return layers.Dense(scope.In("out"), activation.Relu(x), true, 3)
}

// TestGradNormAtReestimatedStatistics: the gradient is taken at the statistics that the loss was
// measured with, and not at the store's.
func TestGradNormAtReestimatedStatistics(t *testing.T) {
	data, store := randomBatches(2, 8, 3, 20, 20), seededStore(1)
	p, err := NewProblem(xla.MustOpen(), store, normedNet, loss.SparseCategoricalCrossEntropyLogits,
		data, nil)
	require.NoError(t, err)
	ctx := context.Background()
	s, err := p.Surface(ctx, SurfaceConfig{Resolution: 2, GradNorm: true,
		BatchNorm: BatchNormReestimated})
	require.NoError(t, err)
	theta := s.Plane.At(-1, 1)
	stored, err := there(t, p, theta).Gradient(ctx)
	require.NoError(t, err)
	require.Greater(t, math.Abs(floats.Norm(stored, 2)/s.GradNorm[0][1]-1), 0.01)

	m, err := p.newReestimatedMeter(ctx, s.Plane)
	require.NoError(t, err)
	defer m.close()
	require.NoError(t, m.reestimate(ctx, theta))
	for path, value := range m.pr.override {
		own, err := value.LocalClone()
		require.NoError(t, err)
		require.NoError(t, store.GetVariable(path).SetValue(own))
	}
	moved := there(t, p, theta)
	g, err := moved.Gradient(ctx)
	require.NoError(t, err)
	e, err := moved.Loss(ctx)
	require.NoError(t, err)
	require.InEpsilon(t, s.Loss.Z(0, 1), e.Loss.Value, 1e-6)
	require.InEpsilon(t, floats.Norm(g, 2), s.GradNorm[0][1], 1e-5)
}
