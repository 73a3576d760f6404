//go:build !unix

package command

import "os"

// endings are the signals that cancel the work.
var endings = []os.Signal{os.Interrupt}
