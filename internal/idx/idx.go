package idx

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// Type is an element's type, the third byte of a file.
type Type byte

// The types that there are; numbers of several bytes are big-endian.
const (
	Bytes   Type = 0x08
	Int8    Type = 0x09
	Int16   Type = 0x0b
	Int32   Type = 0x0c
	Float32 Type = 0x0d
	Float64 Type = 0x0e
)

// Size is that of an element in bytes; 0: there is no such type.
func (t Type) Size() int {
	return map[Type]int{Bytes: 1, Int8: 1, Int16: 2, Int32: 4, Float32: 4, Float64: 8}[t]
}

// Array is what a file holds.
type Array struct {
	Type Type
	Dims []int
	// Data are the elements in the file's byte order; nil from Peek.
	Data []byte
}

// Read reads a file, unzipped where its name ends in .gz. Elements of more than maxBytes are an
// error before any is read, and so are more or fewer than the header announces.
func Read(path string, maxBytes int64) (Array, error) { return open(path, maxBytes, true) }

// Peek reads the header only.
func Peek(path string) (Array, error) { return open(path, math.MaxInt64, false) }

func open(path string, maxBytes int64, elements bool) (a Array, err error) {
	file, err := os.Open(path)
	if err != nil {
		return a, err
	}
	defer file.Close()
	var in io.Reader = bufio.NewReader(file)
	if strings.HasSuffix(strings.ToLower(path), ".gz") {
		zipped, err := gzip.NewReader(in)
		if err != nil {
			return a, fmt.Errorf("%s can't be unzipped: %w", path, err)
		}
		in = zipped
	}
	if a, err = header(in); err == nil && elements {
		a.Data, err = content(in, a, maxBytes)
	}
	if err != nil {
		return Array{}, fmt.Errorf("%s %w", path, err)
	}
	return a, nil
}

// header reads two zero bytes, the type, the rank, and a big-endian uint32 for each dimension.
func header(in io.Reader) (a Array, err error) {
	start := make([]byte, 4)
	if n, err := io.ReadFull(in, start); err != nil {
		return a, fmt.Errorf("has %d bytes, an IDX header has 4 and more", n)
	}
	a.Type = Type(start[2])
	rank := int(start[3])
	if start[0] != 0 || start[1] != 0 || a.Type.Size() == 0 || rank == 0 {
		return a, fmt.Errorf("begins with % x: that is no IDX file", start)
	}
	sizes := make([]byte, 4*rank)
	if n, err := io.ReadFull(in, sizes); err != nil {
		return a, fmt.Errorf("has %d bytes, an IDX header of rank %d alone has %d", 4+n, rank,
			4+len(sizes))
	}
	total := a.Type.Size()
	for i := range rank {
		dim := int(binary.BigEndian.Uint32(sizes[4*i:]))
		a.Dims = append(a.Dims, dim)
		if dim == 0 || dim > math.MaxInt/total { // of an empty set, or more than there can be.
			return a, fmt.Errorf("announces %d as a size: download it again", dim)
		}
		total *= dim
	}
	return a, nil
}

// content reads what the header announced, in steps that the file fills.
func content(in io.Reader, a Array, maxBytes int64) ([]byte, error) {
	want := int64(a.Type.Size())
	for _, dim := range a.Dims {
		want *= int64(dim)
	}
	if want > maxBytes {
		return nil, fmt.Errorf("announces %v, %d bytes; want at most %d", a.Dims, want, maxBytes)
	}
	data, err := io.ReadAll(io.LimitReader(in, want+1))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("can't be read: %w", err)
	}
	if int64(len(data)) != want {
		holds := fmt.Sprint(len(data))
		if int64(len(data)) > want {
			holds = "more"
		}
		return nil, fmt.Errorf("announces %v, so %d bytes, and holds %s: download it again",
			a.Dims, want, holds)
	}
	return data, nil
}
