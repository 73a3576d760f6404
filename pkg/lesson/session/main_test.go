package session

import (
	"bytes"
	"os"
	"testing"

	"lossland/internal/project"
)

// TestMain keeps the tests away from the project's cache.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lesson-cache-*")
	if err != nil {
		panic(err)
	}
	if shared := os.Getenv("LESSON_TEST_CACHE"); shared != "" { // see TestCachedBetweenProcesses
		os.Setenv(CacheVariable, shared)
	} else {
		os.Setenv(CacheVariable, dir)
	}
	for _, name := range []string{ScaleVariable, StrictVariable, ProgressVariable, RootVariable,
		project.NotebookVariable} {
		os.Unsetenv(name)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// capture collects what a test's code prints.
func capture(t *testing.T) *bytes.Buffer {
	t.Helper()
	var printed bytes.Buffer
	before := Output
	Output = &printed
	t.Cleanup(func() { Output = before })
	return &printed
}
