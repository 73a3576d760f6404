package landscape

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

// TestParamsLayout: variables sorted by path, without gaps.
func TestParamsLayout(t *testing.T) {
	params := networks[0].problem(t, quick(t), dtypes.Float32).Params()
	offset, last := 0, ""
	for _, e := range params.List() {
		require.Greater(t, e.Path, last)
		require.Equal(t, offset, e.Offset)
		require.Equal(t, e.Shape.Size(), e.Size)
		found, ok := params.Find(e.Path)
		require.True(t, ok)
		require.Equal(t, e, found)
		offset, last = offset+e.Size, e.Path
	}
	require.Equal(t, params.Len(), offset)
	_, ok := params.Find("/nowhere")
	require.False(t, ok)
}

// TestParamsBlock: the variables that are chosen move together.
func TestParamsBlock(t *testing.T) {
	params := networks[0].problem(t, quick(t), dtypes.Float32).Params()
	list := params.List()
	block, selected := params.block(func(e Param) bool {
		return e.Path == list[1].Path || e.Path == list[3].Path
	})
	require.Equal(t, []int{1, 3}, selected)
	require.Equal(t, list[1].Size+list[3].Size, block.Len())
	require.Equal(t, list[1].Size, block.List()[1].Offset)
	all, selected := params.block(nil)
	require.Equal(t, list, all.List())
	require.Len(t, selected, len(list))
}

// TestWeightsOfEveryPrecision pass through float64 and back unchanged.
func TestWeightsOfEveryPrecision(t *testing.T) {
	for dtype, c := range map[dtypes.DType]struct{ in, unit float64 }{
		dtypes.Float64: {1 + 0x1p-52, 0x1p-53}, dtypes.Float32: {1 + 0x1p-23, 0x1p-24},
		dtypes.Float16: {1 + 0x1p-10, 0x1p-11}, dtypes.BFloat16: {1 + 0x1p-7, 0x1p-8},
	} {
		t.Run(dtype.String(), func(t *testing.T) {
			shape := shapes.Make(dtype, 2)
			p := &Params{size: 2, list: []Param{{Shape: shape, Size: 2}}}
			v := []float64{c.in, -c.in}
			ts, err := p.split(v)
			require.NoError(t, err)
			back, err := p.join(ts)
			require.NoError(t, err)
			require.Equal(t, v, back)
			require.Equal(t, c.unit, p.roundingUnit())
		})
	}
	_, err := fromFloat64([]float64{1}, shapes.Make(dtypes.Int32, 1))
	require.ErrorContains(t, err, "dtype Int32; want Float64, Float32, Float16 or BFloat16")
}

// TestInParts: every number is in one part, also of those that cores share.
func TestInParts(t *testing.T) {
	for _, n := range []int{0, 1, 1<<20 + 1, 2<<20 - 1, 2<<20 + 3, 5<<20 + 1} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			seen := make([]uint8, n)
			inParts(n, func(first, end int) {
				for i := first; i < end; i++ {
					seen[i]++
				}
			})
			require.False(t, slices.ContainsFunc(seen, func(k uint8) bool { return k != 1 }))
		})
	}
}
