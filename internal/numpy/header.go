package numpy

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Header is what an array says of itself before its elements.
type Header struct {
	Kind  Kind
	Shape []int
	// ColumnMajor says that the first axis runs fastest (Fortran's order).
	ColumnMajor bool
}

// maxHeader is the longest header that ReadHeader takes; NumPy's own have some hundred bytes.
const maxHeader = 1 << 16

// ReadHeader reads an array's header and leaves r at the first element. It reads and allocates no
// more than maxHeader, whatever the header claims.
func ReadHeader(r io.Reader) (h Header, err error) {
	start := make([]byte, len(Magic)+4)
	if _, err := io.ReadFull(r, start); err != nil {
		return h, errors.New("it isn't a NumPy array: it ends too soon")
	}
	if start[len(Magic)] > 1 { // the length has two bytes more.
		start = append(start, 0, 0)
		if _, err := io.ReadFull(r, start[len(start)-2:]); err != nil {
			return h, errors.New("it isn't a NumPy array: it ends too soon")
		}
	}
	n, _, err := headerSize(start)
	if err != nil {
		return h, err
	}
	if n > maxHeader {
		return h, fmt.Errorf("its header claims %d bytes; want at most %d", n, maxHeader)
	}
	text := make([]byte, n)
	if found, err := io.ReadFull(r, text); err != nil {
		return h, fmt.Errorf("its header claims %d bytes; %d follow", n, found)
	}
	header, ok := strings.CutSuffix(string(text), "\n")
	if !ok {
		return h, errors.New("its header has no line end")
	}
	return parseNPYHeader(header)
}

// Elements is how many elements the shape has, and whether that many bytes can be counted.
func (h Header) Elements() (n int, ok bool) {
	n = 1
	for _, size := range h.Shape {
		if size == 0 {
			return 0, true
		}
	}
	for _, size := range h.Shape {
		if n > math.MaxInt/8/size {
			return 0, false
		}
		n *= size
	}
	return n, true
}
