package xla

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"
)

// Opening a backend sets environment variables and loads native code for the rest of the process,
// and go-xla reads its search path once, at start. So each case runs in a process of its own: this
// test binary, with childEnv set.
const childEnv = "LOSSLAND_XLA_TEST_CHILD"

// report is what such a process prints.
type report struct {
	Choice   Choice
	Error    string
	Backend  string // the backend's own name
	Product  float32
	XLAFlags string
	Fusion   string
	Stale    map[string]int
	Faults   float64  // page faults of an execution
	Off      []string // sums and products that are wrong
	Deaf     int      // threads that a profiler's signal doesn't come to
	// Collections are those of Go's garbage while some is made, Resident the process's bytes then.
	Collections, Resident int
}

func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "open":
		printReport(openChild())
	case "stale":
		printReport(staleChild())
	case "sums":
		printReport(opened(sumsChild))
	case "signals":
		printReport(opened(signalsChild))
	case "heap":
		printReport(heapChild())
	case "faults":
		printReport(faultsChild())
	}
}

func printReport(r report) {
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		panic(err)
	}
}

// openChild opens the backend twice and computes 2 · 3 on the second.
func openChild() (r report) {
	first, _, err := Open()
	if err == nil {
		first.Finalize()
	}
	backend, choice, err := Open()
	r = report{Choice: choice, XLAFlags: os.Getenv(xlaFlagsEnv), Fusion: os.Getenv(graph.FusionEnv)}
	if err != nil {
		r.Error = err.Error()
		return r
	}
	defer backend.Finalize()
	r.Backend = backend.Name()
	product, err := graph.NewExec(backend,
		func(x *graph.Node) *graph.Node { return graph.MulScalar(x, 2) })
	if err != nil {
		r.Error = err.Error()
		return r
	}
	y, err := product.Call1(float32(3))
	if err != nil {
		r.Error = err.Error()
		return r
	}
	r.Product = y.Value().(float32)
	return r
}

// opened is what f reports of the backend that Open returns.
func opened(f func(backend compute.Backend, r *report)) (r report) {
	backend, choice, err := Open()
	r.Choice = choice
	if err != nil {
		r.Error = err.Error()
		return r
	}
	defer backend.Finalize()
	f(backend, &r)
	return r
}

// staleChild counts stale answers in 200 rounds at each size.
func staleChild() (r report) {
	backend, choice, err := Open()
	r = report{Choice: choice, Stale: map[string]int{}}
	for _, n := range []int{256, 512} {
		if err != nil {
			break
		}
		var p Products
		p, err = CheckProducts(backend, n, 200, uint64(n))
		r.Stale[fmt.Sprint(n)] = p.Stale
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// child runs the test binary in the given mode and folder with nothing in its environment but env.
func child(t *testing.T, mode, dir string, env ...string) (r report, stderr string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Dir = dir
	// An instrumented binary (go test -cover) complains on stderr without GOCOVERDIR.
	cmd.Env = append([]string{childEnv + "=" + mode, "HOME=" + home, "PATH=" + os.Getenv("PATH"),
		"GOCOVERDIR=" + t.TempDir()}, env...)
	var errText strings.Builder
	cmd.Stderr = &errText
	out, err := cmd.Output()
	require.NoError(t, err, "stderr: %s", errText.String())
	require.NoError(t, json.Unmarshal(out, &r), "stdout: %s", out)
	return r, errText.String()
}

// wheelPlugin returns the plugin in this project's .venv. Without it there is nothing to test:
// `make setup` brings it.
func wheelPlugin(t *testing.T) string {
	t.Helper()
	choice, err := projectWheel()
	require.NoError(t, err)
	if choice.Plugin == "" {
		t.Skip("no wheel of the XLA plugin here: run `make setup` (the wheel exists for Linux " +
			"amd64)")
	}
	return choice.Plugin
}

// projectWith makes a folder with a go.mod and a .venv whose wheel is a link to plugin, and returns
// it.
func projectWith(t *testing.T, plugin string) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module other\n"), 0o644))
	linkAt(t, plugin, filepath.Join(root, ".venv", strings.Replace(wheelPattern, "*", ".11", 1)))
	return root
}

// linkAt makes a symbolic link to target at path, with the folders it needs.
func linkAt(t *testing.T, target, path string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.Symlink(target, path))
}
