package evidence

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSAMRowsFile: rows come back as they were written, and the error says what writes them.
func TestSAMRowsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sam-digits.json")
	_, err := ReadSAMRows(path)
	assert.ErrorContains(t, err, "`lossland sam-digits` writes it")
	rows := []SAMRow{{Optimizer: "sam", LabelNoise: 0.4, LambdaMax: []float64{1, 2}}}
	require.NoError(t, WriteSAMRows(path, rows))
	got, err := ReadSAMRows(path)
	require.NoError(t, err)
	assert.Equal(t, rows, got)
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	_, err = ReadSAMRows(path)
	assert.ErrorContains(t, err, "sam-digits.json")
}

// TestSAMRowGain: in points of a hundred, seed by seed.
func TestSAMRowGain(t *testing.T) {
	gain, err := SAMRow{TestAccuracy: []float64{0.9, 0.8}}.Gain(
		SAMRow{TestAccuracy: []float64{0.88, 0.76}})
	require.NoError(t, err)
	assert.InDelta(t, 3, gain.Effect, 1e-12)
}
