// Package mutants shows that tests can fail. A package's test lists deliberate faults in the
// package's own files, or in one below it that it runs, each with the test that catches it. By
// default only the texts are looked for, so that the list can't rot; with the flag -mutants each
// faulty package is built, and its test must fail (minutes; `make mutants` runs all).
package mutants

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var run = flag.Bool("mutants", false, "build each mutant and see its test fail (minutes)")

// Mutant is a deliberate fault, and the test that fails by it.
type Mutant struct {
	Fault    string // in words.
	File     string // where it is, seen from the package's folder.
	Old, New string // a text that occurs there once, and what stands in its place.
	Test     string // the name of the test.
}

// Try looks for the mutants' texts in the working folder, a test's own package, and with -mutants
// sees each one's test fail.
func Try(t *testing.T, mutants []Mutant) {
	for _, m := range mutants {
		source, err := os.ReadFile(m.File)
		require.NoError(t, err)
		count := strings.Count(string(source), m.Old)
		if !assert.Equal(t, 1, count, "%s: %q in %s", m.Fault, m.Old, m.File) || !*run {
			continue
		}
		mutant := strings.Replace(string(source), m.Old, m.New, 1)
		t.Run(m.Fault, func(t *testing.T) { seeFail(t, m.File, mutant, m.Test) })
	}
}

// seeFail runs a test with one file replaced, and fails if the test passes or can't be built.
func seeFail(t *testing.T, file, mutant, test string) {
	dir := t.TempDir()
	here, err := filepath.Abs(file)
	require.NoError(t, err)
	there, overlay := filepath.Join(dir, filepath.Base(file)), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{here: there}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(there, []byte(mutant), 0o644))
	require.NoError(t, os.WriteFile(overlay, list, 0o644))
	out, err := exec.Command("go", "test", "-vet=off", "-overlay", overlay,
		"-run", "^"+test+"$", ".").CombinedOutput()
	require.Error(t, err, "%s passes", test)
	// A panic that the test itself runs into is reported so, too; one elsewhere, or a crash of the
	// backend, isn't.
	require.Contains(t, string(out), "--- FAIL: "+test+" (", "it didn't fail by itself")
}
