package experiments

import (
	"fmt"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/training"
)

var _ = gather(experiment{
	rows: []row{
		{"T3", judgeSAMFlatter, arms("λ_{max}", true, "λmax, SGD", "λmax, SAM")},
		{"A6", judgeWorstLoss, arms("training loss", true,
			"worst loss, SGD", "worst loss, SAM", "loss, SGD", "loss, SAM")},
		{"M2", judgeClimb, arms("rise along ε over the largest rise", false,
			"ratio, epoch 1", "ratio, epoch 10", "ratio, epoch 100")},
	},
	measure: (*lab).sharpnessAware, quick: 14, full: 90,
})

// rho is the radius ρ of SAM's ball.
const rho = 0.05

// sgdOrSAM trains the common network with the lesson's own trainer: plain SGD (rho 0) or SAM around
// it. The seed decides weights and order, so that the two are a pair. It returns the weights after
// 1, 10 and 100 epochs.
func (l *lab) sgdOrSAM(s *set, seed uint64, rho float64) (*training.Record, [][]float64, error) {
	const rate = 0.1
	method := training.SGD(rate)
	if rho > 0 {
		method = training.SAM(method, rho)
	}
	run, err := training.Train(l.ctx, training.Config{
		Model: training.MLP{Hidden: mlp.Widths[1:3], Outputs: mlp.outputs()}, Train: s.data.Train,
		Test: s.data.Test, Optimizer: method, Steps: commonSteps, BatchSize: 32, InitSeed: seed,
		DataSeed: seed, RecordEvery: training.OnlyEnds, SnapshotAt: []int{44, 440, commonSteps},
		Backend: l.backend,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("experiments: %w", err)
	}
	l.tick("train with " + method.Name)
	_, thetas, err := run.Trajectory()
	return &run.Record, thetas, err
}

// sharpnessAware measures T3 and A6: SGD against SAM after as many epochs; and M2: how good SAM's
// first-order climb is along SGD's path.
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
		plain, err := l.addArm(t3, a6, s, seed, "SGD", 0)
		if err != nil {
			return nil, err
		}
		if err := l.addClimbs(m2, s, plain); err != nil {
			return nil, err
		}
		if _, err := l.addArm(t3, a6, s, seed, "SAM", rho); err != nil {
			return nil, err
		}
	}
	return []*Data{t3, a6, m2}, nil
}

// addArm trains one of the two and adds what T3 and A6 ask. It returns the weights on its way.
func (l *lab) addArm(
	t3, a6 *Data, s *set, seed uint64, name string, radius float64) ([][]float64, error) {
	record, thetas, err := l.sgdOrSAM(s, seed, radius)
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
	t3.add("λmax, "+name, top, "training loss, "+name, end.Train.Loss.Value,
		"test loss, "+name, end.Test.Loss.Value, "test accuracy, "+name, end.Test.Accuracy.Value)
	a6.add("worst loss, "+name, w.Base+w.Largest, "loss, "+name, w.Base)
	return thetas, nil
}

// addClimbs adds how good the climb is at the weights after 1, 10 and 100 epochs.
func (l *lab) addClimbs(m2 *Data, s *set, thetas [][]float64) error {
	ratios, beatsRandom := 0.0, true
	for i, theta := range thetas {
		w, err := l.worstIn(mlp, s, theta, rho)
		if err != nil {
			return err
		}
		epoch := []string{"1", "10", "100"}[i]
		m2.add("ratio, epoch "+epoch, w.FirstStep/w.Largest,
			"rise along ε, epoch "+epoch, w.FirstStep, "largest rise, epoch "+epoch, w.Largest,
			"largest of 100 random, epoch "+epoch, w.Random)
		ratios += w.FirstStep / w.Largest / 3
		beatsRandom = beatsRandom && w.FirstStep > w.Random
	}
	m2.add("ratio", ratios, "beats random", beatsRandom)
	return nil
}

func judgeSAMFlatter(d *Data) (evidence.Finding, error) {
	effect, err := d.ratio("λmax, SGD", "λmax, SAM")
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("λmax %.2f against %.2f at training "+
		"losses of %.4f and %.4f: as many epochs, not one loss, and a cross-entropy's λmax falls "+
		"with the loss. Test accuracy %.2f %% against %.2f %%.",
		d.geometric("λmax, SGD"), d.geometric("λmax, SAM"),
		d.mean("training loss, SGD"), d.mean("training loss, SAM"),
		100*d.mean("test accuracy, SGD"), 100*d.mean("test accuracy, SAM"))}, err
}

func judgeWorstLoss(d *Data) (evidence.Finding, error) {
	effect, err := d.ratio("worst loss, SGD", "worst loss, SAM")
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("The worst loss found in the ball "+
		"is %.4f after SGD and %.4f after SAM; at the weights themselves it is %.4f and %.4f.",
		d.mean("worst loss, SGD"), d.mean("worst loss, SAM"),
		d.mean("loss, SGD"), d.mean("loss, SAM"))}, err
}

func judgeClimb(d *Data) (evidence.Finding, error) {
	effect, err := evidence.MeanT(d.column("ratio"))
	beats, seeds := floats.Sum(d.column("beats random")), len(d.column("ratio"))
	return evidence.Finding{Effect: effect, SecondFails: beats < float64(seeds),
		Note: fmt.Sprintf("By epoch: %.3f after 1, %.3f after 10, %.3f after 100. The largest "+
			"rise found is a lower bound of the true one, so the ratio is an upper bound. ε beats "+
			"all 100 random directions at every point of %.0f of %d seeds.",
			d.mean("ratio, epoch 1"), d.mean("ratio, epoch 10"), d.mean("ratio, epoch 100"),
			beats, seeds)}, err
}
