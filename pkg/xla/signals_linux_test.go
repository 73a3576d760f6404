package xla

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// signalsChild counts the threads that block SIGPROF and not SIGSEGV.
func signalsChild(_ compute.Backend, r *report) {
	files, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil {
		r.Error = err.Error()
	}
	for _, file := range files {
		if blocked := blockedIn(file); blocked>>(unix.SIGPROF-1)&1 == 1 &&
			blocked>>(unix.SIGSEGV-1)&1 == 0 {
			r.Deaf++
		}
	}
}

// blockedIn reads the signals that a thread blocks; 0 of a thread that has ended.
func blockedIn(file string) (mask uint64) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if hex, is := strings.CutPrefix(line, "SigBlk:"); is {
			mask, _ = strconv.ParseUint(strings.TrimSpace(hex), 16, 64) // the kernel's own.
		}
	}
	return mask
}

// TestProfilerLeavesXLAsThreads: no signal of a profiler comes to the plugin's threads, in whose
// products a handler would write over numbers.
func TestProfilerLeavesXLAsThreads(t *testing.T) {
	r, _ := child(t, "signals", t.TempDir(), "GOMLX_BACKEND=xla:"+wheelPlugin(t))
	require.Empty(t, r.Error)
	assert.Positive(t, r.Deaf, "threads of the plugin that block SIGPROF")
	r, _ = child(t, "signals", t.TempDir(), "GOMLX_BACKEND=go")
	require.Empty(t, r.Error)
	assert.Zero(t, r.Deaf, "Go's own threads are profiled")
}
