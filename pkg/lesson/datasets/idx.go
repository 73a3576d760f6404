package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
)

// The files of MNIST and its relatives, without the ".gz" that each may have.
const (
	trainImages = "train-images-idx3-ubyte"
	trainLabels = "train-labels-idx1-ubyte"
	testImages  = "t10k-images-idx3-ubyte"
	testLabels  = "t10k-labels-idx1-ubyte"
)

// LoadIDX reads MNIST, Fashion-MNIST or another data set of ten classes in their four IDX files
// (train-images-idx3-ubyte and so on, each plain or with .gz) from the given folder. Pixels are
// scaled to [0, 1]; Shape is [height·width].
func LoadIDX(folder string) (Split, error) {
	train, err := loadIDXPair(folder, trainImages, trainLabels)
	if err != nil {
		return Split{}, err
	}
	test, err := loadIDXPair(folder, testImages, testLabels)
	if err != nil {
		return Split{}, err
	}
	name := filepath.Base(folder)
	train.Name, test.Name = name+" train", name+" test"
	return Split{Train: train, Test: test}, nil
}

func loadIDXPair(folder, images, labels string) (*Data, error) {
	pixels, size, err := readIDX(folder, images, 3)
	if err != nil {
		return nil, err
	}
	classes, count, err := readIDX(folder, labels, 1)
	if err != nil {
		return nil, err
	}
	if size[0] != count[0] {
		return nil, fmt.Errorf("datasets: %s holds %d images and %s %d labels", images, size[0],
			labels, count[0])
	}
	d := &Data{Shape: []int{size[1] * size[2]}, Image: [3]int{size[1], size[2], 1}, Classes: 10}
	for _, v := range pixels {
		d.X = append(d.X, float32(v)/255)
	}
	for _, c := range classes {
		d.Labels = append(d.Labels, int32(c))
	}
	return d, d.Check()
}

// readIDX returns the bytes and dimensions of an IDX file of unsigned bytes with the given rank.
// The format: two zero bytes, the type 8, the rank, one big-endian uint32 a dimension, the data.
func readIDX(folder, name string, rank int) (content []byte, dims []int, err error) {
	raw, path, err := readMaybeZipped(folder, name)
	if err != nil {
		return nil, nil, err
	}
	header := 4 + 4*rank
	if len(raw) < header {
		return nil, nil, fmt.Errorf("datasets: %s has %d bytes, "+
			"an IDX header of rank %d alone has %d", path, len(raw), rank, header)
	}
	if want := []byte{0, 0, 8, byte(rank)}; !bytes.Equal(raw[:4], want) {
		return nil, nil, fmt.Errorf("datasets: %s begins with % x, "+
			"want % x: an IDX file of unsigned bytes of rank %d", path, raw[:4], want, rank)
	}
	size := 1
	for i := range rank {
		dim := int(binary.BigEndian.Uint32(raw[4+4*i:]))
		dims = append(dims, dim)
		if dim == 0 || dim > math.MaxInt/size { // of an empty set, or more than there can be
			return nil, nil, fmt.Errorf("datasets: %s announces %d as a size: download it again",
				path, dim)
		}
		size *= dim
	}
	if got := len(raw) - header; got != size {
		return nil, nil, fmt.Errorf("datasets: %s announces %v, so %d bytes, and holds %d: "+
			"download it again", path, dims, size, got)
	}
	return raw[header:], dims, nil
}

// readMaybeZipped reads folder/name or folder/name.gz.
func readMaybeZipped(folder, name string) (content []byte, path string, err error) {
	path = filepath.Join(folder, name)
	content, err = os.ReadFile(path)
	if err == nil {
		return content, path, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, path, fmt.Errorf("datasets: %w", err)
	}
	zipped := path + ".gz"
	file, err := os.Open(zipped)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, path, fmt.Errorf("datasets: neither %s nor %s is there; the folder holds %s",
			path, filepath.Base(zipped), listing(folder))
	}
	if err != nil {
		return nil, zipped, fmt.Errorf("datasets: %w", err)
	}
	defer file.Close()
	reader, err := gzip.NewReader(file)
	if err != nil {
		return nil, zipped, fmt.Errorf("datasets: %s can't be unzipped: %w", zipped, err)
	}
	content, err = io.ReadAll(reader)
	if err != nil {
		return nil, zipped, fmt.Errorf("datasets: %s can't be unzipped: %w", zipped, err)
	}
	return content, zipped, nil
}

// listing names what is in a folder, for an error message.
func listing(folder string) string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err.Error()
	}
	if len(entries) == 0 {
		return "nothing"
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if len(names) > 8 {
		names = append(names[:8], "…")
	}
	return fmt.Sprintf("%q", names)
}
