package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

func TestExamineNamesWhatIsMissingAndTheRemedy(t *testing.T) {
	var out strings.Builder
	there := func(context.Context) (string, error) { return "1.2.3", nil }
	gone := func(context.Context) (string, error) { return "", errors.New("there is no /x") }

	require.NoError(t, examine(t.Context(), &out, "here", []finding{{"Tool", there, ""}}))
	assert.Contains(t, out.String(), "ok       Tool                 1.2.3\n")

	out.Reset()
	err := examine(t.Context(), &out, "here",
		[]finding{{"Tool", there, ""}, {"Other", gone, "make setup"}})
	assert.EqualError(t, err, "1 of 2 things are missing")
	assert.Contains(t, out.String(), "MISSING  Other                there is no /x\n")
	assert.Contains(t, out.String(), "mend it: make setup\n")

	out.Reset()
	skipped := func(context.Context) (string, error) { return "", errNotExamined }
	err = examine(t.Context(), &out, "here",
		[]finding{{"First", gone, "x"}, {"Next", skipped, "y"}})
	assert.EqualError(t, err, "1 of 2 things are missing", "what isn't looked at isn't missing")
	assert.NotContains(t, out.String(), "mend it: y")
}

// In an empty folder the system's tools are there and nothing that `make setup` makes is.
func TestToolFindingsInEmptyFolder(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module empty\n"), 0o644))
	missing := map[string]bool{}
	for _, f := range toolFindings(root) {
		_, err := f.look(t.Context())
		missing[f.name] = err != nil
	}
	for name, want := range map[string]bool{"Go": false, "C compiler": false,
		"Python environment": true, "gonb": true, "goimports": true, "Jupyter kernel": true} {
		assert.Equal(t, want, missing[name], name)
	}
}

func TestKernelOfMovedProject(t *testing.T) {
	venv := t.TempDir()
	path := filepath.Join(venv, "share", "jupyter", "kernels", "gonb", "kernel.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t,
		os.WriteFile(path, []byte(`{"argv": ["/gone/kernel.sh", "{connection_file}"]}`), 0o644))
	_, err := kernel(venv)(t.Context())
	assert.ErrorContains(t, err, "/gone/kernel.sh, which isn't there")
}

func TestBackendFindingsOnPureGo(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "go")
	var out strings.Builder
	require.NoError(t, examine(t.Context(), &out, "here", backendFindings()))
	assert.Contains(t, out.String(), "go:ops_sequential")
	assert.Contains(t, out.String(), "50 products of 64×64 matrices used the right ones")
	assert.Contains(t, out.String(), "products in full float32 (24 bits)")
}

// TestBackendRemedies: one for each thing that is missing.
func TestBackendRemedies(t *testing.T) {
	gone := errors.New("xla: no plugin was found")
	assert.Equal(t, "make setup-cuda", backendRemedy("xla:cuda", gone))
	assert.Contains(t, backendRemedy("xla:cuda", fmt.Errorf("%w: no driver", xla.ErrNoCard)),
		"nvidia-driver")
	assert.Contains(t, backendRemedy("xla:cpu,tf32", errors.New("tf32 is cuda's")), "tf32 out")
	assert.Equal(t, setUpXLA, backendRemedy("xla", gone))
	assert.Equal(t, "correct or unset GOMLX_BACKEND", backendRemedy("xla:/opt/cuda/none.so", gone))

	var out strings.Builder
	assert.Error(t, examine(t.Context(), &out, "here", []finding{{"it",
		func(context.Context) (string, error) { return "", withRemedy{gone, "do this"} }, "that"}}))
	assert.Contains(t, out.String(), "mend it: do this\n")
}

// Rounding isn't taken for stale weights, nor stale weights for rounding.
func TestProductsTellRoundingFromStaleWeights(t *testing.T) {
	for _, c := range []struct {
		name             string
		m                multiplied
		fresh, imprecise string // errors.
	}{
		{"right", multiplied{Products: xla.Products{Rounds: 50, Bits: 24},
			asked: "float32"}, "", ""},
		{"stale", multiplied{Products: xla.Products{Rounds: 50, Stale: 7, Bits: 24},
			asked: "float32"}, "7 of 50 products used weights that had been replaced", ""},
		{"rounded", multiplied{Products: xla.Products{Rounds: 50, Rounded: 50, Bits: 11},
			asked: "float32"}, "", "50 of 50 products rounded their factors to 11 bits"},
		{"rounded, as asked", multiplied{Products: xla.Products{Rounds: 50, Rounded: 50, Bits: 11},
			asked: "TF32"}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, side := range []struct {
				look func() (string, error)
				want string
			}{{c.m.fresh, c.fresh}, {c.m.precise, c.imprecise}} {
				_, err := side.look()
				if side.want == "" {
					assert.NoError(t, err)
				} else {
					assert.ErrorContains(t, err, side.want)
				}
			}
		})
	}
}
