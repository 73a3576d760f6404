package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lossland/internal/idx"
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
func readIDX(folder, name string, rank int) (content []byte, dims []int, err error) {
	path, err := maybeZipped(folder, name)
	if err != nil {
		return nil, nil, err
	}
	a, err := idx.Read(path, maxIDX)
	if err != nil {
		return nil, nil, fmt.Errorf("datasets: %w", err)
	}
	if a.Type != idx.Bytes || len(a.Dims) != rank {
		return nil, nil, fmt.Errorf("datasets: %s begins with 00 00 %02x %02x, "+
			"want 00 00 08 %02x: an IDX file of unsigned bytes of rank %d", path, byte(a.Type),
			len(a.Dims), rank, rank)
	}
	return a.Data, a.Dims, nil
}

// maxIDX is the most bytes that a file may hold: a hundred times MNIST's largest.
const maxIDX = 5 << 30

// maybeZipped finds folder/name or folder/name.gz.
func maybeZipped(folder, name string) (path string, err error) {
	path = filepath.Join(folder, name)
	for _, path := range []string{path, path + ".gz"} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("datasets: %w", err)
		}
	}
	return "", fmt.Errorf("datasets: neither %s nor %s.gz is there; the folder holds %s",
		path, name, listing(folder))
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
