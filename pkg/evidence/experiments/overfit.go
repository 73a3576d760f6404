package experiments

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows:    []row{{"F1", judgeOverfit, drawOverfit}},
	measure: (*lab).overfit, quick: 2, full: 30,
})

// overfit measures F1: 300 epochs of momentum 0.9 at the common rate. One half of the test set says
// at which epoch to stop, and the other half what training on from there does to the test loss, so
// that the answer may have either sign.
func (l *lab) overfit() ([]*Data, error) {
	choosing, judging, err := l.halves()
	if err != nil {
		return nil, err
	}
	d := newData(l, "F1")
	epochs := pick(l, 100, 300)
	d.Facts["epochs"] = float64(epochs)
	for _, seed := range seeds(pick(l, 3, 10)) {
		run := course{Net: mlp, Batch: 32, Rate: 0.1, Momentum: 0.9, Seed: seed,
			Steps: epochs * 44, Every: 44}
		chooser, err := l.train(choosing, run)
		if err != nil {
			return nil, err
		}
		t, err := l.train(judging, run) // the same path, seen by the other half
		if err != nil {
			return nil, err
		}
		d.addStopped(seed, chooser, t, epochs)
		if seed == 1 {
			d.keepCurve(t)
		}
	}
	return []*Data{d}, nil
}

// addStopped adds what two views of a path say: where the chooser stops, and how t goes on.
func (d *Data) addStopped(seed uint64, chooser, t *trail, epochs int) {
	at := lowestTest(chooser)
	stopped, late, end := t.Curve[at], t.Curve[2*epochs/3], t.last()
	lowest := t.Curve[lowestTest(t)]
	exchanged := chooser.last().Test.Loss - chooser.Curve[lowestTest(t)].Test.Loss
	d.add("seed", seed, "rise", end.Test.Loss-stopped.Test.Loss,
		"rise with the halves exchanged", exchanged, "stopped at epoch", at,
		"test loss when stopped", stopped.Test.Loss, "final test loss", end.Test.Loss,
		"test accuracy when stopped", stopped.Test.Accuracy,
		"final test accuracy", end.Test.Accuracy,
		"rise from the lowest point", end.Test.Loss-lowest.Test.Loss,
		"training loss at two thirds", late.Train.Loss, "final training loss", end.Train.Loss,
		"weights of the two halves' runs differ",
		floats.Distance(chooser.Theta, t.Theta, math.Inf(1)))
}

// keepCurve keeps the curves of seed 1 for the picture.
func (d *Data) keepCurve(t *trail) {
	keep := func(name string, x float64) { d.Series[name] = append(d.Series[name], x) }
	for _, p := range t.Curve {
		keep("epoch, seed 1", float64(p.Step)/44)
		keep("training loss, seed 1", p.Train.Loss)
		keep("test loss, seed 1", p.Test.Loss)
	}
}

// lowestTest is where in a curve the test loss is lowest.
func lowestTest(t *trail) (at int) {
	for i, p := range t.Curve {
		if p.Test.Loss < t.Curve[at].Test.Loss {
			at = i
		}
	}
	return at
}

// halves are the digits with one half of the test set each, 180 digits, drawn by seed 0.
func (l *lab) halves() (one, other *set, err error) {
	whole, err := digitsSplit()
	if err != nil {
		return nil, nil, err
	}
	test, err := whole.Test.Split(whole.Test.Len()/2, 0)
	if err != nil {
		return nil, nil, err
	}
	one, err = l.set("first half", datasets.Split{Train: whole.Train, Test: test.Test})
	if err != nil {
		return nil, nil, err
	}
	other, err = l.set("second half", datasets.Split{Train: whole.Train, Test: test.Train})
	return one, other, err
}

func judgeOverfit(d *Data) (evidence.Finding, error) {
	effect, err := evidence.MeanT(d.column("rise"))
	if err != nil {
		return evidence.Finding{}, err
	}
	exchanged, err := evidence.MeanT(d.column("rise with the halves exchanged"))
	first, last := d.column("training loss at two thirds"), d.column("final training loss")
	falling := countBelow(ratios(last, first), 0.9)
	note := fmt.Sprintf("Stopped where one half of the test set is best, after %.0f epochs "+
		"(median), the other half's loss is %.3f, and %.3f at the end; accuracy goes from %.1f %% "+
		"to %.1f %% of 180 digits. ",
		d.median("stopped at epoch"), d.mean("test loss when stopped"), d.mean("final test loss"),
		100*d.mean("test accuracy when stopped"), 100*d.mean("final test accuracy"))
	note += fmt.Sprintf("With the halves exchanged the rise is %+.3f [%+.3f, %+.3f]: 180 digits "+
		"say little, and the interval knows the seeds only, not the draw of the digits. ",
		exchanged.Effect, exchanged.Low, exchanged.High)
	note += fmt.Sprintf("From the lowest point of the path itself, which is chosen by looking, "+
		"the loss rises by %.3f. The training loss still falls by more than a tenth in the last "+
		"third in %d of %d runs, to %.1e at the least: the minimum isn't reached.",
		d.mean("rise from the lowest point"), falling, len(last), floats.Min(last))
	return evidence.Finding{Effect: effect, SecondFails: falling < len(last), Note: note}, err
}

func drawOverfit(d *Data, title string) viz.Figure {
	x := d.Series["epoch, seed 1"]
	return viz.Line{Title: title, X: viz.Axis{Label: "epoch, seed 1"},
		Y: viz.Axis{Label: "cross-entropy", Log: true},
		Series: []viz.Series{
			{Label: "training loss", X: x, Y: d.Series["training loss, seed 1"]},
			{Label: "test loss, judging half", X: x, Y: d.Series["test loss, seed 1"]},
		},
		VLines: []viz.RefLine{{At: d.column("stopped at epoch")[0], Label: "other half lowest"}}}
}
