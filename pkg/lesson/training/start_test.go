package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/lesson/datasets"
)

// TestStart: a training that was cut in two, with the weights handed on, is one training. (A full
// batch, whose order doesn't matter.)
func TestStart(t *testing.T) {
	cfg := blobs(t)
	cfg.BatchSize = datasets.FullBatch
	cfg.SnapshotAt = []int{0, 25}
	whole := trained(t, cfg)

	cfg.Start, cfg.Steps, cfg.SnapshotAt = theta(t, whole.Snapshots[1].State), 15, []int{0}
	cfg.InitSeed = 99 // decides nothing any more
	rest := trained(t, cfg)
	assert.Equal(t, cfg.Start, theta(t, rest.Snapshots[0].State))
	assert.InDeltaSlice(t, theta(t, whole.Final), theta(t, rest.Final), 1e-6)
	assert.Greater(t, floats.Distance(theta(t, whole.Final), cfg.Start, 2), 1e-2)
	require.NotEmpty(t, rest.Curve)
	assert.Equal(t, 0, rest.Curve[0].Step)
	assert.Less(t, rest.Curve[0].Train.Loss.Value, 0.9*whole.Curve[0].Train.Loss.Value)
}

func TestStartInDoublePrecision(t *testing.T) {
	digits, err := datasets.Digits()
	require.NoError(t, err)
	cfg, err := SmallSetup(digits, 1)
	require.NoError(t, err)
	cfg.Steps, cfg.SnapshotAt, cfg.Start = 1, []int{0}, make([]float64, 70)
	for i := range cfg.Start {
		cfg.Start[i] = 1 / float64(i+3) // not a float32
	}
	assert.Equal(t, cfg.Start, theta(t, trained(t, cfg).Snapshots[0].State))
}

// TestStartIsPartOfTheKey: and a training without one keeps the key that it had before there was
// one.
func TestStartIsPartOfTheKey(t *testing.T) {
	cfg := blobs(t)
	none := written(t, cfg)
	cfg.Start = []float64{1}
	assert.NotEqual(t, none, written(t, cfg))
	assert.NotContains(t, none, "Start")
}

func TestStartOfTheWrongLength(t *testing.T) {
	cfg := blobs(t)
	cfg.Start = make([]float64, 3)
	_, err := TrainAnew(t.Context(), cfg)
	assert.ErrorContains(t, err, "Config.Start has 3 weights, the model 51")
}
