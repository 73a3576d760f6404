package session

import (
	"io"
	"os"
)

// Output is where [Cached], [lesson.Check], [lesson.Exercise] and [Progress] print; nil stands for
// the standard output.
var Output io.Writer

// Writer resolves Output.
func Writer() io.Writer {
	if Output != nil {
		return Output
	}
	return os.Stdout
}
