package house

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// columns is how wide a line may be of what isn't prose.
const columns = 100

// TestColumns: no line is wider.
func TestColumns(t *testing.T) {
	files, err := Sources(root)
	require.NoError(t, err)
	for _, known := range []string{"internal/house/columns.go", "scripts/nb.py", "scripts/check.sh",
		"Makefile", "mk/house.mk", "scripts/kernel-path/go", ".ci/run",
		".github/workflows/test.yml"} {
		require.Contains(t, files, known)
	}
	for _, file := range files {
		wide, err := WideLines(filepath.Join(root, file), columns)
		require.NoError(t, err)
		if len(wide) > 0 {
			t.Errorf("%s has lines over %d columns:\n%s", file, columns, strings.Join(wide, "\n"))
		}
	}
}

// TestWideLines: a tab takes four columns, a letter of several bytes one.
func TestWideLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.go")
	text := "12345678\n123456789\n\t1234\n\t12345\r\nθθθθθθθθ\nθθθθθθθθθ"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	wide, err := WideLines(path, 8)
	require.NoError(t, err)
	assert.Equal(t, []string{"2: 9 columns", "4: 9 columns", "6: 9 columns"}, wide)
}

// TestSources: what the two lists leave out, and what only the longer one has.
func TestSources(t *testing.T) {
	dir := t.TempDir()
	for path, text := range map[string]string{
		"a.go": "", "b/c.go": "", "b/testdata/d.go": "", ".venv/e.go": "", "bin/f.go": "",
		"b/g.md": "", "h.py": "", "Makefile": "", "mk/i.mk": "", "j.sh": "",
		".ci/run":       "#!/bin/sh\n",
		".github/k.yml": "", "l.yml": "", ".cache/m.py": "", "LICENSE": "Apache", "empty": "",
		"tool": "#!/bin/sh\n", "data.txt": "#!\n",
	} {
		path = filepath.Join(dir, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	files, err := GoFiles(dir)
	require.NoError(t, err)
	assert.Equal(t, []string{"a.go", "b/c.go"}, files)
	files, err = Sources(dir)
	require.NoError(t, err)
	assert.Equal(t, []string{".ci/run", ".github/k.yml", "Makefile", "a.go", "b/c.go", "h.py",
		"j.sh", "l.yml", "mk/i.mk", "tool"}, files)
}

// read returns a file's bytes.
func read(t *testing.T, path string) []byte {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return text
}
