package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"lossland/internal/idx"
)

// The names of IDX files are those of MNIST: train-images-idx3-ubyte and train-labels-idx1-ubyte.
const imagesIDX, labelsIDX = "images", "labels"

func isIDX(name string) bool {
	return strings.Contains(name, "-idx") && strings.Contains(name, "-ubyte")
}

// openIDX opens a file of images and the one of labels beside it, as the arrays x and y. The pixels
// are scaled to 0 … 1 where the model takes floats.
func openIDX(path string, maxBytes int64) (part, error) {
	folder, name := filepath.Split(path)
	if !strings.Contains(name, imagesIDX) {
		return part{}, fmt.Errorf("%s holds no images; name the file of the images, such as "+
			"t10k-images-idx3-ubyte: the labels beside it are found", path)
	}
	labels, err := labelsBeside(folder, name)
	if err != nil {
		return part{}, err
	}
	p := part{path: path, load: func(fields []Field) ([]array, error) {
		var arrays []array
		for _, f := range fields {
			file := path
			if f.Name == "y" {
				file = labels
			}
			a, err := idx.Read(file, maxBytes)
			if err != nil {
				return nil, err
			}
			arrays = append(arrays, array{dtypes.Uint8, a.Dims, a.Data})
		}
		return arrays, nil
	}}
	for i, file := range []string{path, labels} {
		a, err := idx.Peek(file)
		if err != nil {
			return part{}, err
		}
		if a.Type != idx.Bytes {
			return part{}, fmt.Errorf("%s holds elements of type %#02x; want 0x08, unsigned bytes",
				file, byte(a.Type))
		}
		p.fields = append(p.fields, Field{Name: []string{"x", "y"}[i],
			Shape: shapes.Make(dtypes.Uint8, a.Dims...), Shapeless: i == 0, Pixels: i == 0})
	}
	return p, nil
}

// labelsBeside finds the labels of images.
func labelsBeside(folder, images string) (string, error) {
	plain := images
	if strings.HasSuffix(strings.ToLower(plain), ".gz") {
		plain = plain[:len(plain)-len(".gz")]
	}
	plain = strings.Replace(plain, imagesIDX, labelsIDX, 1)
	if i := strings.Index(plain, "-idx"); i >= 0 && len(plain) > i+4 {
		plain = plain[:i+4] + "1" + plain[i+5:]
	}
	names := []string{plain, plain + ".gz"}
	i := slices.IndexFunc(names, func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return !errors.Is(err, os.ErrNotExist)
	})
	if i < 0 {
		return "", fmt.Errorf("beside %s there is neither %s nor %s",
			filepath.Join(folder, images), names[0], names[1])
	}
	return filepath.Join(folder, names[i]), nil
}
