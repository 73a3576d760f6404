// Package command is a command line around a landscape.Problem: a program that can make its problem
// has every measurement as a command in a few lines.
//
//	func main() {
//		command.Program{Name: "circle", Problem: fit}.Main()
//	}
//
// The commands are check, surface, line, sharpness, spectrum, classify, connect and report, which
// measure the problem; draw and compare, which take what these have saved; and completion. The
// program lossland is one of them, whose problem is a model's file and data. `PROGRAM COMMAND
// --help` shows each with a line to copy.
//
// # What comes where
//
// The standard output has the result and nothing else: for people, or as JSON with --json, in which
// NaN is null. The standard error has progress with the time that is left, remarks, and errors;
// --quiet leaves only errors. Files appear when they are complete.
//
// # Before any work
//
// Arguments are checked first, and so are outputs: that their kind is known, their folder can be
// written to, no two are the same, none is read, no other process is about to write them, and that
// none is there already, unless --force is given: nothing is overwritten unasked.
// What is wrong ends the program with 2 before the problem is made. An output that appears while a
// command measures stays, too, unless --force: what was measured is then in a file beside it.
//
// # Exit codes
//
//	0    done
//	1    failed on the way: a full disk, no permission, too little memory, an output that has
//	     appeared meanwhile, a fault
//	2    wrong command line; nothing was done
//	3    the answer is no: check found something wrong, compare found a difference, or model, data
//	     or saved results can't be measured, drawn or compared rightly and were refused by name
//	4    not finished: check ran out of its time before all checks were made, and those that were
//	     made found nothing wrong
//	130  interrupted, by Ctrl-C or a request to terminate
//
// # Interrupted
//
// surface keeps the rows that it has measured in a file beside its output (surface.part.npz), at
// least every twenty seconds or so and when it is interrupted. The same command goes on from there,
// if weights, data, model, versions and flags are the same; the result is that of an uninterrupted
// run, bit for bit. What another surface has left there is refused, unless --force. check,
// sharpness and spectrum print what they have; other commands say what is lost, and what would take
// less time.
//
// # Files
//
//	program.go        Program, Subject: the command line and one run of it
//	commands.go       what all commands share
//	help.go           help, with lines to copy
//	helptexts.go      the help of flags
//	exit.go           exit codes and the errors behind them
//	endings_unix.go   signals that cancel the work
//	endings_other.go  the same elsewhere
//	suggest.go        what may have been meant by a word
//	outputs.go        paths of outputs, checked and owned before the work; Place
//	own.go            one process for an output: locks beside it
//	own_other.go      where opening a link can't be refused
//	own_unix.go       where it can
//	escape.go         nothing that is printed governs a terminal
//	progress.go       how far, and how long still
//	print.go          results as text or JSON
//	completion.go     completions for bash, zsh and fish
//	range.go          --range auto
//	weights.go        files of weights
//
// The commands:
//
//	check.go          check: can the picture be trusted
//	surface.go        surface: the loss on a plane
//	resume.go         a surface in bands of rows, resumed where it was interrupted
//	line.go           line: the loss along a line
//	sharpness.go      sharpness by several definitions
//	spectrum.go       spectrum: eigenvalues and their density
//	spectrumfile.go   spectra as files
//	classify.go       classify: what kind of point
//	connect.go        connect: a path between two sets of weights
//	report.go         report: one page with everything
//	draw.go           draw: figures of saved results
//	compare.go        compare: do two results differ
package command
