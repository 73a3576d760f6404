// Package memory tells how much memory is left, refuses what won't fit, and gives back what was
// used.
package memory

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"lossland/pkg/result"
)

// Worth is the number of bytes up to which Need and GiveBack do nothing.
const Worth = 64 << 20

// Available is how many bytes this process may still take before the machine swaps or the process
// is killed: what Linux has available, or what the control group leaves where that is less. It is
// −1 where it isn't known.
func Available() int64 {
	free := field("/proc/meminfo", "MemAvailable:", 1<<10)
	group := groupLeft("/sys/fs/cgroup")
	if free < 0 || group >= 0 && group < free {
		return group
	}
	return free
}

// Need returns an error that wraps result.ErrMemory if who needs more bytes than are available.
// instead says what to do.
func Need(who string, bytes int64, instead string) error {
	if bytes <= Worth {
		return nil
	}
	return need(who, bytes, Available(), instead)
}

func need(who string, bytes, available int64, instead string) error {
	if available < 0 || bytes <= available {
		return nil
	}
	return fmt.Errorf("%w: %s needs about %s, and %s are available; what helps: %s",
		result.ErrMemory, who, gigabytes(bytes), gigabytes(available), instead)
}

// GiveBack returns to the system what is no longer used, after work that took so many bytes: Go
// would do so in the minutes that follow, and let its heap double before. Cost: where it was more
// than Worth, some milliseconds a gigabyte.
func GiveBack(bytes int64) {
	if bytes > Worth {
		debug.FreeOSMemory()
	}
}

// gigabytes prints bytes as such.
func gigabytes(bytes int64) string { return fmt.Sprintf("%.2g GB", float64(bytes)/1e9) }

// groupLeft is what the control group mounted at dir leaves; −1 without a limit.
func groupLeft(dir string) int64 {
	limit, used := number(filepath.Join(dir, "memory.max")),
		number(filepath.Join(dir, "memory.current"))
	if limit < 0 || used < 0 {
		return -1
	}
	// Files that are only cached are given up before a process is killed.
	cached := max(0, field(filepath.Join(dir, "memory.stat"), "inactive_file", 1))
	return max(0, limit-used+cached)
}

// number is what a file holds, or −1.
func number(path string) int64 {
	content, err := os.ReadFile(path)
	if err != nil {
		return -1
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// field is the number after a word at the beginning of a line of a file, times unit, or −1.
func field(path, word string, unit int64) int64 {
	f, err := os.Open(path)
	if err != nil {
		return -1
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != word {
			continue
		}
		if n, err := strconv.ParseInt(words[1], 10, 64); err == nil {
			return n * unit
		}
	}
	return -1
}
