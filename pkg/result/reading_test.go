package result

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReading(t *testing.T) {
	for want, r := range map[string]Reading{
		"0.25 ± 0.0013 (standard error, N=20)":    {0.25, Uncertainty{0.0013, StandardError, 20}},
		"0.25 ± 0.0013 (spread of restarts, N=3)": {0.25, Uncertainty{0.0013, RestartSpread, 3}},
		"100 ± 0.02 (residual)":                   {100, Uncertainty{0.02, Residual, 0}},
		"100":                                     {Value: 100},
	} {
		require.Equal(t, want, r.String())
		e := r.Estimate()
		require.Equal(t, r.Value, e.Value)
		require.Equal(t, r.Uncertainty.Kind == StandardError, e.StdErr == 0.0013)
	}
	require.Equal(t, "none", NoUncertainty.String())
}
