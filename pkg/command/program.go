package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"lossland/pkg/landscape"
)

// Program is a command line around a problem. Name and Problem are required.
type Program struct {
	// Name is what is typed, such as "circle".
	Name string
	// About is a sentence for the help.
	// Default: a sentence about loss landscapes.
	About string
	// Version is what --version prints after the name.
	// Default: "(devel)".
	Version string

	// Problem makes what is measured. It is called once, when everything that can be wrong with
	// the command line has been checked. files are the words after the command.
	Problem func(ctx context.Context, files []string) (*Subject, error)
	// Weights reads a weight vector for connect. It may leave other weights in the store.
	// Default: a .npy of all weights in the order of Params, a .npz with such an array called
	// weights or origin, or a .npz with an array for each variable by its path.
	Weights func(problem *landscape.Problem, file string) ([]float64, error)

	// Files are words after the command as the help shows them, such as "model.onnx data.npz".
	// Default: there are none.
	Files string
	// Flags points to a struct of further flags for each measuring command, with kong's tags
	// (github.com/alecthomas/kong).
	Flags any
	// Texts stand for ${name} in the tags of Flags and Commands.
	Texts map[string]string
	// Check says what is wrong with the files and Flags of a command. It is called before any work.
	Check func(command string, files []string) error
	// Compare says in what two files of a kind of the program's own differ, by the files' ending,
	// such as ".onnx", for the command compare.
	Compare map[string]func(a, b string) ([]Difference, error)
	// Commands points to a struct of further commands, with kong's tags. A command with a method
	// Outputs() []string has these files for itself while it runs, and their folders are made; with
	// Replace() bool, too, files that are there are refused unless that is true. Its Run may take a
	// [Place], which keeps what appears meanwhile.
	Commands any
}

// Difference is one thing in which two files differ.
type Difference struct {
	// What it is, and what the files have there.
	What, A, B string
	// By is how far numbers are apart relative to the first, for --tolerance; else NaN.
	By float64
	// Note says what it means.
	Note string
}

// Subject is what a program measures.
type Subject struct {
	Problem *landscape.Problem
	// Model, Data and Loss say for people what they are, such as "resnet.onnx", "test.npz" and
	// "cross-entropy (nats)". How many examples there are is said beside.
	Model, Data, Loss string
	// Notes are remarks on model and data that a reader of the results needs.
	Notes []string
}

// Main runs the command line of the process and ends it with an exit code, see the package's
// comment. An interrupt (Ctrl-C) or a request to terminate cancels the work; a second one ends the
// process.
func (p Program) Main() {
	ctx, stop := signal.NotifyContext(context.Background(), endings...)
	go func() {
		<-ctx.Done()
		stop() // the next one has its usual effect.
	}()
	os.Exit(p.Run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Run runs one command and returns its exit code. Results go to stdout, everything else to stderr.
func (p Program) Run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	out := &escaping{to: stdout}
	s := &session{program: p, ctx: ctx, args: args, stdout: out, stderr: &escaping{to: stderr},
		terminal: stderr}
	defer func() {
		switch why := recover().(type) {
		case nil:
		case leave:
			code = int(why)
		default: // a fault of ours, which must not look like success.
			s.progress.clear()
			s.complain(fmt.Sprintf("a fault in the program, please report it: %v\n%s", why,
				debug.Stack()))
			code = failed
		}
		if out.failed != nil && code != failed { // as on a full disk.
			s.complain(out.failed.Error())
			code = failed
		}
	}()
	parsed, err := p.parse(s, args)
	if err == nil {
		err = s.take(parsed)
	}
	if err == nil {
		err = s.run(parsed)
	}
	return s.exit(err)
}

// take notes what is on the command line but for the outputs, and refuses pipes and devices, for
// which a reader would wait for good.
func (s *session) take(parsed *kong.Context) error {
	seen := make(map[*kong.Value]bool)
	for _, part := range parsed.Path {
		value := part.Positional
		if part.Flag != nil {
			value = part.Flag.Value
		}
		if value == nil || value.Name == "out" || seen[value] {
			continue
		}
		seen[value] = true
		s.given = append(s.given, words(value.Target)...)
	}
	for _, word := range s.given {
		info, err := os.Stat(word)
		if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			return &usageError{fmt.Errorf("%s is no ordinary file", word),
				" " + parsed.Selected().Path()}
		}
	}
	return nil
}

// words are the strings of a flag's or an argument's value.
func words(v reflect.Value) (found []string) {
	switch v.Kind() {
	case reflect.String:
		found = append(found, v.String())
	case reflect.Slice:
		for i := range v.Len() {
			found = append(found, words(v.Index(i))...)
		}
	}
	return found
}

// leave is what ends help and --version.
type leave int

// grammar is the whole command line.
type grammar struct {
	commands
	Further kong.Plugins     `embed:""`
	Version kong.VersionFlag `help:"Print the version and quit."`
}

// parse reads the command line. Errors are *usageError.
func (p Program) parse(s *session, args []string) (*kong.Context, error) {
	g := &grammar{commands: *newCommands(p.Flags)}
	if p.Commands != nil {
		g.Further = kong.Plugins{p.Commands}
	}
	k, err := kong.New(g, kong.Name(p.Name), kong.Description(p.description()),
		helpTexts, choices, kong.Vars(p.Texts), kong.Vars{"version": p.Name + " " + p.version(),
			"files": p.filesHelp()},
		kong.Writers(s.stdout, s.stderr), kong.WithHyphenPrefixedParameters(true),
		kong.Exit(func(code int) { panic(leave(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(s.ctx, (*context.Context)(nil)), kong.BindTo(s.stdout, (*io.Writer)(nil)))
	if err != nil {
		return nil, err
	}
	p.fitHelp(k)
	s.model = k.Model
	if len(args) == 0 {
		return nil, &usageError{errors.New("which command? " +
			strings.Join(commandNames(k.Model), ", ")), ""}
	}
	parsed, err := k.Parse(args)
	if err != nil {
		command := ""
		var bad *kong.ParseError
		if errors.As(err, &bad) && bad.Context != nil && bad.Context.Selected() != nil {
			command = " " + bad.Context.Selected().Path()
		}
		return nil, &usageError{suggesting(err), command}
	}
	return parsed, nil
}

func (p Program) version() string {
	if p.Version == "" {
		return "(devel)"
	}
	return p.Version
}

// session is one run of a command.
type session struct {
	program        Program
	ctx            context.Context
	args           []string
	given          []string // the words of args that aren't outputs.
	stdout, stderr io.Writer
	terminal       io.Writer // stderr, for what may govern it.
	model          *kong.Application
	command        string
	quiet, json    bool
	force          bool
	files          []string
	progress       *progress
	owned          []*owner
}

// task is a command that measures.
type task interface {
	// common are the flags that every such command has.
	common() *flags
	// check says what is wrong with the command's own flags, before any work.
	check(s *session) error
	// measure does the work.
	measure(s *session, subject *Subject) error
}

// run runs the command that was parsed.
func (s *session) run(parsed *kong.Context) error {
	selected := parsed.Selected()
	s.command = selected.Path()
	switch command := selected.Target.Addr().Interface().(type) {
	case task:
		return s.do(command)
	case interface{ do(s *session) error }:
		return command.do(s)
	case interface{ Outputs() []string }:
		defer s.release()
		c, ok := command.(interface{ Replace() bool })
		s.force = ok && c.Replace()
		if err := s.claimFurther(command.Outputs(), s.force || !ok); err != nil {
			return &usageError{err, " " + s.command}
		}
	}
	return parsed.Run(Place(s.place))
}

// do checks everything, makes the problem, and measures.
func (s *session) do(t task) error {
	flags := t.common()
	s.quiet, s.json, s.files = flags.Quiet, flags.JSON, flags.Files
	s.force = flags.Force
	defer s.release()
	if err := s.checkFiles(t); err != nil {
		return &usageError{err, " " + s.command}
	}
	subject, err := s.program.Problem(s.ctx, s.files)
	if err != nil {
		return &refusal{err}
	}
	defer subject.Problem.Close()
	for _, note := range subject.Notes {
		s.say("note: %s", note)
	}
	return t.measure(s, subject)
}

// checkFiles checks files, flags and outputs, in this order.
func (s *session) checkFiles(t task) error {
	if s.program.Files == "" && len(s.files) > s.needed(t) {
		return fmt.Errorf("%s takes no file %q", s.command, s.files[s.needed(t)])
	}
	if s.program.Check != nil {
		if err := s.program.Check(s.command, s.files); err != nil {
			return err
		}
	}
	return t.check(s)
}

// needed is how many files a command takes of its own: connect's two.
func (s *session) needed(t task) int {
	if _, ok := t.(*connectCommand); ok {
		return 2
	}
	return 0
}

// say writes a line to stderr, unless --quiet.
func (s *session) say(format string, args ...any) {
	if s.quiet {
		return
	}
	s.progress.clear()
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", `\n`)
	fmt.Fprintf(s.stderr, "%s: %s\n", s.program.Name, text)
}
