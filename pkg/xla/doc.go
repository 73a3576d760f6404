// Package xla opens the backend that every computation of this project runs on. It finds a plugin,
// sets the guards that the plugin or the pure-Go backend needs, and says what it chose and why.
//
// # Order
//
//  1. What GOMLX_BACKEND says ("xla", "xla:cpu", "xla:/absolute/plugin.so", "go", …). It is obeyed
//     or refused with an error, never replaced. "xla" and "xla:cpu" name no file, so steps 2 to 4
//     look for one.
//  2. A plugin go-xla already knows: PJRT_PLUGIN_LIBRARY_PATH, its folders under the user's home
//     and /usr/local, the system's library folders. An accelerator's plugin (cuda, rocm) comes
//     before cpu.
//  3. The wheel fastatomstruct-xla-cpu in a Python environment (docs/adr/0007-plugin.md). Looked
//     at: $LOSSLAND_ROOT/.venv, the environment that pip installed the program into, $VIRTUAL_ENV,
//     and every folder above $GONB_DIR, the working folder and the program that holds both a go.mod
//     and a .venv. A program of another module sets LOSSLAND_ROOT to the folder where `make setup`
//     was run. Where GOMLX_BACKEND asks for it ("xla:cuda"), and only then, the CUDA plugin of a
//     wheel jax-cuda13-pjrt or jax-cuda12-pjrt there, which `make setup-cuda` brings.
//  4. go-xla's own download, only where LOSSLAND_DOWNLOAD=1 permits it: it writes about 100 MB
//     below the user's home, and a library shouldn't do that unasked. A program that should be able
//     to imports lossland/pkg/xla/download (the command lossland does; notebook cells, which are
//     linked anew each, don't).
//  5. The pure-Go backend, with one warning on standard error: on large networks it is about ten
//     times slower. On a few hundred weights it is the faster one.
//
// # Guards
//
// For XLA, "--xla_cpu_use_xnnpack=false" is appended to XLA_FLAGS before the plugin loads. Without
// it CPU plugins of 2025 answer from a packed copy of weights that
// [github.com/gomlx/gomlx/ml/model.Variable.SetValue] has since replaced (docs/upstream.md;
// [CheckProducts] measures it). The user's other flags stay. A plugin whose file doesn't mention
// the flag doesn't get it, because XLA ends the process on a flag it doesn't know.
//
// On Linux with glibc, this package tells C's malloc at program start to keep large blocks. XLA
// frees a program's temporaries after each execution; with more than 32 MiB of them, the next
// execution would pay a page fault for every 4 KiB. So a program that imports this package doesn't
// give that memory back. Any malloc setting in the environment (MALLOC_…, GLIBC_TUNABLES) turns
// this off.
//
// On Linux the threads that a plugin starts get no signals but those of their own faults, because a
// Go handler, such as the CPU profiler's, would write into the stack that oneDNN's products use. A
// profile of Go's doesn't show those threads; perf does.
//
// Go's heap gets a floor of 64 MiB of address space, so that a training, whose tensors are XLA's,
// isn't collected every sixty steps. GOGC in the environment turns this off.
//
// For CUDA, "--xla_gpu_autotune_level=0" is appended to XLA_FLAGS: XLA would otherwise try several
// kernels for each product, which made the first surface take 8 to 43 s instead of 1 on an H200 and
// points up to 1.4 times as fast. Set the flag to 4, XLA's default, for work of hours. For a plugin
// in a Python environment "--xla_gpu_cuda_data_dir" is set to the CUDA of the wheels beside it.
//
// For the pure-Go backend, operations run one after another ("ops_sequential": its parallel mode
// dead-locks on wide graphs) and GOMLX_FUSION=0 is set (its fused Dense loses its gradient when a
// graph is replayed).
//
// If the user has set something that contradicts a guard, the user's setting is kept, with a
// warning. The guards are environment variables of the process: open the backend before any model
// is built, and before anything else loads a plugin.
//
// # Precision
//
// Measurements multiply float32 numbers in full precision. The default of CUDA in go-xla is TF32,
// which rounds the factors to 11 bits. That is 1e-3 of a loss, far more than the small differences
// in a landscape tolerate. So Open adds the option tf32=false, and sets NVIDIA_TF32_OVERRIDE=0 for
// convolutions. GOMLX_BACKEND=xla:cuda,tf32=true turns TF32 on: products then have a relative error
// of about 5e-4, and [Choice] says so. `lossland doctor` measures it. On CPUs nothing is rounded.
//
// # Files
//
//	open.go           Open, Shared, MustOpen, and the Choice that says what was opened
//	order.go          the order above: who is asked for a backend, first to last
//	cuda.go           CUDA's plugin in a Python environment, and what it needs
//	draw.go           DrawWeights: initial weights without compiling a program for them
//	guards.go         what the chosen backend needs: XLA_FLAGS, ops_sequential, GOMLX_FUSION
//	heap.go           Go's collector runs less often on a small heap
//	malloc_linux.go   C's malloc keeps large blocks
//	malloc_other.go   the same where there is no glibc: nothing
//	precision.go      float32 products in full, on accelerators too
//	products.go       CheckProducts: weights that have been replaced, or were rounded
//	signals_linux.go  a plugin's threads get no signals
//	signals_other.go  the same elsewhere: nothing
//
// # Platforms
//
// Linux amd64 is tested. Linux arm64 and macOS arm64 have no wheel: there a plugin comes from
// go-xla (step 2 or 4).
package xla
