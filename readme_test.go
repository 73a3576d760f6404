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

	"lossland/pkg/landscape"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/viz"
	"lossland/pkg/xla"
)

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

	digits, err := datasets.Digits()
	require.NoError(t, err)
	backend := xla.MustOpen()
	testData, err := digits.Test.EvaluationSet(backend, datasets.FullBatch)
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
		jax, pytorch := e.Frameworks["jax"].Ratio, e.Frameworks["pytorch"].Ratio
		lines = append(lines, fmt.Sprintf("| %s | %s | %.3g | %.2f | %.2f |",
			e.Case, e.Unit, e.Ours, jax, pytorch))
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
