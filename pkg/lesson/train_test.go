package lesson

import (
	"context"
	"math"
	"reflect"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// blobs returns a small problem that trains in no time.
func blobs(t *testing.T) TrainConfig {
	t.Helper()
	d, err := Blobs(90, 3, 0.3, 1)
	require.NoError(t, err)
	split, err := d.Split(30, 1)
	require.NoError(t, err)
	return TrainConfig{
		Model: MLP{Hidden: []int{8}, Outputs: 3}, Train: split.Train, Test: split.Test,
		Optimizer: SGD(0.3), BatchSize: 16, Steps: 40,
	}
}

func trained(t *testing.T, cfg TrainConfig) *Run {
	t.Helper()
	run, err := TrainUncached(t.Context(), cfg)
	require.NoError(t, err)
	return run
}

func theta(t *testing.T, s State) []float64 {
	t.Helper()
	weights, err := s.Theta()
	require.NoError(t, err)
	return weights
}

func TestTrainRecords(t *testing.T) {
	cfg := blobs(t)
	cfg.SnapshotAt = Every(15, 40)
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

// TestSeeds: same seeds, same bytes; each of the two seeds matters, and only for what it is there for.
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
	other.RecordEvery, other.Test, other.SnapshotAt = Never, nil, nil
	unseen := trained(t, other)
	assert.Equal(t, run.Final, unseen.Final, "measuring does not change the training")
	assert.Len(t, unseen.Curve, 2)
}

// TestDropoutSeed: without shuffling, DataSeed still decides what dropout drops.
func TestDropoutSeed(t *testing.T) {
	cfg := blobs(t)
	cfg.Model, cfg.BatchSize = MLP{Hidden: []int{8}, Outputs: 3, Dropout: 0.3}, FullBatch
	run := trained(t, cfg)
	assert.Equal(t, run.Final, trained(t, cfg).Final)
	cfg.DataSeed = 1
	assert.NotEqual(t, run.Final, trained(t, cfg).Final)
}

// TestTrainAgainstPlainGo trains softmax regression on a full batch and compares with gradient descent in plain Go.
func TestTrainAgainstPlainGo(t *testing.T) {
	cfg := blobs(t)
	cfg.Model, cfg.BatchSize, cfg.Steps = SoftmaxRegression(3), FullBatch, 10
	cfg.Schedule = Cosine(0.1)
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

// TestEvaluateAgainstLandscape: two implementations of the same mean and standard error, on models that differ between training
// and inference.
func TestEvaluateAgainstLandscape(t *testing.T) {
	digits, err := Digits()
	require.NoError(t, err)
	for loss, m := range map[Loss]Model{
		SquaredError: MLP{Hidden: []int{16}, Outputs: 10, Dropout: 0.2},
		CrossEntropy: CNN{Outputs: 10, BatchNorm: true},
	} {
		run := trained(t, TrainConfig{Model: m, Train: digits.Train, Optimizer: Adam(3e-3), Steps: 30, RecordEvery: Never, Loss: loss})
		got, err := run.Evaluate(t.Context(), digits.Test)
		require.NoError(t, err)
		problem, err := run.Problem(digits.Test, nil)
		require.NoError(t, err)
		here, err := problem.Here()
		require.NoError(t, err)
		want, err := here.Loss(t.Context())
		require.NoError(t, err)
		assert.InDelta(t, want.Loss.Value, got.Loss.Value, 1e-6)
		assert.InEpsilon(t, want.Loss.StdErr, got.Loss.StdErr, 1e-4)
		assert.Equal(t, 360, got.Loss.N)
		assert.InDelta(t, want.Metrics["accuracy"].Value, got.Accuracy.Value, 1e-9)
		weights, err := problem.Weights()
		require.NoError(t, err)
		assert.Equal(t, weights, theta(t, run.Final), "one layout")
	}
}

func TestRegression(t *testing.T) {
	d, err := Teacher(200, 3, 2, TeacherConfig{Seed: 1})
	require.NoError(t, err)
	run := trained(t, TrainConfig{
		Model: MLP{Hidden: []int{16}, Outputs: 1, Activation: "tanh"}, Train: d, Test: d, Optimizer: Adam(0.01), Epochs: 20,
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

// TestTrainIsCached: the second call returns the same run without training, and a change of anything trains again.
func TestTrainIsCached(t *testing.T) {
	t.Setenv(CacheVariable, t.TempDir())
	capture(t)
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
	fromFirst, err := first.Evaluate(t.Context(), cfg.Test)
	require.NoError(t, err)
	fromSecond, err := second.Evaluate(t.Context(), cfg.Test)
	require.NoError(t, err)
	assert.Equal(t, fromFirst, fromSecond)
	assert.Equal(t, first.Last().Test, fromSecond)

}

// TestKey: a change of anything that matters makes another key.
func TestKey(t *testing.T) {
	cfg := blobs(t)
	cfg.SnapshotAt = []int{0, 5}
	hash := func(c TrainConfig) string {
		resolved, err := c.resolve()
		require.NoError(t, err)
		e, err := newEntry(resolved.key(), reflect.TypeFor[*Record]())
		require.NoError(t, err)
		return e.hash
	}
	noisy, err := cfg.Train.NoisyLabels(0.2, 1)
	require.NoError(t, err)
	for what, change := range map[string]func(c *TrainConfig){
		"model":     func(c *TrainConfig) { c.Model = MLP{Hidden: []int{9}, Outputs: 3} },
		"train":     func(c *TrainConfig) { c.Train = noisy },
		"test":      func(c *TrainConfig) { c.Test = noisy },
		"no test":   func(c *TrainConfig) { c.Test = nil },
		"optimizer": func(c *TrainConfig) { c.Optimizer = Adam(0.3) },
		"rate":      func(c *TrainConfig) { c.Optimizer = SGD(0.31) },
		"schedule":  func(c *TrainConfig) { c.Schedule = Drop(0.1, 0.5) },
		"steps":     func(c *TrainConfig) { c.Steps = 6 },
		"batch":     func(c *TrainConfig) { c.BatchSize = 15 },
		"loss":      func(c *TrainConfig) { c.Loss = SquaredError },
		"init":      func(c *TrainConfig) { c.InitSeed = 1 },
		"data":      func(c *TrainConfig) { c.DataSeed = 1 },
		"record":    func(c *TrainConfig) { c.RecordEvery = 2 },
		"snapshots": func(c *TrainConfig) { c.SnapshotAt = []int{0} },
	} {
		changed := cfg
		change(&changed)
		assert.NotEqual(t, hash(cfg), hash(changed), what)
	}
	same := cfg
	same.Progress, same.Train = func(int, int) {}, cfg.Train.Clone()
	same.Train.Name = "renamed"
	assert.Equal(t, hash(cfg), hash(same))
}

func TestTrainRefuses(t *testing.T) {
	for want, spoil := range map[string]func(c *TrainConfig){
		"Model is missing":                  func(c *TrainConfig) { c.Model = nil },
		"Train is missing":                  func(c *TrainConfig) { c.Train = nil },
		"Optimizer is missing":              func(c *TrainConfig) { c.Optimizer = Optimizer{} },
		"40 steps and 2 epochs":             func(c *TrainConfig) { c.Epochs = 2 },
		"0 steps and 0 epochs":              func(c *TrainConfig) { c.Steps = 0 },
		"batches of 61":                     func(c *TrainConfig) { c.BatchSize = 61 },
		"snapshot after step 41":            func(c *TrainConfig) { c.SnapshotAt = []int{41} },
		"Schedule has no name":              func(c *TrainConfig) { c.Schedule.Factor = func(int, int) float64 { return 1 } },
		"a schedule scales Optimizer.Rate":  func(c *TrainConfig) { c.Schedule, c.Optimizer.Rate = Cosine(0), 0 },
		`no loss "hinge"`:                   func(c *TrainConfig) { c.Loss = "hinge" },
		"RecordEvery is -7":                 func(c *TrainConfig) { c.RecordEvery = -7 },
		"has 2 outputs":                     func(c *TrainConfig) { c.Model = MLP{Outputs: 2} },
		"60 examples × 3":                   func(c *TrainConfig) { d := c.Train.Clone(); d.Shape = []int{3}; c.Train = d },
		"prediction has shape [60], want [": func(c *TrainConfig) { c.Model = ModelFunc{"flat", flat} },
	} {
		cfg := blobs(t)
		spoil(&cfg)
		_, err := TrainUncached(t.Context(), cfg)
		assert.ErrorContains(t, err, want)
	}
}

// flat forgets the axis of outputs.
func flat(scope *model.Scope, x *graph.Node) *graph.Node {
	w := scope.VariableWithShape("w", shapes.Make(dtypes.Float32, 2))
	return graph.ReduceSum(graph.Mul(x, graph.InsertAxes(w.NodeValue(x.Graph()), 0)), 1)
}

func TestSchedules(t *testing.T) {
	assert.InDelta(t, 1, Cosine(0.1).Factor(0, 100), 1e-12)
	assert.InDelta(t, 0.55, Cosine(0.1).Factor(50, 100), 1e-12)
	assert.InDelta(t, 0.1, Cosine(0.1).Factor(100, 100), 1e-12)
	drop := Drop(0.1, 0.5, 0.75)
	assert.InDeltaSlice(t, []float64{1, 0.1, 0.01}, []float64{drop.Factor(49, 100), drop.Factor(50, 100), drop.Factor(75, 100)}, 1e-12)
	warm := WarmUp(3, Schedule{})
	assert.InDeltaSlice(t, []float64{0.25, 0.5, 0.75, 1}, []float64{warm.Factor(0, 9), warm.Factor(1, 9), warm.Factor(2, 9), warm.Factor(3, 9)}, 1e-12)
	assert.NotEqual(t, WarmUp(3, Cosine(0)).Name, WarmUp(3, Cosine(0.1)).Name)
}

func TestState(t *testing.T) {
	cfg := blobs(t)
	cfg.Model, cfg.Optimizer = MLP{Hidden: []int{8}, Outputs: 3, BatchNorm: true}, Adam(0.01)
	run := trained(t, cfg)
	var paths []string
	for _, v := range run.Final {
		paths = append(paths, v.Path)
	}
	assert.Equal(t, []string{
		"/hidden_0/batch_normalization/mean", "/hidden_0/batch_normalization/offset", "/hidden_0/batch_normalization/scale",
		"/hidden_0/batch_normalization/variance", "/hidden_0/dense/biases", "/hidden_0/dense/weights", "/output/dense/biases",
		"/output/dense/weights",
	}, paths, "what the model reads, and not the optimizer's variables")
	assert.False(t, run.Final[0].Trainable)

	broken := run.Final[0]
	broken.Bytes = broken.Bytes[1:]
	_, err := State{broken}.Store()
	assert.ErrorContains(t, err, "has 31 bytes")
	broken.DType = "Float33"
	_, err = State{broken}.Store()
	assert.Error(t, err)
}

func TestEvery(t *testing.T) {
	assert.Equal(t, []int{0, 4, 8, 10}, Every(4, 10))
	assert.Equal(t, []int{0, 5, 10}, Every(5, 10))
}
