package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// worker is a process that measures what it is asked to, one request at a time: see bench/surface.
type worker struct {
	name    string
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
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
func (w *worker) ask(name, form string) (answer, error) {
	var a answer
	request := map[string]string{"form": form}
	if name != "" {
		request["case"] = name
	}
	if err := json.NewEncoder(w.in).Encode(request); err != nil {
		return a, fmt.Errorf("%s: %w", w.name, err)
	}
	if !w.out.Scan() {
		return a, fmt.Errorf("%s ended at %q, %q: %w", w.name, name, form, w.command.Wait())
	}
	return a, json.Unmarshal(w.out.Bytes(), &a)
}

// stop ends the worker.
func (w *worker) stop() error {
	if err := w.in.Close(); err != nil {
		return err
	}
	return w.command.Wait()
}
