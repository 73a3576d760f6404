package experiments

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/lesson"
	"lossland/pkg/sam"
)

// sgdOrSAM trains the common network with the lesson's own trainer: plain SGD (rho 0) or SAM around it. The seed decides weights and order,
// so that the two are a pair. It returns the weights after 1, 10 and 100 epochs.
func (l *lab) sgdOrSAM(s *set, seed uint64, rho float64) (*lesson.Record, [][]float64, error) {
	const rate = 0.1
	sgd := lesson.SGD(rate)
	method := sgd
	if rho > 0 {
		method = lesson.Optimizer{
			Name: fmt.Sprintf("sam rho=%v %s", rho, sgd.Name), Rate: rate,
			New: func() optimizer.Interface { return sam.New(sgd.New()).Rho(rho).Done() },
		}
	}
	run, err := lesson.Train(l.ctx, lesson.TrainConfig{
		Model: lesson.MLP{Hidden: mlp.Widths[1:3], Outputs: mlp.outputs()}, Train: s.data.Train, Test: s.data.Test, Optimizer: method,
		Steps: commonSteps, BatchSize: 32, InitSeed: seed, DataSeed: seed, RecordEvery: lesson.Never, SnapshotAt: []int{44, 440, commonSteps},
		Backend: l.backend,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("experiments: %w", err)
	}
	l.tick("train with " + method.Name)
	_, thetas, err := run.Trajectory()
	return &run.Record, thetas, err
}
