package idx

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// file is an IDX file of a type.
func file(kind Type, content []byte, dims ...uint32) []byte {
	f := []byte{0, 0, byte(kind), byte(len(dims))}
	for _, dim := range dims {
		f = binary.BigEndian.AppendUint32(f, dim)
	}
	return append(f, content...)
}

// written is the path of a file of that content.
func written(t *testing.T, name string, content []byte) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// TestRead: elements and shape, unzipped where the name says so.
func TestRead(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	plain := file(Int16, []byte{0, 1, 2, 3}, 2)
	_, err := w.Write(plain)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for name, content := range map[string][]byte{"a": plain, "a.gz": zipped.Bytes(),
		"b.GZ": zipped.Bytes()} {
		a, err := Read(written(t, name, content), 4)
		require.NoError(t, err)
		require.Equal(t, Array{Int16, []int{2}, []byte{0, 1, 2, 3}}, a)
		a, err = Peek(written(t, name, content))
		require.NoError(t, err)
		require.Equal(t, Array{Type: Int16, Dims: []int{2}}, a)
	}
}

// TestBelievesNoHeader: a claim that the file doesn't fill is an error that names it, and allocates
// nothing of what it claims.
func TestBelievesNoHeader(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":         {nil, "has 0 bytes"},
		"no IDX":          {[]byte("\x93NUMPY"), "that is no IDX file"},
		"no type":         {file(7, nil, 1), "that is no IDX file"},
		"no rank":         {file(Bytes, nil), "that is no IDX file"},
		"cut":             {file(Bytes, nil, 1, 2)[:9], "has 9 bytes"},
		"none":            {file(Bytes, nil, 0, 1<<31), "announces 0"},
		"more than there": {file(Bytes, []byte{1}, 1<<29), "and holds 1:"},
		"fewer":           {file(Bytes, []byte{1, 2}, 1), "and holds more"},
		"too many":        {file(Float64, nil, 1<<30), "want at most"},
		"beyond an int":   {file(Bytes, nil, 1<<31, 1<<31, 1<<31), "announces 2147483648"},
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t, "a", c.content)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Read(path, 1<<30)
			runtime.ReadMemStats(&after)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, path)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<18))
		})
	}
}

// FuzzRead: any content is an error or an array that it fills.
func FuzzRead(f *testing.F) {
	f.Add(file(Bytes, []byte{1, 2}, 2))
	f.Add(file(Float32, []byte{1, 2, 3, 4}, 1, 1))
	f.Add(file(Bytes, nil, 1<<31, 1<<31))
	f.Fuzz(func(t *testing.T, content []byte) {
		a, err := Read(written(t, "a", content), 1<<20)
		if err != nil {
			return
		}
		size := a.Type.Size()
		for _, dim := range a.Dims {
			size *= dim
		}
		require.Equal(t, len(a.Data), size)
	})
}

// TestIDXIsBounded: a small zipped file that would unfold to more than it announces is told before
// it is unfolded.
func TestIDXIsBounded(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, err := w.Write(file(Bytes, make([]byte, 1<<26), 1, 2, 3))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Less(t, bomb.Len(), 1<<17)
	path := written(t, "images.gz", bomb.Bytes())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = Read(path, 1<<30)
	runtime.ReadMemStats(&after)
	require.ErrorContains(t, err, "and holds more")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}
