package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/datasets"
)

// TestScoreAgainstLandscape: two implementations of the same mean and standard error, on models
// that differ between training and inference.
func TestScoreAgainstLandscape(t *testing.T) {
	digits, err := datasets.Digits()
	require.NoError(t, err)
	for loss, m := range map[Loss]Model{
		SquaredError: MLP{Hidden: []int{16}, Outputs: 10, Dropout: 0.2},
		CrossEntropy: CNN{Outputs: 10, BatchNorm: true},
	} {
		run := trained(t, Config{Model: m, Train: digits.Train, Optimizer: Adam(3e-3), Steps: 30,
			RecordEvery: OnlyEnds, Loss: loss})
		got, err := run.Score(t.Context(), digits.Test)
		require.NoError(t, err)
		problem, err := run.Problem(digits.Test, nil)
		require.NoError(t, err)
		at, err := problem.Here()
		require.NoError(t, err)
		want, err := at.Loss(t.Context())
		require.NoError(t, err)
		assert.InDelta(t, want.Loss.Value, got.Loss.Value, 1e-6)
		assert.InEpsilon(t, want.Loss.StdErr, got.Loss.StdErr, 1e-4)
		assert.Equal(t, 360, got.Loss.N)
		assert.InDelta(t, want.Metrics["accuracy"].Value, got.Accuracy.Value, 1e-9)
		weights, err := problem.Weights()
		require.NoError(t, err)
		assert.Equal(t, weights, theta(t, run.Final), "one layout")
	}
}
