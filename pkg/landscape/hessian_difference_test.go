package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// TestCentralDifference agrees with the exact product, within the error that it measures and near
// the one that it states.
func TestCentralDifference(t *testing.T) {
	for _, c := range []struct {
		dtype dtypes.DType
		most  float64
	}{{dtypes.Float32, 1e-2}, {dtypes.Float64, 1e-7}} {
		t.Run(c.dtype.String(), func(t *testing.T) {
			p := networks[0].problem(t, quick(t), c.dtype)
			exact := mustHessian(t, p, HessianConfig{})
			approx := mustHessian(t, p, HessianConfig{Method: spectrum.CentralDifference})
			measured, err := approx.DifferenceError(context.Background(), 3)
			require.NoError(t, err)
			require.Less(t, measured, c.most)

			v := randomVector(17, exact.Dim())
			found := relativeError(mustApply(t, approx, v), mustApply(t, exact, v))
			require.Less(t, found, 2*measured)
			stated := approx.MadeBy().MethodError
			require.Less(t, found, 10*stated, "the formula gives the order of magnitude")
			require.Greater(t, found, stated/1000)
			require.Equal(t, result.Cost{Products: 3, Gradients: 6, Work: 6}, approx.Cost())
			t.Logf("error %.1e, measured %.1e, stated %.1e", found, measured, stated)
		})
	}
}

// TestDifferenceAlongZero is zero, at no cost.
func TestDifferenceAlongZero(t *testing.T) {
	p := networks[0].problem(t, quick(t), dtypes.Float32)
	op := mustHessian(t, p, HessianConfig{Method: spectrum.CentralDifference})
	require.Equal(t, make([]float64, op.Dim()), mustApply(t, op, make([]float64, op.Dim())))
	require.Zero(t, op.Cost())
}
