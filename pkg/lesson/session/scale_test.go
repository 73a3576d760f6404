package session

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScale(t *testing.T) {
	for value, want := range map[string]Scale{"": Quick, "quick": Quick, "full": Full} {
		t.Setenv(ScaleVariable, value)
		scale, err := currentScale()
		require.NoError(t, err)
		assert.Equal(t, want, scale)
	}
	t.Setenv(ScaleVariable, "full")
	assert.Equal(t, 30, Pick(3, 30))
	t.Setenv(ScaleVariable, "quick")
	assert.Equal(t, 3, Pick(3, 30))
	t.Setenv(ScaleVariable, "huge")
	_, err := currentScale()
	assert.ErrorContains(t, err, `LESSON_SCALE is "huge", want quick or full`)
	assert.Panics(t, func() { Pick(1, 2) })
}
