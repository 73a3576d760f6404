package lesson

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lossland/internal/lessontest"
	"lossland/pkg/lesson/session"
)

func TestExercise(t *testing.T) {
	printed := lessontest.Capture(t)
	assert.False(t, Exercise("1", Todo(), 0.25, 1e-3, "think"))
	assert.False(t, Exercise("1", 0.5, 0.25, 1e-3, "the mean is over examples"))
	assert.True(t, Exercise("1", 0.2501, 0.25, 1e-3, "think"))
	assert.Equal(t, "○ exercise 1: not answered yet\n"+
		"✗ exercise 1: not yet: you have 0.5. Hint: the mean is over examples\n"+
		"✓ exercise 1: right, 0.2501\n", printed.String())

	t.Setenv(session.StrictVariable, "1")
	assert.False(t, Exercise("1", Todo(), 0.25, 1e-3, "a stub passes the strict run too"))
	assert.Panics(t, func() { Exercise("1", 0.5, 0.25, 1e-3, "") })
}
