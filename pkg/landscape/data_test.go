package landscape

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
)

// shrinking yields one batch less from the second pass on.
type shrinking struct {
	fixed
	passes int
}

func (s *shrinking) Iter() iter.Seq2[train.Batch, error] {
	s.passes++
	if s.passes > 1 {
		return s.fixed[1:].Iter()
	}
	return s.fixed.Iter()
}

// TestDataThatChanges: another number of examples than at first is an error of the pass, not another mean.
func TestDataThatChanges(t *testing.T) {
	data := &shrinking{fixed: randomBatches(2, 8, 3, 10, 10)}
	d, err := readBatches(context.Background(), data, -1, 100)
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
	require.ErrorContains(t, last, `"fixed": the data set isn't the same at every pass: 10 examples in this pass, 20 when`)

	data.passes = 0
	_, err = NewProblem(quick(t), seededStore(1), reluNet, loss.SparseCategoricalCrossEntropyLogits, data, &Config{MaxResidentBytes: NeverResident})
	require.NoError(t, err, "it only looks at the first batch")
	data.passes = 0
	p, err := NewProblem(quick(t), seededStore(1), reluNet, loss.SparseCategoricalCrossEntropyLogits, data, &Config{MaxResidentBytes: NeverResident})
	require.NoError(t, err)
	_, err = p.Loss(context.Background(), nil)
	require.ErrorIs(t, err, ErrDataChanged)
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
