package transform_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// TestCheckGradientSeesWrongDerivatives: a wrong gradient, a kink at the point; and float32 works
// within its own precision.
func TestCheckGradientSeesWrongDerivatives(t *testing.T) {
	at := []*tensors.Tensor{tensors.FromValue([]float64{0.3, -1.2, 2})}
	wrong := func(x []*Node) *Node {
		return Exp(IdentityWithCustomGradient(x[0],
			func(_, v *Node) *Node { return MulScalar(v, 1.001) }))
	}
	check, err := transform.CheckGradient(xla.MustOpen(), wrong, at, 1)
	require.NoError(t, err)
	require.ErrorContains(t, check.Check(1e-6), "derivatives disagree")
	require.NoError(t, check.Check(1e-2))

	zero := []*tensors.Tensor{tensors.FromValue([]float64{0, 0, 0})}
	check, err = transform.CheckGradient(xla.MustOpen(), func(x []*Node) *Node { return Abs(x[0]) },
		zero, 1)
	require.NoError(t, err)
	require.Error(t, check.Check(1e-6))

	narrow := []*tensors.Tensor{tensors.FromValue([]float32{0.3, -1.2, 2})}
	check, err = transform.CheckGradient(xla.MustOpen(),
		func(x []*Node) *Node { return Tanh(x[0]) }, narrow, 1)
	require.NoError(t, err)
	require.NoError(t, check.Check(1e-2))

	_, err = transform.CheckGradient(xla.MustOpen(), func(x []*Node) *Node { return x[0] },
		[]*tensors.Tensor{tensors.FromValue([]int32{1})}, 1)
	require.ErrorContains(t, err, "want Float32 or Float64")
}
