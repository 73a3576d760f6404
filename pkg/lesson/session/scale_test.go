package session

import (
	"testing"

	"lossland/internal/project"

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

func TestProgress(t *testing.T) {
	run := func(mode string) string {
		t.Setenv(ProgressVariable, mode)
		printed := capture(t)
		update := Progress("surface")
		for done := 1; done <= 3; done++ {
			update(done, 3)
		}
		update(3, 3) // late calls print nothing more
		return printed.String()
	}
	assert.Empty(t, run("off"))
	assert.Regexp(t, `^surface: 3 of 3 in \d+\.\d s\n$`, run("line"))
	assert.Regexp(t, `\rsurface: 3 of 3 in \d+\.\d s\n$`, run("bar"))
	assert.Regexp(t, `^surface: 3 of 3`, run(""), "tests run on no terminal")
	t.Setenv(project.NotebookVariable, t.TempDir())
	assert.Contains(t, run(""), "\r", "a notebook gets the bar")
}
