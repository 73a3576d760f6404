// Package lossland_test holds the tests of the tree itself: who may import whom, and whether README
// tells the truth.
package lossland_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows are the imports inside the module that a package has, by path under pkg/ or, for
// internal/…, under the module. Someone who changes a picture can't break a number: viz imports
// nothing of ours, and nothing that measures or trains imports viz or lesson.
var arrows = map[string][]string{
	"xla":                  {},
	"xla/download":         {"xla"},
	"viz":                  {},
	"transform":            {},
	"landscape/analytic":   {},
	"landscape":            {"result", "transform"},
	"result":               {},
	"sam":                  {"transform"},
	"lesson":               {"landscape", "landscape/analytic", "sam", "viz", "xla", "evidence"},
	"evidence":             {},
	"evidence/experiments": {"evidence", "landscape", "landscape/analytic", "lesson", "viz"},

	"internal/api":     {},
	"internal/house":   {},
	"internal/mutants": {},
}

// TestArrows compares every package's imports (tests aside) with the arrows above.
func TestArrows(t *testing.T) {
	for name, imports := range importsOf(t, "./pkg/...", "./internal/...") {
		t.Run(name, func(t *testing.T) {
			allowed, known := arrows[name]
			if !known {
				t.Fatalf("package %s has no entry in this test: say whom it may import", name)
			}
			var found []string
			for _, path := range imports {
				if ours, inModule := shortName(path); inModule {
					found = append(found, ours)
				}
			}
			slices.Sort(found)
			if !slices.Equal(found, slices.Sorted(slices.Values(allowed))) {
				t.Errorf("%s imports %q; its entry says %q", name, found, allowed)
			}
		})
	}
}

// TestArrowsExist: the entry of a package that is gone is taken out.
func TestArrowsExist(t *testing.T) {
	imports := importsOf(t, "./pkg/...", "./internal/...")
	for name := range arrows {
		if imports[name] == nil {
			t.Errorf("there is no package %s", name)
		}
	}
}

// importsOf maps the short names of the packages to the paths of what they import.
func importsOf(t *testing.T, patterns ...string) map[string][]string {
	t.Helper()
	const format = `{{.ImportPath}} {{join .Imports " "}}`
	out, err := exec.Command("go", append([]string{"list", "-f", format}, patterns...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		name, _ := shortName(fields[0])
		imports[name] = fields[1:]
	}
	return imports
}

// shortName is a package's name in arrows, and whether it is in this module.
func shortName(path string) (string, bool) {
	path, ours := strings.CutPrefix(path, "lossland/")
	return strings.TrimPrefix(path, "pkg/"), ours
}

// TestVizIsStandardLibrary: pkg/viz needs nothing but Go, except for show.go's gonbui.
func TestVizIsStandardLibrary(t *testing.T) {
	for _, path := range importsOf(t, "./pkg/viz")["viz"] {
		host, _, _ := strings.Cut(path, "/")
		if strings.Contains(host, ".") && path != "github.com/janpfeifer/gonb/gonbui" {
			t.Errorf("pkg/viz imports %s", path)
		}
	}
}
