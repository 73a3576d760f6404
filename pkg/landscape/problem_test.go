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

	"lossland/pkg/curve"
	"lossland/pkg/xla"
)

// busy has everything that behaves differently in training, dropout and BatchNorm, and a
// regularizer.
func busy(scope *model.Scope, x *graph.Node) *graph.Node {
	h := layers.Dense(scope.In("l0"), x, true, 16)
	h = norm.BatchNorm(scope.In("bn"), h, -1).Done()
	h = activation.Relu(h)
	h = layers.DropoutFromScope(scope.In("drop"), h)
	return layers.Dense(scope.In("out"), h, true, 10)
}

// busyStore is a store whose model busy was trained for a few steps, so that it also holds
// optimizer state.
func busyStore(t *testing.T, data train.Dataset) *model.Store {
	t.Helper()
	store := seededStore(3)
	store.SetParam(layers.ParamDropoutRate, 0.3)
	store.SetParam(regularizer.ParamL2, 0.01)
	train3(t, store, busy, data)
	return store
}

// train3 trains for three epochs.
func train3(t *testing.T, store *model.Store, fn func(*model.Scope, *graph.Node) *graph.Node,
	data train.Dataset) {
	t.Helper()
	adam := optimizer.Adam().Done()
	trainer := train.NewTrainer(xla.MustOpen(), store, fn, crossEntropy, adam, nil, nil)
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
		require.NoError(t, value.ConstBytes(func(data []byte) {
			bytes[v.Path()] = append([]byte{}, data...)
		}))
	}
	return bytes
}

// TestLossIsTheTrainersEvaluation: GoMLX's own evaluation, an independent implementation, gives the
// same, and the store isn't touched.
func TestLossIsTheTrainersEvaluation(t *testing.T) {
	data := randomBatches(2, 8, 10, 40, 40)
	store := busyStore(t, data)
	before := snapshot(t, store)
	p, err := NewProblem(xla.MustOpen(), store, busy, crossEntropy, data, nil)
	require.NoError(t, err)
	e, err := here(t, p).Loss(context.Background())
	require.NoError(t, err)
	require.Equal(t, before, snapshot(t, store))
	require.Greater(t, e.Loss.Value, e.Data.Value, "the regularizer is part of the loss")

	adam := optimizer.Adam().Done()
	trainer := train.NewTrainer(xla.MustOpen(), store, busy, crossEntropy, adam, nil, nil)
	metrics, err := trainer.Eval(data)
	require.NoError(t, err)
	require.InEpsilon(t, metrics[0].Value().(float32), e.Loss.Value, 1e-5)
}

// TestWeightsRoundTrip: weights that are read and written back leave every byte of the store.
func TestWeightsRoundTrip(t *testing.T) {
	data := randomBatches(2, 8, 10, 40)
	store := busyStore(t, data)
	p, err := NewProblem(xla.MustOpen(), store, busy, crossEntropy, data, nil)
	require.NoError(t, err)
	before := snapshot(t, store)
	theta, err := p.Weights()
	require.NoError(t, err)
	require.NoError(t, p.SetWeights(theta))
	require.Equal(t, before, snapshot(t, store))
	require.ErrorContains(t, p.SetWeights(theta[1:]), "landscape.SetWeights: theta is a vector of")
}

// TestNewProblemRefuses what has no landscape.
func TestNewProblemRefuses(t *testing.T) {
	one := tensors.FromValue([][]float32{{1}})
	data := randomBatches(2, 8, 10, 40)
	t.Run("no data", func(t *testing.T) {
		_, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, fixed(nil), nil)
		require.ErrorIs(t, err, ErrNoData)
	})
	t.Run("endless data", func(t *testing.T) {
		_, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, data,
			&Config{MaxExamples: 39})
		require.ErrorContains(t, err, "more than 39 examples")
	})
	per := func(_, z []*graph.Node) *graph.Node { return graph.ReduceMax(z[0], -1) }
	for want, cfg := range map[string]Config{
		"Config.Mode is 7":                      {Mode: 7},
		"Config.MaxExamples is -5":              {MaxExamples: -5},
		"Config.Metrics[0].PerExample is nil":   {Metrics: []Metric{{}}},
		`Config.Metrics[1].Name is "top" again`: {Metrics: []Metric{{"top", per}, {"top", per}}},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, data, &cfg)
			require.ErrorContains(t, err, want)
		})
	}
	t.Run("no weights", func(t *testing.T) {
		identity := func(_ *model.Scope, x *graph.Node) *graph.Node { return x }
		_, err := NewProblem(quick(t), seededStore(1), identity, loss.MeanSquaredError,
			fixed{{Inputs: []*tensors.Tensor{one}, Labels: []*tensors.Tensor{one}}}, nil)
		require.ErrorIs(t, err, ErrNoWeights)
	})
	t.Run("dropout in training mode", func(t *testing.T) {
		_, err := NewProblem(xla.MustOpen(), busyStore(t, data), busy, crossEntropy, data,
			&Config{Mode: Training})
		require.ErrorIs(t, err, ErrRandom)
		require.ErrorContains(t, err, "in training mode; measure it in inference mode")
	})
}

// TestLossRefuses a vector of another length, and stops when cancelled.
func TestLossRefuses(t *testing.T) {
	p, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, randomBatches(2, 8, 10, 40),
		nil)
	require.NoError(t, err)
	_, err = p.At(make([]float64, 3))
	require.ErrorContains(t, err, "theta is a vector of 3; want")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = here(t, p).Loss(cancelled)
	require.ErrorIs(t, err, context.Canceled)
}

// TestChoicesPrint as words.
func TestChoicesPrint(t *testing.T) {
	require.Equal(t, "inference training", Inference.String()+" "+Training.String())
}

// TestNewProblemRefusesNil by the argument's name.
func TestNewProblemRefusesNil(t *testing.T) {
	b, store, data := quick(t), seededStore(1), randomBatches(2, 8, 10, 20)
	for want, make := range map[string]func() (*Problem, error){
		"backend is nil": func() (*Problem, error) {
			return NewProblem(nil, store, mlp, crossEntropy, data, nil)
		},
		"store is nil": func() (*Problem, error) {
			return NewProblem(b, nil, mlp, crossEntropy, data, nil)
		},
		"modelFn is nil": func() (*Problem, error) {
			return NewProblem(b, store, (func(*model.Scope, *graph.Node) *graph.Node)(nil),
				crossEntropy, data, nil)
		},
		"data is nil": func() (*Problem, error) {
			return NewProblem(b, store, mlp, crossEntropy, nil, nil)
		},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := make()
			require.ErrorContains(t, err, want)
		})
	}
}

// TestTypedNil: a nil pointer in an interface is refused by name, as nil itself is. A nil slice as
// a data set is one without examples.
func TestTypedNil(t *testing.T) {
	ctx := context.Background()
	data := randomBatches(2, 8, 10, 20)
	p, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, data, nil)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	moved := append([]float64{}, theta...)
	moved[0]++
	for want, call := range map[string]func() error{
		"data is nil": func() error {
			_, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, (*fixed)(nil), nil)
			return err
		},
		"measures[1] is nil": func() error {
			_, err := here(t, p).Sharpness(ctx, FirstOrder{}, (*Gaussian)(nil))
			return err
		},
		"curve is nil": func() error {
			_, err := p.Along(ctx, (*curve.Polygon)(nil), AlongConfig{})
			return err
		},
		"curve is nil;": func() error {
			_, err := p.Along(ctx, (*curve.Ray)(nil), AlongConfig{})
			return err
		},
		"ConnectConfig.Kind is a nil pointer": func() error {
			_, err := p.Connect(ctx, theta, moved, ConnectConfig{Kind: (*curve.Bezier)(nil)})
			return err
		},
	} {
		t.Run(want, func(t *testing.T) { require.ErrorContains(t, call(), want) })
	}
	_, err = NewProblem(quick(t), seededStore(1), mlp, crossEntropy, fixed(nil), nil)
	require.ErrorIs(t, err, ErrNoData)
}
