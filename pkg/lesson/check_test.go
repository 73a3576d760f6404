package lesson

import (
	"lossland/internal/lessontest"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCheck(t *testing.T) {
	printed := lessontest.Capture(t)
	Check("sharpness", 0.2531, 0.2525, 1e-3)
	CheckTrue("restored", true, "all weights")
	CheckBetween("ratio", 2, 1, 3)
	Check("exact", math.Inf(1), math.Inf(1), 0)
	assert.Equal(t, "✓ sharpness: got 0.2531, want 0.2525, |diff| 0.0006 ≤ 0.001 "+
		"(0.6 of the tolerance)\n"+
		"✓ restored: all weights\n"+
		"✓ ratio: got 2, want 1 … 3\n"+
		"✓ exact: got +Inf, want +Inf, |diff| 0 ≤ 0\n", printed.String())
}

func TestCheckFails(t *testing.T) {
	nan := math.NaN()
	for name, check := range map[string]func(){
		"off":           func() { Check("x", 1.2, 1, 0.1) },
		"NaN":           func() { Check("x", nan, 1, 0.1) },
		"NaN wanted":    func() { Check("x", 1, nan, 0.1) },
		"NaN both":      func() { Check("x", nan, nan, 0.1) },
		"NaN tolerance": func() { Check("x", 1, 1, nan) },
		"negative":      func() { Check("x", 1, 1, -1) },
		"infinite":      func() { Check("x", math.Inf(1), 1, 0.1) },
		"opposite":      func() { Check("x", math.Inf(1), math.Inf(-1), 1e300) },
		"not exact":     func() { Check("x", 1+1e-15, 1, 0) },
		"untrue":        func() { CheckTrue("x", false, "no") },
		"below":         func() { CheckBetween("x", 0.9, 1, 3) },
		"above":         func() { CheckBetween("x", 3.1, 1, 3) },
		"between NaN":   func() { CheckBetween("x", nan, 1, 3) },
		"solution":      func() { Solution("1", 2, 1, 0.1) },
		"solution stub": func() { Solution("1", Todo(), 1, 0.1) },
	} {
		printed := lessontest.Capture(t)
		assert.Panics(t, check, name)
		assert.Contains(t, printed.String(), "✗ ", name)
	}
}
