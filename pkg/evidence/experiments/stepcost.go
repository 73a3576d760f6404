package experiments

import (
	"fmt"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/training"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows:    []row{{"M1", judgeStepCost, drawStepCost}},
	measure: (*lab).stepCost, quick: 4, full: 6, timing: true,
})

// stepCost measures M1: the time of a step of SAM over that of plain SGD, in turns.
func (l *lab) stepCost() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	plain := training.Config{
		Model: training.MLP{Hidden: []int{128, 128}, Outputs: 10}, Train: s.data.Train,
		Optimizer: training.SGD(0.1), BatchSize: 512, Backend: l.backend,
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

func judgeStepCost(d *Data) (evidence.Finding, error) {
	r := d.column("ratio")
	effect, err := evidence.Bootstrap(len(r), bootstrapSeed, func(of []int) float64 {
		return evidence.Median(evidence.Pick(r, of))
	})
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("A plain step takes %.2f ms, one of "+
		"SAM %.2f ms (medians; the batch is copied anew for each step in both). A timing: it "+
		"depends on the machine, see machine.json.",
		1e3*d.median("seconds a plain step"), 1e3*d.median("seconds a step of SAM"))}, err
}

func drawStepCost(d *Data, title string) viz.Figure {
	return viz.Histogram{Title: title,
		X: viz.Axis{Label: "time of a step of SAM over a plain one"}, Y: viz.Axis{Label: "pairs"},
		Groups: []viz.Sample{{Label: "pairs of steps", Values: d.column("ratio")}},
		VLines: []viz.RefLine{{At: 1.7, Label: "1.7"}, {At: 2.3, Label: "2.3"}}}
}
