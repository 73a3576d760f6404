package training

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"

	"lossland/pkg/lesson/datasets"
	"lossland/pkg/xla"
)

// Config is one training. Model, Train, Optimizer and either Steps or Epochs are required.
type Config struct {
	Model     Model
	Train     *datasets.Data
	Test      *datasets.Data // may be nil
	Optimizer Optimizer
	Schedule  Schedule // default: a constant rate

	// Steps or Epochs is how long to train; the other one is zero.
	Steps, Epochs int

	// BatchSize defaults to 32, or to all examples if there are fewer; FullBatch stands for all of
	// them.
	BatchSize int

	// Loss defaults to CrossEntropy for labels and SquaredError for targets.
	Loss Loss

	// InitSeed decides the initial weights, DataSeed the order of the examples and what dropout
	// drops. Every number is a seed, 0 too: the same two give the same weights.
	InitSeed, DataSeed uint64

	// Start, if set, are the weights to start from, laid out as [State.Theta] lays them out, in
	// place of those that InitSeed draws.
	Start []float64

	// RecordEvery is the number of steps between measurements of loss and accuracy on both sets.
	// They are also measured before the first step and after the last.
	// Range: at least 1, or OnlyEnds. Default: once an epoch.
	RecordEvery int

	// SnapshotAt lists the steps after which the weights are kept; 0 is before the first.
	SnapshotAt []int

	// Backend defaults to [xla.Shared].
	Backend compute.Backend

	// Progress, if set, is called after every step.
	Progress func(done, total int)
}

// OnlyEnds as RecordEvery: measure only before the first step and after the last.
const OnlyEnds = -1

// StepsEvery lists the steps 0, k, 2k, … up to and including total, for [Config.SnapshotAt].
func StepsEvery(k, total int) []int {
	var steps []int
	for step := 0; step < total; step += max(1, k) {
		steps = append(steps, step)
	}
	return append(steps, total)
}

// resolve checks the configuration and fills in the defaults.
func (cfg Config) resolve() (Config, error) {
	switch {
	case cfg.Model == nil:
		return cfg, errors.New("training: Config.Model is missing")
	case cfg.Train == nil:
		return cfg, errors.New("training: Config.Train is missing")
	case cfg.Optimizer.New == nil || cfg.Optimizer.Name == "":
		return cfg, errors.New("training: Config.Optimizer is missing, or has no name or no New")
	case (cfg.Steps > 0) == (cfg.Epochs > 0) || cfg.Steps < 0 || cfg.Epochs < 0:
		return cfg, fmt.Errorf("training: %d steps and %d epochs, "+
			"want one of them positive and the other 0", cfg.Steps, cfg.Epochs)
	case cfg.Schedule.Name == "" && cfg.Schedule.Factor != nil:
		return cfg, errors.New("training: Config.Schedule has no name")
	case cfg.Schedule.Factor != nil && !(cfg.Optimizer.Rate > 0):
		return cfg, fmt.Errorf("training: a schedule scales Optimizer.Rate, which is %v",
			cfg.Optimizer.Rate)
	}
	for _, d := range []*datasets.Data{cfg.Train, cfg.Test} {
		if d == nil {
			continue
		}
		if err := d.Check(); err != nil {
			return cfg, err
		}
		if _, err := cfg.Loss.fn(d); err != nil {
			return cfg, err
		}
	}
	if cfg.BatchSize == 0 {
		cfg.BatchSize = min(32, cfg.Train.Len())
	}
	var err error
	if cfg.BatchSize, err = cfg.Train.BatchSize(cfg.BatchSize); err != nil {
		return cfg, err
	}
	perEpoch := cfg.Train.Len() / cfg.BatchSize
	if cfg.Steps == 0 {
		cfg.Steps, cfg.Epochs = cfg.Epochs*perEpoch, 0
	}
	switch {
	case cfg.RecordEvery == 0:
		cfg.RecordEvery = perEpoch
	case cfg.RecordEvery == OnlyEnds:
		cfg.RecordEvery = cfg.Steps
	case cfg.RecordEvery < 0:
		return cfg, fmt.Errorf("training: RecordEvery is %d, want a positive number, 0 or OnlyEnds",
			cfg.RecordEvery)
	}
	for _, step := range cfg.SnapshotAt {
		if step < 0 || step > cfg.Steps {
			return cfg, fmt.Errorf("training: a snapshot after step %d of %d", step, cfg.Steps)
		}
	}
	cfg.Loss = cfg.Loss.orDefault(cfg.Train)
	if cfg.Backend == nil {
		if cfg.Backend, _, err = xla.Shared(); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}

// key is what tells trainings apart.
func (cfg Config) key() any {
	test := ""
	if cfg.Test != nil {
		test = cfg.Test.Hash()
	}
	return struct {
		Model, Train, Test, Optimizer, Schedule, Loss, Backend string
		Steps, BatchSize, RecordEvery                          int
		Rate                                                   float64
		InitSeed, DataSeed                                     uint64
		SnapshotAt                                             []int
		Start                                                  []float64 `json:",omitempty"`
	}{
		Model: cfg.Model.Name(), Train: cfg.Train.Hash(), Test: test,
		Optimizer: cfg.Optimizer.Name, Schedule: cfg.Schedule.Name,
		Loss: string(cfg.Loss), Backend: cfg.Backend.Name(),
		Steps: cfg.Steps, BatchSize: cfg.BatchSize, RecordEvery: cfg.RecordEvery,
		Rate: cfg.Optimizer.Rate, InitSeed: cfg.InitSeed, DataSeed: cfg.DataSeed,
		SnapshotAt: cfg.SnapshotAt, Start: cfg.Start,
	}
}
