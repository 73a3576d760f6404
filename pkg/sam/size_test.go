package sam_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// badAt is the step of which [badSchedule] makes ρ no number.
const badAt = 2

// badSchedule is 0.1, and in one step something else.
func badSchedule(value float64) sam.Schedule {
	return func(_ *model.Scope, step *graph.Node) *graph.Node {
		good := graph.Scalar(step.Graph(), step.DType(), 0.1)
		bad := graph.Scalar(step.Graph(), step.DType(), value)
		at := graph.Scalar(step.Graph(), step.DType(), badAt)
		return graph.Where(graph.Equal(step, at), bad, good)
	}
}

// checkedSize is a size of one's own, whose Check has no objection.
type checkedSize struct{ sam.Schedule }

func (checkedSize) Check() error { return nil }

// TestScheduleThatIsNoNumber: a step whose ρ is NaN, infinite or negative changes no weight, and
// training ends there with an error that names the schedule. The next good step clears it.
func TestScheduleThatIsNoNumber(t *testing.T) {
	for name, size := range map[string]sam.Size{
		"NaN": badSchedule(math.NaN()), "infinite": badSchedule(math.Inf(1)),
		"minus infinite": badSchedule(math.Inf(-1)), "negative": badSchedule(-0.1),
		"a type with Check": checkedSize{badSchedule(math.NaN())},
	} {
		t.Run(name+", TrainStep", func(t *testing.T) { trainThroughNoNumber(t, size) })
		t.Run(name+", Steps", func(t *testing.T) { stepsThroughNoNumber(t, size) })
		t.Run(name+", TwoStep", func(t *testing.T) { twoStepsThroughNoNumber(t, size) })
	}
}

func trainThroughNoNumber(t *testing.T, size sam.Size) {
	r := newRunner(seededStore(), sam.New(sgd(0.1)).Size(size).Done())
	for step := range uint64(badAt) {
		_, err := r.o.TrainStep(r.trainer, batchOf(step))
		require.NoError(t, err)
	}
	before := values(t, r.store)
	_, err := r.o.TrainStep(r.trainer, batchOf(badAt))
	require.ErrorIs(t, err, sam.ErrStuck)
	require.ErrorContains(t, err, "ρ, from sam")
	require.ErrorContains(t, err, "was negative, infinite or NaN")
	require.Equal(t, before, values(t, r.store))
	require.EqualValues(t, 1, r.o.SkippedUpdates(r.store))
	require.True(t, math.IsNaN(r.o.CurrentRho(r.store)))
	_, err = r.o.TrainStep(r.trainer, batchOf(badAt+1))
	require.NoError(t, err)
	require.NotEqual(t, before, values(t, r.store))
	require.Equal(t, 0.1, r.o.CurrentRho(r.store))
}

// stepsThroughNoNumber: of many steps in one call, the one that has no ρ is the last.
func stepsThroughNoNumber(t *testing.T, size sam.Size) {
	store := seededStore()
	s := newSteps(t, xla.MustOpen(), store, asModelFn(smooth),
		sam.New(sgd(0.1)).Size(size).Done())
	losses, err := s.Run(t.Context(), inBatches(3, 10))
	require.ErrorIs(t, err, sam.ErrStuck)
	require.ErrorContains(t, err, "was negative, infinite or NaN")
	require.Len(t, losses, badAt+1)
	require.EqualValues(t, badAt+1, optimizer.GetGlobalStep(store))
	losses, err = s.Run(t.Context(), inBatches(3, 10))
	require.NoError(t, err)
	require.Len(t, losses, 10)
}

func twoStepsThroughNoNumber(t *testing.T, size sam.Size) {
	store := seededStore()
	two, err := sam.New(sgd(0.1)).Size(size).Done().TwoStep(goBackend, store, lossOfFull)
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

// TestScheduleThatIsNoRealScalar: a step is refused when it is traced.
func TestScheduleThatIsNoRealScalar(t *testing.T) {
	for name, value := range map[string]any{"truth": true,
		"vector": []float64{0.1}} {
		t.Run(name, func(t *testing.T) {
			schedule := sam.Schedule(func(_ *model.Scope, step *graph.Node) *graph.Node {
				return graph.Const(step.Graph(), value)
			})
			r := newRunner(seededStore(), sam.New(sgd(0.1)).Size(schedule).Done())
			_, err := r.o.TrainStep(r.trainer, batchOf(0))
			require.ErrorContains(t, err, "want a real scalar")
		})
	}
}

// TestRampsBeyondFloat64: ends whose difference is infinite give numbers between them.
func TestRampsBeyondFloat64(t *testing.T) {
	for _, size := range []sam.Size{sam.Linear{From: -1e308, To: 1e308, Steps: 4},
		sam.Cosine{From: -1e308, To: 1e308, Steps: 4}} {
		exec := graph.MustNewExec(goBackend, func(step *graph.Node) *graph.Node {
			return size.Rho(nil, step)
		})
		for step, want := range []float64{0, 0, 0, 5e307, 1e308} {
			got := exec.MustCall1(float64(step)).Value().(float64)
			require.InDelta(t, want, got, 3e307)
		}
	}
}
