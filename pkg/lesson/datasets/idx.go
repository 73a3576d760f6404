package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// largestIDX bounds what an IDX file may hold, in bytes: a small file zipped may claim any size.
const largestIDX = 1 << 30

// readIDX returns the bytes and dimensions of an IDX file of unsigned bytes with the given rank.
// The format: two zero bytes, the type 8, the rank, one big-endian uint32 a dimension, the data.
// What is read grows with what is there, not with what the header announces.
func readIDX(folder, name string, rank int) (content []byte, dims []int, err error) {
	file, path, err := openMaybeZipped(folder, name)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	header := make([]byte, 4+4*rank)
	if n, err := io.ReadFull(file, header); errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("datasets: %s has %d bytes, "+
			"an IDX header of rank %d alone has %d", path, n, rank, len(header))
	} else if err != nil {
		return nil, nil, fmt.Errorf("datasets: %s can't be read: %w", path, err)
	}
	dims, size, err := idxHeader(header, rank)
	if err != nil {
		return nil, nil, fmt.Errorf("datasets: %s %w", path, err)
	}
	content, err = io.ReadAll(io.LimitReader(file, int64(size)+1))
	if err != nil {
		return nil, nil, fmt.Errorf("datasets: %s can't be read: %w", path, err)
	}
	if got := len(content); got != size {
		found := fmt.Sprint(got)
		if got > size {
			found = "more"
		}
		return nil, nil, fmt.Errorf("datasets: %s announces %v, so %d bytes, and holds %s: "+
			"download it again", path, dims, size, found)
	}
	return content, dims, nil
}

// idxHeader reads the dimensions of a header and the number of bytes that they announce.
func idxHeader(header []byte, rank int) (dims []int, size int, err error) {
	if want := []byte{0, 0, 8, byte(rank)}; !bytes.Equal(header[:4], want) {
		return nil, 0, fmt.Errorf("begins with % x, "+
			"want % x: an IDX file of unsigned bytes of rank %d", header[:4], want, rank)
	}
	size = 1
	for i := range rank {
		dim := int(binary.BigEndian.Uint32(header[4+4*i:]))
		dims = append(dims, dim)
		if dim == 0 || dim > largestIDX/size { // of an empty set, or more than we hold
			return nil, 0, fmt.Errorf("announces %d as a size, of at most %d bytes in all: "+
				"download it again", dim, largestIDX)
		}
		size *= dim
	}
	return dims, size, nil
}

// openMaybeZipped opens folder/name or folder/name.gz.
func openMaybeZipped(folder, name string) (content io.ReadCloser, path string, err error) {
	path = filepath.Join(folder, name)
	file, err := os.Open(path)
	if err == nil {
		return file, path, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, path, fmt.Errorf("datasets: %w", err)
	}
	zipped := path + ".gz"
	file, err = os.Open(zipped)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, path, fmt.Errorf("datasets: neither %s nor %s is there; the folder holds %s",
			path, filepath.Base(zipped), listing(folder))
	}
	if err != nil {
		return nil, zipped, fmt.Errorf("datasets: %w", err)
	}
	reader, err := gzip.NewReader(file)
	if err != nil {
		file.Close()
		return nil, zipped, fmt.Errorf("datasets: %s can't be unzipped: %w", zipped, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{reader, file}, zipped, nil
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
