package sam_test

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// TestSchedules: the values of ρ over the steps.
func TestSchedules(t *testing.T) {
	tests := map[string]struct {
		schedule sam.Size
		want     []float64
	}{
		"linear": {sam.Linear{From: 0.4, To: 0, Steps: 4},
			[]float64{0.4, 0.3, 0.2, 0.1, 0, 0}},
		"cosine":   {sam.Cosine{From: 0.4, To: 0.2, Steps: 2}, []float64{0.4, 0.3, 0.2, 0.2}},
		"negative": {sam.Linear{From: 0.1, To: -0.1, Steps: 2}, []float64{0.1, 0, 0}},
		"not a number": {sam.Schedule(func(_ *model.Scope,
			step *graph.Node) *graph.Node {
			return graph.Div(step, step)
		}), []float64{0, 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store := seededStore()
			r := newRunner(store, sam.New(sgd(0.01)).Size(test.schedule).Done())
			for i, want := range test.want {
				r.run(t, 1)
				require.InDelta(t, want, r.o.CurrentRho(store), 1e-12, "step %d", i)
			}
		})
	}
}

// TestSizeFormula: ρ falls to 0 at step 2 and stays there.
func TestSizeFormula(t *testing.T) {
	config := func(c *sam.Config) *sam.Config {
		return c.Size(sam.Linear{From: formulaRho, To: -formulaRho, Steps: 4})
	}
	checkFormula(t, config, without(func(r regression, k int, w []float64) []float64 {
		factor := max(0, 1-2*min(float64(k)/4, 1))
		return r.full(combine(w, factor, normalized(r.full(w))))
	}))
}
