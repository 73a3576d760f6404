package lossland_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadmeMinutes: README's table says of each notebook the minutes that its first cell says.
func TestReadmeMinutes(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| \d\d \| \[[^\]]*\]\((notebooks/[^)]*)\) \| (\S+) \|`)
	paths, err := filepath.Glob("notebooks/*.ipynb")
	require.NoError(t, err)
	rows := row.FindAllStringSubmatch(read(t, "README.md"), -1)
	require.Len(t, rows, len(paths))
	for _, m := range rows {
		said := regexp.MustCompile(`\*\*(\S+) minutes`).FindStringSubmatch(read(t, m[1]))
		require.NotNil(t, said, m[1])
		assert.Equal(t, said[1], m[2], m[1])
	}
}

// TestReadmeGo: every piece of Go in README stands in a program of examples/, where the tests run
// it.
func TestReadmeGo(t *testing.T) {
	sources, err := filepath.Glob("examples/*/*.go")
	require.NoError(t, err)
	var programs []string
	for _, path := range sources {
		programs = append(programs, read(t, path))
	}
	blocks := fenced(read(t, "README.md"), "go")
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		assert.True(t, slices.ContainsFunc(programs, func(program string) bool {
			return holds(program, block)
		}), "no program in examples/ has these lines:\n%s", block)
	}
}

// holds says whether a program has a block's lines, all of them indented by the same tabs.
func holds(program, block string) bool {
	for tabs := range 4 {
		indent := "\n" + strings.Repeat("\t", tabs)
		indented := strings.ReplaceAll("\n"+strings.TrimSpace(block), "\n", indent)
		indented = strings.ReplaceAll(indented, indent+"\n", "\n\n") // empty lines have no tabs.
		if strings.Contains(program, indented+"\n") {
			return true
		}
	}
	return false
}

func TestHolds(t *testing.T) {
	program := "package x\n\nfunc f() {\n\ta()\n\n\tif b {\n\t\tc()\n\t}\n}\n"
	for block, want := range map[string]bool{
		"func f() {\n\ta()\n":              true,
		"a()\n\nif b {\n\tc()\n}\n":        true,
		"c()\n":                            true,
		"a()\nif b {\n\tc()\n}\n":          false,
		"a()\n\nif b {\n\tc(1)\n}\n":       false,
		"func f() {\n\ta()\n\n\tif bb {\n": false,
	} {
		assert.Equal(t, want, holds(program, block), block)
	}
}

// TestShellCommands: what the pages tell people to type is there.
func TestShellCommands(t *testing.T) {
	inline := regexp.MustCompile("`((?:make|go run) [^`]+)`")
	targets := makeTargets(t)
	for _, page := range pages(t) {
		if page == "CHANGELOG.md" || page == "docs/upstream.md" {
			continue // of what once was, and of others' programs.
		}
		text := read(t, page)
		commands := strings.Split(strings.Join(fenced(text, "sh"), ""), "\n")
		for _, match := range inline.FindAllStringSubmatch(text, -1) {
			commands = append(commands, match[1])
		}
		for _, command := range commands {
			assert.Empty(t, unknown(command, targets), "%s: %s", page, command)
		}
	}
}

// unknown says what a command names that isn't there; "" where it is all right.
func unknown(command string, targets []string) string {
	command, _, _ = strings.Cut(command, " #")
	words := strings.Fields(command)
	for len(words) > 0 && strings.Contains(words[0], "=") {
		words = words[1:] // variables for the command.
	}
	if len(words) == 0 {
		return ""
	}
	switch words[0] {
	case "make":
		for _, word := range words[1:] {
			if !strings.Contains(word, "=") && !slices.Contains(targets, word) {
				return "no target " + word
			}
		}
		return ""
	case "lossland":
		if len(words) > 1 && !strings.HasPrefix(words[1], "-") && !isCommand(words[1]) {
			return "no command " + words[1]
		}
		return ""
	case "source", "python", "go":
		for _, word := range words[1:] {
			path := strings.HasPrefix(word, "./") || strings.HasPrefix(word, "scripts/")
			if _, err := os.Stat(word); path && err != nil {
				return "no file " + word
			}
		}
		return ""
	}
	return "a command that this test doesn't know: " + words[0]
}

// isCommand says whether the command line has a command, which kong names after a field.
func isCommand(name string) bool {
	field := regexp.MustCompile(`(?m)^\s+(\w+)\s.*` + "`" + `cmd:""`)
	for _, pattern := range []string{"cmd/lossland/*.go", "pkg/command/*.go"} {
		paths, _ := filepath.Glob(pattern)
		for _, path := range paths {
			text, _ := os.ReadFile(path)
			for _, match := range field.FindAllSubmatch(text, -1) {
				if strings.EqualFold(string(match[1]), strings.ReplaceAll(name, "-", "")) {
					return true
				}
			}
		}
	}
	return false
}

func TestUnknown(t *testing.T) {
	for command, want := range map[string]string{
		"":                             "",
		"make lesson   # all of it":    "",
		"X=1 make lesson NB=2":         "",
		"make leson":                   "no target leson",
		"go run ./cmd/lossland doctor": "",
		"go run ./cmd/losland":         "no file ./cmd/losland",
		"lossland check a.onnx d.npz":  "",
		"lossland sam-digits":          "",
		"lossland chek":                "no command chek",
		"source scripts/env.sh":        "",
		"source scripts/environment":   "no file scripts/environment",
		"rm -rf /":                     "a command that this test doesn't know: rm",
	} {
		assert.Equal(t, want, unknown(command, []string{"lesson"}), command)
	}
}

// makeTargets are the targets of the Makefile and of what it includes.
func makeTargets(t *testing.T) (targets []string) {
	paths, err := filepath.Glob("mk/*.mk")
	require.NoError(t, err)
	rule := regexp.MustCompile(`(?m)^([a-z][a-z -]*):`)
	for _, path := range append(paths, "Makefile") {
		for _, match := range rule.FindAllStringSubmatch(read(t, path), -1) {
			targets = append(targets, strings.Fields(match[1])...)
		}
	}
	return targets
}

// fenced are the blocks of a page in one language.
func fenced(page, language string) (blocks []string) {
	block := regexp.MustCompile("(?ms)^```" + language + "\n(.*?\n)```$")
	for _, match := range block.FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

// read is a file's text.
func read(t *testing.T, path string) string {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// TestReadmeShowsTheBenchmark compares README's table with the last run's results.
func TestReadmeShowsTheBenchmark(t *testing.T) {
	var entries []struct {
		Case, Unit string
		Ours       float64
		Frameworks map[string]struct{ Ratio float64 }
	}
	require.NoError(t, json.Unmarshal([]byte(read(t, "bench/results/latest.json")), &entries))
	var lines []string
	for _, e := range entries {
		over := func(framework string) string {
			if f, is := e.Frameworks[framework]; is {
				return fmt.Sprintf("%.2f", f.Ratio)
			}
			return "–"
		}
		lines = append(lines, fmt.Sprintf("| %s | %s | %.3g | %s | %s |",
			e.Case, e.Unit, e.Ours, over("jax"), over("pytorch")))
	}
	_, section, found := strings.Cut(read(t, "README.md"), "## How fast")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	shown := 0
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| case") {
			require.Contains(t, lines, line, "not in bench/results/latest.json")
			shown++
		}
	}
	require.NotZero(t, shown)
	require.Contains(t, section, fmt.Sprintf("All %d lines", len(entries)))
}
