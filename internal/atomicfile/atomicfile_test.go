package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// names lists a folder.
func names(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestWriteReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	for _, content := range []string{"first", "second, which is longer", ""} {
		require.NoError(t, Write(path, []byte(content)))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, content, string(got))
		assert.Equal(t, []string{"a.txt"}, names(t, filepath.Dir(path)))
	}
}

// TestFailureLeavesOld: a disk that is full after half of the content changes nothing.
func TestFailureLeavesOld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	require.NoError(t, Write(path, []byte("old")))
	full := errors.New("no space left")
	err := WriteTo(path, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 3*buffer)); err != nil {
			return err
		}
		return full
	})
	require.ErrorIs(t, err, full)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(got))
	assert.Equal(t, []string{"a.txt"}, names(t, filepath.Dir(path)))
}

// TestWritersShareNoName: while one file is being written, another writer of the same path writes
// one of its own.
func TestWritersShareNoName(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.txt")
	err := WriteTo(path, func(w io.Writer) error {
		return WriteTo(path, func(io.Writer) error {
			assert.Len(t, names(t, folder), 2)
			return nil
		})
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"a.txt"}, names(t, folder))
}

// TestReadersSeeWhole: whatever moment is read, it is one writer's content.
func TestReadersSeeWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	content := func(writer int) []byte { return bytes.Repeat(fmt.Append(nil, writer), 100_000) }
	require.NoError(t, Write(path, content(0)))
	var writers sync.WaitGroup
	for writer := range 4 {
		writers.Go(func() {
			for range 10 {
				assert.NoError(t, Write(path, content(writer)))
			}
		})
	}
	for range 40 {
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Len(t, got, 100_000)
		require.Equal(t, bytes.Repeat(got[:1], len(got)), got)
	}
	writers.Wait()
}

func TestPermissions(t *testing.T) {
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		require.NoError(t, err)
		return info.Mode().Perm()
	}
	path := filepath.Join(t.TempDir(), "a.txt")
	require.NoError(t, Write(path, nil))
	assert.Equal(t, os.FileMode(0o600), mode(path)&0o600)
	require.NoError(t, os.Chmod(path, 0o600))
	require.NoError(t, Write(path, nil))
	assert.Equal(t, os.FileMode(0o600), mode(path), "a file that is replaced keeps its own")
	require.NoError(t, os.Chmod(path, 0o400))
	assert.ErrorIs(t, Write(path, nil), fs.ErrPermission, "a protected file stays")
}

// TestLinkStays: what it points to is replaced.
func TestLinkStays(t *testing.T) {
	folder := t.TempDir()
	path, link := filepath.Join(folder, "a.txt"), filepath.Join(folder, "link")
	require.NoError(t, Write(path, []byte("old")))
	require.NoError(t, os.Symlink("a.txt", link))
	require.NoError(t, Write(link, []byte("new")))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "new", string(got))
	_, err = os.Readlink(link)
	assert.NoError(t, err)
	t.Run("to a file that isn't there", func(t *testing.T) {
		require.NoError(t, os.Remove(path))
		require.NoError(t, Write(link, []byte("made")))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, "made", string(got))
		_, err = os.Readlink(link)
		assert.NoError(t, err)
	})
}

func TestDevices(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	assert.NoError(t, Write("/dev/null", []byte("gone")))
	assert.ErrorContains(t, Write("/dev/full", []byte("too much")), "no space left")
}

func TestFolderThatIsMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere", "a.txt")
	assert.ErrorIs(t, Write(path, nil), os.ErrNotExist)
}

// TestSweep: what a dead writer left goes; a living one's, and what is nobody's, stays.
func TestSweep(t *testing.T) {
	folder := t.TempDir()
	old := time.Now().Add(-2 * stale)
	for name, written := range map[string]time.Time{
		".unfinished-1.tmp": old,
		".unfinished-2.tmp": time.Now(),
		".unfinished-3":     old,
		"new-1.tmp":         old,
	} {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		require.NoError(t, os.Chtimes(path, written, written))
	}
	require.NoError(t, Write(filepath.Join(folder, "a.txt"), nil))
	assert.Equal(t, []string{".unfinished-2.tmp", ".unfinished-3", "a.txt", "new-1.tmp"},
		names(t, folder))
}
