package evidence

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSAMRowGain(t *testing.T) {
	gain, err := SAMRow{TestAccuracy: []float64{0.9, 0.8}}.Gain(
		SAMRow{TestAccuracy: []float64{0.88, 0.76}})
	require.NoError(t, err)
	assert.InDelta(t, 3, gain.Effect, 1e-12)
}
