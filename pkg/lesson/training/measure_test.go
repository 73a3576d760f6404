package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/internal/lessontest"
	"lossland/pkg/landscape"
	"lossland/pkg/spectrum"
)

// TestMeasureFlatness: against the dense Hessian and a measurement by itself, for two networks that
// share one compiled program.
func TestMeasureFlatness(t *testing.T) {
	printed := lessontest.Capture(t)
	cfg := blobs(t)
	first := trained(t, cfg)
	cfg.InitSeed = 5
	second := trained(t, cfg)
	measured, err := MeasureFlatness(t.Context(), cfg.Train, first, second)
	require.NoError(t, err)
	require.Len(t, measured, 2)
	for i, run := range []*Run{first, second} {
		p, err := run.Problem(cfg.Train, nil)
		require.NoError(t, err)
		at, err := p.Here()
		require.NoError(t, err)
		h, err := at.Hessian(t.Context(), landscape.HessianConfig{})
		require.NoError(t, err)
		dense, err := spectrum.NewDense(t.Context(), h)
		require.NoError(t, err)
		values, err := dense.Eigenvalues()
		require.NoError(t, err)
		assert.InEpsilon(t, values[len(values)-1], measured[i].LambdaMax.Value, 1e-3)
		alone, err := at.Sharpness(t.Context(), landscape.Gaussian{Seed: 1})
		require.NoError(t, err)
		assert.InDelta(t, alone[0].Value, measured[i].Gaussian.Value, 1e-6)
	}
	assert.NotEqual(t, measured[0].LambdaMax, measured[1].LambdaMax)
	again, err := MeasureFlatness(t.Context(), cfg.Train, first, second)
	require.NoError(t, err)
	assert.Equal(t, measured, again)
	assert.Contains(t, printed.String(), "cache: hit   flatness")
}
