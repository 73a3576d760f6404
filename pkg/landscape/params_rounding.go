package landscape

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
)

// is16Bit says whether a dtype's numbers are so far apart that a step between two of them matters.
func is16Bit(dtype dtypes.DType) bool { return dtype == dtypes.Float16 || dtype == dtypes.BFloat16 }

// has16Bit says whether any of the weights has 16 bits.
func (p *Params) has16Bit() bool {
	for _, e := range p.list {
		if is16Bit(e.Shape.DType) {
			return true
		}
	}
	return false
}

// settle rounds the 16-bit weights of moved, in place, to representable ones that are still inside
// a set around the representable θ: to the nearest where that point is inside, else each towards
// θ, which no ball or box around θ is left by. Wider weights stay as they are.
func (p *Params) settle(theta, moved []float64, inside func(moved []float64) bool) {
	if !p.has16Bit() {
		return
	}
	nearest := append([]float64{}, moved...)
	p.each16Bit(func(i int, dtype dtypes.DType) { nearest[i] = round16(dtype, moved[i]) })
	if inside(nearest) {
		copy(moved, nearest)
		return
	}
	p.each16Bit(func(i int, dtype dtypes.DType) {
		moved[i] = roundTowards(dtype, moved[i], theta[i])
	})
}

// each16Bit calls f with the index and the dtype of each weight of 16 bits.
func (p *Params) each16Bit(f func(i int, dtype dtypes.DType)) {
	for _, e := range p.list {
		if is16Bit(e.Shape.DType) {
			for i := range e.Size {
				f(e.Offset+i, e.Shape.DType)
			}
		}
	}
}

// round16 is the number nearest to x of a 16-bit dtype.
func round16(dtype dtypes.DType, x float64) float64 {
	if dtype == dtypes.Float16 {
		return float64(float16.FromFloat32(float32(x)).Float32())
	}
	return float64(bfloat16.FromFloat32(float32(x)).Float32())
}

// roundTowards is the number of a 16-bit dtype that is nearest to x among those between x and the
// representable anchor.
func roundTowards(dtype dtypes.DType, x, anchor float64) float64 {
	r := round16(dtype, x)
	switch {
	case x >= anchor && r > x:
		return neighbour(dtype, r, -1)
	case x <= anchor && r < x:
		return neighbour(dtype, r, 1)
	}
	return r
}

// neighbour is the next number above (1) or below (−1) the representable r.
func neighbour(dtype dtypes.DType, r float64, side int) float64 {
	bits := func(x float64) uint16 { return uint16(bfloat16.FromFloat32(float32(x))) }
	value := func(b uint16) float64 { return float64(bfloat16.BFloat16(b).Float32()) }
	if dtype == dtypes.Float16 {
		bits = func(x float64) uint16 { return uint16(float16.FromFloat32(float32(x))) }
		value = func(b uint16) float64 { return float64(float16.Float16(b).Float32()) }
	}
	size := int(bits(math.Abs(r))) // counts the numbers from 0 up.
	if r < 0 {
		size = -size
	}
	if size += side; size < 0 {
		return -value(uint16(-size))
	}
	return value(uint16(size))
}
