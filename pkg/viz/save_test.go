package viz_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lossland/pkg/viz"
)

func TestSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figure.svg")
	fig := exampleLine()
	if err := viz.Save(path, fig); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, []byte(draw(t, fig))) {
		t.Errorf("the file isn't the figure: %v", err)
	}
	if err := viz.Save(path, viz.Line{}); err == nil ||
		strings.Count(err.Error(), "viz:") != 1 || !strings.Contains(err.Error(), path) {
		t.Errorf("Save of a bad figure: %v, want one error that names the file", err)
	}
	if kept, _ := os.ReadFile(path); !bytes.Equal(kept, got) {
		t.Error("Save of a bad figure touched the file")
	}
	if err := viz.Save(filepath.Join(path, "x.svg"), fig); err == nil ||
		!strings.Contains(err.Error(), "viz: Save") {
		t.Errorf("Save into a file: %v", err)
	}
}

// What a file holds is what its name says.
func TestSaveByEnding(t *testing.T) {
	dir, fig := t.TempDir(), exampleLine()
	for _, c := range []struct{ name, begin, refuse string }{
		{"a.svg", "<svg ", ""}, {"A.SVG", "<svg ", ""}, {"a.html", "<!DOCTYPE html>", ""},
		{"a.png", "", `ends in ".png"`}, {"a.pdf", "", `ends in ".pdf"`}, {"a", "", `ends in ""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.name)
			err := viz.Save(path, fig)
			got, _ := os.ReadFile(path)
			if c.refuse == "" && (err != nil || !strings.HasPrefix(string(got), c.begin)) {
				t.Errorf("%v: the file begins with %.20q", err, got)
			}
			if c.refuse != "" {
				if err == nil || !strings.Contains(err.Error(), c.refuse) {
					t.Errorf("error %v, want one with %q", err, c.refuse)
				}
				if got != nil {
					t.Error("a file was written")
				}
			}
		})
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 3 {
		t.Errorf("%d files, %v: want the three that were written and no other", len(left), err)
	}
}

// Two programs that save under one name leave one whole file.
func TestSaveAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figure.svg")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := viz.Save(path, exampleLine()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := os.ReadFile(path); err != nil || string(got) != draw(t, exampleLine()) {
		t.Errorf("the file isn't the figure: %v", err)
	}
}

// A figure's page runs nothing and loads nothing, and is called what the figure is.
func TestSavedPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figure.html")
	fig := viz.Line{Title: "<script>alert(1)</script> & co",
		Series: []viz.Series{{Y: []float64{1, 2}}}}
	if err := viz.Save(path, fig); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"http-equiv=\"Content-Security-Policy\" content=\"default-src " +
		"'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"",
		"<title>&lt;script&gt;alert(1)&lt;/script&gt; &amp; co</title>"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if bytes.Contains(page, []byte("<script")) {
		t.Error("the page holds a script")
	}
}
