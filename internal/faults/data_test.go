package faults

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// edit changes the inputs of a batch.
func edit(b train.Batch, change func(x []float32)) {
	tensors.MustMutableFlatData(b.Inputs[0], change)
}

// strange are data that no one hopes for.
func strange() map[string]testnet.Fixed {
	found := map[string]testnet.Fixed{
		"one example":  testnet.RandomBatches(1, 8, 10, 1),
		"one class":    testnet.RandomBatches(1, 8, 1, 32),
		"NaN":          testnet.RandomBatches(1, 8, 10, 32),
		"infinity":     testnet.RandomBatches(1, 8, 10, 32),
		"huge numbers": testnet.RandomBatches(1, 8, 10, 32),
		"zeros":        testnet.RandomBatches(1, 8, 10, 32),
	}
	edit(found["NaN"][0], func(x []float32) { x[5] = float32(math.NaN()) })
	edit(found["infinity"][0], func(x []float32) { x[5] = float32(math.Inf(1)) })
	edit(found["huge numbers"][0], func(x []float32) {
		for i := range x {
			x[i] *= 1e30
		}
	})
	edit(found["zeros"][0], func(x []float32) { clear(x) })
	return found
}

// TestStrangeData: every measurement on strange data ends, with an error that says something or a
// result, and leaves the weights alone. On data that are finite it is a result.
func TestStrangeData(t *testing.T) {
	for kind, data := range strange() {
		p, store := problem(t, data)
		before := weights(t, store)
		for _, name := range names() {
			t.Run(kind+", "+name, func(t *testing.T) {
				got, err := measurements[name](t.Context(), p)
				assert.Equal(t, before, weights(t, store))
				switch kind {
				case "one example", "one class", "zeros":
					require.NoError(t, err)
					assert.NotEmpty(t, got)
				default:
					if err != nil {
						assert.Greater(t, len(err.Error()), 20)
					}
				}
			})
		}
	}
}

// TestNothingConvergesOnNaN: where the loss is NaN or infinite, no search says that it converged.
func TestNothingConvergesOnNaN(t *testing.T) {
	for _, kind := range []string{"NaN", "infinity"} {
		t.Run(kind, func(t *testing.T) {
			p, _ := problem(t, strange()[kind])
			here, err := p.Here()
			require.NoError(t, err)
			found, err := here.FindCritical(t.Context(), landscape.CriticalConfig{})
			if err == nil {
				assert.NotEqual(t, result.Converged, found.Status)
			}
			for _, measure := range landscape.StandardMeasures(1) {
				panel, err := here.Sharpness(t.Context(), measure)
				if err == nil {
					assert.NotEqual(t, result.Converged, panel[0].Status, measure)
				}
			}
		})
	}
}

// TestNoData: an empty data set, and one that fails, are refused by name.
func TestNoData(t *testing.T) {
	for name, c := range map[string]struct {
		data train.Dataset
		want string
	}{
		"empty": {testnet.Fixed{}, "no example"},
		"fails": {failing{}, "the disk is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			store := testnet.Store(1)
			_, err := landscape.NewProblem(testnet.Quick(t), store, testnet.MLP,
				testnet.CrossEntropy, c.data, nil)
			require.ErrorContains(t, err, c.want)
		})
	}
}

// failing is a data set whose first batch is an error.
type failing struct{}

func (failing) Name() string { return "failing" }

func (failing) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		yield(train.Batch{}, errors.New("the disk is gone"))
	}
}

// TestNoWeights: a model without trainable weights is refused by name.
func TestNoWeights(t *testing.T) {
	_, err := landscape.NewProblem(testnet.Quick(t), testnet.Store(1),
		func(_ *model.Scope, x *graph.Node) *graph.Node { return x }, testnet.CrossEntropy,
		testnet.RandomBatches(1, 10, 10, 8), nil)
	require.ErrorContains(t, err, "trainable")
}

// TestStrangeWeights: a store whose weights aren't finite is measured or refused, and left alone.
func TestStrangeWeights(t *testing.T) {
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(-1)), 3e38} {
		p, store := problem(t, testnet.RandomBatches(1, 8, 10, 32))
		v := firstWeights(store)
		value, err := v.Value()
		require.NoError(t, err)
		tensors.MustMutableFlatData(value, func(w []float32) { w[3] = bad })
		before := weights(t, store)
		for _, name := range names() {
			t.Run(fmt.Sprint(bad, ", ", name), func(t *testing.T) {
				_, err := measurements[name](t.Context(), p)
				assert.Equal(t, before, weights(t, store))
				if err != nil {
					assert.Greater(t, len(err.Error()), 20)
				}
			})
		}
	}
}

// firstWeights is some trainable variable.
func firstWeights(store *model.Store) *model.Variable {
	for v := range store.IterVariables() {
		if v.Trainable {
			return v
		}
	}
	return nil
}
