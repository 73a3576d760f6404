package training

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/internal/lessontest"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/session"
)

// blobs returns a small problem that trains in no time.
func blobs(t *testing.T) Config {
	t.Helper()
	d, err := datasets.Blobs(90, 3, 0.3, 1)
	require.NoError(t, err)
	split, err := d.Split(30, 1)
	require.NoError(t, err)
	return Config{
		Model: MLP{Hidden: []int{8}, Outputs: 3}, Train: split.Train, Test: split.Test,
		Optimizer: SGD(0.3), BatchSize: 16, Steps: 40,
	}
}

func trained(t *testing.T, cfg Config) *Run {
	t.Helper()
	run, err := TrainAnew(t.Context(), cfg)
	require.NoError(t, err)
	return run
}

func theta(t *testing.T, s State) []float64 {
	t.Helper()
	weights, err := s.Theta()
	require.NoError(t, err)
	return weights
}

// TestSeeds: same seeds, same bytes; each of the two seeds matters, and only for what it is there
// for.
func TestSeeds(t *testing.T) {
	cfg := blobs(t)
	cfg.Model = MLP{Hidden: []int{8}, Outputs: 3, Dropout: 0.3, BatchNorm: true}
	cfg.SnapshotAt = []int{0}
	run := trained(t, cfg)
	again := trained(t, cfg)
	assert.Equal(t, run.Final, again.Final)
	assert.Equal(t, run.BatchLoss, again.BatchLoss)

	other := cfg
	other.DataSeed = 1
	shuffled := trained(t, other)
	assert.Equal(t, run.Snapshots, shuffled.Snapshots, "the same start")
	assert.NotEqual(t, run.Final, shuffled.Final)

	other = cfg
	other.InitSeed = 1
	assert.NotEqual(t, run.Snapshots, trained(t, other).Snapshots)

	other = cfg
	other.RecordEvery, other.Test, other.SnapshotAt = OnlyEnds, nil, nil
	unseen := trained(t, other)
	assert.Equal(t, run.Final, unseen.Final, "measuring does not change the training")
	assert.Len(t, unseen.Curve, 2)
}

// TestDropoutSeed: without shuffling, DataSeed still decides what dropout drops.
func TestDropoutSeed(t *testing.T) {
	cfg := blobs(t)
	cfg.Model, cfg.BatchSize = MLP{Hidden: []int{8}, Outputs: 3, Dropout: 0.3}, datasets.FullBatch
	run := trained(t, cfg)
	assert.Equal(t, run.Final, trained(t, cfg).Final)
	cfg.DataSeed = 1
	assert.NotEqual(t, run.Final, trained(t, cfg).Final)
}

// TestTrainAgainstPlainGo trains softmax regression on a full batch and compares with gradient
// descent in plain Go.
func TestTrainAgainstPlainGo(t *testing.T) {
	cfg := blobs(t)
	cfg.Model, cfg.BatchSize, cfg.Steps = MLP{Outputs: 3}, datasets.FullBatch, 10
	cfg.Schedule = CosineDecay(0.1)
	cfg.SnapshotAt = []int{0}
	run := trained(t, cfg)

	d := cfg.Train
	weights := theta(t, run.Snapshots[0].State) // biases [3], then weights [2, 3]
	for step := range 10 {
		gradient := make([]float64, len(weights))
		for i := range d.Len() {
			x := []float64{float64(d.Example(i)[0]), float64(d.Example(i)[1])}
			logits := make([]float64, 3)
			for c := range logits {
				logits[c] = weights[c] + x[0]*weights[3+c] + x[1]*weights[6+c]
			}
			norm := floats.LogSumExp(logits)
			for c := range logits {
				p := math.Exp(logits[c]-norm) / float64(d.Len())
				if int(d.Labels[i]) == c {
					p -= 1 / float64(d.Len())
				}
				gradient[c] += p
				gradient[3+c] += p * x[0]
				gradient[6+c] += p * x[1]
			}
		}
		rate := 0.3 * (0.1 + 0.9*(1+math.Cos(math.Pi*float64(step)/10))/2)
		floats.AddScaled(weights, -rate, gradient)
	}
	assert.InDeltaSlice(t, weights, theta(t, run.Final), 1e-5)
}

func TestRegression(t *testing.T) {
	d, err := datasets.Teacher(200, 3, 2, datasets.TeacherConfig{Seed: 1})
	require.NoError(t, err)
	run := trained(t, Config{
		Model: MLP{Hidden: []int{16}, Outputs: 1, Activation: "tanh"}, Train: d, Test: d,
		Optimizer: Adam(0.01), Epochs: 20,
	})
	assert.Equal(t, 20*6, run.Steps)
	assert.Len(t, run.Curve, 21)
	assert.Less(t, run.Last().Train.Loss.Value, 0.2*run.Curve[0].Train.Loss.Value)
	assert.True(t, math.IsNaN(run.Last().Train.Accuracy.Value))
}

func TestDivergenceIsAResult(t *testing.T) {
	cfg := blobs(t)
	cfg.Optimizer, cfg.Loss = SGD(1e9), SquaredError
	run := trained(t, cfg)
	assert.Equal(t, Diverged, run.Status)
	assert.Less(t, run.Steps, 40)
	assert.Len(t, run.BatchLoss, run.Steps)
	assert.Equal(t, run.Steps, run.Last().Step)
}

func TestCancel(t *testing.T) {
	cfg := blobs(t)
	ctx, cancel := context.WithCancel(t.Context())
	cfg.Progress = func(done, total int) {
		if done == 5 {
			cancel()
		}
	}
	_, err := Train(ctx, cfg)
	assert.ErrorIs(t, err, context.Canceled)
}

// TestTrainIsCached: the second call returns the same run without training, and a change of
// anything trains again.
func TestTrainIsCached(t *testing.T) {
	t.Setenv(session.CacheVariable, t.TempDir())
	lessontest.Capture(t)
	steps := 0
	cfg := blobs(t)
	cfg.Steps, cfg.SnapshotAt = 5, []int{0, 5}
	cfg.Progress = func(done, total int) { steps++ }
	first, err := Train(t.Context(), cfg)
	require.NoError(t, err)
	second, err := Train(t.Context(), cfg)
	require.NoError(t, err)
	assert.Equal(t, 5, steps)
	assert.Equal(t, first.Final, second.Final)
	assert.Equal(t, first.Curve, second.Curve)
	fromFirst, err := first.Score(t.Context(), cfg.Test)
	require.NoError(t, err)
	fromSecond, err := second.Score(t.Context(), cfg.Test)
	require.NoError(t, err)
	assert.Equal(t, fromFirst, fromSecond)
	assert.Equal(t, first.Last().Test, fromSecond)

}
