package training

import (
	"encoding/json"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// written is the key of a training as the cache writes it.
func written(t *testing.T, cfg Config) string {
	t.Helper()
	cfg, err := cfg.resolve()
	require.NoError(t, err)
	key, err := json.Marshal(cfg.key())
	require.NoError(t, err)
	return string(key)
}

// TestKey: a change of anything that matters makes another key.
func TestKey(t *testing.T) {
	cfg := blobs(t)
	cfg.SnapshotAt = []int{0, 5}
	hash := func(c Config) string { return written(t, c) }
	noisy, err := cfg.Train.NoisyLabels(0.2, 1)
	require.NoError(t, err)
	for what, change := range map[string]func(c *Config){
		"model":     func(c *Config) { c.Model = MLP{Hidden: []int{9}, Outputs: 3} },
		"train":     func(c *Config) { c.Train = noisy },
		"test":      func(c *Config) { c.Test = noisy },
		"no test":   func(c *Config) { c.Test = nil },
		"optimizer": func(c *Config) { c.Optimizer = Adam(0.3) },
		"rate":      func(c *Config) { c.Optimizer = SGD(0.31) },
		"schedule":  func(c *Config) { c.Schedule = CosineDecay(0.5) },
		"steps":     func(c *Config) { c.Steps = 6 },
		"batch":     func(c *Config) { c.BatchSize = 15 },
		"loss":      func(c *Config) { c.Loss = SquaredError },
		"init":      func(c *Config) { c.InitSeed = 1 },
		"data":      func(c *Config) { c.DataSeed = 1 },
		"record":    func(c *Config) { c.RecordEvery = 2 },
		"snapshots": func(c *Config) { c.SnapshotAt = []int{0} },
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
	for want, spoil := range map[string]func(c *Config){
		"Model is missing":       func(c *Config) { c.Model = nil },
		"Train is missing":       func(c *Config) { c.Train = nil },
		"Optimizer is missing":   func(c *Config) { c.Optimizer = Optimizer{} },
		"40 steps and 2 epochs":  func(c *Config) { c.Epochs = 2 },
		"0 steps and 0 epochs":   func(c *Config) { c.Steps = 0 },
		"batches of 61":          func(c *Config) { c.BatchSize = 61 },
		"snapshot after step 41": func(c *Config) { c.SnapshotAt = []int{41} },
		"Schedule has no name": func(c *Config) {
			c.Schedule.Factor = func(int, int) float64 { return 1 }
		},
		"a schedule scales Optimizer.Rate": func(c *Config) {
			c.Schedule, c.Optimizer.Rate = CosineDecay(0), 0
		},
		`no loss "hinge"`:   func(c *Config) { c.Loss = "hinge" },
		"RecordEvery is -7": func(c *Config) { c.RecordEvery = -7 },
		"has 2 outputs":     func(c *Config) { c.Model = MLP{Outputs: 2} },
		"60 examples × 3": func(c *Config) {
			d := c.Train.Clone()
			d.Shape = []int{3}
			c.Train = d
		},
		"prediction has shape [60], want [": func(c *Config) { c.Model = ModelFunc{"flat", flat} },
	} {
		cfg := blobs(t)
		spoil(&cfg)
		_, err := TrainAnew(t.Context(), cfg)
		assert.ErrorContains(t, err, want)
	}
}

// flat forgets the axis of outputs.
func flat(scope *model.Scope, x *graph.Node) *graph.Node {
	w := scope.VariableWithShape("w", shapes.Make(dtypes.Float32, 2))
	return graph.ReduceSum(graph.Mul(x, graph.InsertAxes(w.NodeValue(x.Graph()), 0)), 1)
}

func TestEvery(t *testing.T) {
	assert.Equal(t, []int{0, 4, 8, 10}, StepsEvery(4, 10))
	assert.Equal(t, []int{0, 5, 10}, StepsEvery(5, 10))
}
