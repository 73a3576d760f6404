package evidence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Resamples is how often [Bootstrap] draws.
const Resamples = 10000

// Bootstrap is a statistic of n repetitions with its percentile interval (Efron 1979). The
// statistic is computed on 10,000 samples of n numbers, drawn by seed with replacement from
// 0 … n−1. It is given those numbers, so that pairs stay together:
//
//	interval, err := evidence.Bootstrap(len(x), 1, func(of []int) float64 {
//		return evidence.Spearman(evidence.Pick(x, of), evidence.Pick(y, of))
//	})
//
// With fewer than about twenty repetitions the interval is too narrow. A sample whose statistic is
// NaN, such as a correlation of equal values, is drawn again; more than half of them are an error.
// Cost: 10,001 calls of the statistic.
func Bootstrap(n int, seed uint64, statistic func(of []int) float64) (Interval, error) {
	if n < 2 {
		return Interval{}, fmt.Errorf("evidence: a bootstrap of %d repetitions, want at least 2", n)
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	effect := statistic(all)
	if math.IsNaN(effect) {
		return Interval{}, fmt.Errorf("evidence: the statistic of all %d repetitions is NaN", n)
	}
	draws, err := resample(n, seed, statistic)
	if err != nil {
		return Interval{}, err
	}
	slices.Sort(draws)
	low, high := quantile(draws, (1-Level)/2), quantile(draws, (1+Level)/2)
	return Interval{effect, low, high, n, "bootstrap"}, nil
}

// resample computes the statistic on [Resamples] samples.
func resample(n int, seed uint64, statistic func(of []int) float64) ([]float64, error) {
	rng := rand.New(rand.NewPCG(seed, 0))
	draws := make([]float64, 0, Resamples)
	sample := make([]int, n)
	for tries := 0; len(draws) < Resamples; tries++ {
		if tries == 2*Resamples {
			return nil, fmt.Errorf("evidence: the statistic is NaN on %d of %d samples",
				tries-len(draws), tries)
		}
		for i := range sample {
			sample[i] = rng.IntN(n)
		}
		if value := statistic(sample); !math.IsNaN(value) {
			draws = append(draws, value)
		}
	}
	return draws, nil
}

// Pick returns values[of[0]], values[of[1]], …
func Pick(values []float64, of []int) []float64 {
	picked := make([]float64, len(of))
	for i, number := range of {
		picked[i] = values[number]
	}
	return picked
}
