package session

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// moduleFolder is the module's folder, seen from this one.
const moduleFolder = "../../.."

// TestCodeIsWhatGoListSays: every package of ours that training and measuring depend on is in the
// key, those below landscape too, and no other is.
func TestCodeIsWhatGoListSays(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "./pkg/lesson/training/...", "./pkg/landscape/...")
	list.Dir = moduleFolder
	out, err := list.Output()
	require.NoError(t, err)
	var want []string
	for line := range strings.Lines(string(out)) {
		ours, found := strings.CutPrefix(strings.TrimSpace(line), module()+"/")
		if found && !slices.Contains(drawing, ours) {
			want = append(want, ours)
		}
	}
	slices.Sort(want)
	got, err := codeFolders(moduleFolder)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	for _, needed := range []string{
		"pkg/landscape/analytic", "pkg/lesson/datasets", "pkg/result", "pkg/sam", "pkg/transform",
	} {
		assert.Contains(t, got, needed)
	}
}

// tree is a small module with the measuring folders.
type tree struct {
	t   *testing.T
	dir string
}

// write puts a file's text in place.
func (m tree) write(path, source string) {
	m.t.Helper()
	full := filepath.Join(m.dir, path)
	require.NoError(m.t, os.MkdirAll(filepath.Dir(full), 0o755))
	require.NoError(m.t, os.WriteFile(full, []byte(source), 0o644))
}

// hash hashes it.
func (m tree) hash() string {
	m.t.Helper()
	sum, err := hashCode(m.dir)
	require.NoError(m.t, err)
	return sum
}

// newTree has training → sam and viz, and landscape with a folder below it.
func newTree(t *testing.T) tree {
	t.Helper()
	m := tree{t, t.TempDir()}
	m.write("pkg/lesson/training/a.go", `package training

import (
	_ "`+module()+`/pkg/sam"
	_ "`+module()+`/pkg/viz"
)
`)
	m.write("pkg/sam/a.go", "package sam\n\nconst rate = 1\n")
	m.write("pkg/viz/a.go", "package viz\n")
	m.write("pkg/landscape/a.go", "package landscape\n")
	m.write("pkg/landscape/analytic/a.go", "package analytic\n")
	m.write("pkg/lesson/interview/cards.go", "package interview\n")
	return m
}

func TestHashCode(t *testing.T) {
	for name, c := range map[string]struct {
		path, source string
		counts       bool
	}{
		"a number": {"pkg/sam/a.go", "package sam\n\nconst rate = 2\n", true},
		"comments, layout": {"pkg/sam/a.go", "package sam\n\n// A rate.\nconst  rate = 1\n",
			false},
		"a test":        {"pkg/sam/a_test.go", "package sam\n", false},
		"a new file":    {"pkg/sam/b.go", "package sam\n", true},
		"a new package": {"pkg/landscape/spectrum/a.go", "package spectrum\n", true},
		"a sub-package": {"pkg/landscape/analytic/a.go", "package analytic\n\nvar x int\n",
			true},
		"pictures": {"pkg/viz/a.go", "package viz\n\nvar x int\n", false},
		"what is only read": {"pkg/lesson/interview/cards.go", "package interview\n\nvar x int\n",
			false},
		"a folder of no use": {"pkg/other/a.go", "package other\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			m := newTree(t)
			before := m.hash()
			m.write(c.path, c.source)
			if c.counts {
				assert.NotEqual(t, before, m.hash())
			} else {
				assert.Equal(t, before, m.hash())
			}
		})
	}
}

// TestHashCodeFollowsImports: a package that one of those imports counts from then on.
func TestHashCodeFollowsImports(t *testing.T) {
	m := newTree(t)
	m.write("internal/assign/a.go", "package assign\n")
	m.write("pkg/sam/b.go", "package sam\n\nimport _ \""+module()+"/internal/assign\"\n")
	before := m.hash()
	m.write("internal/assign/a.go", "package assign\n\nvar x int\n")
	assert.NotEqual(t, before, m.hash())
}

func TestHashCodeWithoutSources(t *testing.T) {
	m := newTree(t)
	require.NoError(t, os.RemoveAll(filepath.Join(m.dir, "pkg/sam")))
	_, err := hashCode(m.dir)
	assert.ErrorContains(t, err, "no sources in")
}

// TestCodeIsInTheKey: the key of every entry has the code's hash, and a program built with the
// sources at hand has one.
func TestCodeIsInTheKey(t *testing.T) {
	assert.Len(t, code(), 64)
	e, err := newEntry("key", nil)
	require.NoError(t, err)
	assert.Contains(t, string(e.key), code())
}
