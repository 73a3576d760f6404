package xla

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/pjrt"
)

// Source says which step of the order (see the package comment) a backend came from.
type Source int

const (
	// Environment: GOMLX_BACKEND named the backend.
	Environment Source = iota + 1
	// KnownPlugin: a plugin go-xla finds by itself.
	KnownPlugin
	// ProjectWheel: the wheel in the project's Python environment.
	ProjectWheel
	// Download: go-xla fetched its own plugin just now.
	Download
	// PureGo: no plugin was found.
	PureGo
)

// String returns where the backend came from, in words.
func (s Source) String() string {
	switch s {
	case Environment:
		return "named by GOMLX_BACKEND"
	case KnownPlugin:
		return "a plugin go-xla already knows"
	case ProjectWheel:
		return "the wheel in the project's .venv"
	case Download:
		return "downloaded by go-xla"
	case PureGo:
		return "no XLA plugin found"
	default:
		return fmt.Sprintf("Source(%d)", int(s))
	}
}

// Choice says which backend was opened, why, and which guards were set.
type Choice struct {
	// Config is what was given to [compute.NewWithConfig], e.g. "xla:/path/plugin.so" or
	// "go:ops_sequential".
	Config string
	// Source is the step of the order that decided.
	Source Source
	// Plugin is the absolute path of the plugin's file; empty for a backend without one.
	Plugin string
	// Precision is the requested precision of float32 products: "float32" or, on an accelerator if
	// the user asks for it, "TF32 (relative error about 5e-4)", which rounds factors to 11 bits.
	Precision string
	// Guards lists what was set for this backend, e.g. "XLA_FLAGS=--xla_cpu_use_xnnpack=false".
	Guards []string
	// Warnings lists what the user should know, each a sentence. They were also written to standard
	// error.
	Warnings []string
}

// IsXLA says whether the chosen backend is XLA, as opposed to pure Go.
func (c Choice) IsXLA() bool { return isXLA(c.Config) }

// String returns the choice in one line without the folders of this machine.
func (c Choice) String() string {
	what := c.Config
	if c.Plugin != "" {
		what = "xla, plugin " + c.Plugin[strings.LastIndexAny(c.Plugin, `/\`)+1:]
	}
	line := fmt.Sprintf("%s (%s)", what, c.Source)
	if c.Precision != "" {
		line += "; products in " + c.Precision
	}
	if len(c.Guards) > 0 {
		line += "; guards: " + strings.Join(c.Guards, ", ")
	}
	return line
}

var (
	// muOpen guards the process's environment while a backend is opened, and the shared backend.
	muOpen        sync.Mutex
	sharedBackend compute.Backend
	sharedChoice  Choice
	warned        = map[string]bool{}
)

// Open finds and opens a backend of its own for the caller, who finalizes it. See the package
// comment for the order and for the environment variables it sets. Warnings go to standard error,
// each once in a process.
//
// It fails if GOMLX_BACKEND names a backend that can't be opened, or asks another device than
// CUDA's for TF32. If GOMLX_BACKEND isn't set, it falls back to the pure-Go backend rather than
// fail.
func Open() (compute.Backend, Choice, error) {
	muOpen.Lock()
	defer muOpen.Unlock()
	return open()
}

// Shared returns the one backend of the process, which the first call opens (and the next after
// somebody finalized it). Use it if several parts of a program compute, since a second client costs
// memory and threads. Don't finalize it.
func Shared() (compute.Backend, Choice, error) {
	muOpen.Lock()
	defer muOpen.Unlock()
	if sharedBackend != nil && !sharedBackend.IsFinalized() {
		return sharedBackend, sharedChoice, nil
	}
	backend, choice, err := open()
	if err != nil {
		return nil, choice, err
	}
	sharedBackend, sharedChoice = backend, choice
	return backend, choice, nil
}

// MustOpen returns the backend of [Shared] and panics if that fails. It is for notebooks, examples
// and tests.
func MustOpen() compute.Backend {
	backend, _, err := Shared()
	if err != nil {
		panic(err)
	}
	return backend
}

// ErrNoCard says that CUDA was asked for, and that its plugin is there, but not what it needs.
var ErrNoCard = errors.New("xla: no card can be used here")

// open decides, sets the guards, opens, and warns. Where a found plugin doesn't open it tries the
// next step.
func open() (compute.Backend, Choice, error) {
	var failures []string
	for _, candidate := range candidates() {
		choice, err := candidate()
		if err != nil {
			return nil, choice, err
		}
		if choice.Config == "" {
			failures = append(failures, choice.Warnings...)
			continue
		}
		choice.Warnings = append(failures, choice.Warnings...)
		if err := refusePrecision(choice); err != nil {
			return nil, choice, err
		}
		guard(&choice)
		backend, err := newBackend(choice.Config)
		if err == nil {
			warn(choice.Warnings)
			return backend, choice, nil
		}
		if missing := choice.MissingForCUDA(); len(missing) > 0 && choice.Source == Environment {
			return nil, choice, fmt.Errorf("%w: %s", ErrNoCard, strings.Join(missing, "; "))
		}
		if choice.Source == Environment || choice.Source == PureGo {
			return nil, choice, fmt.Errorf("xla: can't open %q (%s): %w", choice.Config,
				choice.Source, err)
		}
		failures = append(failures,
			fmt.Sprintf("%s (%s) doesn't open: %v", choice.Plugin, choice.Source, err))
	}
	named := os.Getenv(compute.ConfigEnvVar)
	if isXLA(named) && pjrt.IsCUDAName(named) {
		return nil, Choice{}, fmt.Errorf("xla: %s=%s asks for CUDA, and no plugin was found: %s",
			compute.ConfigEnvVar, named, strings.Join(failures, "; "))
	}
	return nil, Choice{}, fmt.Errorf("xla: %s=%s asks for XLA, and no plugin was found%s",
		compute.ConfigEnvVar, named, hint(failures))
}

// newBackend is compute.NewWithConfig with its panic on an unknown backend turned into an error.
func newBackend(config string) (backend compute.Backend, err error) {
	name, _, _ := strings.Cut(config, ":")
	for _, known := range compute.List() {
		if name == known {
			unsignalled(func() { backend, err = compute.NewWithConfig(config) })
			return backend, err
		}
	}
	return nil, fmt.Errorf("no backend is called %q; there are %s", name,
		strings.Join(compute.List(), ", "))
}

// warn writes each warning to standard error, once in a process.
func warn(warnings []string) {
	for _, w := range warnings {
		if !warned[w] {
			warned[w] = true
			fmt.Fprintln(os.Stderr, "lossland: warning:", w)
		}
	}
}

// remedy is how to get a plugin, or to show a program of another module where one is.
const remedy = "run `make setup` in Lossland's folder; where that is done and the program " +
	"belongs to another module, set " + RootEnv + "=/path/to/lossland; where pip installed the " +
	"program, `pip install fastatomstruct-xla-cpu`; or let go-xla download its plugin: `" +
	DownloadEnv + "=1 make doctor`"

// hint says how to get a plugin, after what was tried in vain.
func hint(failures []string) string {
	return ": " + strings.Join(append(failures, remedy), "; ")
}
