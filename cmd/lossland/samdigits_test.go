package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
)

// TestSAMDigitsDraw: ratios are to the plain rows of the same noise, seed by seed; rows of one
// quantity follow one another.
func TestSAMDigitsDraw(t *testing.T) {
	row := func(name string, noise, factor float64) evidence.SAMRow {
		scaled := func(x, y float64) []float64 { return []float64{factor * x, factor * y} }
		return evidence.SAMRow{Optimizer: name, LabelNoise: noise, LambdaMax: scaled(1, 2),
			GaussianRise: scaled(3, 4), TestAccuracy: []float64{1 - factor*0.1, 1 - factor*0.2},
			TrainingLoss: scaled(5, 6)}
	}
	figure, err := tabulate([]evidence.SAMRow{row("plain", 0, 1), row("sam", 0, 0.5),
		row("plain", 0.4, 2), row("sam", 0.4, 0.5)})
	require.NoError(t, err)
	require.Len(t, figure.Rows, 6)
	for i, r := range figure.Rows {
		want := []float64{0.5, 0.25}[i%2]
		require.InDelta(t, want, r.Value, 1e-9, r.Label)
		require.InDelta(t, want, r.Lo, 1e-9, r.Label)
		require.Equal(t, "sam", r.Group)
	}

	dir := t.TempDir()
	require.ErrorIs(t, (&samDigitsCommand{Out: dir}).draw(), os.ErrNotExist)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sam-digits.json"), []byte("[]"), 0o644))
	require.ErrorContains(t, (&samDigitsCommand{Out: dir}).draw(), "no rows")
}
