package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// idxOf returns an IDX file of unsigned bytes.
func idxOf(content []byte, dims ...uint32) []byte {
	file := []byte{0, 0, 8, byte(len(dims))}
	for _, dim := range dims {
		file = binary.BigEndian.AppendUint32(file, dim)
	}
	return append(file, content...)
}

func zipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// idxFolder holds two training images and one test image of 2×3, some of the files zipped.
func idxFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		trainImages:         idxOf([]byte{0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6}, 2, 2, 3),
		trainLabels + ".gz": zipped(t, idxOf([]byte{7, 9}, 2)),
		testImages + ".gz":  zipped(t, idxOf([]byte{255, 0, 0, 0, 0, 0}, 1, 2, 3)),
		testLabels:          idxOf([]byte{3}, 1),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	return dir
}

func TestLoadIDX(t *testing.T) {
	split, err := LoadIDX(idxFolder(t))
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float32{0, 0.2, 0.4, 0.6, 0.8, 1}, split.Train.Example(0), 1e-6)
	assert.Equal(t, []int32{7, 9}, split.Train.Labels)
	assert.Equal(t, []int32{3}, split.Test.Labels)
	images, err := split.Test.AsImages()
	require.NoError(t, err)
	assert.Equal(t, []int{2, 3, 1}, images.Shape)
}

func TestLoadIDXNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		file    string
		content []byte // nil: removed
		want    string
	}{
		{trainImages, nil, "neither"},
		{trainImages, []byte{1, 2}, "has 2 bytes"},
		{trainImages, idxOf(nil, 0, 2, 3), "announces 0 as a size"},
		{trainImages, idxOf(nil, 1<<31, 1<<31, 1<<31), "announces 2147483648 as a size"},
		{trainImages, idxOf(make([]byte, 12), 12), "begins with 00 00 08 01, want 00 00 08 03"},
		{trainImages, idxOf(make([]byte, 11), 2, 2, 3), "so 12 bytes, and holds 11"},
		{testLabels, idxOf([]byte{1, 2}, 2), "holds 1 images and t10k-labels-idx1-ubyte 2 labels"},
		{testLabels, idxOf([]byte{10}, 1), "label 10 of example 0"},
		{testImages + ".gz", []byte("not a gzip file"),
			"t10k-images-idx3-ubyte.gz can't be unzipped"},
	} {
		dir := idxFolder(t)
		path := filepath.Join(dir, c.file)
		if c.content == nil {
			require.NoError(t, os.Remove(path))
		} else {
			require.NoError(t, os.WriteFile(path, c.content, 0o600))
		}
		_, err := LoadIDX(dir)
		assert.ErrorContains(t, err, c.want)
	}
	_, err := LoadIDX(filepath.Join(t.TempDir(), "nowhere"))
	assert.ErrorContains(t, err, "nowhere")
}

// TestLoadIDXIsBounded: a small zipped file that would unfold to more than it announces is told
// before it is unfolded.
func TestLoadIDXIsBounded(t *testing.T) {
	dir := idxFolder(t)
	bomb := zipped(t, idxOf(make([]byte, 1<<26), 1, 2, 3))
	require.Less(t, len(bomb), 1<<17)
	require.NoError(t, os.WriteFile(filepath.Join(dir, testImages+".gz"), bomb, 0o600))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := LoadIDX(dir)
	runtime.ReadMemStats(&after)
	require.ErrorContains(t, err, "and holds more")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

// FuzzLoadIDX: any four files are an error or data sets that agree with themselves.
func FuzzLoadIDX(f *testing.F) {
	pixels, label := idxOf([]byte{0, 51, 102, 153, 204, 255}, 1, 2, 3), idxOf([]byte{3}, 1)
	f.Add(pixels, label, false)
	f.Add(idxOf(nil, 1<<31, 1<<31, 1<<31), label, true)
	f.Add([]byte{0, 0, 8}, []byte{}, false)
	f.Fuzz(func(t *testing.T, images, labels []byte, zip bool) {
		dir, suffix := t.TempDir(), ""
		if zip {
			images, labels, suffix = zipped(t, images), zipped(t, labels), ".gz"
		}
		for name, content := range map[string][]byte{
			trainImages: images, testImages: images, trainLabels: labels, testLabels: labels,
		} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name+suffix), content, 0o600))
		}
		split, err := LoadIDX(dir)
		if err != nil {
			return
		}
		for _, d := range []*Data{split.Train, split.Test} {
			require.NoError(t, d.Check())
			require.Len(t, d.X, len(d.Labels)*d.Shape[0])
		}
	})
}
