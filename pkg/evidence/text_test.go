package evidence

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestClaimString: a row in a line.
func TestClaimString(t *testing.T) {
	for note, effect := range map[string]string{"": "2 [1.5, 2.5]",
		"the ratio is an upper bound": "at most 2 [1.5, 2.5]",
		"the ratio is a lower bound":  "at least 2 [1.5, 2.5]"} {
		c := row("T1")
		c.Note = note
		assert.Equal(t, "row T1, supported: the effect is "+effect+
			", n = 10; the claim wants > 1", c.String())
	}
}

// TestEffectText: digits, a bound that the note tells of, and an interval without width.
func TestEffectText(t *testing.T) {
	for want, c := range map[string]Claim{
		"2.17 [2.06, 2.29]": {Effect: 2.1718, Low: 2.0571, High: 2.2931},
		"≥ 2.17 [2, 3]":     {Effect: 2.1718, Low: 2, High: 3, Note: "the ratio is a lower bound"},
		"≤ 2.17 [2, 3]":     {Effect: 2.1718, Low: 2, High: 3, Note: "the ratio is an upper bound"},
		"1, no interval":    {Effect: 1, Low: 1, High: 1},
	} {
		assert.Equal(t, want, c.EffectText(3))
	}
}

// TestPrintClaims: a line a row, then the verdicts.
func TestPrintClaims(t *testing.T) {
	var out strings.Builder
	require.NoError(t, PrintClaims(&out, []Claim{row("T1")}))
	assert.Equal(t, "T1  supported                  2 [1.5, 2.5] n=10  > 1               "+
		"large batches find sharper minima\n1 rows: 1 supported, 0 mixed, 0 not at this scale\n",
		out.String())
}
