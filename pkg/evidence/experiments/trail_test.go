package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTrainKeepsAndStops: a run is the same whether it is looked at often or seldom, and weights
// are kept where they were asked for.
func TestTrainKeepsAndStops(t *testing.T) {
	l := testLab(t)
	s, err := l.digits()
	require.NoError(t, err)
	run := course{Net: mlp, Batch: 32, Rate: 0.1, Seed: 1, Steps: 100}
	looked := run
	looked.Every, looked.KeepAt, looked.Marks, looked.Trace = 10, []int{0, 44}, []float64{1.5}, true
	often, err := l.train(s, looked)
	require.NoError(t, err)
	run.Every = 100
	seldom, err := l.train(s, run)
	require.NoError(t, err)
	assert.Equal(t, often.Theta, seldom.Theta)
	require.Len(t, often.Kept, 2)
	for i, w := range mlp.initial(1) {
		assert.InDelta(t, w, often.Kept[0].Theta[i], 1e-7)
	}
	assert.Len(t, often.Trace.Loss, 100)
	require.Len(t, often.Marked, 1)
	run.Every, run.Marks, run.Stop = 10, []float64{1.5}, true
	stopped, err := l.train(s, run)
	require.NoError(t, err)
	assert.Equal(t, often.Marked[0].Step, stopped.Steps)
	assert.Equal(t, often.Marked[0].Theta, stopped.Theta)
	assert.Less(t, stopped.last().Train.Loss, 1.5)
}
