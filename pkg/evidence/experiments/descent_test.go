package experiments

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/session"
	"lossland/pkg/lesson/training"
	"lossland/pkg/xla"
)

// testLab skips the test where there is no XLA, which the compiled loop needs.
func testLab(t *testing.T) *lab {
	t.Helper()
	backend, choice, err := xla.Shared()
	require.NoError(t, err)
	if !choice.IsXLA() {
		t.Skip("the pure-Go backend has no DynamicSlice")
	}
	t.Setenv(session.CacheVariable, t.TempDir())
	l := newLab(t.Context(), session.Quick, backend, func(string) {})
	t.Cleanup(l.close)
	return l
}

// TestDescentAgainstTrainer: the compiled loop takes the same steps as the lesson's trainer, which
// is GoMLX's, from the same weights on the full batch.
func TestDescentAgainstTrainer(t *testing.T) {
	l := testLab(t)
	s, err := l.digits()
	require.NoError(t, err)
	for name, c := range map[string]struct {
		method         training.Optimizer
		rate, momentum float64
		adam           bool
	}{
		"plain":    {training.SGD(0.1), 0.1, 0, false},
		"momentum": {training.Momentum(0.1, 0.9), 0.1, 0.9, false},
		"adam":     {training.Adam(0.01), 0.01, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			const steps = 12
			run, err := training.TrainAnew(t.Context(), training.Config{
				Model: training.MLP{Hidden: mlp.Widths[1:3], Outputs: 10}, Train: s.data.Train,
				Optimizer: c.method, Steps: steps, BatchSize: datasets.FullBatch, InitSeed: 3,
				RecordEvery: training.OnlyEnds, SnapshotAt: []int{0, steps}, Backend: l.backend,
			})
			require.NoError(t, err)
			_, thetas, err := run.Trajectory()
			require.NoError(t, err)
			p, err := l.program(mlp, s, fullBatch, c.adam)
			require.NoError(t, err)
			d := p.start(thetas[0], c.rate, c.momentum, 0)
			defer d.close()
			// In two calls, to see that the state is carried over.
			first, err := d.advance(t.Context(), steps/2)
			require.NoError(t, err)
			_, err = d.advance(t.Context(), steps-steps/2)
			require.NoError(t, err)
			apart := make([]float64, 0, len(thetas[1]))
			for i, w := range d.weights() {
				apart = append(apart, math.Abs(w-thetas[1][i]))
			}
			worst := slices.Max(apart)
			if c.adam {
				// Where a gradient is nothing but rounding, Adam's first steps are its sign: such
				// weights may go either way, and the others follow.
				worst = evidence.Median(apart)
			}
			assert.Less(t, worst, 2e-4)
			assert.InDelta(t, run.BatchLoss[0], first.Loss[0], 1e-5)
			assert.InDelta(t, run.BatchLoss[steps/2-1], first.Loss[steps/2-1], 1e-4)
		})
	}
}

// TestNextBatches: every epoch is a new order of all examples, without repetition.
func TestNextBatches(t *testing.T) {
	l := testLab(t)
	s, err := l.digits()
	require.NoError(t, err)
	p, err := l.program(mlp, s, 512, false)
	require.NoError(t, err)
	d := p.start(mlp.initial(1), 0.1, 0, 1)
	defer d.close()
	first, second := d.next(1024), d.next(1024)
	seen := map[int]bool{}
	for _, i := range first {
		assert.False(t, seen[i])
		seen[i] = true
	}
	assert.NotEqual(t, first, second)
}
