package session

import (
	"os"
	"path/filepath"
)

// The environment variables that this package reads.
const (
	// RootVariable names the project's folder, where that isn't found by itself.
	RootVariable = "LOSSLAND_ROOT"
	// CacheVariable names the folder of the cache. Default: .cache/lesson in the project's folder.
	CacheVariable = "LESSON_CACHE"
	// ScaleVariable is quick (the default) or full: see [currentScale].
	ScaleVariable = "LESSON_SCALE"
	// StrictVariable set to 1 makes a wrong answer to an exercise a failure: see [lesson.Exercise].
	StrictVariable = "LESSON_STRICT"
	// ProgressVariable is bar, line or off: see [Progress].
	ProgressVariable = "LESSON_PROGRESS"

	// notebookVariable is set by GoNB to the notebook's folder; a cell's program is built elsewhere.
	notebookVariable = "GONB_DIR"
)

// Root returns the project's folder: what LOSSLAND_ROOT says, else the nearest one with a go.mod at or above the
// notebook's folder or the working one; "" if there is none.
func Root() string {
	if dir := os.Getenv(RootVariable); dir != "" {
		return dir
	}
	if dir := moduleAbove(os.Getenv(notebookVariable)); dir != "" {
		return dir
	}
	working, err := os.Getwd()
	if err != nil {
		return ""
	}
	return moduleAbove(working)
}

// moduleAbove returns the nearest folder with a go.mod, from dir upwards.
func moduleAbove(dir string) string {
	if dir == "" {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// CacheFolder returns where results are kept, the user's cache folder where there is no project.
func CacheFolder() (string, error) {
	if dir := os.Getenv(CacheVariable); dir != "" {
		return dir, nil
	}
	if dir := Root(); dir != "" {
		return filepath.Join(dir, ".cache", "lesson"), nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "lossland", "lesson"), nil
}
