// Command bench measures Lossland beside JAX and PyTorch: the same models, data and work, on the
// same machine, in one run. `make bench` calls it.
//
// All take turns: each of the repeats runs ours, then every form of the peers, so that whatever
// else the machine does hits all. What is reported is the ratio of a peer's time to ours, above 1
// where ours is ahead: the median over the repeats, with the smallest and the largest, for the best
// form of each framework, the one with the smallest median. Of surfaces, a form that needs a third
// more time than its framework's best in a first round over 40 points isn't measured further; its
// time in that round is among the forms. Compilation is apart, and the other parts have a first
// round that isn't counted, in which one compiles while another is measured.
//
// It writes bench/results/latest.json, an array of entries; latest.md, the same as tables; and a
// dated copy with machine, versions and command. What the project set out to reach is in
// targets.go; whether a run reaches it is in the tables, and why some isn't reached is in
// docs/targets.md. A run that begins on a busy machine, or measures each case once, gets no
// verdicts.
//
// On an accelerator the files are called by the card and the precision of its products instead,
// such as nvidia-h200-float32.md.
//
// Usage: go run ./bench [-repeats 3] [-case surface] [-python .venv-bench/bin/python] [-out
// bench/results]; elsewhere, without Go, in what `make gpu-bundle` makes
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"lossland/bench/turns"
)

var (
	repeats = flag.Int("repeats", 3, "how often each case is measured")
	only    = flag.String("case", "",
		"run only cases whose name holds this, in upper or lower case")
	python = flag.String("python", ".venv-bench/bin/python",
		"Python with jax, optax, torch and onnx")
	out  = flag.String("out", "bench/results", "folder for the results; empty: print only")
	work = flag.String("work", "build/bench", "folder for programs and data")
	made = flag.String("programs", "",
		"folder of programs that are there; empty: build them with Go")
	images = flag.Int("images", 2048, "synthetic images of the surfaces")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if *repeats < 1 {
		return fmt.Errorf("%d repeats, want at least 1", *repeats)
	}
	if err := os.MkdirAll(*work, 0o755); err != nil {
		return err
	}
	why := whyUnjudged()
	if why != "" {
		fmt.Fprintln(os.Stderr, "bench: no verdicts on targets:", why)
	}
	var entries []entry
	for _, part := range []struct {
		name    string
		measure func(context.Context) ([]entry, error)
	}{
		{"surface", surfaces},
		{"surface memory", memory},
		{"sam", func(ctx context.Context) ([]entry, error) { return joined(ctx, "sam") }},
		{"hvp", func(ctx context.Context) ([]entry, error) { return joined(ctx, "hvp") }},
		{"onnx", exported},
		{"large", large},
		{"first", firstNumbers},
	} {
		es, err := part.measure(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		met, all := judge(es, targets(), why == "")
		for _, e := range es {
			fmt.Println(e)
		}
		if all > 0 && why == "" {
			fmt.Printf("%s: %d of %d targets met\n", part.name, met, all)
		}
		entries = append(entries, es...)
		if len(es) == 0 {
			continue
		}
		if err := write(entries); err != nil { // what ends early leaves what it has.
			return err
		}
	}
	if len(entries) == 0 {
		return fmt.Errorf("no case's name holds %q", *only)
	}
	return nil
}

// exported measures models that PyTorch exports at the start, beside PyTorch.
func exported(ctx context.Context) ([]entry, error) {
	if !wanted("onnx-cnn") && !wanted("onnx-transformer") {
		return nil, nil
	}
	folder := filepath.Join(*work, "onnx-models")
	err := runLoud(ctx, *python, "bench/onnx/models.py", "--bench", "--out", folder)
	if err != nil {
		return nil, err
	}
	return joined(ctx, "onnx", "-models", folder)
}

// wanted reports whether a case was asked for.
func wanted(name string) bool { return turns.Wanted(name, *only) }

// build makes a part's program and returns those of its cases that were asked for.
func build(ctx context.Context, part string) (program string, names []string, err error) {
	if program, err = programOf(ctx, part); err != nil {
		return "", nil, err
	}
	text, err := exec.CommandContext(ctx, program, "-list").Output()
	if err != nil {
		return "", nil, err
	}
	names = slices.DeleteFunc(strings.Split(strings.TrimSpace(string(text)), "\n"),
		func(name string) bool { return !wanted(name) })
	return program, names, nil
}

// programOf is a part's program, built unless it is there.
func programOf(ctx context.Context, part string) (string, error) {
	if *made != "" {
		return filepath.Join(*made, part), nil
	}
	program := filepath.Join(*work, part)
	return program, runLoud(ctx, "go", "build", "-o", program, "./bench/"+part)
}

// runLoud runs a command whose output goes to standard error.
func runLoud(ctx context.Context, command ...string) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	return c.Run()
}
