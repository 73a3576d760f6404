package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Config is what Open takes beside the path. Its zero value is the documented default.
type Config struct {
	// Batch is the number of examples in a batch; the last may be smaller.
	// Range: 1 … the number of examples. Default: up to 1024, and a divisor of the number of
	// examples where there is one of at least 64.
	Batch int
	// Arrays says which array is which input, by the inputs' names.
	// Default: by their names, see the package's comment.
	Arrays map[string]string
	// Labels is the name of the array of labels.
	// Default: see the package's comment.
	Labels string
	// MaxBytes is the most that the arrays of one file may take in memory. What doesn't fit is
	// divided into a folder of files.
	// Default: 2 GiB.
	MaxBytes int64
}

// Field is an array in the data: all examples, whatever files they lie in.
type Field struct {
	Name string
	// Shape begins with the number of examples.
	Shape shapes.Shape
	// Shapeless says that the file doesn't know the shape of an example, only how many numbers
	// it has, as a table doesn't. The model's shape then counts.
	Shapeless bool
	// Pixels says that bytes are the brightness of pixels, which floats hold from 0 to 1.
	Pixels bool
}

// String is "images: float32[1000 28 28]".
func (f Field) String() string {
	return fmt.Sprintf("%s: %s%v", f.Name, dtypeName(f.Shape.DType), f.Shape.Dimensions)
}

// Source is the data at a path: arrays by name, their first axis the examples.
type Source struct {
	path  string
	cfg   Config
	parts []part // files, in order.
}

// part is one file, or two of IDX: its arrays, which are read when they are asked for.
type part struct {
	path   string
	fields []Field
	load   func(fields []Field) ([]array, error)
}

// array is a field's elements, row-major and little-endian.
type array struct {
	dtype dtypes.DType
	dims  []int
	data  []byte
}

// Open reads what the data at path say of themselves; the numbers are read when they are used. The
// package's comment lists the formats.
//
// A damaged or forged file is an error, found before its claims have cost memory.
func Open(path string, cfg Config) (*Source, error) {
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, 2<<30)
	if cfg.Batch < 0 {
		return nil, fmt.Errorf("dataset: batches of %d examples; want at least 1, or 0 for the "+
			"default", cfg.Batch)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	s := &Source{path: path, cfg: cfg}
	if info.IsDir() {
		s.parts, err = openFolder(path, cfg)
	} else {
		var one part
		one, err = openFile(path, cfg)
		s.parts = []part{one}
	}
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return s, s.check()
}

// openFile opens one file by its name.
func openFile(path string, cfg Config) (part, error) {
	// A pipe would be waited for.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return part{}, fmt.Errorf("%s is no ordinary file", path)
	}
	name := strings.ToLower(filepath.Base(path))
	switch {
	case strings.HasSuffix(name, ".npz"):
		return openNPZ(path, cfg.MaxBytes)
	case strings.HasSuffix(name, ".npy"):
		return openNPY(path, cfg.MaxBytes)
	case strings.HasSuffix(name, ".csv"):
		return openCSV(path, cfg)
	case isIDX(name):
		return openIDX(path, cfg.MaxBytes)
	}
	return part{}, fmt.Errorf("%s is of no kind that can be read; want .npz, .npy, .csv, an IDX "+
		"file (…-images-idx3-ubyte, with or without .gz), or a folder of these", path)
}

// openFolder opens a folder of archives, or of one pair of IDX files.
func openFolder(path string, cfg Config) ([]part, error) {
	entries, err := os.ReadDir(path) // sorted by name.
	if err != nil {
		return nil, err
	}
	var batches, images, all []string
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		if strings.HasPrefix(name, ".") { // such as macOS's ._a.npz.
			continue
		}
		all = append(all, e.Name())
		switch {
		case strings.HasSuffix(name, ".npz"):
			batches = append(batches, filepath.Join(path, e.Name()))
		case isIDX(name) && strings.Contains(name, imagesIDX):
			images = append(images, filepath.Join(path, e.Name()))
		}
	}
	if len(batches) == 0 && len(images) == 1 {
		batches = images
	}
	if len(batches) == 0 {
		if len(images) > 1 {
			return nil, fmt.Errorf("%s holds several data sets; say which: %s", path,
				strings.Join(images, " or "))
		}
		return nil, fmt.Errorf("%s holds no data; want .npz files, one for each part of the "+
			"data, or one pair of IDX files; it holds %q", path, all[:min(len(all), 8)])
	}
	var parts []part
	for _, file := range batches {
		p, err := openFile(file, cfg)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// check refuses parts that don't make up one data set.
func (s *Source) check() error {
	first := s.parts[0]
	if len(first.fields) == 0 {
		return fmt.Errorf("dataset: %s holds no array", first.path)
	}
	for _, p := range s.parts[1:] {
		for i, f := range p.fields {
			if i >= len(first.fields) || !sameKind(f, first.fields[i]) {
				return fmt.Errorf("dataset: %s holds %s, and %s %s; want the same arrays in "+
					"each file", first.path, list(first.fields), p.path, list(p.fields))
			}
		}
		if len(p.fields) != len(first.fields) {
			return fmt.Errorf("dataset: %s holds %s, and %s %s; want the same arrays in each "+
				"file", first.path, list(first.fields), p.path, list(p.fields))
		}
	}
	return nil
}

// sameKind says whether two fields differ in the number of examples at most.
func sameKind(a, b Field) bool {
	return a.Name == b.Name && a.Shape.DType == b.Shape.DType &&
		slices.Equal(example(a), example(b))
}

// example is the shape of one example; nil if there is no axis of examples.
func example(f Field) []int {
	if len(f.Shape.Dimensions) == 0 {
		return nil
	}
	return f.Shape.Dimensions[1:]
}

// Fields are the arrays, in the file's order, with the examples of all files.
func (s *Source) Fields() []Field {
	fields := slices.Clone(s.parts[0].fields)
	for i := range fields {
		fields[i].Shape = fields[i].Shape.Clone()
		for _, p := range s.parts[1:] {
			if len(fields[i].Shape.Dimensions) > 0 {
				fields[i].Shape.Dimensions[0] += p.fields[i].Shape.Dimensions[0]
			}
		}
	}
	return fields
}

// String lists the arrays.
func (s *Source) String() string { return s.path + ": " + list(s.Fields()) }

func list(fields []Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.String()
	}
	return strings.Join(names, ", ")
}

// dtypeName is a dtype as NumPy and PyTorch spell it.
func dtypeName(d dtypes.DType) string { return strings.ToLower(d.String()) }

// errTooLarge is that of arrays beyond Config.MaxBytes.
func errTooLarge(what string, bytes, most int64) error {
	return fmt.Errorf("%s takes %d bytes, more than the %d that are allowed; divide the data "+
		"into a folder of .npz files", what, bytes, most)
}

var errEnds = errors.New("it ends before its elements do")
