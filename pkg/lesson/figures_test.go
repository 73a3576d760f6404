package lesson

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lossland/pkg/viz"
)

func TestDot(t *testing.T) {
	assert.Equal(t, viz.Interval{Label: "a", Group: "b", Value: 2, Lo: 2, Hi: 2},
		DotRow("a", "b", 2))
}
