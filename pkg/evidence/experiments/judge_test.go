package experiments

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
)

// TestClaimNamesMissingColumn: data of another version are refused by name, not by a panic.
func TestClaimNamesMissingColumn(t *testing.T) {
	_, err := mustRow(t, "W5").claim(evidence.Planned{ID: "W5"}, &Data{ID: "W5"}, "")
	assert.ErrorContains(t, err, `the data of row W5 have no column "λmax, full batch"`)
}

// TestClaimNamesRow: so is what its statistic refuses.
func TestClaimNamesRow(t *testing.T) {
	d := &Data{ID: "T2", Columns: map[string]Column{"slope": {1}, "λmax, batch 8": {1},
		"λmax, batch 1437": {1}}}
	_, err := mustRow(t, "T2").claim(evidence.Planned{ID: "T2"}, d, "")
	assert.ErrorContains(t, err, "row T2: evidence: 1 values")
}

// TestClaimIsMixedBelowPlan: below the planned n a row can't be supported, and its note begins so.
func TestClaimIsMixedBelowPlan(t *testing.T) {
	d := &Data{ID: "A2", Columns: map[string]Column{
		"reached": slices.Repeat(Column{1}, 20), "at epoch": {1}}}
	for least, want := range map[int]evidence.Verdict{20: evidence.Supported, 21: evidence.Mixed} {
		p := evidence.Planned{ID: "A2", Threshold: evidence.Above(0.8), Least: least}
		c, err := mustRow(t, "A2").claim(p, d, "command")
		require.NoError(t, err)
		assert.Equal(t, want, c.Verdict)
		assert.Equal(t, "pictures/A2.svg", c.Picture)
		if want == evidence.Mixed {
			assert.Regexp(t, "^Mixed because n is 20 of the 21 planned.*Those that reach", c.Note)
		}
	}
}
