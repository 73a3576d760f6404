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
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range f.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			first, _, _ := strings.Cut(path, "/")
			own := path == "lossland/pkg/viz" && strings.HasSuffix(name, "_test.go")
			notebook := strings.HasPrefix(path, "github.com/janpfeifer/gonb/gonbui") && (name == "show.go" || name == "show_test.go")
			if strings.Contains(first, ".") && !notebook || first == "lossland" && !own {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
