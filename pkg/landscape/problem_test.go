package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/layers/regularizer"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// busy has everything that behaves differently in training: dropout and BatchNorm; and a regularizer.
func busy(scope *model.Scope, x *graph.Node) *graph.Node {
	h := layers.Dense(scope.In("l0"), x, true, 16)
	h = norm.BatchNorm(scope.In("bn"), h, -1).Done()
	h = activation.Relu(h)
	h = layers.DropoutFromScope(scope.In("drop"), h)
	return layers.Dense(scope.In("out"), h, true, 10)
}

// busyStore is a store whose model busy was trained for a few steps, so that it also holds optimizer state.
func busyStore(t *testing.T, data train.Dataset) *model.Store {
	t.Helper()
	store := seededStore(3)
	store.SetParam(layers.ParamDropoutRate, 0.3)
	store.SetParam(regularizer.ParamL2, 0.01)
	train3(t, store, busy, data)
	return store
}

// train3 trains for three epochs.
func train3(t *testing.T, store *model.Store, fn func(*model.Scope, *graph.Node) *graph.Node, data train.Dataset) {
	t.Helper()
	trainer := train.NewTrainer(xla.MustOpen(), store, fn, loss.SparseCategoricalCrossEntropyLogits, optimizer.Adam().Done(), nil, nil)
	for range 3 {
		for b, err := range data.Iter() {
			require.NoError(t, err)
			_, err = trainer.TrainStep(b)
			require.NoError(t, err)
		}
	}
}

// snapshot is every variable of the store, byte for byte.
func snapshot(t *testing.T, store *model.Store) map[string][]byte {
	t.Helper()
	bytes := make(map[string][]byte)
	for v := range store.IterVariables() {
		value, err := v.Value()
		require.NoError(t, err)
		require.NoError(t, value.ConstBytes(func(data []byte) { bytes[v.Path()] = append([]byte{}, data...) }))
	}
	return bytes
}

// TestLossIsTheTrainersEvaluation compares with GoMLX's own evaluation, an independent implementation, and checks that the store
// isn't touched.
func TestLossIsTheTrainersEvaluation(t *testing.T) {
	data := randomBatches(2, 8, 10, 40, 40)
	store := busyStore(t, data)
	before := snapshot(t, store)
	p, err := NewProblem(xla.MustOpen(), store, busy, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	e, err := p.Loss(context.Background(), nil)
	require.NoError(t, err)
	require.Equal(t, before, snapshot(t, store))
	require.Greater(t, e.Loss.Value, e.Data.Value, "the regularizer is part of the loss")

	trainer := train.NewTrainer(xla.MustOpen(), store, busy, loss.SparseCategoricalCrossEntropyLogits, optimizer.Adam().Done(), nil, nil)
	metrics, err := trainer.Eval(data)
	require.NoError(t, err)
	require.InEpsilon(t, metrics[0].Value().(float32), e.Loss.Value, 1e-5)
}

func TestWeightsRoundTrip(t *testing.T) {
	data := randomBatches(2, 8, 10, 40)
	store := busyStore(t, data)
	p, err := NewProblem(xla.MustOpen(), store, busy, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	before := snapshot(t, store)
	theta, err := p.Weights()
	require.NoError(t, err)
	require.NoError(t, p.SetWeights(theta))
	require.Equal(t, before, snapshot(t, store))
}

func TestDropoutInTrainingModeIsRefused(t *testing.T) {
	data := randomBatches(2, 8, 10, 40)
	_, err := NewProblem(xla.MustOpen(), busyStore(t, data), busy, loss.SparseCategoricalCrossEntropyLogits, data, &Config{Mode: Training})
	require.ErrorIs(t, err, ErrRandom)
}

func TestBadInputIsNamed(t *testing.T) {
	b := xla.MustOpen()
	_, err := NewProblem(b, seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, fixed(nil), nil)
	require.ErrorIs(t, err, ErrNoData)

	data := randomBatches(2, 8, 10, 40)
	_, err = NewProblem(b, seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, data, &Config{MaxExamples: 39})
	require.ErrorContains(t, err, "more than 39 examples")

	noWeights := func(_ *model.Scope, x *graph.Node) *graph.Node { return x }
	_, err = NewProblem(b, seededStore(1), noWeights, loss.MeanSquaredError, fixed{{
		Inputs: []*tensors.Tensor{tensors.FromValue([][]float32{{1}})}, Labels: []*tensors.Tensor{tensors.FromValue([][]float32{{1}})},
	}}, nil)
	require.ErrorIs(t, err, ErrNoWeights)

	p, err := NewProblem(b, seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	_, err = p.Loss(context.Background(), make([]float64, 3))
	require.ErrorContains(t, err, "theta is a vector of 3; want")

	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = p.Loss(cancelled, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// TestStreamedDataGivesTheSameLoss reads the data set again for every pass.
func TestStreamedDataGivesTheSameLoss(t *testing.T) {
	b, store := xla.MustOpen(), seededStore(1)
	data := randomBatches(2, 8, 10, 40, 30)
	var values []Evaluation
	for _, limit := range []int64{0, NeverResident} {
		p, err := NewProblem(b, store, mlp, loss.SparseCategoricalCrossEntropyLogits, data, &Config{MaxResidentBytes: limit})
		require.NoError(t, err)
		require.Equal(t, limit == NeverResident, p.data.resident == nil)
		for range 2 {
			e, err := p.Loss(context.Background(), nil)
			require.NoError(t, err)
			values = append(values, e)
		}
	}
	for _, v := range values[1:] {
		require.Equal(t, values[0].Loss, v.Loss)
	}
}
