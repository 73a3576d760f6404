package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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

// exitCodes are what each means, in every command: the package's comment, docs/from-pytorch.md and
// the help have this table.
var exitCodes = []struct {
	code  int
	means string
}{
	{done, "done"},
	{failed, "failed on the way: a full disk, no permission, too little memory, an output that " +
		"has appeared meanwhile, a fault"},
	{badUsage, "wrong command line; nothing was done"},
	{refused, "the answer is no: check found something wrong, compare found a difference, or " +
		"model, data or saved results can't be measured, drawn or compared rightly and were " +
		"refused by name"},
	{unfinished, "not finished: check ran out of its time before all checks were made, and those " +
		"that were made found nothing wrong"},
	{interrupted, "interrupted, by Ctrl-C or a request to terminate"},
}

// exitHelp is the table as the help has it.
func exitHelp() string {
	var rows []string
	for _, c := range exitCodes {
		rows = append(rows, fmt.Sprintf("%d %s", c.code, c.means))
	}
	return "Exit codes: " + strings.Join(rows, ". ") + "."
}

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
	case !isSystems(err) && (errors.As(err, &no) || isRefusal(err) || isBadArgument(err)):
		s.complain(plain(err))
		return refused
	}
	s.complain(plain(err))
	return failed
}

// isSystems says whether the system refused to read or write a file that is there.
func isSystems(err error) bool {
	var file *fs.PathError
	var link *os.LinkError
	return (errors.As(err, &file) || errors.As(err, &link)) && !errors.Is(err, fs.ErrNotExist)
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
