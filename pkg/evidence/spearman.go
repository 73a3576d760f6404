package evidence

import (
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Spearman is the correlation of ranks; tied values share the mean of theirs. It is NaN where one
// side has no two different values. It panics if x and y differ in length.
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
