package experiments

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/evidence"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows:    []row{{"F3", judgeStuck, drawStuck}},
	measure: (*lab).stuckPoints, quick: 8, full: 65,
})

// stuckPoints measures F3: whether the places where full-batch training seems stuck have a
// direction of negative curvature.
func (l *lab) stuckPoints() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "F3")
	for _, seed := range seeds(pick(l, 2, 10)) {
		run, err := l.fullBatchRun(s, seed, nil)
		if err != nil {
			return nil, err
		}
		all, fallback := stuckAt(run.Trace, run.last().Train.Loss)
		again, err := l.fullBatchRun(s, seed, spread(all, 5))
		if err != nil {
			return nil, err
		}
		end, err := l.bothEnds(mlp, s, run.Theta)
		if err != nil {
			return nil, err
		}
		for _, k := range again.Kept {
			e, err := l.bothEnds(mlp, s, k.Theta)
			if err != nil {
				return nil, err
			}
			d.add("seed", seed, "step", k.Step, "qualifying points of the seed", len(all),
				"fallback", fallback, "loss", run.Trace.Loss[k.Step],
				"gradient norm", run.Trace.GradientNorm[k.Step],
				"λmax", e.Max, "λmin", e.Min, "saddle", e.saddle(),
				"residual of λmin", e.MinResidual, "λmax at the end", end.Max,
				"λmin at the end", end.Min, "saddle at the end", end.saddle())
		}
	}
	return []*Data{d}, nil
}

// stuckAt lists the steps at which training seems stuck (F3): local minima in time of ‖∇L‖ below a
// tenth of its running maximum while the loss is above twice its final value. Where there is none,
// it is the smallest ‖∇L‖ of the first half.
func stuckAt(t trace, finalLoss float64) (steps []int, fallback bool) {
	norms, running := t.GradientNorm, 0.0
	for k := 1; k < len(t.Loss)-1; k++ {
		running = max(running, norms[k-1])
		lowest := norms[k] < norms[k-1] && norms[k] <= norms[k+1]
		if lowest && norms[k] < running/10 && t.Loss[k] > 2*finalLoss {
			steps = append(steps, k)
		}
	}
	if len(steps) > 0 {
		return steps, false
	}
	half := norms[:len(norms)/2]
	return []int{slices.Index(half, slices.Min(half))}, true
}

// spread takes at most n entries, evenly spaced.
func spread(list []int, n int) []int {
	if len(list) <= n {
		return list
	}
	var some []int
	for k := range n {
		some = append(some, list[k*(len(list)-1)/(n-1)])
	}
	return some
}

func judgeStuck(d *Data) (evidence.Finding, error) {
	saddle, low, high := d.column("saddle"), d.column("λmin"), d.column("λmax")
	effect, err := d.overSeeds(func(of []int) float64 { return mean(evidence.Pick(saddle, of)) })
	at := func(factor float64) (n int) {
		for i := range low {
			n += int(indicator(low[i] < -factor*tolerance(high[i])))
		}
		return n
	}
	note := fmt.Sprintf("%d points of %d seeds, of which %.0f have a direction below −tol. It "+
		"hangs on the tolerance: at 2·tol %d do, at 10·tol %d, at tol/10 %d; λmin/λmax is %.3f "+
		"(median), hardly beyond where zero ends. ", len(saddle), effect.N, floats.Sum(saddle),
		at(2), at(10), at(0.1), evidence.Median(ratios(low, high)))
	note += fmt.Sprintf("The control fails to tell them apart: %.0f %% of the points where "+
		"training ended have such a direction too. And nothing is stuck: the loss keeps falling, "+
		"and the points are ripples of ‖∇L‖ at losses from %.3f to %.3f.",
		100*d.mean("saddle at the end"), d.least("loss"), d.largest("loss"))
	return evidence.Finding{Effect: effect, Note: note}, err
}

func drawStuck(d *Data, title string) viz.Figure {
	return viz.Scatter{Title: title, X: viz.Axis{Label: "loss", Log: true},
		Y: viz.Axis{Label: "λ_{min}/λ_{max}"},
		Groups: []viz.Points{{Label: "seems stuck", X: d.column("loss"),
			Y: ratios(d.column("λmin"), d.column("λmax"))}},
		HLines: []viz.RefLine{{At: -1e-3, Label: "−tol"}, {At: -2e-3, Label: "−2·tol"}, {At: 0}}}
}
