package session

import (
	"testing"

	"lossland/internal/project"

	"github.com/stretchr/testify/assert"
)

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
