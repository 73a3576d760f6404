package examples_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOwnModule follows README's recipe for a program in a module of its own, without a network,
// and runs examples/measure there.
func TestOwnModule(t *testing.T) {
	if testing.Short() {
		t.Skip("it links a program of its own")
	}
	source, err := os.ReadFile("measure/main.go")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), source, 0o644))
	for name, value := range map[string]string{
		"GOWORK": "off", "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOSUMDB": "off",
		"LOSSLAND_ROOT": "", "VIRTUAL_ENV": "", "GONB_DIR": "",
	} {
		t.Setenv(name, value)
	}
	said := ""
	for line := range strings.Lines(recipe(t)) {
		line = strings.ReplaceAll(line, "/path/to/lossland", "'"+root(t)+"'")
		// -e: what only the tests of other modules need may not be in the cache.
		line = strings.ReplaceAll(line, "go mod tidy", "go mod tidy -e")
		said = command(t, dir, "sh", "-c", line)
	}
	assert.Contains(t, said, "82 of 82 eigenvalues")
	if _, err := os.Stat(filepath.Join(root(t), ".venv")); err == nil {
		assert.NotContains(t, said, "no XLA plugin found")
	}
}

// recipe is the block of shell commands in README that begins with go mod init.
func recipe(t *testing.T) string {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, after, found := strings.Cut(string(readme), "```sh\ngo mod init")
	require.True(t, found, "README has no recipe for a module of its own")
	block, _, _ := strings.Cut(after, "\n```")
	return "go mod init" + block
}
