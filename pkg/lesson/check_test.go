package lesson

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"lossland/internal/lessontest"
)

func TestCheck(t *testing.T) {
	for want, check := range map[string]func(){
		"sharpness: 0.2531, expected 0.2525": func() { Check("sharpness", 0.2531, 0.2525, 1e-3) },
		"depth: 2.25, as expected":           func() { Check("depth", 2.25, 2.25000001, 1e-6) },
		"exact: +Inf, as expected": func() {
			Check("exact", math.Inf(1), math.Inf(1), 0)
		},
		"distance: 0, to within 1e-12": func() { Check("distance", 1e-15, 0, 1e-12) },
		"change: 0":                    func() { Check("change", 0, 0, 0) },
		"restored":                     func() { CheckTrue("restored", true, "all weights") },
		"ratio: 2.123":                 func() { CheckBetween("ratio", 2.1234, 1, 3) },
	} {
		t.Run(want, func(t *testing.T) {
			printed := lessontest.Capture(t)
			check()
			assert.Equal(t, "✓ "+want+"\n", printed.String())
		})
	}
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
	} {
		t.Run(name, func(t *testing.T) {
			printed := lessontest.Capture(t)
			assert.Panics(t, check)
			assert.Contains(t, printed.String(), "✗ x: ")
		})
	}
}

// TestCheckDetail: a failure says what was seen, and a page folds it where all is well.
func TestCheckDetail(t *testing.T) {
	lessontest.Capture(t)
	assert.PanicsWithValue(t, "lesson: check failed: x: got 1.2, want 1, |diff| 0.2 > 0.1 "+
		"(2 of the tolerance)", func() { Check("x", 1.2, 1, 0.1) })
	assert.Equal(t, `<details class="check"><summary>✓ a &lt; b</summary>`+
		`<p>&lt;nil&gt;</p></details>`,
		folded("check", "✓ a < b", "<nil>"))
	assert.Equal(t, `<p class="check">✓ a</p>`, folded("check", "✓ a", ""))
}
