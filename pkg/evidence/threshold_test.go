package evidence

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDecide is the rule, case by case.
func TestDecide(t *testing.T) {
	for _, c := range []struct {
		threshold Threshold
		low, high float64
		second    bool
		want      Verdict
	}{
		{Above(1), 1.1, 2, true, Supported},
		{Above(1), 1.1, 2, false, Mixed},
		{Above(1), 0.9, 2, true, Mixed},
		{Above(1), 1, 2, true, Mixed},
		{Above(1), 0.2, 0.9, true, NotAtThisScale},
		{Above(1), 0.2, 0.9, false, NotAtThisScale},
		{Below(0), -2, -1, true, Supported},
		{Below(0), -2, 1, true, Mixed},
		{Below(0), 1, 2, true, NotAtThisScale},
		{Within(1.7, 2.3), 1.8, 2.2, true, Supported},
		{Within(1.7, 2.3), 1.6, 2.2, true, Mixed},
		{Within(1.7, 2.3), 1.6, 2.4, true, Mixed},
		{Within(1.7, 2.3), 2.4, 2.5, true, NotAtThisScale},
		{Within(1.7, 2.3), 1.4, 1.5, true, NotAtThisScale},
		{Above(1), math.NaN(), math.NaN(), true, Mixed},
	} {
		t.Run(fmt.Sprintf("[%v, %v] %v", c.low, c.high, c.threshold), func(t *testing.T) {
			effect := Interval{Effect: (c.low + c.high) / 2, Low: c.low, High: c.high, N: 10}
			assert.Equal(t, c.want, c.threshold.Decide(effect, c.second, 0))
		})
	}
}

// TestDecideCounts: fewer repetitions than planned support nothing; what speaks against a claim
// needs no number.
func TestDecideCounts(t *testing.T) {
	above, below := Interval{2, 1.5, 2.5, 10, "t"}, Interval{0.5, 0.2, 0.9, 10, "t"}
	for planned, want := range map[int]Verdict{9: Supported, 10: Supported, 11: Mixed} {
		assert.Equal(t, want, Above(1).Decide(above, true, planned), planned)
	}
	assert.Equal(t, NotAtThisScale, Above(1).Decide(below, true, 11))
}

// TestParseThreshold: what is printed can be read, and the plan's other ways of writing it.
func TestParseThreshold(t *testing.T) {
	for text, want := range map[string]Threshold{
		"> 0": Above(0), "ratio > 1": Above(1), "< 1e-5": Below(1e-5),
		"within 1.7 … 2.3": Within(1.7, 2.3), Below(0.1).String(): Below(0.1),
		Above(1).String(): Above(1), Within(0.8, 1.2).String(): Within(0.8, 1.2),
	} {
		t.Run(text, func(t *testing.T) {
			got, err := parseThreshold(text)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

// TestParseThresholdRefuses: the error has the text.
func TestParseThresholdRefuses(t *testing.T) {
	for _, text := range []string{"", "1", "> x", ">= 1", "within 1 … "} {
		_, err := parseThreshold(text)
		assert.ErrorContains(t, err, fmt.Sprintf("threshold %q", text))
	}
}

// TestThresholdString prints each form.
func TestThresholdString(t *testing.T) {
	assert.Equal(t, "> 1", Above(1).String())
	assert.Equal(t, "< 0.1", Below(0.1).String())
	assert.Equal(t, "within 1.7 … 2.3", Within(1.7, 2.3).String())
}
