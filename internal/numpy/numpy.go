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

const (
	Bytes   Kind = "|u1"
	Float32 Kind = "<f4"
	Float64 Kind = "<f8"
)

// size is that of an element in bytes.
func (k Kind) size() int {
	return map[Kind]int{Bytes: 1, Float32: 4, Float64: 8}[k]
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
	if kind, shape, err = parseNPYHeader(header); err != nil {
		return nil, "", nil, err
	}
	if len(data)%kind.size() != 0 || !fills(shape, len(data)/kind.size()) {
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
	notNPY := errors.New("it isn't a NumPy array")
	rest, ok := bytes.CutPrefix(content, []byte(Magic))
	if !ok || len(rest) < 4 {
		return "", nil, notNPY
	}
	var n uint64
	switch version := rest[0]; {
	case version == 1:
		n, rest = uint64(binary.LittleEndian.Uint16(rest[2:])), rest[4:]
	case (version == 2 || version == 3) && len(rest) >= 6:
		n, rest = uint64(binary.LittleEndian.Uint32(rest[2:])), rest[6:]
	default:
		return "", nil, notNPY
	}
	if n > uint64(len(rest)) {
		return "", nil, fmt.Errorf("its header claims %d bytes; %d follow", n, len(rest))
	}
	header, ok = strings.CutSuffix(string(rest[:n]), "\n")
	if !ok {
		return "", nil, errors.New("its header has no line end")
	}
	return header, rest[n:], nil
}

var npyHeader = regexp.MustCompile(
	`^\{'descr': '([^']*)', 'fortran_order': (False|True), 'shape': \(([0-9, ]*)\),? ?\} *$`)

// parseNPYHeader reads the description of an array.
func parseNPYHeader(header string) (kind Kind, shape []int, err error) {
	found := npyHeader.FindStringSubmatch(header)
	if found == nil {
		return "", nil, errors.New("its header isn't one of NumPy's")
	}
	if kind = Kind(found[1]); kind.size() == 0 {
		return "", nil, fmt.Errorf("its type is %q; want %q, %q or %q", kind,
			Float64, Float32, Bytes)
	}
	for word := range strings.SplitSeq(found[3], ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		n, err := strconv.Atoi(word)
		if err != nil {
			return "", nil, fmt.Errorf("its header claims an axis of %s", word)
		}
		shape = append(shape, n)
	}
	if found[2] == "True" && len(shape) > 1 {
		return "", nil, errors.New("it is column-major; want row-major")
	}
	return kind, shape, nil
}
