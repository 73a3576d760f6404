package gonb

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// Drain waits until the notebook has published everything that the cell has written
// to its standard output and error so far. Outside a notebook it does nothing.
//
// A cell's text goes to the kernel through one pipe and its figures through another,
// and two goroutines of the kernel publish what they read. Without a wait a figure
// overtakes the text (GoNB 0.11.5, internal/jpyexec). The pipes can be asked whether
// they have been read, but not whether what was read has been published: so Drain
// also waits, where the system tells (Linux), until no thread of the kernel is
// running, and then for the kernel's answer to a message. It never waits longer than
// two seconds for each.
func Drain() error {
	if !gonbui.IsNotebook {
		return nil
	}
	// Without an open connection Sync would wait for an answer that never comes.
	if err := gonbui.Open(); err != nil {
		return fmt.Errorf("gonb: %w", err)
	}
	until(func() bool { return unread(os.Stdout) == 0 && unread(os.Stderr) == 0 })
	quiet := 0
	until(func() bool {
		if !idle(os.Getppid()) {
			quiet = 0
			return false
		}
		quiet++
		return quiet == 3
	})
	gonbui.Sync()
	return nil
}

// until asks again until done says yes, or two seconds have gone.
func until(done func() bool) {
	wait := 100 * time.Microsecond
	for end := time.Now().Add(2 * time.Second); !done() && time.Now().Before(end); {
		time.Sleep(wait)
	}
}

// idle tells whether no thread of a process is running or waiting for a processor. It
// is true where the system doesn't say.
func idle(pid int) bool {
	stats, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/stat")
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err == nil && runs(string(stat)) {
			return false
		}
	}
	return true
}

// runs reads the state from a line of /proc/…/stat: it follows the program's name,
// which stands in brackets and may hold any character.
func runs(stat string) bool {
	for i := len(stat) - 1; i >= 0; i-- {
		if stat[i] == ')' {
			return i+2 < len(stat) && (stat[i+2] == 'R' || stat[i+2] == 'D')
		}
	}
	return false
}
