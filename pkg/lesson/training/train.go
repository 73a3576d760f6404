package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/session"
)

// Train returns the training of cfg, from the cache if it was done before (see [session.Cached]).
// Configurations that differ only in Progress, or in backends of the same kind, are one training.
func Train(ctx context.Context, cfg Config) (*Run, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	record, err := session.Cached("train "+cfg.Model.Name(), cfg.key(), func() (*Record, error) {
		return trainNow(ctx, cfg)
	})
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
	return &Run{Model: cfg.Model, Store: store, Record: *record, loss: cfg.Loss,
		backend: cfg.Backend}, nil
}

// training is a training under way.
type training struct {
	ctx      context.Context
	cfg      Config
	store    *model.Store
	scorer   *scorer
	record   *Record
	trainer  *train.Trainer
	lastStep time.Time
}

// errDiverged leaves GoMLX's loop, which would otherwise make an error of it.
var errDiverged = errors.New("training: diverged")

// begin makes a training ready for its first step; cfg is resolved. The caller ends it.
func begin(ctx context.Context, cfg Config) (*training, error) {
	lossFn, err := cfg.Loss.fn(cfg.Train)
	if err != nil {
		return nil, err
	}
	t := &training{
		ctx: ctx, cfg: cfg, store: model.NewStore(), record: &Record{Status: Finished},
	}
	if t.scorer, err = newScorer(cfg.Backend, t.store, cfg.Model, cfg.Loss); err != nil {
		return nil, err
	}
	if err := t.initialize(); err != nil {
		t.scorer.close()
		return nil, err
	}
	t.trainer = train.NewTrainer(
		cfg.Backend, t.store, cfg.Model.Graph, lossFn, cfg.Optimizer.New(), nil, nil)
	return t, nil
}

// end frees what was compiled.
func (t *training) end() {
	t.trainer.ResetComputationGraphs()
	t.scorer.close()
}

// trainNow trains; cfg is resolved.
func trainNow(ctx context.Context, cfg Config) (*Record, error) {
	start := time.Now()
	t, err := begin(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer t.end()
	batches, err := cfg.Train.TrainingSet(cfg.Backend, cfg.BatchSize, cfg.DataSeed)
	if err != nil {
		return nil, err
	}
	if err := t.setRate(0); err != nil {
		return nil, err
	}
	loop := train.NewLoop(t.trainer)
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
		return nil, fmt.Errorf("training: %s on %q: %w", cfg.Model.Name(), cfg.Train.Name, err)
	}
	if t.record.Final, err = newState(t.scorer.used); err != nil {
		return nil, err
	}
	t.record.WallSeconds = time.Since(start).Seconds()
	return t.record, nil
}

// initialize draws the weights, by the first measurement, or takes those of Start, and then seeds
// what dropout will draw.
func (t *training) initialize() error {
	if err := t.store.SetRNGStateFromSeed(int64(t.cfg.InitSeed)); err != nil {
		return fmt.Errorf("training: %w", err)
	}
	if t.cfg.Start != nil {
		if _, err := t.scorer.score(t.ctx, t.cfg.Train); err != nil { // makes the variables
			return err
		}
		if err := t.start(); err != nil {
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
	seen := float64(done) * float64(t.cfg.BatchSize)
	point := Measured{Step: done, Epoch: seen / float64(t.cfg.Train.Len())}
	var err error
	if point.Train, err = t.scorer.score(t.ctx, t.cfg.Train); err != nil {
		return err
	}
	if t.cfg.Test != nil {
		if point.Test, err = t.scorer.score(t.ctx, t.cfg.Test); err != nil {
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
	state, err := newState(t.scorer.used)
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
