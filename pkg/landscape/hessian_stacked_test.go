package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"lossland/internal/accelerator"
	"lossland/pkg/spectrum"
	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// TestStackedProducts: products with several vectors as a first axis are those of each vector, for
// every kind of layer and for both matrices.
func TestStackedProducts(t *testing.T) {
	ctx := context.Background()
	kinds := map[string]func(*Point) (*Operator, error){
		"Hessian": func(at *Point) (*Operator, error) {
			return at.Hessian(ctx, HessianConfig{Batch: 3})
		},
		"Gauss–Newton": func(at *Point) (*Operator, error) {
			return at.GaussNewton(ctx, HessianConfig{Batch: 3})
		},
	}
	for _, n := range networks {
		for kind, operator := range kinds {
			t.Run(n.name+", "+kind, func(t *testing.T) {
				at := here(t, n.problem(t, xla.MustOpen(), dtypes.Float64))
				plain, err := operator(at)
				require.NoError(t, err)
				defer plain.Close()
				defer accelerator.Pretend()()
				op, err := operator(at)
				require.NoError(t, err)
				defer op.Close()
				var vs, got, want [][]float64
				for k := range 5 { // one pass of three, and one that is filled up.
					vs = append(vs, randomVector(uint64(k), op.Dim()))
					got = append(got, make([]float64, op.Dim()))
					want = append(want, mustApply(t, plain, vs[k]))
				}
				require.NoError(t, spectrum.Batcher(op).ApplyBatch(ctx, got, vs))
				for k := range vs {
					require.Less(t, relativeError(got[k], want[k]), 1e-12)
				}
			})
		}
	}
}

// TestStackedProductsFallBack: what can't be built for several vectors at once is built for each.
func TestStackedProductsFallBack(t *testing.T) {
	ctx := context.Background()
	at := here(t, networks[0].problem(t, xla.MustOpen(), dtypes.Float64))
	plain, err := at.Hessian(ctx, HessianConfig{Batch: 2})
	require.NoError(t, err)
	defer plain.Close()
	pretendAccelerator(t)
	asked := 0
	op, err := at.newOperator(ctx, "Hessian", HessianConfig{Batch: 2},
		func(t *traced, wrt []*graph.Node, vectors [][]*graph.Node) [][]*graph.Node {
			if asked++; asked == 2 {
				panic(&transform.Unsupported{Op: "a sort"})
			}
			return hessianProducts(t, wrt, vectors)
		})
	require.NoError(t, err)
	defer op.Close()
	v := randomVector(1, op.Dim())
	got := [][]float64{make([]float64, op.Dim()), make([]float64, op.Dim())}
	require.NoError(t, op.ApplyBatch(ctx, got, [][]float64{v, v}))
	require.Equal(t, 3, asked)
	require.Less(t, relativeError(got[1], mustApply(t, plain, v)), 1e-12)
}
