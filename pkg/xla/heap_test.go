package xla

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var sink []byte

// heapChild counts how often the collector runs while 32 MiB are allocated in small pieces, and
// reads how much memory the process has.
func heapChild() (r report) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 512 {
		sink = make([]byte, 64<<10)
		if i%16 == 0 {
			time.Sleep(time.Millisecond) // on a busy machine one collection would last for many.
		}
	}
	runtime.ReadMemStats(&after)
	r.Collections = int(after.NumGC - before.NumGC)
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return r
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		r.Error = err.Error()
	}
	r.Resident = pages * os.Getpagesize()
	return r
}

// TestCalmCollector: with the floor, a small heap isn't collected for 32 MiB, and the floor takes
// no memory.
func TestCalmCollector(t *testing.T) {
	r, _ := child(t, "heap", t.TempDir())
	assert.Zero(t, r.Collections)
	without, _ := child(t, "heap", t.TempDir(), "GOGC=100")
	assert.Greater(t, without.Collections, 2, "what the user says")
	assert.Less(t, r.Resident, without.Resident+48<<20, "mutant: the floor is touched")
}
