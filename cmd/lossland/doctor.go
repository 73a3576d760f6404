package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"lossland/pkg/xla"
)

// doctorCommand examines the machine and the project, and changes nothing.
type doctorCommand struct {
	Root string `help:"The project's folder." env:"LOSSLAND_ROOT" default:"." type:"existingdir"`
}

// Run prints one line for each finding. It fails where something is missing.
func (d *doctorCommand) Run(ctx context.Context) error {
	return examine(ctx, os.Stdout, d.Root, append(toolFindings(d.Root), backendFindings()...))
}

// A finding is one thing to look at.
type finding struct {
	name string
	// look returns what was found, or why it doesn't do.
	look func(ctx context.Context) (string, error)
	// mend is the command that mends it.
	mend string
}

// withRemedy is an error with a remedy of its own, which stands in for that of its finding.
type withRemedy struct {
	error
	mend string
}

// errNotExamined is for what can't be looked at because of something that is missing before it.
var errNotExamined = errors.New("not examined without a backend")

// examine looks at everything and writes a line for each: what is there, or what is wrong and the
// remedy.
func examine(ctx context.Context, out io.Writer, root string, findings []finding) error {
	fmt.Fprintf(out, "Lossland in %s, %s/%s\n", root, runtime.GOOS, runtime.GOARCH)
	missing := 0
	for _, f := range findings {
		found, err := f.look(ctx)
		if err == nil {
			fmt.Fprintf(out, "  ok       %-20s %s\n", f.name, found)
			continue
		}
		if errors.Is(err, errNotExamined) {
			fmt.Fprintf(out, "  –        %-20s %v\n", f.name, err)
			continue
		}
		missing++
		if other, has := err.(withRemedy); has {
			f.mend = other.mend
		}
		fmt.Fprintf(out, "  MISSING  %-20s %v\n           %-20s mend it: %s\n", f.name, err, "",
			f.mend)
	}
	if missing > 0 {
		return fmt.Errorf("%d of %d things are missing", missing, len(findings))
	}
	fmt.Fprintln(out, "Nothing is missing: make lesson")
	return nil
}

// toolFindings are the system's tools and what `make setup` builds in root.
func toolFindings(root string) []finding {
	python := "python3"
	if named := os.Getenv("PYTHON"); named != "" {
		python = named
	}
	venv := filepath.Join(root, ".venv")
	return []finding{
		{"Go", firstLine(root, "go", "version"),
			"install the version in go.mod from https://go.dev/dl/"},
		{"C compiler", firstLine(root, "sh", "-c", "$(go env CC) --version"),
			"sudo apt install gcc libc6-dev"},
		{"Python", firstLine(root, python, "--version"), "sudo apt install python3"},
		{"Python venv",
			firstLine(root, python, "-c", "import venv, ensurepip; print('venv and ensurepip')"),
			"sudo apt install python3-venv"},
		{"Python environment", exists(filepath.Join(venv, ".installed"), venv), "make setup"},
		{"gonb", builtAs(root, "gonb", "github.com/janpfeifer/gonb"), "make setup"},
		{"goimports", builtAs(root, "goimports", "golang.org/x/tools"), "make setup"},
		{"staticcheck", builtAs(root, "staticcheck", "honnef.co/go/tools"), "make setup"},
		{"JupyterLab", firstLine(root, filepath.Join(venv, "bin", "jupyter"), "lab", "--version"),
			"rm .venv/.installed; make setup"},
		{"Jupyter kernel", kernel(venv), "make setup"},
		{"Go module cache", firstLine(root, "go", "env", "GOMODCACHE"), "check `go env`"},
		{"Go build cache", firstLine(root, "go", "env", "GOCACHE"), "check `go env`"},
	}
}

// firstLine runs a command in dir and finds the first line that it prints.
func firstLine(dir, name string, args ...string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		if err != nil {
			return "", fmt.Errorf("%s doesn't work: %v %s", name, err, line)
		}
		return line, nil
	}
}

// exists finds the file at path and reports it as what.
func exists(path, what string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("there is no %s", path)
		}
		return what, nil
	}
}

// builtAs finds bin/name, built from the version of module that go.mod names.
func builtAs(root, name, module string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		path := filepath.Join(root, "bin", name)
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("there is no %s", path)
		}
		want, err := firstLine(root, "go", "list", "-m", "-f", "{{.Version}}", module)(ctx)
		if err != nil {
			return "", err
		}
		info, err := exec.CommandContext(ctx, "go", "version", "-m", path).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%s isn't a Go program: %s", path,
				strings.TrimSpace(string(info)))
		}
		if !strings.Contains(string(info), "\t"+module+"\t"+want) {
			return "", fmt.Errorf("%s isn't built from %s %s, which go.mod names", path, module,
				want)
		}
		return want, nil
	}
}

// kernel finds the registered GoNB kernel and the program that it starts.
func kernel(venv string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		path := filepath.Join(venv, "share", "jupyter", "kernels", "gonb", "kernel.json")
		content, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("there is no %s", path)
		}
		var spec struct{ Argv []string }
		if err := json.Unmarshal(content, &spec); err != nil || len(spec.Argv) == 0 {
			return "", fmt.Errorf("%s isn't a kernel's description", path)
		}
		if _, err := os.Stat(spec.Argv[0]); err != nil {
			return "", fmt.Errorf("%s starts %s, which isn't there (was the project moved?)",
				path, spec.Argv[0])
		}
		return path, nil
	}
}

// backendFindings open the backend, multiply on it, and test its guards.
func backendFindings() []finding {
	products := sync.OnceValues(multiply)
	type look = func(context.Context) (string, error)
	opened := func(look look) look {
		return func(ctx context.Context) (string, error) {
			if _, _, err := xla.Shared(); err != nil {
				return "", errNotExamined
			}
			return look(ctx)
		}
	}
	return []finding{
		{"backend", func(context.Context) (string, error) {
			_, choice, err := xla.Shared()
			if err != nil {
				return "", withRemedy{err, backendRemedy(os.Getenv("GOMLX_BACKEND"), err)}
			}
			if choice.Source == xla.PureGo {
				return "", errors.New("there is no XLA plugin; the pure-Go backend does the " +
					"work, large networks about ten times slower")
			}
			return choice.String(), nil
		}, setUpXLA},
		{"plugin", opened(func(context.Context) (string, error) {
			_, choice, err := xla.Shared()
			if choice.Plugin == "" {
				return "none in use", err
			}
			return choice.Plugin, err
		}), "make setup"},
		{"accelerator", opened(accelerator), "make setup-cuda, then GOMLX_BACKEND=xla:cuda make " +
			"doctor; the driver is the system's (sudo apt install nvidia-driver)"},
		{"fresh weights", opened(func(context.Context) (string, error) {
			m, err := products()
			if err != nil {
				return "", err
			}
			return m.fresh()
		}), "unset XLA_FLAGS, so that the guard of pkg/xla holds; docs/upstream.md"},
		{"precision", opened(func(context.Context) (string, error) {
			m, err := products()
			if err != nil {
				return "", err
			}
			return m.precise()
		}), "leave tf32 out of GOMLX_BACKEND and unset NVIDIA_TF32_OVERRIDE, so that pkg/xla " +
			"asks for full products"},
	}
}

// setUpXLA is how to get a plugin for the CPU.
const setUpXLA = "make setup (Linux amd64), or LOSSLAND_DOWNLOAD=1 make doctor to let go-xla " +
	"download its plugin"

// backendRemedy is what mends a backend of that name which doesn't open.
func backendRemedy(name string, err error) string {
	switch {
	case errors.Is(err, xla.ErrNoCard):
		return "a card of NVIDIA's and its driver (sudo apt install nvidia-driver), then " +
			"make setup-cuda"
	case strings.Contains(err.Error(), "tf32"):
		return "unset GOMLX_BACKEND, or leave tf32 out of it"
	case strings.HasPrefix(name, "xla:/"):
		return "correct or unset GOMLX_BACKEND"
	case strings.Contains(name, "cuda"):
		return "make setup-cuda"
	}
	return setUpXLA
}

// accelerator says which card computes, with its memory, or what keeps it from that. None in use is
// no fault.
func accelerator(ctx context.Context) (string, error) {
	backend, choice, err := xla.Shared()
	if err != nil {
		return "", err
	}
	if missing := choice.MissingForCUDA(); len(missing) > 0 {
		return "", errors.New(strings.Join(missing, "; "))
	}
	device := strings.ToLower(backend.DeviceDescription(0))
	if choice.IsXLA() && !strings.Contains(device, "cpu") {
		card, err := exec.CommandContext(ctx, "nvidia-smi",
			"--query-gpu=name,memory.total,memory.free,driver_version",
			"--format=csv,noheader").Output()
		if err != nil {
			return device, nil
		}
		return fmt.Sprintf("%s (name, memory, free, driver); products in %s",
			strings.TrimSpace(string(card)), choice.Precision), nil
	}
	if cards, _ := filepath.Glob("/dev/nvidia[0-9]*"); len(cards) > 0 {
		return fmt.Sprintf("none in use, though the machine has %d: make setup-cuda, then "+
			"GOMLX_BACKEND=xla:cuda", len(cards)), nil
	}
	return "none in this machine", nil
}

// multiplied is what was seen of products on the backend.
type multiplied struct {
	xla.Products
	size  int
	asked string // Choice.Precision.
	took  time.Duration
}

// multiply makes products on the shared backend.
func multiply() (m multiplied, err error) {
	backend, choice, err := xla.Shared()
	if err != nil {
		return m, err
	}
	m.size, m.asked = 512, choice.Precision
	if !choice.IsXLA() {
		m.size = 64 // the pure-Go backend would take seconds.
	}
	start := time.Now()
	m.Products, err = xla.CheckProducts(backend, m.size, 50, 1)
	m.took = time.Since(start).Round(time.Millisecond)
	return m, err
}

// fresh says whether the products used the weights that were set last.
func (m multiplied) fresh() (string, error) {
	if m.Stale > 0 {
		return "", fmt.Errorf("%d of %d products used weights that had been replaced, or are "+
			"wrong beyond rounding", m.Stale, m.Rounds)
	}
	return fmt.Sprintf("%d products of %d×%d matrices used the right ones, in %v", m.Rounds,
		m.size, m.size, m.took), nil
}

// precise says whether the products were as precise as they were asked to be.
func (m multiplied) precise() (string, error) {
	if m.Rounded == 0 {
		return fmt.Sprintf("products in full float32 (%d bits)", m.Bits), nil
	}
	found := fmt.Sprintf("%d of %d products rounded their factors to %d bits", m.Rounded, m.Rounds,
		m.Bits)
	if m.asked != "float32" {
		return found + ", as asked for (" + m.asked + ")", nil
	}
	return "", errors.New(found + " instead of 24")
}
