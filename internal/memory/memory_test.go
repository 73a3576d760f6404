package memory

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
)

func TestNeed(t *testing.T) {
	require.NoError(t, need("x", 5e9, 6e9, "less"))
	require.NoError(t, need("x", 5e9, -1, "less"), "nobody knows how much there is")
	err := need("spectrum.Lanczos", 8.5e9, 6e9, "a smaller Space")
	require.ErrorIs(t, err, result.ErrMemory)
	require.ErrorContains(t, err, "spectrum.Lanczos needs about 8.5 GB, and 6 GB are available; "+
		"what helps: a smaller Space")
	require.NoError(t, Need("x", Worth, "less"))
	if Available() >= 0 {
		require.Error(t, Need("x", 1<<60, "less"))
	}
}

// TestGiveBack: what is garbage is the system's again.
func TestGiveBack(t *testing.T) {
	taken := make([]byte, 2*Worth)
	for i := range taken {
		taken[i] = 1
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	runtime.KeepAlive(taken)
	GiveBack(2 * Worth)
	runtime.ReadMemStats(&after)
	assert.GreaterOrEqual(t, after.HeapReleased, before.HeapReleased+Worth)
}

func TestGroupLeft(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	assert.EqualValues(t, -1, groupLeft(dir))
	write("memory.max", "max\n")
	write("memory.current", "400\n")
	assert.EqualValues(t, -1, groupLeft(dir))
	write("memory.max", "1000\n")
	assert.EqualValues(t, 600, groupLeft(dir))
	write("memory.stat", "anon 7\ninactive_file 100\n")
	assert.EqualValues(t, 700, groupLeft(dir))
}

func TestField(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meminfo")
	require.NoError(t, os.WriteFile(path, []byte("MemTotal: 9 kB\nMemAvailable:   5 kB\n"), 0o644))
	assert.EqualValues(t, 5<<10, field(path, "MemAvailable:", 1<<10))
	assert.EqualValues(t, -1, field(path, "Swap:", 1))
	assert.EqualValues(t, -1, field(path+"no", "Swap:", 1))
}
