//go:build unix

package command

import (
	"os"
	"syscall"
)

// endings are the signals that cancel the work.
var endings = []os.Signal{os.Interrupt, syscall.SIGTERM}
