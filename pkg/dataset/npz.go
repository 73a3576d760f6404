package dataset

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"lossland/internal/numpy"
)

// kinds are the dtypes of NumPy's arrays.
var kinds = map[numpy.Kind]dtypes.DType{
	numpy.Bool: dtypes.Bool, numpy.Bytes: dtypes.Uint8, numpy.Int8: dtypes.Int8,
	numpy.Int16: dtypes.Int16, numpy.Uint16: dtypes.Uint16, numpy.Int32: dtypes.Int32,
	numpy.Uint32: dtypes.Uint32, numpy.Int64: dtypes.Int64, numpy.Uint64: dtypes.Uint64,
	numpy.Float16: dtypes.Float16, numpy.Float32: dtypes.Float32, numpy.Float64: dtypes.Float64,
}

// openNPY opens a single array, whose name is x.
func openNPY(path string, maxBytes int64) (part, error) {
	file, err := os.Open(path)
	if err != nil {
		return part{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return part{}, err
	}
	field, bytes, err := readField("x", bufio.NewReader(file), info.Size())
	if err == nil && bytes > maxBytes {
		err = errTooLarge("its array", bytes, maxBytes)
	}
	if err != nil {
		return part{}, fmt.Errorf("%s: %w", path, err)
	}
	load := func(fields []Field) ([]array, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		a, err := readArray(bufio.NewReader(file), field)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return slices.Repeat([]array{a}, len(fields)), nil
	}
	return part{path: path, fields: []Field{field}, load: load}, nil
}

// openNPZ opens an archive of arrays. Of each entry only the header is read, and compared with the
// size that the archive's directory gives for it.
func openNPZ(path string, maxBytes int64) (part, error) {
	archive, size, err := openZip(path)
	if err != nil {
		return part{}, fmt.Errorf("%s: %w", path, err)
	}
	defer archive.Close()
	p := part{path: path}
	packed, total := size, int64(0)
	for _, entry := range archive.File {
		name, isArray := strings.CutSuffix(entry.Name, ".npy")
		if !isArray {
			continue
		}
		field, bytes, err := peekEntry(entry, name, &packed)
		if total += bytes; err == nil && total > maxBytes {
			err = errTooLarge("with the arrays before it, it", total, maxBytes)
		}
		if err == nil && slices.ContainsFunc(p.fields, func(f Field) bool {
			return f.Name == name
		}) {
			err = fmt.Errorf("it is there twice")
		}
		if err != nil {
			return part{}, fmt.Errorf("%s: array %q: %w", path, name, err)
		}
		p.fields = append(p.fields, field)
	}
	p.load = func(fields []Field) ([]array, error) { return loadNPZ(path, fields) }
	return p, nil
}

// openZip opens an archive and says how large its file is.
func openZip(path string) (*zip.ReadCloser, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	archive, err := zip.OpenReader(path)
	return archive, info.Size(), err
}

// Zip's Deflate makes a thousand bytes of one at most, of real data three. An entry that makes
// more than maxRatio of each, and more than freely, is refused.
const (
	maxRatio = 100
	freely   = 64 << 20
)

// peekEntry reads the header of an entry. All entries together take no more of the file than there
// is of it, so that overlapping ones can't multiply it.
func peekEntry(entry *zip.File, name string, packed *int64) (Field, int64, error) {
	if entry.CompressedSize64 > uint64(*packed) {
		return Field{}, 0, fmt.Errorf("it claims %d bytes of the file, which has %d for it",
			entry.CompressedSize64, *packed)
	}
	*packed -= int64(entry.CompressedSize64)
	unpacked := entry.UncompressedSize64
	if unpacked > freely && unpacked/maxRatio > entry.CompressedSize64 {
		return Field{}, 0, fmt.Errorf("it claims %d bytes, packed into %d: that is no data",
			unpacked, entry.CompressedSize64)
	}
	in, err := entry.Open()
	if err != nil {
		return Field{}, 0, err
	}
	defer in.Close()
	return readField(name, in, int64(unpacked))
}

// readField reads an array's header, and compares it with the size of the whole.
func readField(name string, in io.Reader, size int64) (f Field, bytes int64, err error) {
	counted := &counter{in: in}
	h, err := numpy.ReadHeader(counted)
	if err != nil {
		return f, 0, err
	}
	elements, ok := h.Elements()
	bytes = int64(elements) * int64(h.Kind.Size())
	if rest := size - counted.n; !ok || bytes != rest {
		return f, 0, fmt.Errorf("its header claims the shape %v of %s; %d bytes follow", h.Shape,
			h.Kind, max(rest, 0))
	}
	if elements == 0 {
		return f, 0, fmt.Errorf("it has the shape %v, so no element", h.Shape)
	}
	return Field{Name: name, Shape: shapes.Make(kinds[h.Kind], h.Shape...)}, bytes, nil
}

// counter counts what is read.
type counter struct {
	in io.Reader
	n  int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

// loadNPZ reads the elements of some arrays.
func loadNPZ(path string, fields []Field) ([]array, error) {
	archive, _, err := openZip(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer archive.Close()
	arrays := make([]array, len(fields))
	for i, field := range fields {
		k := slices.IndexFunc(archive.File, func(f *zip.File) bool {
			return f.Name == field.Name+".npy"
		})
		if k < 0 {
			return nil, fmt.Errorf("%s: array %q is gone since the file was opened", path,
				field.Name)
		}
		in, err := archive.File[k].Open()
		if err == nil {
			arrays[i], err = readArray(in, field)
			in.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: array %q: %w", path, field.Name, err)
		}
	}
	return arrays, nil
}

// readArray reads a whole array, which must be what its field said, and its end, where an archive
// compares its checksum.
func readArray(in io.Reader, field Field) (array, error) {
	h, err := numpy.ReadHeader(in)
	if err != nil {
		return array{}, err
	}
	shape := shapes.Make(kinds[h.Kind], h.Shape...)
	if !shape.Equal(field.Shape) {
		return array{}, fmt.Errorf("it has changed from %s to %s since the file was opened",
			field.Shape, shape)
	}
	want := int64(shape.ByteSize())
	data, err := io.ReadAll(io.LimitReader(in, want))
	if err != nil {
		return array{}, err
	}
	if int64(len(data)) != want {
		return array{}, errEnds
	}
	if n, err := io.ReadFull(in, make([]byte, 1)); n != 0 || err != io.EOF {
		return array{}, fmt.Errorf("more follows its elements, or it is damaged (%v)", err)
	}
	if h.ColumnMajor {
		data = rowMajor(data, h.Shape, h.Kind.Size())
	}
	return array{shape.DType, h.Shape, data}, nil
}

// rowMajor copies column-major elements into row-major order.
func rowMajor(data []byte, dims []int, size int) []byte {
	out := make([]byte, len(data))
	at := make([]int, len(dims)) // of the next element, column-major: the first axis runs fastest.
	for from := 0; from < len(data); from += size {
		to := 0
		for i, k := range at {
			to = to*dims[i] + k
		}
		copy(out[to*size:][:size], data[from:])
		for i := range at {
			if at[i]++; at[i] < dims[i] {
				break
			}
			at[i] = 0
		}
	}
	return out
}
