package session

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHashCode(t *testing.T) {
	dir := t.TempDir()
	write := func(path, source string) string {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, path), []byte(source), 0o644))
		sum, err := hashCode(dir)
		if err != nil {
			return err.Error()
		}
		return sum
	}
	for _, name := range codePackages {
		write(name+"/a.go", "package "+name+"\n\nconst rate = 1\n")
	}
	before := write("sam/a.go", "package sam\n\nconst rate = 1\n")

	assert.Equal(t, before, write("sam/a.go", "package sam\n\n// The learning rate.\n\nconst  rate = 1\n"), "comments and layout don't count")
	assert.Equal(t, before, write("sam/a_test.go", "package sam\n"), "tests don't count")
	assert.Equal(t, before, write("lesson/interview/cards.go", "package interview\n"), "what is only read doesn't count")
	assert.NotEqual(t, before, write("sam/b.go", "package sam\n"), "a new file counts")
	require.NoError(t, os.Remove(filepath.Join(dir, "sam/b.go")))
	for _, name := range codePackages {
		assert.NotEqual(t, before, write(name+"/a.go", "package "+name+"\n\nconst rate = 2\n"), "%s counts", name)
		require.Equal(t, before, write(name+"/a.go", "package "+name+"\n\nconst rate = 1\n"))
	}
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "sam")))
	_, err := hashCode(dir)
	assert.ErrorContains(t, err, "no sources")
}

// The key of every entry has the code's hash, and a program built with the sources at hand has one.
func TestCodeIsInTheKey(t *testing.T) {
	assert.Len(t, code(), 64)
	e, err := newEntry("key", nil)
	require.NoError(t, err)
	assert.Contains(t, string(e.key), code())
}
