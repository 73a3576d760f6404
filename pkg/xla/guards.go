package xla

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/support/envutil"
	"github.com/gomlx/gomlx/core/graph"
)

const (
	xlaFlagsEnv = "XLA_FLAGS"
	xnnpackFlag = "--xla_cpu_use_xnnpack"
	xnnpackOff  = xnnpackFlag + "=false"
)

// guard sets what the chosen backend needs, and records it in the choice.
func guard(choice *Choice) {
	choice.Precision = fullPrecision
	switch name, _, _ := strings.Cut(choice.Config, ":"); {
	case isXLA(choice.Config):
		guardXLA(choice)
		guardCUDA(choice)
		guardPrecision(choice)
		for _, done := range []string{keptBlocks(), calmCollector()} {
			if done != "" {
				choice.Guards = append(choice.Guards, done)
			}
		}
	case name == "go":
		guardPureGo(choice)
	}
}

// guardXLA switches XNNPACK off in XLA_FLAGS. Anything that keeps it from doing so is a warning.
func guardXLA(choice *Choice) {
	if kind := misleadingPath(choice.Plugin); kind != "" {
		choice.Warnings = append(choice.Warnings, fmt.Sprintf(
			"go-xla takes the plugin %s for one of %s, because its folder says so; move the "+
				"project to another folder", choice.Plugin, kind))
	}
	flags, err := xlaFlags()
	if err != nil {
		choice.Warnings = append(choice.Warnings, fmt.Sprintf(
			"%s names a file of flags that can't be read (%v), so XNNPACK stays on and weights "+
				"may be stale", xlaFlagsEnv, err))
		return
	}
	if i := lastXNNPACKFlag(flags); i >= 0 {
		value := strings.TrimPrefix(strings.TrimPrefix(flags[i], xnnpackFlag), "=")
		if on, err := parseBool(value); err != nil || on {
			choice.Warnings = append(choice.Warnings, fmt.Sprintf("%s holds %s: with XNNPACK on, "+
				"XLA may compute with weights that have been replaced", xlaFlagsEnv, flags[i]))
			return
		}
	} else if !knowsFlag(choice) {
		return
	} else {
		os.Setenv(xlaFlagsEnv, strings.Join(append(flags, xnnpackOff), " "))
	}
	choice.Guards = append(choice.Guards, xlaFlagsEnv+" has "+xnnpackOff)
}

// xlaFlags returns the flags that XLA would see: the words of XLA_FLAGS or, where that isn't flags,
// of the file it names.
func xlaFlags() ([]string, error) {
	value := strings.TrimSpace(os.Getenv(xlaFlagsEnv))
	if value == "" || strings.HasPrefix(value, "-") {
		return strings.Fields(value), nil
	}
	content, err := os.ReadFile(value)
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(content)), nil
}

// lastXNNPACKFlag returns the index of the flag that counts, the last one, or −1.
func lastXNNPACKFlag(flags []string) int {
	for i, flag := range slices.Backward(flags) {
		if flag == xnnpackFlag || strings.HasPrefix(flag, xnnpackFlag+"=") {
			return i
		}
	}
	return -1
}

// parseBool reads a flag's value as XLA does: no value is true.
func parseBool(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "", "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	default:
		return false, fmt.Errorf("not a boolean: %q", value)
	}
}

// knowsFlag says whether the plugin knows the flag: XLA ends the process on one it doesn't. The
// pinned wheel does; in any other plugin's file the flag's name is searched for, 0.1 s for 250 MB.
func knowsFlag(choice *Choice) bool {
	const wheel = "/fastatomstruct_xla_cpu/libpjrt_cpu.so"
	if choice.Plugin == "" || strings.HasSuffix(filepath.ToSlash(choice.Plugin), wheel) ||
		knows(choice.Plugin, xnnpackFlag) {
		return true
	}
	choice.Warnings = append(choice.Warnings, fmt.Sprintf(
		"the plugin %s doesn't know %s: check with `lossland doctor` that it doesn't return "+
			"stale weights", choice.Plugin, xnnpackFlag))
	return false
}

// knows says whether a plugin's file mentions a flag.
func knows(plugin, flag string) bool {
	content, err := os.ReadFile(plugin)
	return err == nil && bytes.Contains(content, []byte(strings.TrimPrefix(flag, "--")))
}

// misleadingPath returns the accelerator that go-xla reads out of a plugin's folder although the
// file's own name doesn't say so: it searches the whole path for "cuda", "nvidia", "rocm" and
// "amd".
func misleadingPath(path string) string {
	dir, file := filepath.Split(strings.ToLower(path))
	for _, kind := range []string{"cuda", "nvidia", "rocm", "amd"} {
		if strings.Contains(dir, kind) && strings.Contains(file, "cpu") {
			return kind
		}
	}
	return ""
}

// guardPureGo runs the pure-Go backend's operations one after another, and keeps GoMLX from its
// fused operations.
func guardPureGo(choice *Choice) {
	name, rest, _ := strings.Cut(choice.Config, ":")
	options := strings.Split(rest, ",")
	switch {
	case slices.Contains(options, "ops_parallel"):
		choice.Warnings = append(choice.Warnings,
			"GOMLX_BACKEND asks for ops_parallel: the pure-Go backend may dead-lock on wide graphs")
	case !slices.Contains(options, "ops_sequential"):
		if rest != "" {
			rest += ","
		}
		choice.Config = name + ":" + rest + "ops_sequential"
		fallthrough
	default:
		choice.Guards = append(choice.Guards, "ops_sequential")
	}

	if os.Getenv(graph.FusionEnv) == "" {
		os.Setenv(graph.FusionEnv, "0")
	}
	if fused, err := envutil.ReadBool(graph.FusionEnv, true); err != nil || fused {
		choice.Warnings = append(choice.Warnings, graph.FusionEnv+" keeps fused operations on: "+
			"the pure-Go backend's fused Dense loses its gradient when a graph is replayed")
		return
	}
	choice.Guards = append(choice.Guards, graph.FusionEnv+"=0")
}
