package models

import (
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"
)

// TestNoise: the same numbers each time and in both widths, in batches of one's own.
func TestNoise(t *testing.T) {
	narrow, again, wide := Noise(3, 2, 4), Noise(3, 2, 4), WideNoise(3, 2, 4)
	require.Equal(t, []int{3, 2, 4}, narrow.Batch.Inputs[0].Shape().Dimensions)
	x := tensors.MustCopyFlatData[float32](narrow.Batch.Inputs[0])
	require.Equal(t, x, tensors.MustCopyFlatData[float32](again.Batch.Inputs[0]))
	for i, v := range tensors.MustCopyFlatData[float64](wide.Batch.Inputs[0]) {
		require.Equal(t, float64(x[i]), v)
	}
	read := 0
	for b, err := range narrow.Iter() {
		require.NoError(t, err)
		require.NotSame(t, narrow.Batch.Inputs[0], b.Inputs[0])
		require.Equal(t, x, tensors.MustCopyFlatData[float32](b.Inputs[0]))
		read++
	}
	require.Equal(t, 1, read)
}
