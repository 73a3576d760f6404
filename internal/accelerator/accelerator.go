// Package accelerator says which backends compute on a device with memory of its own. They want
// other programs than a CPU does: few launches of large operations, and vectors that stay where
// they are.
package accelerator

import (
	"strings"
	"sync/atomic"

	"github.com/gomlx/compute"
)

var pretended atomic.Int32

// Pretend lets every backend count as an accelerator until undo is called, so that these programs
// can be tested on a CPU.
func Pretend() (undo func()) {
	pretended.Add(1)
	return func() { pretended.Add(-1) }
}

// Is reports whether programs for a backend take the form for accelerators.
func Is(b compute.Backend) bool { return pretended.Load() > 0 || !SharesCores(b) }

// SharesCores reports whether a backend's devices are the CPU's cores by other names: the pure-Go
// one, "Go Backend", and XLA's CPU plugin.
func SharesCores(b compute.Backend) bool {
	return strings.HasPrefix(b.Name(), "Go") || strings.Contains(strings.ToLower(b.DeviceDescription(0)), "cpu")
}
