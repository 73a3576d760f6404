package lesson

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lossland/internal/lessontest"
)

func TestPredict(t *testing.T) {
	printed := lessontest.Capture(t)
	Predict("")
	Predict("three saddles")
	assert.Equal(t, "○ Your prediction: none yet. Write it between the quotes of lesson.Predict, "+
		"then run the cell.\n→ Your prediction: three saddles\n", printed.String())
}
