package xla

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/go-xla/pjrt"
)

const (
	// cudaWheelPattern is where the wheels jax-cuda12-pjrt, jax-cuda13-pjrt, … keep their plugin
	// inside a Python environment.
	cudaWheelPattern = "lib/python3*/site-packages/jax_plugins/xla_cuda*/xla_cuda_plugin.so"

	cudaChecksEnv = "GOPJRT_CUDA_CHECKS"
	autotuneFlag  = "--xla_gpu_autotune_level"
	tritonFlag    = "--xla_gpu_enable_triton_gemm"
	cudaDataFlag  = "--xla_gpu_cuda_data_dir"
)

// cudaWheel looks for the wheel's plugin in the Python environments that may be this project's. It
// is looked for only where GOMLX_BACKEND asks for "cuda".
func cudaWheel() (Choice, error) {
	for _, env := range pythonEnvironments() {
		matches, _ := filepath.Glob(filepath.Join(env, cudaWheelPattern)) // a well-formed pattern
		// The last is that of the newest CUDA.
		if last := len(matches) - 1; last >= 0 {
			return pluginChoice(matches[last], ProjectWheel), nil
		}
	}
	return warning("no Python environment of the project holds a CUDA plugin; " +
		"`make setup-cuda` brings one"), nil
}

// guardCUDA shows XLA the wheels' CUDA, bounds what it spends on the choice of kernels, and keeps
// go-xla from a page of warnings about folders that are elsewhere and right.
func guardCUDA(choice *Choice) {
	if !pjrt.IsCUDAName(choice.Config) {
		return
	}
	flags, err := xlaFlags()
	if err != nil {
		return // guardXLA has warned.
	}
	add := func(flag, value string) {
		set := slices.ContainsFunc(flags, func(f string) bool {
			return strings.HasPrefix(f, flag+"=")
		})
		if !set && knows(choice.Plugin, flag) {
			flags = append(flags, flag+"="+value)
			choice.Guards = append(choice.Guards, xlaFlagsEnv+" has "+flag+"="+value)
		}
	}
	// What isn't tuned is left to cuBLAS: XLA's own kernels for products were up to 3 times slower
	// at their default sizes (docs/performance.md).
	add(autotuneFlag, "0")
	if slices.Contains(flags, autotuneFlag+"=0") {
		add(tritonFlag, "false")
	}
	if dir := cudaFolder(choice.Plugin); dir != "" {
		add(cudaDataFlag, dir)
		if os.Getenv(cudaChecksEnv) == "" {
			os.Setenv(cudaChecksEnv, "0")
		}
	}
	os.Setenv(xlaFlagsEnv, strings.Join(flags, " "))
}

// cudaFolder is where the wheels beside a plugin's have put CUDA's tools; empty if they are
// elsewhere.
func cudaFolder(plugin string) string {
	site := filepath.Dir(filepath.Dir(filepath.Dir(plugin)))
	for _, name := range []string{"cu13", "cuda_nvcc"} {
		dir := filepath.Join(site, "nvidia", name)
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	return ""
}

// MissingForCUDA says what a CUDA plugin in a Python environment lacks beside it, each a sentence;
// nothing for other plugins.
func (c Choice) MissingForCUDA() (missing []string) {
	if c.Plugin == "" || !pjrt.IsCUDAName(c.Config) {
		return nil
	}
	if nodes, _ := filepath.Glob("/dev/nvidia*"); len(nodes) == 0 {
		missing = append(missing, "there is no /dev/nvidia*: NVIDIA's driver isn't loaded")
	}
	if !strings.Contains(filepath.ToSlash(c.Plugin), "/jax_plugins/") {
		return missing
	}
	site := filepath.Dir(filepath.Dir(filepath.Dir(c.Plugin)))
	for _, library := range []string{"cublas", "cudnn"} {
		found := false
		for _, pattern := range []string{"nvidia/*/lib", "nvidia/lib"} {
			matches, _ := filepath.Glob(filepath.Join(site, pattern, "lib"+library+".so*"))
			found = found || len(matches) > 0
		}
		if !found {
			missing = append(missing, fmt.Sprintf("the Python environment has no %s", library))
		}
	}
	return missing
}
