package xla

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPreferred(t *testing.T) {
	all := map[string]string{"zeta": "", "cpu_v0.83.4": "", "cuda": "", "cpuish": "", "alpha": ""}
	assert.Equal(t, "cuda", preferred(all, ""))
	assert.Equal(t, "cpu_v0.83.4", preferred(all, "cpu"))
	assert.Equal(t, "zeta", preferred(all, "zeta"))
	assert.Empty(t, preferred(all, "rocm"))
	assert.Equal(t, "alpha", preferred(map[string]string{"zeta": "", "alpha": ""}, ""))
	assert.Empty(t, preferred(nil, ""))
}

// A .venv counts only beside a go.mod: its plugin is native code.
func TestEnvironmentsAbove(t *testing.T) {
	top := t.TempDir()
	inner := filepath.Join(top, "a", "b")
	require.NoError(t, os.MkdirAll(filepath.Join(inner, ".venv"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(top, ".venv"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(top, "go.mod"), nil, 0o644))
	assert.Equal(t, []string{filepath.Join(top, ".venv")}, environmentsAbove(inner))
}

func TestIsXLA(t *testing.T) {
	for config, want := range map[string]bool{"xla": true, "xla:cpu": true, "hlo": true,
		"go": false, "xlax:cpu": false, "": false} {
		assert.Equal(t, want, isXLA(config), config)
	}
}

// A program's own environment is one only where pip lists the program there.
func TestEnvironmentOf(t *testing.T) {
	env, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	program := filepath.Join(env, "bin", "lossland")
	require.NoError(t, os.MkdirAll(filepath.Dir(program), 0o755))
	require.NoError(t, os.WriteFile(program, nil, 0o755))
	assert.Empty(t, environmentOf(program))
	list := filepath.Join(env, "lib", "python3.11", "site-packages", "lossland-1.dist-info")
	require.NoError(t, os.MkdirAll(list, 0o755))
	assert.Equal(t, []string{env}, environmentOf(program))
	link := filepath.Join(t.TempDir(), "lossland")
	require.NoError(t, os.Symlink(program, link))
	assert.Equal(t, []string{env}, environmentOf(link))
	assert.Empty(t, environmentOf(filepath.Join(env, "sbin", "lossland")))
}

// TestCUDAHasItsOwnRemedy: without its wheel, and not those for the CPU's plugin.
func TestCUDAHasItsOwnRemedy(t *testing.T) {
	r, _ := child(t, "open", t.TempDir(), "GOMLX_BACKEND=xla:cuda")
	assert.Contains(t, r.Error, "asks for CUDA, and no plugin was found: ")
	assert.Contains(t, r.Error, "`make setup-cuda`")
	for _, other := range []string{"`make setup`", DownloadEnv, "pip install"} {
		assert.NotContains(t, r.Error, other)
	}
}
