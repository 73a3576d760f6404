package sam_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// TestScheduleThatIsNoNumber: a step whose ρ is NaN, infinite or negative changes no weight, and
// training ends there with an error that names the schedule. The next good step clears it.
func TestScheduleThatIsNoNumber(t *testing.T) {
	const badAt = 2
	for name, value := range map[string]float64{
		"NaN": math.NaN(), "infinite": math.Inf(1), "minus infinite": math.Inf(-1),
		"negative": -0.1,
	} {
		schedule := sam.Schedule(func(_ *model.Scope, step *graph.Node) *graph.Node {
			good := graph.Scalar(step.Graph(), step.DType(), 0.1)
			bad := graph.Scalar(step.Graph(), step.DType(), value)
			return graph.Where(graph.Equal(step, graph.Scalar(step.Graph(), step.DType(), badAt)),
				bad, good)
		})
		t.Run(name+", TrainStep", func(t *testing.T) {
			r := newRunner(seededStore(), sam.New(sgd(0.1)).Size(schedule).Done())
			for step := range uint64(badAt) {
				_, err := r.o.TrainStep(r.trainer, batchOf(step))
				require.NoError(t, err)
			}
			before := values(t, r.store)
			_, err := r.o.TrainStep(r.trainer, batchOf(badAt))
			require.ErrorIs(t, err, sam.ErrStuck)
			require.ErrorContains(t, err, "ρ, from sam.Schedule, was negative, infinite or NaN")
			require.Equal(t, before, values(t, r.store))
			require.EqualValues(t, 1, r.o.SkippedUpdates(r.store))
			require.True(t, math.IsNaN(r.o.CurrentRho(r.store)))
			_, err = r.o.TrainStep(r.trainer, batchOf(badAt+1))
			require.NoError(t, err)
			require.NotEqual(t, before, values(t, r.store))
			require.Equal(t, 0.1, r.o.CurrentRho(r.store))
		})
		t.Run(name+", TwoStep", func(t *testing.T) {
			store := seededStore()
			two, err := sam.New(sgd(0.1)).Size(schedule).Done().TwoStep(goBackend, store,
				lossOfFull)
			require.NoError(t, err)
			defer two.Close()
			var before map[string][]float64
			for step := range uint64(badAt + 1) {
				if step == badAt {
					before = values(t, store)
				}
				batch := batchOf(step)
				_, err = two.FirstStep(batch.Inputs[0], batch.Labels[0])
				require.NoError(t, err)
				_, err = two.SecondStep(batch.Inputs[0], batch.Labels[0])
				if step < badAt {
					require.NoError(t, err)
				}
			}
			require.ErrorIs(t, err, sam.ErrStuck)
			require.Equal(t, before, values(t, store))
		})
	}
}

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
