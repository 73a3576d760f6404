// Package examples_test runs the programs of this folder, each a user's whole program.
package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// programs are the folders with what each program prints and leaves. A new example is added here.
var programs = map[string]struct{ args, prints, leaves []string }{
	"measure": {nil, []string{"Gaussian(σ=0.01) = ", "82 of 82 eigenvalues"},
		[]string{"surface.npz", "surface.svg", "spectrum.svg"}},
	"sam":     {nil, []string{"plain λmax = ", "SAM λmax = "}, []string{"sharpness.svg"}},
	"connect": {nil, []string{"straight: barrier ", "Bézier: barrier "}, []string{"paths.svg"}},
	"command": {[]string{"surface", "--range", "auto"}, []string{"surface: 1681 points", "loss: "},
		[]string{"surface.npz", "surface.svg"}},
}

// TestExamples builds each program, runs it in an empty folder and looks at what it did.
func TestExamples(t *testing.T) {
	sources, err := filepath.Glob("*/main.go")
	require.NoError(t, err)
	require.Len(t, sources, len(programs), "programs isn't the list of the folders")
	for name, want := range programs {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			program := filepath.Join(dir, "program")
			require.Empty(t, command(t, ".", "go", "build", "-o", program, "./"+name))
			t.Setenv("LOSSLAND_ROOT", root(t))
			said := command(t, dir, program, want.args...)
			for _, text := range want.prints {
				assert.Contains(t, said, text)
			}
			for _, file := range want.leaves {
				assert.FileExists(t, filepath.Join(dir, file))
			}
		})
	}
}

// TestExamplesAreShort: a program that is to be read at once has at most a hundred lines.
func TestExamplesAreShort(t *testing.T) {
	for name := range programs {
		text, err := os.ReadFile(filepath.Join(name, "main.go"))
		require.NoError(t, err)
		assert.LessOrEqual(t, strings.Count(string(text), "\n"), 100, name)
	}
}

// root is the project's folder.
func root(t *testing.T) string {
	path, err := filepath.Abs("..")
	require.NoError(t, err)
	return path
}

// command runs a program in a folder and returns what it printed.
func command(t *testing.T, dir string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s:\n%s", name, strings.Join(args, " "), out)
	return string(out)
}
