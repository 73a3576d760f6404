package evidence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Resamples is how often [Bootstrap] draws.
const Resamples = 10000

// Bootstrap is a statistic of n repetitions with its percentile interval (Efron 1979): the statistic is computed on 10,000 samples of n
// numbers drawn with replacement from 0 … n−1, by seed. It gets those numbers, so that pairs stay together:
//
//	interval, err := evidence.Bootstrap(len(x), 1, func(of []int) float64 {
//		return evidence.Spearman(evidence.Pick(x, of), evidence.Pick(y, of))
//	})
//
// With fewer than twenty or so repetitions the interval is too narrow. A sample on which the statistic is NaN, such as a correlation
// of values that are all the same, is drawn again; if more than half of them are, that is an error.
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
	rng := rand.New(rand.NewPCG(seed, 0))
	draws := make([]float64, 0, Resamples)
	sample := make([]int, n)
	for tries := 0; len(draws) < Resamples; tries++ {
		if tries == 2*Resamples {
			return Interval{}, fmt.Errorf("evidence: the statistic is NaN on %d of %d samples", tries-len(draws), tries)
		}
		for i := range sample {
			sample[i] = rng.IntN(n)
		}
		if value := statistic(sample); !math.IsNaN(value) {
			draws = append(draws, value)
		}
	}
	slices.Sort(draws)
	return Interval{
		effect, quantile(draws, (1-Level)/2), quantile(draws, (1+Level)/2), n, "bootstrap",
	}, nil
}

// Pick returns values[of[0]], values[of[1]], …
func Pick(values []float64, of []int) []float64 {
	picked := make([]float64, len(of))
	for i, number := range of {
		picked[i] = values[number]
	}
	return picked
}

// Median returns the middle value, or the mean of the two in the middle; NaN for no values.
func Median(values []float64) float64 { return Quantile(values, 0.5) }

// Quantile returns the value below which the share p of the values lies, linear between neighbours (type 7 of Hyndman and Fan
// 1996, NumPy's default); NaN for no values, or for one that is NaN.
func Quantile(values []float64, p float64) float64 {
	if len(values) == 0 || slices.ContainsFunc(values, math.IsNaN) {
		return math.NaN()
	}
	return quantile(slices.Sorted(slices.Values(values)), p)
}

// quantile is Quantile of sorted values.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	below := int(at)
	if below >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}

// Spearman is the correlation of ranks, tied values sharing the mean of theirs; NaN where one side has no two different values. It
// panics if x and y differ in length.
func Spearman(x, y []float64) float64 {
	return stat.Correlation(ranks(x), ranks(y), nil)
}

// ranks numbers the values from the smallest up.
func ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	ranked := make([]float64, len(values))
	for first := 0; first < len(order); {
		last := first
		for last+1 < len(order) && values[order[last+1]] == values[order[first]] {
			last++
		}
		for _, i := range order[first : last+1] {
			ranked[i] = float64(first+last)/2 + 1
		}
		first = last + 1
	}
	return ranked
}
