package command

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOwners: one output has one owner; who lets go leaves nothing.
func TestOwners(t *testing.T) {
	t.Chdir(t.TempDir())
	first, second := &session{}, &session{}
	require.NoError(t, first.claim([]string{"a.svg"}, ".svg"))
	require.ErrorContains(t, second.claim([]string{"a.svg"}, ".svg"),
		"-o a.svg: another process is about to write it")
	require.NoError(t, os.Symlink("a.svg", "b.svg"))
	require.NoError(t, os.WriteFile("a.svg", nil, 0o600))
	require.ErrorContains(t, second.claim([]string{"b.svg"}, ".svg"), "another process")
	first.release()
	require.ErrorContains(t, second.claim([]string{"b.svg"}, ".svg"), "b.svg is there already")
	second.release()
	second.force = true
	require.NoError(t, second.claim([]string{"b.svg"}, ".svg"))
	second.release()
	hidden, err := filepath.Glob(".*")
	require.NoError(t, err)
	require.Empty(t, hidden)
}

// TestUnwritableFolder is void for root, who may write everywhere.
func TestUnwritableFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o500))
	require.ErrorContains(t, CheckOutput(filepath.Join(folder, "a.svg"), ".svg"),
		"the folder can't be written to")
}

// TestReadAndWritten: an output that is read, however it is spelled.
func TestReadAndWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("a.npz", nil, 0o600))
	for _, args := range [][]string{{"a.npz", "-o", "a.npz"}, {"--data=./a.npz", "-o", "a.npz"},
		{"--data", "a.npz", "--out=a.npz"}} {
		s := &session{args: args}
		require.ErrorContains(t, s.claim([]string{"a.npz"}, ".npz"), "is a file that is read")
		s.release()
	}
}
