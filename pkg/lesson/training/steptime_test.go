package training

import (
	"lossland/internal/lessontest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCompareSteps(t *testing.T) {
	printed := lessontest.Capture(t)
	a, b := blobs(t), blobs(t)
	b.Optimizer = SAM(b.Optimizer, 0.05)
	first, err := CompareStepTimes(t.Context(), a.MeasureEvery(5), b, 3)
	require.NoError(t, err)
	assert.Len(t, first.Ratios(), 3)
	for _, seconds := range append(first.A, first.B...) {
		assert.Positive(t, seconds)
	}
	again, err := CompareStepTimes(t.Context(), a.MeasureEvery(5), b, 3)
	require.NoError(t, err)
	assert.Equal(t, first, again, "what was timed once comes from the cache")
	assert.Contains(t, printed.String(), "cache: hit   step times")
}

func TestRatios(t *testing.T) {
	assert.Equal(t, []float64{2, 0.5}, StepTimes{A: []float64{1, 4}, B: []float64{2, 2}}.Ratios())
}
