package project

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nested makes two modules, one within the other, and a folder below both.
func nested(t *testing.T) (outer, inner, deep string) {
	t.Helper()
	outer, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	inner = filepath.Join(outer, "inner")
	deep = filepath.Join(inner, "notebooks", "deep")
	require.NoError(t, os.MkdirAll(deep, 0o755))
	for _, dir := range []string{outer, inner} {
		path := filepath.Join(dir, "go.mod")
		require.NoError(t, os.WriteFile(path, []byte("module m\n"), 0o600))
	}
	return outer, inner, deep
}

func TestModulesNearestFirst(t *testing.T) {
	outer, inner, deep := nested(t)
	found := slices.Collect(Modules(deep))
	require.GreaterOrEqual(t, len(found), 2)
	assert.Equal(t, []string{inner, outer}, found[:2])
	assert.Empty(t, slices.Collect(Modules("")))
}

func TestRootOrder(t *testing.T) {
	outer, inner, deep := nested(t)
	for name, c := range map[string]struct{ variable, notebook, working, want string }{
		"the variable wins":            {outer, deep, deep, outer},
		"then the notebook's folder":   {"", deep, outer, inner},
		"then the working folder":      {"", "", deep, inner},
		"a notebook outside a project": {"", os.TempDir(), deep, inner},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(RootVariable, c.variable)
			t.Setenv(NotebookVariable, c.notebook)
			t.Chdir(c.working)
			assert.Equal(t, c.want, Root())
		})
	}
}
