package landscape

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// shrinking yields its first batch alone from the second pass on.
type shrinking struct {
	fixed
	passes int
}

func (s *shrinking) Iter() iter.Seq2[train.Batch, error] {
	s.passes++
	if s.passes > 1 {
		return s.fixed[:1].Iter()
	}
	return s.fixed.Iter()
}

// TestDataThatChanges: another number of examples than at first is an error of the pass.
func TestDataThatChanges(t *testing.T) {
	data := &shrinking{fixed: randomBatches(2, 8, 3, 10, 10)}
	d, err := readBatches(context.Background(), xla.MustOpen(), data, -1, 100)
	require.NoError(t, err)
	seen := 0
	var last error
	for b, err := range d.all(context.Background()) {
		if last = err; err == nil {
			seen += b.Inputs[0].Shape().Dimensions[0]
		}
	}
	require.Equal(t, 10, seen)
	require.ErrorIs(t, last, ErrDataChanged)
	require.EqualError(t, last, `landscape: the data set isn't the same at every pass: `+
		`"fixed" had 10 examples in this pass, 20 when it was read first`)
}

// TestLossOfDataThatChanges is that error, not another mean.
func TestLossOfDataThatChanges(t *testing.T) {
	data := &shrinking{fixed: randomBatches(2, 8, 3, 10, 10)}
	p, err := NewProblem(quick(t), seededStore(1), reluNet, crossEntropy, data,
		&Config{MaxResidentBytes: NeverResident})
	require.NoError(t, err, "it only looks at the first batch")
	_, err = here(t, p).Loss(context.Background())
	require.ErrorIs(t, err, ErrDataChanged)
}

// TestStreamedDataGivesTheSameLoss: it is read again for every pass.
func TestStreamedDataGivesTheSameLoss(t *testing.T) {
	b, store := xla.MustOpen(), seededStore(1)
	data := randomBatches(2, 8, 10, 40, 30)
	var values []Evaluation
	for _, limit := range []int64{0, -1} {
		p, err := NewProblem(b, store, mlp, crossEntropy, data, &Config{MaxResidentBytes: limit})
		require.NoError(t, err)
		require.Equal(t, limit == -1, p.data.resident == nil)
		for range 2 {
			e, err := here(t, p).Loss(context.Background())
			require.NoError(t, err)
			values = append(values, e)
		}
	}
	for _, v := range values[1:] {
		require.Equal(t, values[0].Loss, v.Loss)
	}
}

// TestErrorsOfTheDataAreYielded: a source that fails fails the pass.
func TestErrorsOfTheDataAreYielded(t *testing.T) {
	trouble := errors.New("disk gone")
	d := &batches{source: failingSource{randomBatches(2, 8, 3, 10), trouble}, examples: 10}
	var last error
	for _, err := range d.all(context.Background()) {
		last = err
	}
	require.ErrorIs(t, last, trouble)
}

type failingSource struct {
	fixed
	err error
}

func (f failingSource) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for b, err := range f.fixed.Iter() {
			if !yield(b, err) {
				return
			}
		}
		yield(train.Batch{}, f.err)
	}
}

// refilled yields one tensor three times, with other values each time.
type refilled struct{ fixed }

func (r refilled) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for k := range 3 {
			for _, t := range r.fixed[0].Inputs {
				t.MustMutableFlatData(func(flat any) {
					for i := range flat.([]float64) {
						flat.([]float64)[i] = float64(k + i)
					}
				})
			}
			if !yield(r.fixed[0], nil) {
				return
			}
		}
	}
}

// TestOneBufferForAllBatches is refused, where it would be kept three times with its last values.
func TestOneBufferForAllBatches(t *testing.T) {
	x, y := floatsOf(dtypes.Float64, []float64{0, 0}, 2, 1), floatsOf(dtypes.Float64,
		[]float64{0, 0}, 2, 1)
	data := refilled{fixed{{Inputs: []*tensors.Tensor{x}, Labels: []*tensors.Tensor{y}}}}
	net := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return graph.Mul(scope.VariableWithValue("w", .5).NodeValue(x.Graph()), x)
	}
	_, err := NewProblem(quick(t), seededStore(1), net, loss.MeanSquaredError, data, nil)
	require.ErrorContains(t, err, "again and again, with other values")
}
