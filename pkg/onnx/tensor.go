package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// ONNX's numbers of dtypes (TensorProto.DataType) that are named here.
const (
	float32Type  = 1
	int32Type    = 6
	int64Type    = 7
	stringType   = 8
	boolType     = 9
	float16Type  = 10
	float64Type  = 11
	bfloat16Type = 16
)

// elements are ONNX's dtypes that can be read.
var elements = map[int64]dtypes.DType{float32Type: dtypes.Float32, 2: dtypes.Uint8, 3: dtypes.Int8,
	4: dtypes.Uint16, 5: dtypes.Int16, int32Type: dtypes.Int32, int64Type: dtypes.Int64,
	boolType: dtypes.Bool, float16Type: dtypes.Float16, float64Type: dtypes.Float64,
	12: dtypes.Uint32, 13: dtypes.Uint64, bfloat16Type: dtypes.BFloat16}

// maxElements bounds the size that a tensor may claim.
const maxElements = 1 << 31

// tensorProto is ONNX's TensorProto. Its values are in one of many places until load puts them into
// data.
type tensorProto struct {
	name     string
	dims     []int64
	element  int64
	data     []byte // little-endian, row by row.
	hasData  bool
	floats   []float32
	ints     []int64 // of int32_data or int64_data.
	doubles  []float64
	external map[string]string
	outside  bool // the data is external.
}

func (r *reader) tensor(b []byte) (*tensorProto, error) {
	t := &tensorProto{}
	err := r.message(b, func(f field) (err error) {
		switch f.number {
		case 1:
			err = integers(&t.dims, f)
		case 2:
			t.element = int64(f.bits)
		case 4:
			err = floats(&t.floats, f)
		case 5, 7, 11:
			err = integers(&t.ints, f)
		case 8:
			t.name = string(f.bytes)
		case 9:
			t.data, t.hasData = f.bytes, true
		case 10:
			err = doubles(&t.doubles, f)
		case 13:
			var key, value string
			key, value, err = r.entry(f.bytes)
			if t.external == nil {
				t.external = map[string]string{}
			}
			t.external[key] = value
		case 14:
			t.outside = f.bits == 1
		}
		return err
	})
	if len(t.dims) > 16 {
		return t, fmt.Errorf("tensor %q has %d axes, more than 16", t.name, len(t.dims))
	}
	return t, err
}

// size is the number of values.
func (t *tensorProto) size() int {
	size := 1
	for _, d := range t.dims {
		size *= int(d)
	}
	return size
}

// dtype is the tensor's dtype.
func (t *tensorProto) dtype() dtypes.DType { return elements[t.element] }

// isFloat reports whether the values are floats.
func (t *tensorProto) isFloat() bool { return t.dtype().IsFloat() }

// shape is the tensor's shape.
func (t *tensorProto) shape() []int {
	dims := make([]int, len(t.dims))
	for i, d := range t.dims {
		dims[i] = int(d)
	}
	return dims
}

// check refuses dtypes that can't be read, and sizes that can't be.
func (t *tensorProto) check() error {
	if _, ok := elements[t.element]; !ok {
		return fmt.Errorf("tensor %q is of dtype %d, which can't be read (strings, 8-bit floats "+
			"and 4-bit integers): export the model in float32", t.name, t.element)
	}
	size := int64(1)
	for _, d := range t.dims {
		if d < 0 || d > maxElements || size*d > maxElements {
			return fmt.Errorf("tensor %q claims a shape of %v", t.name, t.dims)
		}
		size *= d
	}
	return nil
}

// load brings the values into data, wherever they are in the file or beside it.
func (t *tensorProto) load(from *folder) error {
	if err := t.check(); err != nil {
		return err
	}
	want := t.size() * t.dtype().Size()
	if t.outside {
		data, err := from.read(t.external, int64(want))
		if err != nil {
			return fmt.Errorf("tensor %q: %w", t.name, err)
		}
		t.data, t.outside = data, false
	} else if !t.hasData {
		if n := len(t.floats) + len(t.doubles) + len(t.ints); n != t.size() {
			return fmt.Errorf("tensor %q has %d values and claims a shape of %v", t.name, n, t.dims)
		}
		t.pack()
	}
	t.hasData, t.floats, t.ints, t.doubles, t.external = true, nil, nil, nil, nil
	if len(t.data) != want {
		return fmt.Errorf("tensor %q has %d bytes and claims %v of %s, which are %d", t.name,
			len(t.data), t.dims, t.dtype(), want)
	}
	return nil
}

// pack writes the values of the typed fields into data.
func (t *tensorProto) pack() {
	order := binary.LittleEndian
	for _, v := range t.floats {
		t.data = order.AppendUint32(t.data, math.Float32bits(v))
	}
	for _, v := range t.doubles {
		t.data = order.AppendUint64(t.data, math.Float64bits(v))
	}
	width := t.dtype().Size()
	for _, v := range t.ints {
		t.data = append(t.data, order.AppendUint64(nil, uint64(v))[:width]...)
	}
}

// widen makes float32 of 16-bit floats. It reports whether it did.
func (t *tensorProto) widen() bool {
	var value func(bits uint16) float32
	switch t.element {
	case float16Type:
		value = func(bits uint16) float32 { return float16.FromBits(bits).Float32() }
	case bfloat16Type:
		value = func(bits uint16) float32 { return math.Float32frombits(uint32(bits) << 16) }
	default:
		return false
	}
	wide := make([]byte, 0, 2*len(t.data))
	for i := 0; i < len(t.data); i += 2 {
		v := value(binary.LittleEndian.Uint16(t.data[i:]))
		wide = binary.LittleEndian.AppendUint32(wide, math.Float32bits(v))
	}
	t.element, t.data = float32Type, wide
	return true
}

// narrowed are float32 values as the 16-bit floats of the given dtype, rounded to the nearest.
func narrowed(data []byte, element int64) []byte {
	narrow := make([]byte, 0, len(data)/2)
	for i := 0; i < len(data); i += 4 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(data[i:]))
		bits := float16.FromFloat32(v).Bits()
		if element == bfloat16Type {
			bits = bfloat16.FromFloat32(v).Bits()
		}
		narrow = binary.LittleEndian.AppendUint16(narrow, bits)
	}
	return narrow
}

// values are the values of a float or integer tensor as float64.
func (t *tensorProto) values() []float64 {
	order, width := binary.LittleEndian, t.dtype().Size()
	out := make([]float64, 0, t.size())
	for b := t.data; len(b) >= width; b = b[width:] {
		switch t.element {
		case float32Type:
			out = append(out, float64(math.Float32frombits(order.Uint32(b))))
		case float64Type:
			out = append(out, math.Float64frombits(order.Uint64(b)))
		case int32Type:
			out = append(out, float64(int32(order.Uint32(b))))
		case int64Type:
			out = append(out, float64(int64(order.Uint64(b))))
		default:
			out = append(out, float64(b[0]))
		}
	}
	return out
}

// integers are the values of an integer tensor.
func (t *tensorProto) integers() ([]int64, error) {
	if t.element != int64Type && t.element != int32Type {
		return nil, fmt.Errorf("tensor %q is of %s, not integers", t.name, t.dtype())
	}
	var out []int64
	order, width := binary.LittleEndian, t.dtype().Size()
	for b := t.data; len(b) >= width; b = b[width:] {
		if width == 4 {
			out = append(out, int64(int32(order.Uint32(b))))
			continue
		}
		out = append(out, int64(order.Uint64(b)))
	}
	return out, nil
}

// tensor is the value as GoMLX keeps it.
func (t *tensorProto) tensor() (*tensors.Tensor, error) {
	if t.size() == 0 {
		return nil, errors.New("it has no values")
	}
	out := tensors.FromShape(shapes.Make(t.dtype(), t.shape()...))
	return out, out.MutableBytes(func(to []byte) { copy(to, t.data) })
}

// transposed is the value of a matrix, transposed.
func transposed(data []byte, rows, columns, width int) []byte {
	out := make([]byte, len(data))
	for i := range rows {
		for j := range columns {
			copy(out[(j*rows+i)*width:], data[(i*columns+j)*width:][:width])
		}
	}
	return out
}

// encode is the tensor, with its values, as ONNX writes it.
func (t *tensorProto) encode() []byte {
	var w writer
	for _, d := range t.dims {
		w.varint(1, d)
	}
	w.varint(2, t.element)
	w.text(8, t.name)
	w.bytes(9, t.data)
	return w
}

// integersOf makes a tensor of int64, also of those that no float64 holds: exporters write the end
// of an axis as the largest.
func integersOf(values []int64, dims ...int64) *tensorProto {
	t := &tensorProto{dims: slices.Clone(dims), element: int64Type, hasData: true, ints: values}
	t.pack()
	t.ints = nil
	return t
}

// tensorOf makes a tensor of float values in the given dtype.
func tensorOf(element int64, values []float64, dims ...int64) *tensorProto {
	t := &tensorProto{dims: slices.Clone(dims), element: element, hasData: true}
	for _, v := range values {
		switch element {
		case float64Type:
			t.doubles = append(t.doubles, v)
		case float32Type:
			t.floats = append(t.floats, float32(v))
		default:
			t.ints = append(t.ints, int64(v))
		}
	}
	t.pack()
	t.floats, t.doubles, t.ints = nil, nil, nil
	return t
}
