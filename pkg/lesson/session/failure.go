package session

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/janpfeifer/must"

	"lossland/internal/project"
)

// In a notebook's cell an error that must meets is said in one sentence, with the place in the cell
// (GoNB turns main.go's lines into the cell's). Elsewhere must does what it always does. A program
// can't show less of the stack than GOTRACEBACK says, so scripts/kernel.sh sets it to none, and
// here other panics get theirs back.
func init() {
	if os.Getenv(project.NotebookVariable) != "" {
		debug.SetTraceback("single")
		must.M = func(err error) { fail(os.Stderr, err) }
	}
}

// fail panics with an error, without the stack that says nothing to a reader.
func fail(out io.Writer, err error) {
	if err == nil {
		return
	}
	if place := cell(); place != "" {
		fmt.Fprintf(out, "at %s\n", place)
	}
	debug.SetTraceback("none")
	panic(err)
}

// cell is the line of the cell's program that called, "" where that isn't known.
func cell() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "main.") {
			return fmt.Sprintf("%s:%d", frame.File, frame.Line)
		}
		if !more {
			return ""
		}
	}
}
