package numpy

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// archiveOf is an .npz file of arrays in the given order.
func archiveOf(t *testing.T, arrays ...[]byte) *Archive {
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	for i, content := range arrays {
		entry, err := w.Create(string(rune('a'+i)) + ".npy")
		require.NoError(t, err)
		_, err = entry.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	a, err := NewArchive(bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(t, err)
	return a
}

func TestArchive(t *testing.T) {
	a := archiveOf(t, npyClaim(Float32, "1,"), npyClaim(Bytes, "4,"))
	require.True(t, a.Has("a"))
	require.False(t, a.Has("c"))
	floats, err := a.Floats("a")
	require.NoError(t, err)
	require.Len(t, floats, 1)
	data, err := a.Bytes("b")
	require.NoError(t, err)
	require.Equal(t, []byte{1, 2, 3, 4}, data)
	_, err = a.Floats("c")
	require.ErrorContains(t, err, "it isn't in the file")
	_, err = archiveOf(t, npyClaim(Float32, "1,")).Bytes("a")
	require.ErrorContains(t, err, `its type is "<f4"; want bytes`)
}

// TestArchiveCountsOverlappingEntries: entries take no more of a file together than there is.
func TestArchiveCountsOverlappingEntries(t *testing.T) {
	a := archiveOf(t, npyClaim(Bytes, "4,"))
	var err error
	for range 1000 {
		_, err = a.Content("a")
	}
	require.ErrorContains(t, err, "of the file, which has")
}

// TestArchiveOfZeros: what unpacks to hundreds of times its size, and to much, is refused before it
// is unpacked.
func TestArchiveOfZeros(t *testing.T) {
	a := archiveOf(t, make([]byte, 1<<28+1))
	var err error
	took := allocated(func() { _, err = a.Content("a") })
	require.ErrorContains(t, err, "it would unpack")
	require.Less(t, took, uint64(1<<20))
}
