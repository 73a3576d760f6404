package landscape

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBatchNormString(t *testing.T) {
	var words []string
	for b := BatchNormAsMode; b <= BatchNormReestimated+1; b++ {
		words = append(words, b.String())
	}
	require.Equal(t, []string{"as the mode", "frozen", "batch", "re-estimated", "BatchNorm(4)"},
		words)
}

// TestIsBatchNormState: a layer's averages and no weight, nor anything in another scope.
func TestIsBatchNormState(t *testing.T) {
	for path, want := range map[string]bool{
		"/bn/batch_normalization/mean":       true,
		"/bn/batch_normalization/avg_weight": true,
		"/bn/batch_normalization/scale":      false,
		"/bn/other/mean":                     false,
	} {
		t.Run(path, func(t *testing.T) { require.Equal(t, want, isBatchNormState(path)) })
	}
}
