package session

import (
	"os"
	"path/filepath"

	"lossland/internal/project"
)

// The environment variables that this package reads.
const (
	// RootVariable names the project's folder, where that isn't found by itself.
	RootVariable = project.RootVariable
	// CacheVariable names the folder of the cache. Default: .cache/lesson in the project's folder.
	CacheVariable = "LESSON_CACHE"
	// ScaleVariable is quick (the default) or full: see [Pick].
	ScaleVariable = "LESSON_SCALE"
	// StrictVariable set to 1 makes a wrong answer to an exercise a failure: see [lesson.Exercise].
	StrictVariable = "LESSON_STRICT"
	// ProgressVariable is bar, line or off: see [Progress].
	ProgressVariable = "LESSON_PROGRESS"
)

// Root returns the project's folder: what LOSSLAND_ROOT says, else the nearest folder with a go.mod
// at or above the notebook's folder or the working one. It is "" if there is none.
func Root() string { return project.Root() }

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
