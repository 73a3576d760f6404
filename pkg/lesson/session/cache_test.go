package session

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type result struct {
	Values []float64
	Name   string
}

// counted returns a function to cache and how often it was called.
func counted() (func() (result, error), *int) {
	calls := 0
	return func() (result, error) {
		calls++
		return result{[]float64{1.5, math.Inf(1)}, "a name"}, nil
	}, &calls
}

func TestCachedComputesOnce(t *testing.T) {
	t.Setenv(CacheVariable, t.TempDir())
	printed := capture(t)
	compute, calls := counted()
	key := map[string]int{"seed": 1}
	for range 3 {
		got, err := Cached("test", key, compute)
		require.NoError(t, err)
		assert.Equal(t, result{[]float64{1.5, math.Inf(1)}, "a name"}, got)
	}
	assert.Equal(t, 1, *calls)
	lines := strings.Split(printed.String(), "\n")
	assert.Regexp(t, `^cache: miss  test [0-9a-f]{8} \(computed in \d+\.\d s\)$`, lines[0])
	assert.Regexp(t, `^cache: hit   test [0-9a-f]{8} \(saved \d+\.\d s\)$`, lines[1])

	_, err := Cached("test", map[string]int{"seed": 2}, compute)
	require.NoError(t, err)
	assert.Equal(t, 2, *calls, "another key")
	_, err = Cached("renamed", key, compute)
	require.NoError(t, err)
	assert.Equal(t, 2, *calls, "the name does not count")
	_, err = Cached("test", key, func() (int, error) { *calls++; return 1, nil })
	require.NoError(t, err)
	assert.Equal(t, 3, *calls, "another type")
}

func TestCachedSurvivesDamage(t *testing.T) {
	for name, damage := range map[string]func(content []byte) []byte{
		"cut off": func(c []byte) []byte { return c[:len(c)/2] },
		"emptied": func(c []byte) []byte { return nil },
		"changed": func(c []byte) []byte {
			return bytes.Replace(c, []byte("a name"), []byte("a lame"), 1)
		},
	} {
		dir := t.TempDir()
		t.Setenv(CacheVariable, dir)
		capture(t)
		compute, calls := counted()
		_, err := Cached("test", 1, compute)
		require.NoError(t, err)
		files, err := filepath.Glob(filepath.Join(dir, "*.gob"))
		require.NoError(t, err)
		require.Len(t, files, 1, "the entry and no temporary file")
		content, err := os.ReadFile(files[0])
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(files[0], damage(content), 0o600))
		got, err := Cached("test", 1, compute)
		require.NoError(t, err, name)
		assert.Equal(t, "a name", got.Name, name)
		assert.Equal(t, 2, *calls, name)
		_, err = Cached("test", 1, compute)
		require.NoError(t, err, name)
		assert.Equal(t, 2, *calls, "%s: mended", name)
	}
}

// TestCachedComparesKeys: an entry under another key's name is a miss, and says so.
func TestCachedComparesKeys(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(CacheVariable, dir)
	capture(t)
	warned := captureWarnings(t)
	seed := func(n int) func() (int, error) { return func() (int, error) { return n, nil } }
	for n := range 2 {
		_, err := Cached("test", n, seed(n))
		require.NoError(t, err)
	}
	first, err := newEntry(0, reflect.TypeFor[int]())
	require.NoError(t, err)
	second, err := newEntry(1, reflect.TypeFor[int]())
	require.NoError(t, err)
	require.NoError(t, os.Rename(second.path, first.path))
	got, err := Cached("test", 0, seed(0))
	require.NoError(t, err)
	assert.Equal(t, 0, got)
	assert.Contains(t, warned.String(), "it holds the result of another key")
}

// TestCachedOnFullDisk: what can't be stored is returned, and a later call computes it again.
func TestCachedOnFullDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(CacheVariable, dir)
	printed, warned := capture(t), captureWarnings(t)
	compute, calls := counted()
	e, err := newEntry(1, reflect.TypeFor[result]())
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(e.path, 0o755)) // can't be replaced by a file
	for range 2 {
		got, err := Cached("test", 1, compute)
		require.NoError(t, err)
		assert.Equal(t, "a name", got.Name)
	}
	assert.Equal(t, 2, *calls)
	assert.Regexp(t, `cache: miss  test \w+ \(computed in \d+\.\d s, not stored\)`,
		printed.String())
	assert.Contains(t, warned.String(), "test can't be stored and will be computed again")
}

// captureWarnings collects what the cache warns of.
func captureWarnings(t *testing.T) *bytes.Buffer {
	t.Helper()
	var warned bytes.Buffer
	before := warnings
	warnings = &warned
	t.Cleanup(func() { warnings = before })
	return &warned
}

func TestCachedErrors(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(CacheVariable, dir)
	printed := capture(t)
	failure := errors.New("no convergence")
	_, err := Cached("test", 1, func() (int, error) { return 0, failure })
	assert.ErrorIs(t, err, failure)
	assert.Empty(t, printed.String())
	files, err := filepath.Glob(filepath.Join(dir, "*.gob"))
	require.NoError(t, err)
	assert.Empty(t, files, "an error is not kept")

	_, err = Cached("test", math.NaN(), func() (int, error) { return 0, nil })
	assert.ErrorContains(t, err, "key cannot be written as JSON")
	_, err = Cached("test", 1, func() (func(), error) { return func() {}, nil })
	assert.ErrorContains(t, err, "result cannot be stored")
	t.Setenv(CacheVariable, filepath.Join(dir, "file", "below"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	_, err = Cached("test", 1, func() (int, error) { return 0, nil })
	assert.ErrorContains(t, err, "set LESSON_CACHE to a folder that can be written")
}

// TestCachedBetweenProcesses starts four processes that want the same result at once: one computes
// it.
func TestCachedBetweenProcesses(t *testing.T) {
	dir := t.TempDir()
	if log := os.Getenv("LESSON_TEST_LOG"); log != "" { // one of the four
		_, err := Cached("shared", "between processes", func() (int, error) {
			f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				return 0, err
			}
			time.Sleep(100 * time.Millisecond) // the others get there meanwhile
			_, err = f.WriteString("computed\n")
			return 42, errors.Join(err, f.Close())
		})
		require.NoError(t, err)
		return
	}
	log := filepath.Join(dir, "log")
	var processes []*exec.Cmd
	for range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCachedBetweenProcesses$")
		cmd.Env = append(os.Environ(), "LESSON_TEST_LOG="+log, "LESSON_TEST_CACHE="+dir)
		require.NoError(t, cmd.Start())
		processes = append(processes, cmd)
	}
	for _, cmd := range processes {
		require.NoError(t, cmd.Wait())
	}
	content, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, "computed\n", string(content))
}

func TestVersions(t *testing.T) {
	info := &debug.BuildInfo{Deps: []*debug.Module{
		{Path: "gonum.org/v1/gonum", Version: "v0.17.0"},
		{Path: "example.org/other", Version: "v1.0.0"},
		{Path: "github.com/gomlx/gomlx", Version: "v0.28.8",
			Replace: &debug.Module{Path: "../gomlx"}},
	}}
	assert.Equal(t, []string{"../gomlx@", "gonum.org/v1/gonum@v0.17.0"}, versions(info))
}

// FuzzCacheEntry: an entry of any content, its checksum right, is computed again or is a result.
func FuzzCacheEntry(f *testing.F) {
	f.Setenv(CacheVariable, f.TempDir())
	key := "a key"
	e, err := newEntry(key, reflect.TypeFor[result]())
	require.NoError(f, err)
	good, err := e.encode(result{[]float64{1.5}, "a name"}, 2)
	require.NoError(f, err)
	_, body, _ := bytes.Cut(good, []byte("\n"))
	whole := bytes.Clone(body)
	f.Add(body)
	f.Add(body[:len(body)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := sha256.Sum256(body)
		path := filepath.Join(t.TempDir(), "entry")
		content := fmt.Appendf(nil, "%x\n%s", sum, body)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		var value result
		_, err := (&entry{hash: e.hash, path: path, key: e.key}).read(&value)
		if bytes.Equal(body, whole) {
			require.NoError(t, err)
		}
	})
}
