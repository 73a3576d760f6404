package landscape

import (
	"testing"

	"lossland/pkg/result"

	"github.com/stretchr/testify/require"
)

// TestTraceOfQuadratic: the Hessian is diagonal, so that one probe of ±1 is exact.
func TestTraceOfQuadratic(t *testing.T) {
	s := sharpness(t, here(t, hundred(t)), Trace{})
	require.InDelta(t, 5050, s.Value, 1e-6)
	require.Len(t, s.Terms, 30)
	require.Equal(t, 30, s.Uncertainty.N)
	require.Equal(t, result.StandardError, s.Uncertainty.Kind)
	require.Equal(t, 30, s.Cost.Products)
}
