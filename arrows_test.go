// Package lossland_test holds the one test of the tree itself: who may import whom.
package lossland_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows are the imports inside the module that a package may have, by path under pkg/. Someone who changes a picture can't break
// a number: viz imports nothing of ours, and nothing that measures or trains imports viz or lesson.
var arrows = map[string][]string{
	"xla":                  {},
	"xla/download":         {"xla"},
	"viz":                  {},
	"transform":            {},
	"landscape/analytic":   {},
	"landscape":            {"result", "spectrum", "transform"},
	"result":               {},
	"sam":                  {"transform"},
	"spectrum":             {"result"},
	"lesson":               {"landscape", "landscape/analytic", "result", "sam", "spectrum", "viz", "xla", "evidence"},
	"evidence":             {},
	"evidence/experiments": {"evidence", "landscape", "landscape/analytic", "lesson", "result", "sam", "spectrum", "transform", "viz", "xla"},
}

// TestArrows compares every package's imports (tests aside) with the arrows above.
func TestArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./pkg/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		name := strings.TrimPrefix(fields[0], "lossland/pkg/")
		allowed, known := arrows[name]
		if !known {
			t.Errorf("package %s has no entry in this test: say whom it may import", name)
			continue
		}
		for _, imported := range fields[1:] {
			ours, inModule := strings.CutPrefix(imported, "lossland/pkg/")
			if inModule && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s; it may import only %v", name, ours, allowed)
			}
		}
	}
}

// TestVizIsStandardLibrary: pkg/viz needs nothing but Go, except for show.go's gonbui.
func TestVizIsStandardLibrary(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, "./pkg/viz").Output()
	if err != nil {
		t.Fatal(err)
	}
	for imported := range strings.Lines(string(out)) {
		imported = strings.TrimSpace(imported)
		if strings.Contains(strings.Split(imported, "/")[0], ".") && imported != "github.com/janpfeifer/gonb/gonbui" {
			t.Errorf("pkg/viz imports %s", imported)
		}
	}
}
