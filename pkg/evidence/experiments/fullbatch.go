package experiments

import (
	"fmt"
	"slices"
)

// longest is how many steps full-batch training takes at most: the plan's 4,000 epochs.
const longest = 4000

// fullBatchRun is T1's, W5's and F3's training on all examples at rate 0.1, until the training loss is below 0.02 or for 4,000 steps. The
// weights are kept when it first falls below 0.05 and 0.02.
func (l *lab) fullBatchRun(s *set, seed uint64, keepAt []int) (*trail, error) {
	return l.train(s, course{
		Net: mlp, Batch: fullBatch, Rate: 0.1, Seed: seed, Steps: longest, Every: 10, Marks: []float64{0.05, lowLoss}, Stop: true, Trace: true,
		KeepAt: keepAt,
	})
}

// stuckAt lists the steps at which training seems stuck (F3): local minima in time of ‖∇L‖ below a tenth of its running maximum while the
// loss is above twice its final value; where there is none, the smallest ‖∇L‖ of the first half.
func stuckAt(t trace, finalLoss float64) (steps []int, fallback bool) {
	running := 0.0
	for k := 1; k < len(t.Loss)-1; k++ {
		norm := t.GradientNorm[k]
		running = max(running, t.GradientNorm[k-1])
		if norm < t.GradientNorm[k-1] && norm <= t.GradientNorm[k+1] && norm < running/10 && t.Loss[k] > 2*finalLoss {
			steps = append(steps, k)
		}
	}
	if len(steps) > 0 {
		return steps, false
	}
	half := t.GradientNorm[:len(t.GradientNorm)/2]
	return []int{slices.Index(half, slices.Min(half))}, true
}

// smallBatchRun is T1's training with batches of 16, for as many epochs as the full batch took. It is looked at about eight times an epoch until
// the training loss is below 0.02, and then every 50 epochs.
func (l *lab) smallBatchRun(s *set, seed uint64, epochs int) (*trail, error) {
	perEpoch := s.train.N / 16
	return l.train(s, course{
		Net: mlp, Batch: 16, Rate: 0.1, Seed: seed, Steps: epochs * perEpoch, Late: 50 * perEpoch, Marks: []float64{0.05, lowLoss},
	})
}

// largeAgainstSmall measures T1, A5 and W5: the full batch against batches of 16, after as many epochs (T1, A5) and at one loss (W5).
func (l *lab) largeAgainstSmall() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	t1, a5, w5 := newData(l, "T1"), newData(l, "A5"), newData(l, "W5")
	for _, seed := range seeds(pick(l, 2, 10)) {
		large, err := l.fullBatchRun(s, seed, nil)
		if err != nil {
			return nil, err
		}
		small, err := l.smallBatchRun(s, seed, large.Steps)
		if err != nil {
			return nil, err
		}
		if len(large.Marked) < 1 || len(small.Marked) < 2 {
			return nil, fmt.Errorf("experiments: T1, seed %d: training losses %v (full batch) and %v (batch 16) don't get low enough",
				seed, large.last().Train.Loss, small.last().Train.Loss)
		}
		for _, d := range []*Data{t1, a5, w5} {
			d.add("seed", seed)
		}
		t1.add("epochs", large.Steps)
		for _, arm := range []struct {
			name string
			run  *trail
		}{{"full batch", large}, {"batch 16", small}} {
			end, alike := arm.run.last(), arm.run.Marked[len(arm.run.Marked)-1].Theta
			phi, err := l.keskar(mlp, s, arm.run.Theta, 1e-3)
			if err != nil {
				return nil, err
			}
			phiAlike, err := l.keskar(mlp, s, alike, 1e-3)
			if err != nil {
				return nil, err
			}
			top, err := l.lambdaMax(mlp, s, arm.run.Theta)
			if err != nil {
				return nil, err
			}
			topAlike, err := l.lambdaMax(mlp, s, arm.run.Marked[0].Theta)
			if err != nil {
				return nil, err
			}
			t1.add("φ, "+arm.name, phi, "φ at loss 0.02, "+arm.name, phiAlike, "λmax, "+arm.name, top, "training loss, "+arm.name, end.Train.Loss)
			a5.add("test accuracy, "+arm.name, end.Test.Accuracy, "test loss, "+arm.name, end.Test.Loss)
			w5.add("λmax, "+arm.name, topAlike, "epoch, "+arm.name, float64(arm.run.Marked[0].Step)/float64(arm.run.Epoch))
		}
	}
	return []*Data{t1, a5, w5}, nil
}

// stuckPoints measures F3: whether the places where full-batch training seems stuck have a direction of negative curvature.
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
		steps := spread(all, 5)
		again, err := l.fullBatchRun(s, seed, steps)
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
			d.add("seed", seed, "step", k.Step, "qualifying points of the seed", len(all), "fallback", fallback,
				"loss", run.Trace.Loss[k.Step], "gradient norm", run.Trace.GradientNorm[k.Step], "λmax", e.Max, "λmin", e.Min,
				"saddle", e.Min < -tolerance(e.Max), "residual of λmin", e.MinResidual,
				"λmax at the end", end.Max, "λmin at the end", end.Min, "saddle at the end", end.Min < -tolerance(end.Max))
		}
	}
	return []*Data{d}, nil
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
