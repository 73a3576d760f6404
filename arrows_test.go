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
// nothing that measures, and nothing that measures imports viz or lesson. Nothing runs back up:
// evidence is measured with the lesson's lower rooms (session, datasets, training), and only the
// room above it, interview, reads it.
var arrows = map[string][]string{
	"xla":                {"internal/accelerator", "internal/modelfn", "internal/project"},
	"xla/download":       {"xla"},
	"viz":                {"internal/atomicfile"},
	"viz/gonb":           {"viz", "viz/png"},
	"viz/png":            {"internal/atomicfile", "viz"},
	"transform":          {},
	"landscape/analytic": {},
	"landscape": {"curve", "internal/absent", "internal/accelerator", "internal/atomicfile",
		"internal/memory", "internal/modelfn", "internal/numpy", "internal/resident", "result",
		"spectrum", "transform"},
	"audit":    {"curve", "landscape", "result", "spectrum", "transform", "xla"},
	"symmetry": {"internal/assign", "landscape", "result", "transform"},
	"trajectory": {"internal/atomicfile", "internal/eigen", "internal/numpy", "landscape", "result",
		"spectrum"},
	"curve":  {"internal/absent"},
	"losses": {"result"},
	"onnx":   {"internal/absent", "internal/atomicfile", "landscape", "result"},
	"result": {},
	"sam": {"internal/absent", "internal/accelerator", "internal/modelfn", "result",
		"transform"},
	"figures": {"landscape", "result", "spectrum", "viz"},
	"report":  {"audit", "curve", "figures", "landscape", "result", "spectrum", "viz"},
	"spectrum": {"internal/absent", "internal/eigen", "internal/memory", "internal/resident",
		"result"},
	"command": {"audit", "curve", "figures", "internal/atomicfile", "internal/numpy", "landscape",
		"report", "result", "spectrum", "transform", "viz"},
	"dataset":  {"internal/idx", "internal/numpy"},
	"evidence": {"internal/atomicfile"},
	"evidence/experiments": {"curve", "evidence", "internal/assign", "internal/atomicfile",
		"landscape", "landscape/analytic", "lesson/datasets", "lesson/session", "lesson/training",
		"result", "sam", "spectrum", "viz"},

	"lesson/session":  {"internal/atomicfile", "internal/project"},
	"lesson/datasets": {"viz"},
	"lesson/training": {"landscape", "lesson/datasets", "lesson/session", "result", "sam",
		"spectrum", "trajectory", "viz", "xla"},
	"lesson": {"landscape", "landscape/analytic", "lesson/session", "viz", "viz/gonb",
		"xla"},
	"lesson/interview": {"evidence", "internal/atomicfile", "lesson", "lesson/session",
		"viz"},

	"internal/absent":      {},
	"internal/accelerator": {},
	"internal/api":         {},
	"internal/assign":      {},
	"internal/atomicfile":  {},
	"internal/eigen":       {},
	"internal/faults":      {},
	"internal/house":       {},
	"internal/idx":         {},
	"internal/lessontest":  {"lesson/session"},
	"internal/memory":      {"result"},
	"internal/modelfn":     {},
	"internal/mutants":     {},
	"internal/pictures":    {"landscape/analytic", "viz"},
	"internal/numpy":       {},
	"internal/resident":    {},
	"internal/soak": {"curve", "landscape", "lesson/datasets", "lesson/training", "sam", "spectrum",
		"viz", "xla"},
	"internal/testnet": {},
	"internal/project": {},
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

// TestVizLinksTheStandardLibrary: a program that only draws links nothing but Go, pkg/viz itself
// and the writer of files.
func TestVizLinksTheStandardLibrary(t *testing.T) {
	const others = "{{if not .Standard}}{{.ImportPath}}{{end}}"
	out, err := exec.Command("go", "list", "-deps", "-f", others, "./pkg/viz").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"lossland/internal/atomicfile", "lossland/pkg/viz"}
	if linked := strings.Fields(string(out)); !slices.Equal(linked, want) {
		t.Errorf("pkg/viz links %v, want %v", linked, want)
	}
}
