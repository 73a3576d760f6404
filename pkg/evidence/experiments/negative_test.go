package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestJudgeNegativeLeavesTheStartOut: the share of negative eigenvalues counts the trained epochs
// only.
func TestJudgeNegativeLeavesTheStartOut(t *testing.T) {
	d := &Data{Columns: map[string]Column{}, Series: map[string]Column{"epoch": {0, 1, 10}}}
	for range 2 {
		d.add("seed", 1)
		d.addNegative(0, []float64{-1, -1, 1, 1})
		d.addNegative(1, []float64{-1, 0, 0, 1})
		d.addNegative(10, []float64{-5e-3, 0, 0, 1}) // above −10·tol
	}
	got, err := judgeNegative(d)
	require.NoError(t, err)
	assert.Equal(t, 0.25, got.Effect.Effect)
	assert.Contains(t, got.Note, "50.0 % after 0, 25.0 % after 1, 25.0 % after 10")
	assert.Contains(t, got.Note, "with 10·tol 0.1250")
}
