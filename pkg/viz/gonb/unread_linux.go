package gonb

import (
	"os"

	"golang.org/x/sys/unix"
)

// unread is how many bytes written to a pipe its reader hasn't taken yet; 0 for
// anything that isn't a pipe.
func unread(f *os.File) int {
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return 0
	}
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return n
}
