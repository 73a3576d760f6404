package sam

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"
)

// TestSumOf: every number counts once, whatever the shape, and a NaN wherever it stands.
func TestSumOf(t *testing.T) {
	backend, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	for _, dims := range [][]int{{}, {1}, {15}, {255}, {256}, {257}, {16, 17}, {5, 7, 31}} {
		t.Run(fmt.Sprint(dims), func(t *testing.T) {
			exec := graph.MustNewExec(backend, sumOf)
			defer exec.Finalize()
			sum := func(numbers []float64) float64 {
				in := tensors.FromFlatDataAndDimensions(numbers, dims...)
				return tensors.ToScalar[float64](exec.MustCall1(in))
			}
			numbers, want := make([]float64, product(dims)), 0.0
			for i := range numbers {
				numbers[i] = float64(1 + i*i%97)
				want += numbers[i]
			}
			require.Equal(t, want, sum(numbers))
			for _, i := range []int{0, len(numbers) / 2, len(numbers) - 1} {
				sick := append([]float64(nil), numbers...)
				sick[i] = math.NaN()
				require.True(t, math.IsNaN(sum(sick)), "number %d", i)
			}
		})
	}
}

// product is the number of entries of a shape.
func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
