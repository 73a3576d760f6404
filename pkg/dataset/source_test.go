package dataset

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"

	"lossland/internal/numpy"
)

// npy is an array as NumPy writes it.
func npy(kind numpy.Kind, shape string, elements any) []byte {
	return npyOf(fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n", kind,
		shape), elements)
}

// npyOf is an array of version 1 with a header of the test's own.
func npyOf(header string, elements any) []byte {
	var b bytes.Buffer
	b.WriteString(numpy.Magic + "\x01\x00")
	_ = binary.Write(&b, binary.LittleEndian, uint16(len(header)))
	b.WriteString(header)
	_ = binary.Write(&b, binary.LittleEndian, elements)
	return b.Bytes()
}

// pair is the name of an array and its file.
type pair struct {
	name  string
	array []byte
}

// archive is an .npz file of arrays.
func archive(t testing.TB, method uint16, arrays ...pair) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, a := range arrays {
		entry, err := w.CreateHeader(&zip.FileHeader{Name: a.name + ".npy", Method: method})
		require.NoError(t, err)
		_, err = entry.Write(a.array)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// file writes a file to a folder of its own, or to a given one, and returns its path.
func file(t testing.TB, name string, content []byte) string {
	path := filepath.Join(t.TempDir(), name)
	if filepath.IsAbs(name) {
		path = name
	}
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

var six = []float32{1, 2, 3, 4, 5, 6}

// small is three examples of two features, and their classes.
func small(t testing.TB, method uint16) []byte {
	return archive(t, method, pair{"x", npy(numpy.Float32, "3, 2", six)},
		pair{"y", npy(numpy.Int64, "3,", []int64{0, 1, 0})})
}

// wantX is what a model of two features takes, wantY what the cross-entropy does.
var (
	wantX = Want{Name: "image", DType: dtypes.Float32, Dims: []int{-1, 2}}
	wantY = Want{DType: dtypes.Int64}
)

// read is all batches of the data at path, as values of Go.
func read(t testing.TB, path string, cfg Config, inputs []Want, labels *Want) (x, y []any) {
	s, err := Open(path, cfg)
	require.NoError(t, err)
	set, err := s.For(inputs, labels)
	require.NoError(t, err)
	for b, err := range set.Iter() {
		require.NoError(t, err)
		x = append(x, values(b.Inputs)...)
		y = append(y, values(b.Labels)...)
	}
	return x, y
}

func values(ts []*tensors.Tensor) (all []any) {
	for _, t := range ts {
		all = append(all, t.Value())
	}
	return all
}

// failure is the error of opening or using the data at path.
func failure(path string, cfg Config, inputs []Want, labels *Want) error {
	s, err := Open(path, cfg)
	if err != nil {
		return err
	}
	set, err := s.For(inputs, labels)
	if err != nil {
		return err
	}
	for _, err := range set.Iter() {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestFormats: the same three examples in every format.
func TestFormats(t *testing.T) {
	folder := t.TempDir()
	file(t, filepath.Join(folder, "b.npz"), archive(t, zip.Store,
		pair{"x", npy(numpy.Float32, "1, 2", six[4:])},
		pair{"y", npy(numpy.Int64, "1,", []int64{0})}))
	file(t, filepath.Join(folder, "a.npz"), archive(t, zip.Store,
		pair{"x", npy(numpy.Float32, "2, 2", six[:4])},
		pair{"y", npy(numpy.Int64, "2,", []int64{0, 1})}))
	file(t, filepath.Join(folder, "README"), nil)
	file(t, filepath.Join(folder, "._a.npz"), []byte("what macOS leaves beside a file"))
	for name, path := range map[string]string{
		"npz":        file(t, "d.npz", small(t, zip.Store)),
		"zipped npz": file(t, "d.npz", small(t, zip.Deflate)),
		"column-major": file(t, "d.npz", archive(t, zip.Store,
			pair{"x", npyOf("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }\n",
				[]float32{1, 3, 5, 2, 4, 6})},
			pair{"y", npy(numpy.Int64, "3,", []int64{0, 1, 0})})),
		"float64": file(t, "d.npz", archive(t, zip.Store,
			pair{"x", npy(numpy.Float64, "3, 2", []float64{1, 2, 3, 4, 5, 6})},
			pair{"labels", npy(numpy.Bytes, "3,", []byte{0, 1, 0})})),
		"without names": file(t, "d.npz", archive(t, zip.Store,
			pair{"arr_0", npy(numpy.Float32, "3, 2", six)},
			pair{"arr_1", npy(numpy.Int32, "3,", []int32{0, 1, 0})})),
		"csv":            file(t, "d.csv", []byte("1,2,0\n3,4,1\n5,6,0\n")),
		"csv with names": file(t, "d.csv", []byte("a, class, b\n1,0,2\n3,1,4\n5,0,6\n")),
		"folder":         folder,
	} {
		t.Run(name, func(t *testing.T) {
			x, y := read(t, path, Config{Batch: 2}, []Want{wantX}, &wantY)
			require.Equal(t, []any{[][]float32{{1, 2}, {3, 4}}, [][]float32{{5, 6}}}, x)
			require.Equal(t, []any{[]int64{0, 1}, []int64{0}}, y)
		})
	}
}

// TestNPY: an array alone, for a loss without labels.
func TestNPY(t *testing.T) {
	x, y := read(t, file(t, "d.npy", npy(numpy.Float32, "3, 2", six)), Config{}, []Want{wantX}, nil)
	require.Equal(t, []any{[][]float32{{1, 2}, {3, 4}, {5, 6}}}, x)
	require.Empty(t, y)
}

// idxPair is a folder of two images of 1×2 with their labels.
func idxPair(t testing.TB) string {
	folder := t.TempDir()
	file(t, filepath.Join(folder, "train-images-idx3-ubyte"),
		append([]byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 0, 51, 102, 255))
	file(t, filepath.Join(folder, "train-labels-idx1-ubyte"),
		append([]byte{0, 0, 8, 1, 0, 0, 0, 2}, 7, 9))
	return folder
}

// TestIDX: pixels from 0 to 1, in the model's shape.
func TestIDX(t *testing.T) {
	folder := idxPair(t)
	for _, path := range []string{folder, filepath.Join(folder, "train-images-idx3-ubyte")} {
		want := Want{Name: "image", DType: dtypes.Float32, Dims: []int{-1, 1, 1, 2}}
		x, y := read(t, path, Config{}, []Want{want}, &wantY)
		require.Equal(t, []any{[][][][]float32{{{{0, 0.2}}}, {{{0.4, 1}}}}}, x)
		require.Equal(t, []any{[]int64{7, 9}}, y)
	}
	bytes := Want{Name: "image", DType: dtypes.Uint8, Dims: []int{-1, 2}}
	x, _ := read(t, folder, Config{}, []Want{bytes}, &wantY)
	require.Equal(t, []any{[][]uint8{{0, 51}, {102, 255}}}, x)
}

// frugally opens a file that is to be refused, and sees that it takes neither a second nor more
// than twice its bytes and 4 MiB, whatever it claims.
func frugally(t *testing.T, path string) (*Source, error) {
	size := int64(0)
	if info, err := os.Stat(path); err == nil {
		size = info.Size()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	s, err := Open(path, Config{})
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	require.Less(t, took, 5*time.Second) // milliseconds on an idle machine.
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2*size+4<<20))
	return s, err
}

// TestOpenRefuses: what can't be data, named with its path before its claims cost anything.
func TestOpenRefuses(t *testing.T) {
	cut := small(t, zip.Store)
	two := idxPair(t)
	file(t, filepath.Join(two, "t10k-images-idx3-ubyte"), nil)
	unlike := t.TempDir()
	file(t, filepath.Join(unlike, "a.npz"), small(t, zip.Store))
	file(t, filepath.Join(unlike, "b.npz"),
		archive(t, zip.Store, pair{"x", npy(numpy.Float32, "3, 2", six)}))
	lonely := t.TempDir()
	file(t, filepath.Join(lonely, "train-images-idx3-ubyte"), nil)
	of := func(a []byte) string { return file(t, "d.npz", archive(t, zip.Store, pair{"x", a})) }
	for name, c := range map[string]struct{ path, want string }{
		"nothing there":    {filepath.Join(t.TempDir(), "no.npz"), "no such file"},
		"another kind":     {file(t, "d.pt", nil), "is of no kind that can be read"},
		"an empty folder":  {t.TempDir(), "holds no data"},
		"two data sets":    {two, "say which"},
		"unlike parts":     {unlike, "want the same arrays in each file"},
		"no labels beside": {lonely, "there is neither train-labels-idx1-ubyte nor"},
		"no archive":       {file(t, "d.npz", []byte("PK")), "not a valid zip file"},
		"a cut archive":    {file(t, "d.npz", cut[:len(cut)-30]), "not a valid zip file"},
		"no array":         {file(t, "d.npz", archive(t, zip.Store)), "holds no array"},
		"objects":          {of(npy("|O", "1,", []byte{0})), `its type is "|O"`},
		"big-endian":       {of(npy(">f4", "1,", six[:1])), `its type is ">f4"`},
		"2⁴⁰ elements": {of(npy(numpy.Float32, "1099511627776,", six)),
			"claims the shape [1099511627776]"},
		"beyond an int": {of(npy(numpy.Float32, "4294967296, 4294967296", six)),
			"claims the shape [4294967296 4294967296]"},
		"no element": {of(npy(numpy.Float32, "0, 2", []float32{})), "so no element"},
		"twice": {file(t, "d.npz", archive(t, zip.Store,
			pair{"x", npy(numpy.Bool, "1,", []byte{1})},
			pair{"x", npy(numpy.Bool, "1,", []byte{1})})), "it is there twice"},
		"a column":   {file(t, "d.csv", []byte("1\n2\n")), "one column"},
		"only names": {file(t, "d.csv", []byte("a,b\n")), "no example"},
		"a word": {file(t, "d.csv", []byte("a,b\n1,2\n3,cat\n")),
			"line 3, column 3: \"cat\""},
		"a short line":    {file(t, "d.csv", []byte("1,2\n3\n")), "wrong number of fields"},
		"an IDX of words": {file(t, "a-images-idx3-ubyte", nil), "neither"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := frugally(t, c.path)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "dataset: ")
			require.ErrorContains(t, err, c.path)
		})
	}
	_, err := Open(file(t, "d.csv", []byte("a,b\n1,2\n")), Config{Labels: "c"})
	require.ErrorContains(t, err, `no column "c" for the labels; its first line is ["a" "b"]`)
	_, err = Open(file(t, "d.npz", cut), Config{MaxBytes: 40})
	require.ErrorContains(t, err, "takes 48 bytes, more than the 40 that are allowed")
	_, err = Open(file(t, "d.csv", []byte("1,2\n")), Config{MaxBytes: 8})
	require.ErrorContains(t, err, "more than the 8 that are allowed")
}

// TestBombs: an entry that would take a thousand times its bytes, and one that claims more of the
// file than there is; and what a checksum finds.
func TestBombs(t *testing.T) {
	zeros := npy(numpy.Bytes, fmt.Sprintf("%d,", 80<<20), make([]byte, 80<<20))
	_, err := frugally(t, file(t, "d.npz", archive(t, zip.Deflate, pair{"x", zeros})))
	require.ErrorContains(t, err, "that is no data")
	claims := small(t, zip.Store)
	entry := bytes.Index(claims, []byte("PK\x01\x02")) // in the archive's directory.
	binary.LittleEndian.PutUint32(claims[entry+20:], 1<<30)
	_, err = frugally(t, file(t, "d.npz", claims))
	require.ErrorContains(t, err, "it claims 1073741824 bytes of the file, which has")
	damaged := small(t, zip.Store)
	damaged[bytes.Index(damaged, []byte("\x00\x00\x80\x3f"))] = 1 // the first 1.
	require.ErrorContains(t, failure(file(t, "d.npz", damaged), Config{}, []Want{wantX}, &wantY),
		"checksum")
}

// TestChangedFile: a file that is another one when it is read.
func TestChangedFile(t *testing.T) {
	path := file(t, "d.npz", small(t, zip.Store))
	s, err := Open(path, Config{})
	require.NoError(t, err)
	set, err := s.For([]Want{wantX}, &wantY)
	require.NoError(t, err)
	file(t, path, archive(t, zip.Store, pair{"x", npy(numpy.Float32, "2, 2", six[:4])},
		pair{"y", npy(numpy.Int64, "2,", []int64{0, 1})}))
	var b train.Batch
	for b, err = range set.Iter() {
		require.Empty(t, b.Inputs)
	}
	require.ErrorContains(t, err, "has changed from")
}

// TestSourceString: what there is, in one line.
func TestSourceString(t *testing.T) {
	path := file(t, "d.npz", small(t, zip.Store))
	s, err := Open(path, Config{})
	require.NoError(t, err)
	require.Equal(t, path+": x: float32[3 2], y: int64[3]", s.String())
}

// FuzzOpen: any content of any format is an error, or data whose batches can be read.
func FuzzOpen(f *testing.F) {
	for i, content := range [][]byte{small(f, zip.Store), small(f, zip.Deflate),
		npy(numpy.Float32, "3, 2", six), []byte("a,y\n1,2\n3,4\n"),
		{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7}} {
		f.Add(i, content)
	}
	names := []string{"d.npz", "d.npz", "d.npy", "d.csv", "a-images-idx3-ubyte"}
	f.Fuzz(func(t *testing.T, format int, content []byte) {
		path := file(t, names[((format%5)+5)%5], content)
		if strings.Contains(path, imagesIDX) {
			file(t, strings.Replace(path, "images-idx3", "labels-idx1", 1),
				[]byte{0, 0, 8, 1, 0, 0, 0, 1, 7})
		}
		s, err := Open(path, Config{MaxBytes: 1 << 20})
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		for _, field := range s.Fields() {
			dims := append([]int{}, field.Shape.Dimensions...)
			if len(dims) > 0 {
				dims[0] = -1
			}
			set, err := s.For([]Want{{Name: field.Name, DType: field.Shape.DType, Dims: dims}}, nil)
			if err != nil {
				continue
			}
			for _, err := range set.Iter() {
				if err != nil {
					break
				}
			}
		}
	})
}

// TestByteOrderMark: a table as Excel's "CSV UTF-8" writes it is the one without the mark.
func TestByteOrderMark(t *testing.T) {
	for name, text := range map[string]string{"numbers": "1,2,0\n3,4,1\n",
		"named": "label,a,b\n0,1,2\n1,3,4\n"} {
		t.Run(name, func(t *testing.T) {
			var said []string
			for _, mark := range []string{"", "\ufeff"} {
				path := filepath.Join(t.TempDir(), "a.csv")
				require.NoError(t, os.WriteFile(path, []byte(mark+text), 0o600))
				table, err := readTable(path, "")
				require.NoError(t, err)
				said = append(said, fmt.Sprint(*table))
			}
			require.Equal(t, said[0], said[1])
		})
	}
}

// TestFirstLineWithAGap is no header, but an example with a gap.
func TestFirstLineWithAGap(t *testing.T) {
	for text, want := range map[string]string{"1,,0\n3,4,1\n": "numbers and others",
		"1,NA,0\n3,4,1\n": "numbers and others", "0,1,label\n3,4,1\n": ""} {
		path := filepath.Join(t.TempDir(), "a.csv")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := readTable(path, "")
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}
