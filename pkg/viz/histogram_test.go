package viz

import (
	"math"
	"testing"
)

func TestHistogramCounts(t *testing.T) {
	h := Histogram{
		Groups: []Sample{{Values: []float64{0, 0.5, 1, 1.5, 2, 2, 3, math.NaN(), math.Inf(1), -1}}},
		Edges:  []float64{0, 1, 2, 3},
	}
	_, counts, left, err := h.count()
	if err != nil || left != 3 || counts[0][0] != 2 || counts[0][1] != 2 || counts[0][2] != 3 {
		t.Errorf("counts %v, left out %d, error %v; want [2 2 3], 3", counts, left, err)
	}
	// All finite values fall into the bins that the rule makes.
	for _, log := range []bool{false, true} {
		h := Histogram{Groups: []Sample{{Values: []float64{0.1, 0.2, 0.35, 1, 2, 3, 5, 8, 200}}},
			X: Axis{Log: log}}
		edges, counts, left, err := h.count()
		n := 0
		for _, k := range counts[0] {
			n += k
		}
		if err != nil || n != 9 || left != 0 || len(edges) < 6 {
			t.Errorf("log %v: %d of 9 in %d bins, %d left out, %v", log, n, len(edges)-1, left, err)
		}
	}
	same := Histogram{Groups: []Sample{{Values: []float64{2, 2, 2}}}}
	if _, counts, _, err := same.count(); err != nil || len(counts[0]) != 20 {
		t.Errorf("three equal values: %v, %v", counts, err)
	}
}
