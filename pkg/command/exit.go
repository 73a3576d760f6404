package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// The exit codes, for scripts.
const (
	done        = 0
	failed      = 1
	badUsage    = 2
	refused     = 3
	unfinished  = 4
	interrupted = 130
)

// exitCodes are what the help says of them.
const exitCodes = "Exit codes: 0 done; 1 failed on the way; 2 wrong command line, nothing was " +
	"done; 3 the answer is no: a check found something wrong, two files differ, or model or " +
	"data can't be measured rightly; 4 not finished: check ran out of its time before all checks " +
	"were made, and the others found nothing wrong; 130 interrupted."

// usageError is the error for a command line that can't be meant.
type usageError struct {
	error
	command string // with a space before it; empty for the program.
}

// Unwrap is for errors.As.
func (e *usageError) Unwrap() error { return e.error }

// refusal is the error for what can't be measured rightly.
type refusal struct{ error }

// Unwrap is for errors.As.
func (e *refusal) Unwrap() error { return e.error }

// errNo is the answer of a command that was done: no.
var errNo = errors.New("no")

// late is a command's answer that isn't whole because its time was spent.
type late struct{ what string }

// Error implements error.
func (e *late) Error() string { return e.what }

// stopped is a cancelled measurement, and what is left of it.
type stopped struct{ what string }

// Error implements error.
func (e *stopped) Error() string { return e.what }

// Unwrap says that it was cancelled.
func (e *stopped) Unwrap() error { return context.Canceled }

// exit writes the error and returns the code for it.
func (s *session) exit(err error) int {
	s.progress.clear()
	if err == nil {
		return done
	}
	if errors.Is(err, errNo) {
		return refused
	}
	var usage *usageError
	var no *refusal
	var left *stopped
	var part *late
	switch {
	case errors.As(err, &usage):
		s.complain(plain(usage.error))
		fmt.Fprintf(s.stderr, "Run \"%s%s --help\" for how to use it.\n", s.program.Name,
			usage.command)
		return badUsage
	case errors.As(err, &part):
		s.complain("not finished: " + part.what)
		return unfinished
	case errors.As(err, &left):
		s.complain("interrupted: " + left.what)
		return interrupted
	case errors.Is(err, context.Canceled) && s.ctx.Err() != nil:
		s.complain("interrupted: " + s.command + " kept nothing" + shorter[s.command])
		return interrupted
	case errors.As(err, &no), isRefusal(err), isBadArgument(err):
		s.complain(plain(err))
		return refused
	}
	s.complain(plain(err))
	return failed
}

// shorter is what a command that keeps nothing would need less time for.
var shorter = map[string]string{
	"spectrum": "; --top 1 --probes 0 measures the largest eigenvalue alone, in some 10 to 100 " +
		"products instead of over 640",
	"sharpness": "; --measures lambda-max (or another one) measures that alone",
	"classify": "; spectrum --top 1 --ends --probes 0 measures the lowest and the highest " +
		"eigenvalue alone",
	"report": "; check, surface, spectrum and sharpness measure its parts one by one",
}

// complain writes a line to stderr, also with --quiet.
func (s *session) complain(text string) {
	fmt.Fprintf(s.stderr, "%s: %s\n", s.program.Name, text)
}

// plain is an error's text in one line.
func plain(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
