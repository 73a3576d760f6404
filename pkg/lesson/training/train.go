package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/session"
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

	// BatchSize defaults to 32, or to all examples if there are fewer; FullBatch stands for all of them.
	BatchSize int

	// Loss defaults to CrossEntropy for labels and SquaredError for targets.
	Loss Loss

	// InitSeed decides the initial weights, DataSeed the order of the examples and what dropout drops. Every number is a
	// seed, 0 too: the same two give the same weights.
	InitSeed, DataSeed uint64

	// Start, if set, are the weights to start from, laid out as [State.Theta] lays them out, in place of those that InitSeed draws.
	Start []float64

	// RecordEvery so many steps, and before the first and after the last, loss and accuracy are measured on both sets. Default:
	// once an epoch. Never stands for only before and after.
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

// Status is how a training ended.
type Status string

const (
	// Finished: all steps were run.
	Finished Status = "finished"
	// Diverged: the loss of a batch was NaN or infinite, and training stopped there.
	Diverged Status = "diverged"
)

// Run is a training that was done, and the trained model.
type Run struct {
	Model Model

	// Store holds the trained variables: with Model.Graph it makes the model, for [landscape.NewProblem] too.
	Store *model.Store

	Record

	loss    Loss
	backend compute.Backend
}

// Record is what a training measured; it can be stored with encoding/gob.
type Record struct {
	Status Status
	Steps  int // that were run

	// Curve is measured every RecordEvery steps; its last point is the final one.
	Curve []Measured

	// BatchLoss is the loss that the trainer reported at each step, on that step's batch.
	BatchLoss []float64

	// TrainSeconds is the time that steps took, with compilation and without measurements; WallSeconds all of it.
	TrainSeconds, WallSeconds float64

	// Final is the model at the end, Snapshots those kept on the way.
	Final     State
	Snapshots []Snapshot
}

// Measured is a point of the learning curve. Test is zero where there is no test set.
type Measured struct {
	Step        int
	Epoch       float64
	Train, Test Evaluation
}

// Snapshot is the model after a step.
type Snapshot struct {
	Step  int
	State State
}

// Last returns the final measurements.
func (r *Record) Last() Measured { return r.Curve[len(r.Curve)-1] }

// Trajectory returns the weights of the snapshots in order, each as [State.Theta].
func (r *Record) Trajectory() (steps []int, thetas [][]float64, err error) {
	for _, snapshot := range r.Snapshots {
		theta, err := snapshot.State.Theta()
		if err != nil {
			return nil, nil, err
		}
		steps, thetas = append(steps, snapshot.Step), append(thetas, theta)
	}
	return steps, thetas, nil
}

// Train returns the training of cfg, from the cache if it was done before: see [session.Cached]. Two configurations that differ in
// anything but Backend (of the same kind) and Progress are two trainings.
func Train(ctx context.Context, cfg Config) (*Run, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	record, err := session.Cached("train "+cfg.Model.Name(), cfg.key(), func() (*Record, error) { return trainNow(ctx, cfg) })
	if err != nil {
		return nil, err
	}
	return newRun(cfg, record)
}

// TrainAnew is Train without the cache.
func TrainAnew(ctx context.Context, cfg Config) (*Run, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	record, err := trainNow(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return newRun(cfg, record)
}

func newRun(cfg Config, record *Record) (*Run, error) {
	store, err := record.Final.Store()
	if err != nil {
		return nil, err
	}
	return &Run{Model: cfg.Model, Store: store, Record: *record, loss: cfg.Loss, backend: cfg.Backend}, nil
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
		return cfg, fmt.Errorf("training: %d steps and %d epochs, want one of them positive and the other 0", cfg.Steps, cfg.Epochs)
	case cfg.Schedule.Name == "" && cfg.Schedule.Factor != nil:
		return cfg, errors.New("training: Config.Schedule has no name")
	case cfg.Schedule.Factor != nil && !(cfg.Optimizer.Rate > 0):
		return cfg, fmt.Errorf("training: a schedule scales Optimizer.Rate, which is %v", cfg.Optimizer.Rate)
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
		return cfg, fmt.Errorf("training: RecordEvery is %d, want a positive number, 0 or Never", cfg.RecordEvery)
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
		cfg.Model.Name(), cfg.Train.Hash(), test, cfg.Optimizer.Name, cfg.Schedule.Name, string(cfg.Loss), cfg.Backend.Name(),
		cfg.Steps, cfg.BatchSize, cfg.RecordEvery, cfg.Optimizer.Rate, cfg.InitSeed, cfg.DataSeed, cfg.SnapshotAt,
		cfg.Start,
	}
}

// training is a training under way.
type training struct {
	ctx       context.Context
	cfg       Config
	store     *model.Store
	evaluator *evaluator
	record    *Record
	lastStep  time.Time
}

// errDiverged leaves GoMLX's loop, which would otherwise make an error of it.
var errDiverged = errors.New("training: diverged")

// trainNow trains; cfg is resolved.
func trainNow(ctx context.Context, cfg Config) (*Record, error) {
	start := time.Now()
	t := &training{ctx: ctx, cfg: cfg, store: model.NewStore(), record: &Record{Status: Finished}}
	lossFn, err := cfg.Loss.fn(cfg.Train)
	if err != nil {
		return nil, err
	}
	if t.evaluator, err = newEvaluator(cfg.Backend, t.store, cfg.Model, cfg.Loss); err != nil {
		return nil, err
	}
	defer t.evaluator.close()
	if err := t.initialize(); err != nil {
		return nil, err
	}
	batches, err := cfg.Train.TrainingSet(cfg.Backend, cfg.BatchSize, cfg.DataSeed)
	if err != nil {
		return nil, err
	}
	trainer := train.NewTrainer(cfg.Backend, t.store, cfg.Model.Graph, lossFn, cfg.Optimizer.New(), nil, nil)
	defer trainer.ResetComputationGraphs() // frees what was compiled
	if err := t.setRate(0); err != nil {
		return nil, err
	}
	loop := train.NewLoop(trainer)
	loop.OnStep("training", 0, func(loop *train.Loop, metrics []*tensors.Tensor) error {
		return t.afterStep(loop.LoopStep+1, shapes.ConvertTo[float64](metrics[0].Value()))
	})
	t.lastStep = time.Now()
	_, err = loop.RunSteps(batches, cfg.Steps)
	if errors.Is(err, errDiverged) {
		t.record.Status = Diverged
		err = t.measure(t.record.Steps)
	}
	if err != nil {
		return nil, fmt.Errorf("training: training %s on %q: %w", cfg.Model.Name(), cfg.Train.Name, err)
	}
	if t.record.Final, err = newState(t.evaluator.used); err != nil {
		return nil, err
	}
	t.record.WallSeconds = time.Since(start).Seconds()
	return t.record, nil
}

// initialize draws the weights, by the first measurement, or takes those of Start, and then seeds what dropout will draw.
func (t *training) initialize() error {
	if err := t.store.SetRNGStateFromSeed(int64(t.cfg.InitSeed)); err != nil {
		return fmt.Errorf("training: %w", err)
	}
	if t.cfg.Start != nil {
		if _, err := t.evaluator.evaluate(t.ctx, t.cfg.Train); err != nil { // makes the variables
			return err
		}
		if err := setTheta(t.evaluator.used, t.cfg.Start); err != nil {
			return err
		}
	}
	if err := t.measure(0); err != nil {
		return err
	}
	if err := t.snapshot(0); err != nil {
		return err
	}
	return t.store.SetRNGStateFromSeed(datasets.NewRand(t.cfg.DataSeed, "dropout").Int64())
}

// afterStep is called when so many steps are done.
func (t *training) afterStep(done int, batchLoss float64) error {
	t.record.TrainSeconds += time.Since(t.lastStep).Seconds()
	defer func() { t.lastStep = time.Now() }()
	t.record.Steps = done
	t.record.BatchLoss = append(t.record.BatchLoss, batchLoss)
	if err := t.ctx.Err(); err != nil {
		return err
	}
	if math.IsNaN(batchLoss) || math.IsInf(batchLoss, 0) {
		return errDiverged
	}
	if done%t.cfg.RecordEvery == 0 || done == t.cfg.Steps {
		if err := t.measure(done); err != nil {
			return err
		}
	}
	if err := t.snapshot(done); err != nil {
		return err
	}
	if t.cfg.Progress != nil {
		t.cfg.Progress(done, t.cfg.Steps)
	}
	return t.setRate(done)
}

// measure adds a point to the curve.
func (t *training) measure(done int) error {
	point := Measured{Step: done, Epoch: float64(done) * float64(t.cfg.BatchSize) / float64(t.cfg.Train.Len())}
	var err error
	if point.Train, err = t.evaluator.evaluate(t.ctx, t.cfg.Train); err != nil {
		return err
	}
	if t.cfg.Test != nil {
		if point.Test, err = t.evaluator.evaluate(t.ctx, t.cfg.Test); err != nil {
			return err
		}
	}
	t.record.Curve = append(t.record.Curve, point)
	return nil
}

// snapshot keeps the weights if they are to be kept after this step.
func (t *training) snapshot(done int) error {
	if !slices.Contains(t.cfg.SnapshotAt, done) {
		return nil
	}
	state, err := newState(t.evaluator.used)
	if err != nil {
		return err
	}
	t.record.Snapshots = append(t.record.Snapshots, Snapshot{Step: done, State: state})
	return nil
}

// setRate sets the learning rate for the step after so many.
func (t *training) setRate(done int) error {
	if t.cfg.Schedule.Factor == nil {
		return nil
	}
	rate := t.cfg.Optimizer.Rate * t.cfg.Schedule.Factor(done, t.cfg.Steps)
	v := optimizer.LearningRateVarWithValue(t.store.RootScope(), dtypes.Float32, rate)
	return v.SetValue(tensors.FromScalar(float32(rate)))
}
