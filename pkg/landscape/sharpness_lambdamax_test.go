package landscape

import (
	"testing"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"

	"github.com/stretchr/testify/require"
)

// TestLambdaMaxOfQuadratic: 100, within its residual.
func TestLambdaMaxOfQuadratic(t *testing.T) {
	at := here(t, hundred(t))
	s := sharpness(t, at, LambdaMax{})
	require.InDelta(t, 100, s.Value, 0.1)
	require.InDelta(t, 100, s.Value, s.Uncertainty.Value)
	require.Equal(t, result.Residual, s.Uncertainty.Kind)
	require.Equal(t, result.Converged, s.Status)
	require.Equal(t, spectrum.MadeBy{Method: spectrum.ForwardOverReverse}, s.MadeBy)
	require.Equal(t, 1, s.Cost.Evaluations, "the loss wasn't known")
	require.Zero(t, s.Base)

	fine := sharpness(t, at, LambdaMax{Tol: 1e-9, Method: spectrum.CentralDifference})
	require.InDelta(t, 100, fine.Value, 1e-4)
	require.Equal(t, spectrum.CentralDifference, fine.Method)
	require.Zero(t, fine.Cost.Evaluations)
}
