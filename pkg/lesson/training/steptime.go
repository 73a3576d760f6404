package training

import (
	"context"
	"fmt"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/pkg/lesson/session"
)

// StepTimes are the times of single training steps in seconds, each kind's in the order in which
// they were taken.
type StepTimes struct{ A, B []float64 }

// Ratios returns B's time over A's, pair by pair.
func (s StepTimes) Ratios() []float64 {
	ratios := make([]float64, len(s.A))
	for i := range ratios {
		ratios[i] = s.B[i] / s.A[i]
	}
	return ratios
}

// CompareStepTimes times the training steps of two configurations that may differ in the optimizer,
// taking turns, so that whatever else the machine does hits both. A pair is the time of ten steps
// of one and ten of the other, divided by ten, after ten uncounted steps. Steps, Epochs, Schedule
// and whatever measures along the way are ignored.
//
// Like everything slow here, it is done once and then comes from the cache, as measured on this
// machine at that time.
func CompareStepTimes(ctx context.Context, a, b Config, pairs int) (StepTimes, error) {
	for _, cfg := range []*Config{&a, &b} {
		cfg.Steps, cfg.Epochs, cfg.Schedule = 1, 0, Schedule{}
		cfg.RecordEvery, cfg.SnapshotAt = OnlyEnds, nil
		var err error
		if *cfg, err = cfg.resolve(); err != nil {
			return StepTimes{}, err
		}
	}
	key := struct {
		A, B  any
		Pairs int
	}{a.key(), b.key(), pairs}
	return session.Cached("step times", key, func() (StepTimes, error) {
		return compareSteps(ctx, a, b, pairs)
	})
}

const stepsPerTime = 10

func compareSteps(ctx context.Context, a, b Config, pairs int) (StepTimes, error) {
	var times StepTimes
	first, err := newStepper(a)
	if err != nil {
		return times, err
	}
	defer first.close()
	second, err := newStepper(b)
	if err != nil {
		return times, err
	}
	defer second.close()
	for pair := -1; pair < pairs; pair++ { // pair −1 compiles
		for _, s := range []*stepper{first, second} {
			if err := ctx.Err(); err != nil {
				return times, err
			}
			seconds, err := s.time()
			if err != nil {
				return times, err
			}
			switch {
			case pair < 0:
			case s == first:
				times.A = append(times.A, seconds)
			default:
				times.B = append(times.B, seconds)
			}
		}
	}
	return times, nil
}

// stepper takes training steps, always with the same batch.
type stepper struct {
	trainer *train.Trainer
	inputs  *tensors.Tensor
	labels  *tensors.Tensor
}

func newStepper(cfg Config) (*stepper, error) {
	lossFn, err := cfg.Loss.fn(cfg.Train)
	if err != nil {
		return nil, err
	}
	batch, err := cfg.Train.Subset(cfg.BatchSize, cfg.DataSeed)
	if err != nil {
		return nil, err
	}
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(int64(cfg.InitSeed)); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	s := &stepper{trainer: train.NewTrainer(
		cfg.Backend, store, cfg.Model.Graph, lossFn, cfg.Optimizer.New(), nil, nil)}
	s.inputs, s.labels = batch.Tensors()
	return s, nil
}

// time returns the mean time of stepsPerTime steps, from the call to the loss's arrival.
func (s *stepper) time() (seconds float64, err error) {
	start := time.Now()
	for range stepsPerTime {
		inputs, err := s.inputs.Clone()
		if err != nil {
			return 0, err
		}
		labels, err := s.labels.Clone()
		if err != nil {
			return 0, err
		}
		metrics, err := s.trainer.TrainStep(train.Batch{
			Inputs: []*tensors.Tensor{inputs}, Labels: []*tensors.Tensor{labels}})
		if err != nil {
			return 0, fmt.Errorf("training: timing a step: %w", err)
		}
		for _, metric := range metrics {
			// waits until it is computed
			if _, err := tensors.CopyFlatData[float32](metric); err != nil {
				return 0, err
			}
			metric.MustFinalizeAll()
		}
	}
	return time.Since(start).Seconds() / stepsPerTime, nil
}

func (s *stepper) close() { s.trainer.ResetComputationGraphs() }
