package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/datasets"
)

// TestCommonSetup holds it to what evidence/plan.md says.
func TestCommonSetup(t *testing.T) {
	digits, err := datasets.Digits()
	require.NoError(t, err)
	cfg := CommonSetup(digits, 3)
	assert.Equal(t, "mlp-32-32-10 relu", cfg.Model.Name())
	assert.Equal(t, "sgd rate=0.1", cfg.Optimizer.Name)
	assert.Equal(t, 32, cfg.BatchSize)
	assert.Equal(t, 100, cfg.Epochs)
	assert.Equal(t, []uint64{3, 3}, []uint64{cfg.InitSeed, cfg.DataSeed})
	cfg.Epochs, cfg.Steps, cfg.SnapshotAt = 0, 1, nil
	problem, err := trained(t, cfg).Problem(digits.Test, nil)
	require.NoError(t, err)
	assert.Equal(t, 3466, problem.Params().Len())
}
