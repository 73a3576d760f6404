package experiments

import (
	"fmt"

	"lossland/pkg/lesson/training"
)

// sgdOrSAM trains the common network with the lesson's own trainer: plain SGD (rho 0) or SAM around it. The seed decides weights and order,
// so that the two are a pair. It returns the weights after 1, 10 and 100 epochs.
func (l *lab) sgdOrSAM(s *set, seed uint64, rho float64) (*training.Record, [][]float64, error) {
	const rate = 0.1
	method := training.SGD(rate)
	if rho > 0 {
		method = training.SAM(method, rho)
	}
	run, err := training.Train(l.ctx, training.Config{
		Model: training.MLP{Hidden: mlp.Widths[1:3], Outputs: mlp.outputs()}, Train: s.data.Train, Test: s.data.Test, Optimizer: method,
		Steps: commonSteps, BatchSize: 32, InitSeed: seed, DataSeed: seed, RecordEvery: training.OnlyEnds, SnapshotAt: []int{44, 440, commonSteps},
		Backend: l.backend,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("experiments: %w", err)
	}
	l.tick("train with " + method.Name)
	_, thetas, err := run.Trajectory()
	return &run.Record, thetas, err
}

const rho = 0.05

// sharpnessAware measures T3 and A6: SGD against SAM after as many epochs, and M2: how good SAM's first-order climb is along SGD's path.
func (l *lab) sharpnessAware() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	t3, a6, m2 := newData(l, "T3"), newData(l, "A6"), newData(l, "M2")
	for _, seed := range seeds(pick(l, 2, 10)) {
		for _, d := range []*Data{t3, a6, m2} {
			d.add("seed", seed)
		}
		for _, arm := range []struct {
			name string
			rho  float64
		}{{"SGD", 0}, {"SAM", rho}} {
			record, thetas, err := l.sgdOrSAM(s, seed, arm.rho)
			if err != nil {
				return nil, err
			}
			top, err := l.lambdaMax(mlp, s, thetas[2])
			if err != nil {
				return nil, err
			}
			w, err := l.worstIn(mlp, s, thetas[2], rho)
			if err != nil {
				return nil, err
			}
			end := record.Last()
			t3.add("λmax, "+arm.name, top, "training loss, "+arm.name, end.Train.Loss.Value, "test loss, "+arm.name, end.Test.Loss.Value,
				"test accuracy, "+arm.name, end.Test.Accuracy.Value)
			a6.add("worst loss, "+arm.name, w.Base+w.Largest, "loss, "+arm.name, w.Base)
			if arm.rho > 0 {
				continue
			}
			ratios, beatsRandom := 0.0, true
			for i, theta := range thetas {
				w, err := l.worstIn(mlp, s, theta, rho)
				if err != nil {
					return nil, err
				}
				epoch := []string{"1", "10", "100"}[i]
				m2.add("ratio, epoch "+epoch, w.FirstStep/w.Largest, "rise along ε, epoch "+epoch, w.FirstStep,
					"largest rise, epoch "+epoch, w.Largest, "largest of 100 random, epoch "+epoch, w.Random)
				ratios += w.FirstStep / w.Largest / 3
				beatsRandom = beatsRandom && w.FirstStep > w.Random
			}
			m2.add("ratio", ratios, "beats random", beatsRandom)
		}
	}
	return []*Data{t3, a6, m2}, nil
}

// stepCost measures M1: the time of a step of SAM over that of plain SGD, in turns.
func (l *lab) stepCost() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	plain := training.Config{
		Model: training.MLP{Hidden: []int{128, 128}, Outputs: 10}, Train: s.data.Train, Optimizer: training.SGD(0.1), BatchSize: 512, Backend: l.backend,
	}
	climbing := plain
	climbing.Optimizer = training.SAM(training.SGD(0.1), rho)
	times, err := training.CompareStepTimes(l.ctx, plain, climbing, pick(l, 10, 30))
	if err != nil {
		return nil, fmt.Errorf("experiments: %w", err)
	}
	l.tick("step times")
	d := newData(l, "M1")
	d.Columns["seconds a plain step"], d.Columns["seconds a step of SAM"] = times.A, times.B
	d.Columns["ratio"] = times.Ratios()
	return []*Data{d}, nil
}
