package sam_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// onVectors evaluates f at v = (3, 4 | 0), o = (1, 0 | 2), of two entries each.
func onVectors(t *testing.T, f func(v, o sam.Vector) *graph.Node) []float64 {
	t.Helper()
	exec := graph.MustNewExec(goBackend, func(v, o, u, p *graph.Node) *graph.Node {
		return graph.ConvertDType(f(sam.Vector{v, u}, sam.Vector{o, p}), dtypes.Float64)
	})
	return numbers(exec.MustCall1([]float64{3, 4}, []float64{1, 0}, []float64{0}, []float64{2}))
}

// TestVectorScalars: products and norms run over all entries, and nil is zero.
func TestVectorScalars(t *testing.T) {
	for name, test := range map[string]struct {
		f    func(v, o sam.Vector) *graph.Node
		want float64
	}{
		"dot":    {func(v, o sam.Vector) *graph.Node { return v.Dot(o) }, 3},
		"norm":   {func(v, _ sam.Vector) *graph.Node { return v.Norm() }, 5},
		"cosine": {func(v, _ sam.Vector) *graph.Node { return v.Cosine(v) }, 1},
		"nil left": {func(v, o sam.Vector) *graph.Node { return sam.Vector{nil, v[1]}.Dot(o) },
			0},
		"nil right": {func(v, o sam.Vector) *graph.Node { return v.Dot(sam.Vector{o[0], nil}) },
			3},
		"zero, cosine": {func(v,
			o sam.Vector) *graph.Node {
			return sam.Vector{v[1]}.Cosine(o[1:])
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			require.InDelta(t, test.want, onVectors(t, test.f)[0], 1e-15)
		})
	}
}

// TestDecompose: (3, 4, 0) along (1, 0, 2) is 3/5·(1, 0, 2), and what is left is orthogonal.
func TestDecompose(t *testing.T) {
	part := func(which int, of func(parallel, orthogonal sam.Vector) sam.Vector) []float64 {
		return onVectors(t, func(v, o sam.Vector) *graph.Node { return of(v.Decompose(o))[which] })
	}
	first := func(p, _ sam.Vector) sam.Vector { return p }
	second := func(_, q sam.Vector) sam.Vector { return q }
	require.InDeltaSlice(t, []float64{0.6, 0}, part(0, first), 1e-15)
	require.InDeltaSlice(t, []float64{1.2}, part(1, first), 1e-15)
	require.InDeltaSlice(t, []float64{2.4, 4}, part(0, second), 1e-15)
	require.InDeltaSlice(t, []float64{-1.2}, part(1, second), 1e-15)
}

// TestPlusTypes: the sum has the wider of two types, whichever side it is on.
func TestPlusTypes(t *testing.T) {
	exec := graph.MustNewExec(goBackend, func(wide *graph.Node) []*graph.Node {
		narrow := graph.ConvertDType(wide, dtypes.BFloat16)
		require.Equal(t, dtypes.Float32, sam.Vector{wide}.Plus(1, sam.Vector{narrow})[0].DType())
		require.Equal(t, dtypes.Float32, sam.Vector{narrow}.Plus(1, sam.Vector{wide})[0].DType())
		require.Equal(t, dtypes.BFloat16, sam.Vector{narrow}.Plus(1, nil)[0].DType())
		return sam.Vector{wide}.Plus(2, sam.Vector{narrow})
	})
	require.Equal(t, []float64{3}, numbers(exec.MustCall1([]float32{1})))
}
