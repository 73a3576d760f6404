package onnx

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The messages of ONNX's protobuf schema (onnx.proto3, IR version 3 to 13) that an importer of
// trained networks needs. They are read and written here, because the importer's own are internal
// to it, and because a file that isn't to be trusted has to be bounded while it is read.

// maxParts is how many nodes, attributes, tensors, values and strings a file may hold together. A
// part takes at most about 250 bytes of memory, whatever the file says of it.
const maxParts = 1 << 20

// field is one field of a message: its number, and its value as a varint (or the bits of a float)
// or as bytes.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bits   uint64
	bytes  []byte
	raw    []byte // the field as it is in the file, with its tag.
}

// eachField calls fn for each field of a message, in order.
func eachField(message []byte, fn func(f field) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		f := field{number: number, kind: kind}
		m := 0
		switch kind {
		case protowire.VarintType:
			f.bits, m = protowire.ConsumeVarint(message[n:])
		case protowire.Fixed32Type:
			var v uint32
			v, m = protowire.ConsumeFixed32(message[n:])
			f.bits = uint64(v)
		case protowire.Fixed64Type:
			f.bits, m = protowire.ConsumeFixed64(message[n:])
		case protowire.BytesType:
			f.bytes, m = protowire.ConsumeBytes(message[n:])
		default:
			return errors.New("a field of a kind that no ONNX file has")
		}
		if m < 0 {
			return protowire.ParseError(m)
		}
		f.raw, message = message[:n+m], message[n+m:]
		if err := fn(f); err != nil {
			return err
		}
	}
	return nil
}

// reader counts the parts that it reads.
type reader struct{ parts int }

var errTooMany = fmt.Errorf("more than %d nodes, attributes, tensors and strings", maxParts)

// part counts one more part.
func (r *reader) part() error {
	if r.parts++; r.parts > maxParts {
		return errTooMany
	}
	return nil
}

// message calls fn for the fields of a message that is a part of its own.
func (r *reader) message(b []byte, fn func(f field) error) error {
	if err := r.part(); err != nil {
		return err
	}
	return eachField(b, fn)
}

// texts appends a string that is a part of its own.
func (r *reader) texts(to *[]string, f field) error {
	*to = append(*to, string(f.bytes))
	return r.part()
}

// integers appends the integers of a repeated field, packed or not.
func integers(to *[]int64, f field) error {
	if f.kind == protowire.VarintType {
		*to = append(*to, int64(f.bits))
		return nil
	}
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		*to, b = append(*to, int64(v)), b[n:]
	}
	return nil
}

// floats appends the floats of a repeated field, packed or not.
func floats(to *[]float32, f field) error {
	if f.kind == protowire.Fixed32Type {
		*to = append(*to, math.Float32frombits(uint32(f.bits)))
		return nil
	}
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeFixed32(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		*to, b = append(*to, math.Float32frombits(v)), b[n:]
	}
	return nil
}

// doubles appends the doubles of a repeated field, packed or not.
func doubles(to *[]float64, f field) error {
	if f.kind == protowire.Fixed64Type {
		*to = append(*to, math.Float64frombits(f.bits))
		return nil
	}
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeFixed64(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		*to, b = append(*to, math.Float64frombits(v)), b[n:]
	}
	return nil
}

// writer appends fields to a message.
type writer []byte

func (w *writer) varint(number protowire.Number, v int64) {
	*w = protowire.AppendVarint(protowire.AppendTag(*w, number, protowire.VarintType), uint64(v))
}

func (w *writer) bytes(number protowire.Number, v []byte) {
	*w = protowire.AppendBytes(protowire.AppendTag(*w, number, protowire.BytesType), v)
}

func (w *writer) text(number protowire.Number, v string) {
	if v != "" {
		w.bytes(number, []byte(v))
	}
}

func (w *writer) float(number protowire.Number, v float32) {
	*w = protowire.AppendFixed32(protowire.AppendTag(*w, number, protowire.Fixed32Type),
		math.Float32bits(v))
}
