package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/datasets"
)

func TestFirstBelow(t *testing.T) {
	run := trained(t, blobs(t).MeasureEvery(4))
	require.Len(t, run.Snapshots, 11)
	middle := run.Curve[5].Train.Loss.Value
	cut, err := run.FirstBelow(middle * 1.0001)
	require.NoError(t, err)
	assert.Equal(t, 20, cut.Steps)
	assert.Equal(t, run.Snapshots[5].State, cut.Final)
	assert.Len(t, cut.BatchLoss, 20)
	for _, point := range cut.Curve[:len(cut.Curve)-1] {
		assert.Greater(t, point.Train.Loss.Value, middle*1.0001)
	}
	again, err := cut.Score(t.Context(), blobs(t).Train) // its store is that of the step, too
	require.NoError(t, err)
	assert.InDelta(t, middle, again.Loss.Value, 1e-6)
	assert.Equal(t, 40, run.Steps, "the run itself stays")
}

func TestFirstBelowRefuses(t *testing.T) {
	run := trained(t, blobs(t).MeasureEvery(4))
	_, err := run.FirstBelow(1e-9)
	assert.ErrorContains(t, err, "train longer")
	cfg := blobs(t)
	cfg.RecordEvery = 4
	_, err = trained(t, cfg).FirstBelow(1)
	assert.ErrorContains(t, err, "MeasureEvery")
}

func TestMeasureEveryCountsEpochs(t *testing.T) {
	cfg := blobs(t)
	cfg.Steps, cfg.Epochs = 0, 5 // of three batches: 60 examples in batches of 16
	cfg = cfg.MeasureEvery(10)
	assert.Equal(t, []int{0, 10, 15}, cfg.SnapshotAt)
}

func TestTrainBelowRefusesOtherBatchSizes(t *testing.T) {
	digits, err := datasets.Digits()
	require.NoError(t, err)
	_, err = UntilBelow(t.Context(), digits, 7, 1)
	assert.ErrorContains(t, err, "batches of 7")
}

// TestBatchSizesAreScheduled: what the error lists is what there is.
func TestBatchSizesAreScheduled(t *testing.T) {
	assert.Len(t, BatchSizes(), len(batchSchedule))
	for _, size := range BatchSizes() {
		assert.Contains(t, batchSchedule, size)
	}
}
