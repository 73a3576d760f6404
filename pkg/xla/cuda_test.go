package xla

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cudaProject is a project whose environment holds a file in the place of CUDA's plugin, with the
// folders of the libraries' wheels.
func cudaProject(t *testing.T, content string, folders ...string) (root, plugin string) {
	t.Helper()
	root = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module other\n"), 0o644))
	site := filepath.Join(root, ".venv/lib/python3.11/site-packages")
	plugin = filepath.Join(site, "jax_plugins/xla_cuda13/xla_cuda_plugin.so")
	require.NoError(t, os.MkdirAll(filepath.Dir(plugin), 0o755))
	require.NoError(t, os.WriteFile(plugin, []byte(content), 0o644))
	for _, f := range folders {
		require.NoError(t, os.MkdirAll(filepath.Join(site, filepath.Dir(f)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(site, f), nil, 0o644))
	}
	return root, plugin
}

// TestCUDAWheelIsAskedFor: by "xla:cuda" only, and not by what a CPU's program finds by itself.
func TestCUDAWheelIsAskedFor(t *testing.T) {
	root, plugin := cudaProject(t, "no plugin")
	t.Chdir(root)
	t.Setenv(RootEnv, root)
	t.Setenv("VIRTUAL_ENV", "")
	found := func() (plugins []string) {
		for _, step := range candidates() {
			if choice, err := step(); err == nil {
				plugins = append(plugins, choice.Plugin)
			}
		}
		return plugins
	}
	t.Setenv("GOMLX_BACKEND", "xla:cuda,tf32=true")
	assert.Contains(t, found(), plugin)
	for _, other := range []string{"", "xla", "xla:cpu"} {
		t.Setenv("GOMLX_BACKEND", other)
		assert.NotContains(t, found(), plugin, other)
	}
}

// TestCUDAWheelMissing says how to get it.
func TestCUDAWheelMissing(t *testing.T) {
	r, _ := child(t, "open", t.TempDir(), "GOMLX_BACKEND=xla:cuda")
	assert.Contains(t, r.Error, "make setup-cuda")
}

// TestCUDAWithoutCard says in one sentence what is missing, not what the plugin said.
func TestCUDAWithoutCard(t *testing.T) {
	root, plugin := cudaProject(t, "no plugin")
	r, _ := child(t, "open", root, "GOMLX_BACKEND=xla:cuda", RootEnv+"="+root)
	assert.Contains(t, r.Error, ErrNoCard.Error())
	assert.NotContains(t, r.Error, plugin)
	assert.NotContains(t, r.Error, "\n")
}

func TestGuardCUDA(t *testing.T) {
	const knowsAll = "xla_gpu_autotune_level xla_gpu_enable_triton_gemm xla_gpu_cuda_data_dir"
	const untuned = "--xla_gpu_autotune_level=0 --xla_gpu_enable_triton_gemm=false"
	for _, c := range []struct {
		name, content, flags, want string
		nvcc                       bool
		guards                     int
	}{
		{"bounded", knowsAll, "", untuned, false, 2},
		{"the user's other kernels", knowsAll, "--xla_gpu_enable_triton_gemm=true",
			"--xla_gpu_enable_triton_gemm=true --xla_gpu_autotune_level=0", false, 1},
		{"the user's stays", knowsAll, "--xla_gpu_autotune_level=4",
			"--xla_gpu_autotune_level=4", false, 0},
		{"a plugin that doesn't know", "old", "--xla_a=1", "--xla_a=1", false, 0},
		{"CUDA beside it", knowsAll, "--xla_a=1", "--xla_a=1 " + untuned +
			" --xla_gpu_cuda_data_dir=", true, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(xlaFlagsEnv, c.flags)
			t.Setenv(cudaChecksEnv, "")
			var folders []string
			if c.nvcc {
				folders = []string{"nvidia/cu13/bin/ptxas"}
			}
			_, plugin := cudaProject(t, c.content, folders...)
			choice := pluginChoice(plugin, ProjectWheel)
			guardCUDA(&choice)
			want, checks := c.want, ""
			if c.nvcc {
				want, checks = want+cudaFolder(plugin), "0"
				assert.NotEmpty(t, cudaFolder(plugin))
			}
			assert.Equal(t, want, os.Getenv(xlaFlagsEnv))
			assert.Equal(t, checks, os.Getenv(cudaChecksEnv), "go-xla's page of warnings")
			assert.Len(t, choice.Guards, c.guards)
		})
	}
}

// TestGuardCUDALeavesCPUAlone: its flags would end a CPU plugin's process.
func TestGuardCUDALeavesCPUAlone(t *testing.T) {
	t.Setenv(xlaFlagsEnv, "")
	choice := pluginChoice("/opt/libpjrt_cpu.so", ProjectWheel)
	guardCUDA(&choice)
	assert.Empty(t, os.Getenv(xlaFlagsEnv))
	assert.Empty(t, choice.Guards)
}

func TestMissingForCUDA(t *testing.T) {
	_, plugin := cudaProject(t, "", "nvidia/cu13/lib/libcublas.so.13")
	missing := pluginChoice(plugin, ProjectWheel).MissingForCUDA()
	assert.Contains(t, missing, "the Python environment has no cudnn")
	assert.NotContains(t, missing, "the Python environment has no cublas")
	assert.Empty(t, pluginChoice("/opt/libpjrt_cpu.so", ProjectWheel).MissingForCUDA())
}
