package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTrainRecords(t *testing.T) {
	cfg := blobs(t)
	cfg.SnapshotAt = StepsEvery(15, 40)
	cfg.RecordEvery = 12
	var progress []int
	cfg.Progress = func(done, total int) { progress = append(progress, done, total) }
	run := trained(t, cfg)

	assert.Equal(t, Finished, run.Status)
	assert.Equal(t, 40, run.Steps)
	assert.Len(t, run.BatchLoss, 40)
	assert.Len(t, progress, 80)
	var steps []int
	for _, point := range run.Curve {
		steps = append(steps, point.Step)
		assert.Equal(t, 60, point.Train.Loss.N)
		assert.Equal(t, 30, point.Test.Accuracy.N)
	}
	assert.Equal(t, []int{0, 12, 24, 36, 40}, steps)
	assert.InDelta(t, 40*16./60, run.Last().Epoch, 1e-12)
	assert.Less(t, run.Last().Train.Loss.Value, 0.5*run.Curve[0].Train.Loss.Value)
	assert.Greater(t, run.Last().Test.Accuracy.Value, 0.9)
	assert.Greater(t, run.WallSeconds, run.TrainSeconds)

	at, thetas, err := run.Trajectory()
	require.NoError(t, err)
	assert.Equal(t, []int{0, 15, 30, 40}, at)
	assert.Equal(t, theta(t, run.Final), thetas[3])
	assert.Len(t, thetas[0], 2*8+8+8*3+3)
	assert.NotEqual(t, thetas[0], thetas[1])
}
