package session

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCacheFolder(t *testing.T) {
	folder := t.TempDir()
	for name, c := range map[string]struct{ cache, root, want string }{
		"named":          {"/somewhere", folder, "/somewhere"},
		"in the project": {"", folder, filepath.Join(folder, ".cache", "lesson")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(CacheVariable, c.cache)
			t.Setenv(RootVariable, c.root)
			got, err := CacheFolder()
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

// TestCacheFolderWithoutProject: it is the user's.
func TestCacheFolderWithoutProject(t *testing.T) {
	t.Setenv(CacheVariable, "")
	t.Chdir(t.TempDir())
	got, err := CacheFolder()
	require.NoError(t, err)
	assert.Equal(t, filepath.Join("lossland", "lesson"),
		filepath.Join(filepath.Base(filepath.Dir(got)), filepath.Base(got)))
}
