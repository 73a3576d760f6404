package experiments

import (
	"fmt"
	"math"

	"lossland/pkg/evidence"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows: []row{
		{"F4", judgePlateau, arms("steps to halve the loss", true,
			"plain steps", "matched steps", "momentum steps")},
		{"A3", judgeHalved, drawHalved},
	},
	measure: (*lab).plateau, quick: 12, full: 400,
})

// deep is F4's network: four hidden layers of 32 sigmoid units.
var deep = network{Widths: []int{64, 32, 32, 32, 32, 10}, Activation: "sigmoid",
	Loss: crossEntropy, DType: mlp.DType}

// plateau measures F4 and A3: how long full-batch descent needs to halve the initial loss. It is
// plain at rate 0.02, with momentum 0.9 at the same rate, and plain at the momentum's effective
// rate 0.02/(1 − 0.9) = 0.2.
func (l *lab) plateau() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	most := pick(l, 2000, 20_000)
	f4, a3 := newData(l, "F4"), newData(l, "A3")
	f4.Facts["cap"] = float64(most)
	arms := []struct {
		name           string
		rate, momentum float64
	}{{"plain", 0.02, 0}, {"momentum", 0.02, 0.9}, {"matched", 0.2, 0}}
	for _, seed := range seeds(pick(l, 2, 10)) {
		f4.add("seed", seed)
		a3.add("seed", seed)
		for _, arm := range arms {
			halved, curve, err := l.halve(s, seed, arm.rate, arm.momentum, most)
			if err != nil {
				return nil, err
			}
			f4.add(arm.name+" steps", halved, arm.name+" final loss", curve[len(curve)-1])
			if arm.name != "matched" {
				a3.add(arm.name+" halved", halved < most)
			}
			if seed == 1 {
				f4.Series[arm.name+" loss, every 100 steps, seed 1"] = curve
			}
		}
	}
	return []*Data{f4, a3}, nil
}

// halve returns after how many steps the full-batch loss is at most half of the first one, and most
// if it never is.
func (l *lab) halve(s *set, seed uint64, rate, momentum float64, most int) (
	steps int, curve []float64, err error) {
	run := course{Net: deep, Batch: fullBatch, Rate: rate, Momentum: momentum, Seed: seed,
		Steps: most, Every: 100, Trace: true, Stop: true}
	half, err := l.initialLoss(s, run)
	if err != nil {
		return 0, nil, err
	}
	half /= 2
	run.Marks = []float64{half}
	t, err := l.train(s, run)
	if err != nil {
		return 0, nil, err
	}
	for _, point := range t.Curve {
		curve = append(curve, point.Train.Loss)
	}
	for step, loss := range t.Trace.Loss {
		if loss <= half {
			return step, curve, nil
		}
	}
	return most, curve, nil
}

// initialLoss is the training loss before the first step.
func (l *lab) initialLoss(s *set, run course) (float64, error) {
	theta := run.Net.initial(run.Seed)
	return cached(l, "initial loss 1", point{s.hash, run.Net, theta}, func() (float64, error) {
		m, err := l.meter(run.Net, s, false)
		if err != nil {
			return 0, err
		}
		start, err := m.at(theta)
		return start.Loss, err
	})
}

func judgePlateau(d *Data) (evidence.Finding, error) {
	effect, err := d.ratio("plain steps", "momentum steps")
	if err != nil {
		return evidence.Finding{}, err
	}
	matched, err := d.ratio("matched steps", "momentum steps")
	most, gain := d.Facts["cap"], "a part of what momentum gains is more than the larger step"
	if matched.Effect <= 1 {
		gain = "all that momentum gains here is the larger step, which a larger rate gives as well"
	}
	return evidence.Finding{Effect: effect, SecondFails: !(matched.Low > 1),
		Note: fmt.Sprintf("%s of plain SGD's runs at rate 0.02 end at the cap of %.0f steps, so "+
			"that the ratio is a lower bound. Against plain SGD with momentum's effective rate "+
			"0.2 the ratio is %.3f [%.3f, %.3f]: %s.", atCap(d.column("plain steps"), most), most,
			matched.Effect, matched.Low, matched.High, gain)}, err
}

func judgeHalved(d *Data) (evidence.Finding, error) {
	with, without := d.column("momentum halved"), d.column("plain halved")
	effect, err := evidence.Bootstrap(len(with), bootstrapSeed, func(of []int) float64 {
		return mean(evidence.Pick(with, of)) - mean(evidence.Pick(without, of))
	})
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("Within the cap %.0f %% of the runs "+
		"with momentum halve the loss and %.0f %% of those without, at the same rate 0.02 (see F4 "+
		"for the matched rate).", 100*mean(with), 100*mean(without))}, err
}

func drawHalved(d *Data, title string) viz.Figure {
	f := viz.Intervals{Title: title, X: viz.Axis{Range: [2]float64{0, 1},
		Label: "share of runs that halve the loss within the cap, Wilson's interval"}}
	for _, name := range []string{"momentum halved", "plain halved"} {
		share, err := d.share(name)
		if err != nil {
			share = evidence.Interval{Effect: math.NaN(), Low: math.NaN(), High: math.NaN()}
		}
		f.Rows = append(f.Rows,
			viz.Interval{Label: name, Value: share.Effect, Lo: share.Low, Hi: share.High})
	}
	return f
}
