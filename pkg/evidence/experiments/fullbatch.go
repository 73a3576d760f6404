package experiments

import "slices"

// longest is how many steps full-batch training takes at most: the plan's 4,000 epochs.
const longest = 4000

// fullBatchRun is T1's, W5's and F3's training on all examples at rate 0.1, until the training loss is below 0.02 or for 4,000 steps. The
// weights are kept when it first falls below 0.05 and 0.02.
func (l *lab) fullBatchRun(s *set, seed uint64, keepAt []int) (*trail, error) {
	return l.train(s, training{
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
