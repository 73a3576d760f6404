package landscape

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// TestCentralDifference agrees with the exact product, near the error that it states and within
// that measured by another step: ‖D(2h) − D(h)‖ is to leading order three times the truncation
// error of D(h), and has rounding in it.
func TestCentralDifference(t *testing.T) {
	for _, c := range []struct {
		dtype dtypes.DType
		most  float64
	}{{dtypes.Float32, 1e-2}, {dtypes.Float64, 1e-7}} {
		t.Run(c.dtype.String(), func(t *testing.T) {
			p := networks[0].problem(t, quick(t), c.dtype)
			exact := mustHessian(t, p, HessianConfig{})
			approx := mustHessian(t, p, HessianConfig{Method: spectrum.CentralDifference})
			v := randomVector(17, exact.Dim())
			near, far := mustApply(t, approx, v), make([]float64, exact.Dim())
			require.NoError(t, approx.difference(t.Context(), far, v, 2*approx.step()))
			measured := relativeError(far, near)
			require.Less(t, measured, c.most)

			found := relativeError(near, mustApply(t, exact, v))
			require.Less(t, found, 2*measured)
			stated := approx.MadeBy().MethodError
			require.Less(t, found, 10*stated, "the formula gives the order of magnitude")
			require.Greater(t, found, stated/1000)
			require.Equal(t, result.Cost{Products: 2, Gradients: 4, Work: 4}, approx.Cost())
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
