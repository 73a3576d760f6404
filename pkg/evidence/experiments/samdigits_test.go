package experiments

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
)

// samRows are plain and sam without noise and with it, whose ratios are 0.5 and 0.25.
func samRows() []evidence.SAMRow {
	row := func(name string, noise, factor float64) evidence.SAMRow {
		scaled := func(x, y float64) []float64 { return []float64{factor * x, factor * y} }
		return evidence.SAMRow{Optimizer: name, LabelNoise: noise, LambdaMax: scaled(1, 2),
			GaussianRise: scaled(3, 4), TestAccuracy: []float64{1 - factor*0.1, 1 - factor*0.2},
			TrainingLoss: scaled(5, 6)}
	}
	return []evidence.SAMRow{row("plain", 0, 1), row("sam", 0, 0.5), row("plain", 0.4, 2),
		row("sam", 0.4, 0.5)}
}

// TestDrawSAMDigits: ratios are to the plain rows of the same noise, seed by seed; rows of one
// quantity follow one another.
func TestDrawSAMDigits(t *testing.T) {
	figure, err := drawSAMDigits(samRows())
	require.NoError(t, err)
	require.Len(t, figure.Rows, 6)
	for i, r := range figure.Rows {
		want := []float64{0.5, 0.25}[i%2]
		assert.InDelta(t, want, r.Value, 1e-9, r.Label)
		assert.InDelta(t, want, r.Lo, 1e-9, r.Label)
		assert.Equal(t, "sam", r.Group)
	}
}

// TestPrintSAMDigits: a line a row, gains in points.
func TestPrintSAMDigits(t *testing.T) {
	var out strings.Builder
	require.NoError(t, printSAMDigits(&out, samRows()))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 6)
	assert.Contains(t, lines[3], "| 0 % | sam | 0.75 [")
	assert.Contains(t, lines[3], "| +7.50 [")
	assert.Contains(t, lines[3], "| 2.75 |")
}

// TestSAMDigitsDraws what was measured: the committed picture comes out again.
func TestSAMDigitsDraws(t *testing.T) {
	dir := t.TempDir()
	draw := SAMDigitsConfig{Draw: true, Folder: dir, Out: io.Discard}
	require.ErrorIs(t, SAMDigits(t.Context(), draw), os.ErrNotExist)
	file := filepath.Join(dir, "sam-digits.json")
	require.NoError(t, os.WriteFile(file, []byte("[]"), 0o644))
	require.ErrorContains(t, SAMDigits(t.Context(), draw), "no rows")

	rows, err := evidence.ReadSAMRows(folder + "/sam-digits.json")
	require.NoError(t, err)
	require.NoError(t, evidence.WriteSAMRows(file, rows))
	require.NoError(t, SAMDigits(t.Context(), draw))
	for _, name := range []string{"sam-digits.json", "sam-digits.svg"} {
		want, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.True(t, string(want) == string(got), name)
	}
}

// TestSAMDigitsRefuses: one seed has no interval, and not all labels can be wrong.
func TestSAMDigitsRefuses(t *testing.T) {
	for _, cfg := range []SAMDigitsConfig{{Seeds: 1}, {Noise: 1}, {Noise: -0.1}} {
		assert.ErrorContains(t, SAMDigits(t.Context(), cfg), "want at least 2 seeds")
	}
}
