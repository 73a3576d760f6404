package dataset

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/float16"
)

// canBe says why numbers of the field's dtype can't be those that are wanted; nil if they can.
// Whether the values fit is seen when they are converted.
func canBe(w Want, f Field, isLabel bool) error {
	from, to := f.Shape.DType, w.DType
	if !decodes(to) {
		return fmt.Errorf("%s is a dtype that data can't be converted to", dtypeName(to))
	}
	switch {
	case from == to, from == dtypes.Bool, f.Shapeless && !f.Pixels:
		return nil
	case f.Pixels && to.IsFloat():
		return nil
	case from.IsFloat() && to.IsFloat(), from.IsInt() && to.IsInt():
		return nil
	case from.IsInt() && to.IsFloat() && isLabel:
		return nil
	}
	hint := fmt.Sprintf("%s.astype(np.%s)", f.Name, dtypeName(to))
	if from == dtypes.Uint8 && to.IsFloat() {
		hint = fmt.Sprintf("(%s / 255).astype(np.%s)", f.Name, dtypeName(to))
	}
	if isLabel && from.IsFloat() && f.Shape.Rank() > 1 { // one-hot.
		hint = fmt.Sprintf("%s.argmax(-1), if it is one-hot", f.Name)
	}
	if isLabel && from.IsFloat() && f.Shape.Rank() == 1 {
		return &notClasses{w, f}
	}
	return fmt.Errorf("the model takes %s, and the array is %s; convert it as in training, such "+
		"as by %s", w, f, hint)
}

// notClasses is the error for labels that are floats where classes are wanted.
type notClasses struct {
	want  Want
	field Field
}

// Error implements error.
func (e *notClasses) Error() string {
	return fmt.Sprintf("the model takes %s, whole numbers, and the array is %s", e.want, e.field)
}

// look says what the numbers are, where they can be read: whole ones can be converted, others are
// no classes.
func (e *notClasses) look(parts []part) error {
	for _, p := range parts {
		arrays, err := p.load([]Field{e.field})
		if err != nil {
			return e
		}
		size := arrays[0].dtype.Size()
		for i := range len(arrays[0].data) / size {
			v := float(arrays[0].data[i*size:], arrays[0].dtype)
			if v != math.Trunc(v) || math.IsInf(v, 0) {
				return fmt.Errorf("the model takes %s, numbers of classes, and the array is %s, "+
					"which aren't whole: element %d is %v; for numbers to be predicted choose "+
					"the loss mse", e.want, e.field, i, v)
			}
		}
	}
	return fmt.Errorf("the model takes %s, and the array is %s; all are whole: convert them by "+
		"%s.astype(np.%s)", e.want, e.field, e.field.Name, dtypeName(e.want.DType))
}

// decodes says whether elements of a dtype can be read and written.
func decodes(d dtypes.DType) bool {
	for _, known := range kinds {
		if known == d {
			return true
		}
	}
	return false
}

// convert writes elements in another dtype: floats rounded to nearest, integers and whole floats
// unchanged or refused, pixels as float divided by 255.
func convert(to []byte, toType dtypes.DType, from []byte, fromType dtypes.DType,
	pixels bool) error {
	if fromType == toType {
		copy(to, from)
		return nil
	}
	a, b := fromType.Size(), toType.Size()
	exact := fromType.IsInt() && toType.IsFloat() && !pixels
	for i := range len(from) / a {
		in, out := from[i*a:], to[i*b:]
		if fromType.IsFloat() || toType.IsFloat() {
			v := float(in, fromType)
			if pixels && toType.IsFloat() {
				v /= 255
			}
			if !putFloat(out, toType, v) || exact && float(out, toType) != v {
				return fmt.Errorf("element %d is %v, which %s can't hold", i, v, dtypeName(toType))
			}
			continue
		}
		if v, ok := whole(in, fromType); !ok {
			return fmt.Errorf("element %d is %d, which %s can't hold", i,
				binary.LittleEndian.Uint64(in), dtypeName(toType))
		} else if !putWhole(out, toType, v) {
			return fmt.Errorf("element %d is %v, which %s can't hold", i, v, dtypeName(toType))
		}
	}
	return nil
}

// float reads an element as a float.
func float(b []byte, d dtypes.DType) float64 {
	switch d {
	case dtypes.Float64:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case dtypes.Float32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case dtypes.Float16:
		return float64(float16.FromBits(binary.LittleEndian.Uint16(b)).Float32())
	case dtypes.Uint64:
		return float64(binary.LittleEndian.Uint64(b))
	}
	v, _ := whole(b, d)
	return float64(v)
}

// putFloat writes a float as an element; an integer only if it is whole and fits.
func putFloat(b []byte, d dtypes.DType, v float64) bool {
	switch d {
	case dtypes.Float64:
		binary.LittleEndian.PutUint64(b, math.Float64bits(v))
	case dtypes.Float32:
		w := float32(v)
		if math.IsInf(float64(w), 0) && !math.IsInf(v, 0) {
			return false
		}
		binary.LittleEndian.PutUint32(b, math.Float32bits(w))
	case dtypes.Float16:
		w := float16.FromFloat32(float32(v))
		if math.IsInf(float64(w.Float32()), 0) && !math.IsInf(v, 0) {
			return false
		}
		binary.LittleEndian.PutUint16(b, w.Bits())
	default:
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return false
		}
		return putWhole(b, d, int64(v))
	}
	return true
}

// whole reads an integer or a boolean; it fails beyond the largest int64.
func whole(b []byte, d dtypes.DType) (int64, bool) {
	switch d {
	case dtypes.Bool:
		if b[0] != 0 {
			return 1, true
		}
		return 0, true
	case dtypes.Int8:
		return int64(int8(b[0])), true
	case dtypes.Uint8:
		return int64(b[0]), true
	case dtypes.Int16:
		return int64(int16(binary.LittleEndian.Uint16(b))), true
	case dtypes.Uint16:
		return int64(binary.LittleEndian.Uint16(b)), true
	case dtypes.Int32:
		return int64(int32(binary.LittleEndian.Uint32(b))), true
	case dtypes.Uint32:
		return int64(binary.LittleEndian.Uint32(b)), true
	case dtypes.Int64:
		return int64(binary.LittleEndian.Uint64(b)), true
	case dtypes.Uint64:
		v := binary.LittleEndian.Uint64(b)
		return int64(v), v <= math.MaxInt64
	}
	return 0, false
}

// putWhole writes an integer where it fits.
func putWhole(b []byte, d dtypes.DType, v int64) bool {
	switch d {
	case dtypes.Bool:
		b[0] = byte(v)
		return v == 0 || v == 1
	case dtypes.Int8, dtypes.Uint8:
		b[0] = byte(v)
	case dtypes.Int16, dtypes.Uint16:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case dtypes.Int32, dtypes.Uint32:
		binary.LittleEndian.PutUint32(b, uint32(v))
	case dtypes.Int64, dtypes.Uint64:
		binary.LittleEndian.PutUint64(b, uint64(v))
	}
	back, ok := whole(b, d)
	return ok && back == v
}
