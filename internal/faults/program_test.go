package faults

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
)

// measured is the command that the tests of this file run: a second or two in pure Go.
var measured = []string{"surface", "--force", "--range", "1", "--resolution", "31", "-o", "s.npz",
	"-o", "s.svg"}

// built is the program, built once for all tests.
var built = sync.OnceValues(func() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "faults"); err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", folder,
		"../../cmd/lossland").CombinedOutput()
	if err != nil {
		return folder, fmt.Errorf("%w: %s", err, out)
	}
	return folder, nil
})

// TestMain removes what was built.
func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv(childJob) == "" && programs {
		if folder, _ := built(); folder != "" {
			os.RemoveAll(folder)
		}
	}
	os.Exit(code)
}

// programs says whether a test has built the program.
var programs bool

// lossland copies a model and its data into a folder.
func lossland(t *testing.T) (folder string) {
	t.Helper()
	programs = true
	_, err := built()
	require.NoError(t, err)
	folder = t.TempDir()
	for _, name := range []string{"cnn.onnx", "cnn.npz"} {
		text, err := os.ReadFile("../../pkg/onnx/testdata/" + name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	return folder
}

// start is the program, about to run on the model in the folder.
func start(t *testing.T, folder string, more ...string) *exec.Cmd {
	t.Helper()
	words := slices.Insert(slices.Clone(measured), 1, "cnn.onnx", "cnn.npz")
	program, err := built()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), filepath.Join(program, "lossland"), words...)
	cmd.Dir = folder
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"HOME", "XDG_CACHE_HOME", "LOSSLAND_ROOT", "GOMLX_BACKEND"},
			name)
	})
	cmd.Env = append(cmd.Env, "GOMLX_BACKEND=go")
	cmd.Env = append(cmd.Env, more...)
	return cmd
}

// whole runs the program to its end and returns what it printed and measured.
func whole(t *testing.T, folder string, more ...string) (stdout string, loss landscape.Grid) {
	t.Helper()
	var out, said bytes.Buffer
	cmd := start(t, folder, more...)
	cmd.Stdout, cmd.Stderr = &out, &said
	require.NoError(t, cmd.Run(), "%s", &said)
	s, err := landscape.LoadSurface(filepath.Join(folder, "s.npz"))
	require.NoError(t, err)
	return out.String(), s.Loss
}

// TestKilledProgram: lossland is killed at random moments of a surface. Its outputs are those of
// before, whole, or aren't there; the next run measures what an undisturbed one does.
func TestKilledProgram(t *testing.T) {
	folder, random := lossland(t), rand.New(rand.NewSource(1))
	began := time.Now()
	_, want := whole(t, folder)
	took := time.Since(began)
	before := content(t, folder)
	for _, old := range []bool{true, true, false, false} {
		for _, name := range []string{"s.npz", "s.svg"} {
			require.NoError(t, os.RemoveAll(filepath.Join(folder, name)))
			if old {
				text := []byte(before["/"+name])
				require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
			}
		}
		cmd := start(t, folder)
		require.NoError(t, cmd.Start())
		time.Sleep(time.Duration(random.Float64() * float64(took)))
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait() // says that it was killed.
		after := content(t, folder)
		for _, name := range []string{"/s.npz", "/s.svg"} {
			if text, there := after[name]; there {
				assert.True(t, text == before[name], "%s is neither old nor new", name)
			} else {
				assert.False(t, old, "%s is gone", name)
			}
		}
	}
	_, got := whole(t, folder)
	assert.Equal(t, want, got)
}

// TestNoHome: without HOME, with one that isn't there and with one that is a file the program
// prints and measures the same.
func TestNoHome(t *testing.T) {
	folder := lossland(t)
	stdout, want := whole(t, folder, "HOME="+t.TempDir())
	for name, home := range map[string][]string{"none": nil, "empty": {"HOME="},
		"gone": {"HOME=/nowhere/at/all"}, "a file": {"HOME=/dev/null"}} {
		t.Run(name, func(t *testing.T) {
			said, got := whole(t, folder, home...)
			assert.Equal(t, stdout, said)
			assert.Equal(t, want, got)
		})
	}
}

// TestTwoRunsAtOnce: of two programs with one output, one writes it, and the other says whose it is
// before it measures anything.
func TestTwoRunsAtOnce(t *testing.T) {
	folder := lossland(t)
	first := start(t, folder)
	require.NoError(t, first.Start())
	require.Eventually(t, func() bool {
		locks, err := filepath.Glob(filepath.Join(folder, ".lossland-*.lock"))
		return err == nil && len(locks) > 0
	}, time.Minute, time.Millisecond)
	out, err := start(t, folder).CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "another process is about to write it")
	require.NoError(t, first.Wait())
	_, err = landscape.LoadSurface(filepath.Join(folder, "s.npz"))
	require.NoError(t, err)
	_, _ = whole(t, folder) // the first one's lock is gone with it.
}
