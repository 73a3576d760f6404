// Package project finds the folder of the project that a program works in.
package project

import (
	"iter"
	"os"
	"path/filepath"
)

const (
	// RootVariable is the environment variable that names the folder.
	RootVariable = "LOSSLAND_ROOT"
	// NotebookVariable is what GoNB sets to the notebook's folder; a cell's program is built and
	// runs elsewhere.
	NotebookVariable = "GONB_DIR"
)

// Root returns the project's folder: what RootVariable says, else the nearest folder with a go.mod
// at or above the notebook's folder, else at or above the working one. It is "" if there is none.
func Root() string {
	if dir := os.Getenv(RootVariable); dir != "" {
		return dir
	}
	starts := []string{os.Getenv(NotebookVariable)}
	if working, err := os.Getwd(); err == nil {
		starts = append(starts, working)
	}
	for _, start := range starts {
		for dir := range Modules(start) {
			return dir
		}
	}
	return ""
}

// Modules yields the folders with a go.mod at or above dir, the nearest first. "" has none.
func Modules(dir string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at, last := dir, ""; at != last && at != ""; at, last = filepath.Dir(at), at {
			if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil && !yield(at) {
				return
			}
		}
	}
}
