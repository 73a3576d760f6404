package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"

	"lossland/bench/turns"
)

// worker is a process that measures when it is asked to: what a request says (bench/surface), or a
// round of everything (bench/turns).
type worker struct {
	name    string
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// request asks for a form of a case, or for "peak".
type request struct {
	Case string `json:"case"`
	Form string `json:"form"`
	// Points is only so many of the grid, without values; 0: all. Ours always measures all.
	Points int `json:"points"`
}

// answer is a worker's answer.
type answer struct {
	Seconds float64   `json:"seconds"`
	CPU     float64   `json:"cpu"`
	Points  float64   `json:"points"`
	Values  []float64 `json:"values"`
}

func start(ctx context.Context, name string, command ...string) (*worker, error) {
	w := &worker{name: name, command: exec.CommandContext(ctx, command[0], command[1:]...)}
	w.command.Stderr = os.Stderr
	var err error
	if w.in, err = w.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := w.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.out = bufio.NewScanner(out)
	return w, w.command.Start()
}

// ask sends a request and waits for the answer.
func (w *worker) ask(r request) (answer, error) {
	var a answer
	if err := json.NewEncoder(w.in).Encode(r); err != nil {
		return a, fmt.Errorf("%s: %w", w.name, err)
	}
	if !w.out.Scan() {
		return a, fmt.Errorf("%s ended at %+v: %w", w.name, r, w.command.Wait())
	}
	return a, json.Unmarshal(w.out.Bytes(), &a)
}

// round lets the worker measure once, and returns what it prints: see bench/turns.
func (w *worker) round() ([]turns.Line, error) {
	if _, err := fmt.Fprintln(w.in); err != nil {
		return nil, fmt.Errorf("%s: %w", w.name, err)
	}
	var lines []turns.Line
	for w.out.Scan() {
		if len(w.out.Bytes()) == 0 {
			return lines, nil
		}
		var l turns.Line
		if err := json.Unmarshal(w.out.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s printed %q: %w", w.name, w.out.Bytes(), err)
		}
		lines = append(lines, l)
	}
	return nil, fmt.Errorf("%s ended in a round: %w", w.name, w.command.Wait())
}

// stop ends the worker.
func (w *worker) stop() error {
	if err := w.in.Close(); err != nil {
		return err
	}
	return w.command.Wait()
}
