package dataset

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"
)

// little is the bytes of numbers.
func little(t *testing.T, values any) []byte {
	var b bytes.Buffer
	require.NoError(t, binary.Write(&b, binary.LittleEndian, values))
	return b.Bytes()
}

// TestConvert: values stay what they are, or are refused.
func TestConvert(t *testing.T) {
	for name, c := range map[string]struct {
		from, to dtypes.DType
		in, out  any // nil: refused.
	}{
		"narrower": {dtypes.Float64, dtypes.Float32,
			[]float64{0.1, -3}, []float32{0.1, -3}},
		"wider": {dtypes.Float32, dtypes.Float64, []float32{0.5}, []float64{0.5}},
		"half": {dtypes.Float16, dtypes.Float32,
			[]uint16{0x3c00, 0xc000}, []float32{1, -2}},
		"to half": {dtypes.Float32, dtypes.Float16,
			[]float32{1, -2}, []uint16{0x3c00, 0xc000}},
		"beyond half":    {dtypes.Float32, dtypes.Float16, []float32{1e6}, nil},
		"beyond a float": {dtypes.Float64, dtypes.Float32, []float64{1e300}, nil},
		"infinite": {dtypes.Float64, dtypes.Float32,
			[]float64{math.Inf(1)}, []float32{float32(math.Inf(1))}},
		"longer": {dtypes.Uint8, dtypes.Int64, []uint8{0, 255}, []int64{0, 255}},
		"shorter": {dtypes.Int64, dtypes.Int32,
			[]int64{-1, 1 << 30}, []int32{-1, 1 << 30}},
		"too long":          {dtypes.Int64, dtypes.Int32, []int64{1 << 31}, nil},
		"negative":          {dtypes.Int8, dtypes.Uint64, []int8{-1}, nil},
		"beyond int64":      {dtypes.Uint64, dtypes.Int64, []uint64{1 << 63}, nil},
		"truth":             {dtypes.Bool, dtypes.Float32, []bool{true, false}, []float32{1, 0}},
		"whole":             {dtypes.Float64, dtypes.Int64, []float64{7, -2}, []int64{7, -2}},
		"not whole":         {dtypes.Float64, dtypes.Int64, []float64{7.5}, nil},
		"no number":         {dtypes.Float64, dtypes.Int64, []float64{math.NaN()}, nil},
		"exact":             {dtypes.Int64, dtypes.Float32, []int64{1 << 24}, []float32{1 << 24}},
		"inexact":           {dtypes.Int64, dtypes.Float32, []int64{1<<24 + 1}, nil},
		"beyond exact":      {dtypes.Uint64, dtypes.Float64, []uint64{1 << 63}, []float64{1 << 63}},
		"truth of a number": {dtypes.Int64, dtypes.Bool, []int64{1, 0}, []bool{true, false}},
		"no truth":          {dtypes.Int64, dtypes.Bool, []int64{2}, nil},
		"16 bits":           {dtypes.Int16, dtypes.Uint16, []int16{5}, []uint16{5}},
		"32 bits":           {dtypes.Uint32, dtypes.Int16, []uint32{5}, []int16{5}},
		"far beyond int64":  {dtypes.Uint64, dtypes.Int64, []uint64{1<<63 + 3}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			in := little(t, c.in)
			got := make([]byte, len(in)/c.from.Size()*c.to.Size())
			err := convert(got, c.to, in, c.from, false)
			if c.out == nil {
				require.ErrorContains(t, err, "can't hold")
				require.NotContains(t, err.Error(), "is -9")
				return
			}
			require.NoError(t, err)
			require.Equal(t, little(t, c.out), got)
		})
	}
}
