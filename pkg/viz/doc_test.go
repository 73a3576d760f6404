package viz

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The manual lists every file, in order.
func TestFilesAreListed(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(doc), "# Files\n//\n")
	var listed, found []string
	for line := range strings.Lines(list) {
		if name, ok := strings.CutPrefix(line, "//\t"); ok {
			listed = append(listed, strings.Fields(name)[0])
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") {
			found = append(found, name)
		}
	}
	if got, want := strings.Join(listed, " "), strings.Join(found, " "); got != want {
		t.Errorf("listed: %s\nfound:  %s", got, want)
	}
}
