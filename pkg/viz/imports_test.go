package viz_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Only show.go may know the notebook; everything else is the standard library's. A
// standard package's path has no dot in its first element.
func TestImportsOnlyTheStandardLibrary(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, name := range files {
		for _, path := range foreignImports(t, name, nil) {
			t.Errorf("%s imports %s", name, path)
		}
	}
	// The check itself sees a fault.
	bad := `package viz; import ("fmt"; "lossland/pkg/landscape"; "github.com/janpfeifer/gonb/gonbui")`
	if got := foreignImports(t, "line.go", bad); len(got) != 2 {
		t.Errorf("of line.go with two foreign imports, %v are found", got)
	}
	if got := foreignImports(t, "show.go", bad); len(got) != 1 {
		t.Errorf("of show.go with one foreign import, %v are found", got)
	}
}

// foreignImports are a file's imports that it may not have; a nil source is read from
// the file.
func foreignImports(t *testing.T, name string, src any) []string {
	f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, imp := range f.Imports {
		path, _ := strconv.Unquote(imp.Path.Value)
		first, _, _ := strings.Cut(path, "/")
		own := path == "lossland/pkg/viz" && strings.HasSuffix(name, "_test.go") || path == "lossland/internal/mutants" && name == "mutants_test.go"
		notebook := strings.HasPrefix(path, "github.com/janpfeifer/gonb/gonbui") && (name == "show.go" || name == "show_test.go")
		if strings.Contains(first, ".") && !notebook || first == "lossland" && !own {
			out = append(out, path)
		}
	}
	return out
}
