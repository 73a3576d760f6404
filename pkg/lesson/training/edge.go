package training

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/pkg/lesson/session"
	"lossland/pkg/trajectory"
)

// TrackEdge trains cfg, or takes it from the cache, and measures λmax of the training loss before
// the first step and after each so many: see [trajectory.TrackEdge]. The line 2/η is that of
// Optimizer.Rate. What Train measures along the way is left out, and there is no schedule.
func TrackEdge(ctx context.Context, cfg Config, every int) ([]trajectory.EdgePoint, error) {
	cfg.Test, cfg.RecordEvery, cfg.SnapshotAt, cfg.Schedule = nil, OnlyEnds, nil, Schedule{}
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	key := struct {
		Training any
		Every    int
	}{cfg.key(), every}
	return session.Cached("edge", key, func() ([]trajectory.EdgePoint, error) {
		return trackEdge(ctx, cfg, every)
	})
}

// trackEdge does it; cfg is resolved.
func trackEdge(ctx context.Context, cfg Config, every int) ([]trajectory.EdgePoint, error) {
	t, err := begin(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer t.end()
	loop := train.NewLoop(t.trainer)
	if cfg.Progress != nil {
		loop.OnStep("training", 0, func(loop *train.Loop, _ []*tensors.Tensor) error {
			cfg.Progress(loop.LoopStep+1, cfg.Steps)
			return ctx.Err()
		})
	}
	run := &Run{Model: cfg.Model, Store: t.store, loss: cfg.Loss, backend: cfg.Backend}
	p, err := run.Problem(cfg.Train, nil)
	if err != nil {
		return nil, err
	}
	edge, err := trajectory.TrackEdge(ctx, p, loop, trajectory.EdgeConfig{
		Every: every, LearningRate: cfg.Optimizer.Rate, Seed: 1})
	if err != nil {
		return nil, err
	}
	defer edge.Close()
	batches, err := cfg.Train.TrainingSet(cfg.Backend, cfg.BatchSize, cfg.DataSeed)
	if err != nil {
		return nil, err
	}
	if _, err := loop.RunSteps(batches, cfg.Steps); err != nil {
		return nil, fmt.Errorf("training: tracking λmax of %s on %q: %w", cfg.Model.Name(),
			cfg.Train.Name, err)
	}
	return edge.Points, nil
}
