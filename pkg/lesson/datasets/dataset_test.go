package datasets

import (
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// take returns the numbers of the examples in the first batches, and frees each batch as the
// trainer does.
func take(t *testing.T, set train.Dataset, batches int) [][]int {
	t.Helper()
	var all [][]int
	for batch, err := range set.Iter() {
		require.NoError(t, err)
		x := tensors.MustCopyFlatData[float32](batch.Inputs[0])
		labels := tensors.MustCopyFlatData[int32](batch.Labels[0])
		var numbers []int
		for i, label := range labels {
			numbers = append(numbers, int(x[2*i]))
			assert.Equal(t, int32(numbers[i]%3), label, "labels follow their examples")
		}
		all = append(all, numbers)
		require.NoError(t, batch.Finalize())
		if len(all) == batches {
			break
		}
	}
	return all
}

func TestTrainingSet(t *testing.T) {
	backend := xla.MustOpen()
	d := numbered(23, 3)
	order := func(seed uint64) [][]int {
		set, err := d.TrainingSet(backend, 5, seed)
		require.NoError(t, err)
		return take(t, set, 12) // three epochs of four batches
	}
	first := order(1)
	assert.Equal(t, first, order(1), "same seed, same order")
	assert.NotEqual(t, first, order(2))
	assert.NotEqual(t, first[:4], first[4:8], "shuffled anew each epoch")
	for epoch := range 3 {
		seen := map[int]bool{}
		for _, batch := range first[4*epoch : 4*epoch+4] {
			assert.Len(t, batch, 5)
			for _, i := range batch {
				assert.False(t, seen[i], "once an epoch")
				seen[i] = true
			}
		}
	}
}

func TestFullBatchKeepsTheOrder(t *testing.T) {
	set, err := numbered(6, 3).TrainingSet(xla.MustOpen(), FullBatch, 1)
	require.NoError(t, err)
	assert.Equal(t, [][]int{{0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 5}}, take(t, set, 2))
}

func TestEvaluationSet(t *testing.T) {
	set, err := numbered(8, 3).EvaluationSet(xla.MustOpen(), 5)
	require.NoError(t, err)
	for range 2 {
		assert.Equal(t, [][]int{{0, 1, 2, 3, 4}, {5, 6, 7}}, take(t, set, 99))
	}
}

func TestBatchSizeIsChecked(t *testing.T) {
	for _, size := range []int{0, 9, -2} {
		_, err := numbered(8, 3).TrainingSet(xla.MustOpen(), size, 1)
		assert.ErrorContains(t, err, "want 1 … 8 or FullBatch")
		_, err = numbered(8, 3).EvaluationSet(xla.MustOpen(), size)
		assert.ErrorContains(t, err, "want 1 … 8 or FullBatch")
	}
}
