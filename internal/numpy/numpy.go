package numpy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Magic is what NumPy's arrays begin with.
const Magic = "\x93NUMPY"

// Kind is an element's type as NumPy writes it.
type Kind string

// The kinds that are read, all little-endian.
const (
	Bool    Kind = "|b1"
	Bytes   Kind = "|u1"
	Int8    Kind = "|i1"
	Int16   Kind = "<i2"
	Uint16  Kind = "<u2"
	Int32   Kind = "<i4"
	Uint32  Kind = "<u4"
	Int64   Kind = "<i8"
	Uint64  Kind = "<u8"
	Float16 Kind = "<f2"
	Float32 Kind = "<f4"
	Float64 Kind = "<f8"
)

// Size is that of an element in bytes; 0: a kind that isn't read.
func (k Kind) Size() int {
	switch k {
	case Bool, Bytes, Int8:
		return 1
	case Int16, Uint16, Float16:
		return 2
	case Int32, Uint32, Float32:
		return 4
	case Int64, Uint64, Float64:
		return 8
	}
	return 0
}

// Decode returns the elements of a NumPy array as bytes, their kind and the array's shape, which
// they fill exactly.
//
// Source: "numpy.lib.format", versions 1 to 3, row-major. npyio writes such arrays, but its reader
// panics on a header without a line end and allocates whatever a shape claims.
func Decode(content []byte) (data []byte, kind Kind, shape []int, err error) {
	header, data, err := splitNPY(content)
	if err != nil {
		return nil, "", nil, err
	}
	h, err := parseNPYHeader(header)
	if err != nil {
		return nil, "", nil, err
	}
	if h.ColumnMajor {
		return nil, "", nil, errors.New("it is column-major; want row-major")
	}
	kind, shape = h.Kind, h.Shape
	if len(data)%kind.Size() != 0 || !fills(shape, len(data)/kind.Size()) {
		return nil, "", nil, fmt.Errorf("its header claims the shape %v of %s; %d bytes follow",
			shape, kind, len(data))
	}
	return data, kind, shape, nil
}

// fills reports whether so many elements make up the shape, without multiplying beyond them.
func fills(shape []int, elements int) bool {
	product := 1
	for _, n := range shape {
		if n == 0 {
			return elements == 0
		}
	}
	for _, n := range shape {
		if n > elements/product {
			return false
		}
		product *= n
	}
	return product == elements
}

// Floats are the elements of a NumPy array of floats of either kind.
func Floats(content []byte) (values []float64, err error) {
	data, kind, _, err := Decode(content)
	if err != nil {
		return nil, err
	}
	switch kind {
	case Float64:
		values = make([]float64, len(data)/8)
		for i := range values {
			values[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		}
	case Float32:
		values = make([]float64, len(data)/4)
		for i := range values {
			values[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
		}
	default:
		return nil, fmt.Errorf("its type is %q; want floats", kind)
	}
	return values, nil
}

// splitNPY cuts the content behind its header.
func splitNPY(content []byte) (header string, data []byte, err error) {
	n, rest, err := headerSize(content)
	if err != nil {
		return "", nil, err
	}
	if n > uint64(len(rest)) {
		return "", nil, fmt.Errorf("its header claims %d bytes; %d follow", n, len(rest))
	}
	header, ok := strings.CutSuffix(string(rest[:n]), "\n")
	if !ok {
		return "", nil, errors.New("its header has no line end")
	}
	return header, rest[n:], nil
}

// headerSize reads the length of the header that begins behind it.
func headerSize(content []byte) (n uint64, rest []byte, err error) {
	notNPY := errors.New("it isn't a NumPy array")
	rest, ok := bytes.CutPrefix(content, []byte(Magic))
	if !ok || len(rest) < 4 {
		return 0, nil, notNPY
	}
	switch version := rest[0]; {
	case version == 1:
		return uint64(binary.LittleEndian.Uint16(rest[2:])), rest[4:], nil
	case (version == 2 || version == 3) && len(rest) >= 6:
		return uint64(binary.LittleEndian.Uint32(rest[2:])), rest[6:], nil
	}
	return 0, nil, notNPY
}

var npyHeader = regexp.MustCompile(
	`^\{'descr': '([^']*)', 'fortran_order': (False|True), 'shape': \(([0-9, ]*)\),? ?\} *$`)

// parseNPYHeader reads the description of an array.
func parseNPYHeader(header string) (h Header, err error) {
	found := npyHeader.FindStringSubmatch(header)
	if found == nil {
		return h, errors.New("its header isn't one of NumPy's for an array of numbers")
	}
	if h.Kind = Kind(found[1]); h.Kind.Size() == 0 {
		return h, fmt.Errorf("its type is %q; want booleans, integers or floats of this "+
			"machine's byte order, such as %q or %q", h.Kind, Float32, Int64)
	}
	for word := range strings.SplitSeq(found[3], ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		n, err := strconv.Atoi(word)
		if err != nil {
			return h, fmt.Errorf("its header claims an axis of %s", word)
		}
		h.Shape = append(h.Shape, n)
	}
	h.ColumnMajor = found[2] == "True" && len(h.Shape) > 1
	return h, nil
}
