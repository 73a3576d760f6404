package landscape

import (
	"context"
	"fmt"
	"lossland/pkg/transform"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
)

// strayLabels are labels of three classes, one of which is another integer, with extra labels.
func strayLabels(stray int32, extra ...*tensors.Tensor) fixed {
	y := tensors.FromFlatDataAndDimensions([]int32{0, stray, 2, 1}, 4, 1)
	x := floatsOf(dtypes.Float64, make([]float64, 4), 4, 1)
	f := fixed{{}}
	f[0].Inputs, f[0].Labels = []*tensors.Tensor{x}, append([]*tensors.Tensor{y}, extra...)
	return f
}

// TestLabelsBeyondTheClasses are refused by name where they count.
func TestLabelsBeyondTheClasses(t *testing.T) {
	c := []float64{0.3, -0.2, 0.1}
	sparse := loss.SparseCategoricalCrossEntropyLogits
	for _, stray := range []int32{-1, 3, math.MaxInt32} {
		t.Run(fmt.Sprint(stray), func(t *testing.T) {
			_, err := NewProblem(quick(t), seededStore(1), biasModel(c), sparse, strayLabels(stray),
				nil)
			require.ErrorContains(t, err, "labels[0] is integers from")
			require.ErrorContains(t, err, "1 beyond the classes count")
			require.ErrorContains(t, err, "want 0 … 2")
		})
	}
	mask := tensors.FromFlatDataAndDimensions([]bool{true, false, true, true}, 4)
	t.Run("masked", func(t *testing.T) {
		p := problemOf(t, quick(t), biasModel(c), sparse, strayLabels(-100, mask))
		e, err := here(t, p).Loss(context.Background())
		require.NoError(t, err)
		require.Equal(t, 3, e.Loss.N)
	})
	t.Run("ignored by the loss", func(t *testing.T) {
		ignoring := func(y, z []*graph.Node) *graph.Node {
			counts := graph.NotEqual(y[0], graph.Const(y[0].Graph(), int32(-100)))
			return sparse([]*graph.Node{y[0], graph.Squeeze(counts, -1)}, z)
		}
		p := problemOf(t, quick(t), biasModel(c), ignoring, strayLabels(-100))
		e, err := here(t, p).Loss(context.Background())
		require.NoError(t, err)
		require.Equal(t, 3, e.Loss.N)
		require.Equal(t, transform.RatioOfSums, p.LossForm().Kind)
	})
}
