package training

import (
	"context"
	"fmt"

	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/session"
)

// MLPOf3466 is the lesson's usual network: 64-32-32-10 with ReLU, 3,466 weights.
func MLPOf3466() MLP { return MLP{Hidden: []int{32, 32}, Outputs: 10} }

// CommonSetup is the training that evidence/plan.md calls the common set-up: the MLP of 3,466
// weights on the digits, plain SGD at a constant rate of 0.1, batches of 32, 100 epochs,
// cross-entropy. The seed decides the initial weights and the order of the examples. The learning
// curve is measured every 220 steps, that is, every five epochs. The weights after one and after
// ten epochs are kept.
//
// Notebooks start from it and change only what their question is about, so that what they have in
// common is trained once.
func CommonSetup(digits datasets.Split, seed uint64) Config {
	return Config{
		Model: MLPOf3466(), Train: digits.Train, Test: digits.Test,
		Optimizer: SGD(0.1), BatchSize: 32, Epochs: 100, InitSeed: seed, DataSeed: seed,
		RecordEvery: 220, SnapshotAt: []int{44, 440}, Progress: session.Progress("training"),
	}
}

// batchSchedule says for a batch size how long the common set-up has to train to get below a
// training loss of 0.02, with a fifth to spare, and how often to look.
var batchSchedule = map[int]struct{ epochs, every int }{
	8:                  {14, 45},
	16:                 {24, 45},
	32:                 {46, 44},
	128:                {175, 44},
	512:                {980, 40},
	datasets.FullBatch: {2000, 40},
}

// BatchSizes are those that [UntilBelow] knows, from the smallest to the full batch.
func BatchSizes() []int { return []int{8, 16, 32, 128, 512, datasets.FullBatch} }

// UntilBelow trains the common set-up with another batch size and stops where the training loss is
// first seen below 0.02, looking about every 45 steps: networks to be compared at an equal training
// loss.
func UntilBelow(
	ctx context.Context, digits datasets.Split, batchSize int, seed uint64) (*Run, error) {
	schedule, ok := batchSchedule[batchSize]
	if !ok {
		return nil, fmt.Errorf("training: UntilBelow: batches of %d, want one of %v", batchSize,
			BatchSizes())
	}
	cfg := CommonSetup(digits, seed)
	cfg.BatchSize, cfg.Epochs = batchSize, schedule.epochs
	run, err := Train(ctx, cfg.MeasureEvery(schedule.every))
	if err != nil {
		return nil, err
	}
	return run.FirstBelow(0.02)
}
