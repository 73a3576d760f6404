package house

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// root is the project's folder, seen from this one.
const root = "../.."

// unmapped are the packages under pkg/ that are too small for a map.
var unmapped = []string{"pkg/viz/gonb", "pkg/xla/download"}

// TestMaps: every map lists its folder's files, all of them and each once.
func TestMaps(t *testing.T) {
	for _, dir := range packagesWithDoc(t) {
		t.Run(dir, func(t *testing.T) {
			m, err := ReadMap(filepath.Join(root, dir))
			require.NoError(t, err)
			require.NotNil(t, m, "its doc.go has no section # Files")
			faults, err := m.Faults(filepath.Join(root, dir))
			require.NoError(t, err)
			assert.Empty(t, faults)
		})
	}
}

// packagesWithDoc lists the packages under pkg/ that are large enough for a map.
func packagesWithDoc(t *testing.T) (dirs []string) {
	files, err := GoFiles(root)
	require.NoError(t, err)
	for _, f := range files {
		if strings.HasPrefix(f, "pkg/") {
			dirs = append(dirs, path.Dir(f))
		}
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	return slices.DeleteFunc(dirs, func(d string) bool { return slices.Contains(unmapped, d) })
}

// house makes a folder with a doc.go of the given comment and empty files of the given names.
func house(t *testing.T, doc string, names ...string) string {
	dir := t.TempDir()
	lines := strings.Split(doc, "\n")
	text := "//" + strings.Join(lines, "\n//") + "\npackage x\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "doc.go"), []byte(text), 0o644))
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("package x\n"), 0o644))
	}
	return dir
}

func TestReadMap(t *testing.T) {
	for name, c := range map[string]struct {
		doc  string
		want Map
	}{
		"none": {" Package x is.\n\n # Notation\n\n\ta.go   no", nil},
		"floors": {" # Files\n\n From\n the ground:\n\n\ta.go   one\n\tb.go  two\n\n" +
			" On it:\n\n\tc.go  three",
			Map{{"the ground", []string{"a.go", "b.go"}}, {"On it", []string{"c.go"}}}},
		"plain": {
			" Package x is.\n\n # Files\n\n\ta.go   one\n\t       and more\n\tb.go  two\n\n # End",
			Map{{"", []string{"a.go", "b.go"}}}},
		"a paragraph in between": {
			" # Files\n\n Read this.\n\n\ta.go   one\n\n And that.\n\n\tb.go  two",
			Map{{"", []string{"a.go", "b.go"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadMap(house(t, c.doc))
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestReadMapRefuses(t *testing.T) {
	_, err := ReadMap(house(t, " # Files\n\n\tsome words"))
	assert.ErrorContains(t, err, "some words")
	_, err = ReadMap(t.TempDir())
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// TestMapFaults: each way in which a map and a folder can differ.
func TestMapFaults(t *testing.T) {
	for name, c := range map[string]struct {
		doc   string
		files []string
		want  []string
	}{
		"right":    {"\ta.go  one", []string{"a.go", "a_test.go"}, nil},
		"unlisted": {"\ta.go  one", []string{"a.go", "b.go"}, []string{"b.go isn't in the map"}},
		"gone": {"\ta.go  one\n\tb.go  two", []string{"a.go"},
			[]string{"b.go is in the map and not in the folder"}},
		"twice": {"\ta.go  one\n\ta.go  two", []string{"a.go"},
			[]string{"a.go is in the map twice"}},
		"a test": {"\ta.go  one\n\ta_test.go  two", []string{"a.go", "a_test.go"},
			[]string{"a_test.go is in the map and not in the folder"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := house(t, " # Files\n\n"+c.doc, c.files...)
			m, err := ReadMap(dir)
			require.NoError(t, err)
			faults, err := m.Faults(dir)
			require.NoError(t, err)
			assert.Equal(t, c.want, faults)
		})
	}
}
