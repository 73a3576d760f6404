package interview

import (
	"bytes"
	"os"
	"testing"

	"lossland/pkg/lesson/session"
)

// TestMain keeps the tests away from the project's cache.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lesson-cache-*")
	if err != nil {
		panic(err)
	}
	os.Setenv(session.CacheVariable, dir)
	for _, name := range []string{
		session.RootVariable, session.ScaleVariable, session.StrictVariable,
		session.ProgressVariable,
	} {
		os.Unsetenv(name)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// captured sends what the package prints to a buffer, and its cache to a folder of the test's own.
func captured(t *testing.T) *bytes.Buffer {
	t.Helper()
	var printed bytes.Buffer
	before := session.Output
	session.Output = &printed
	t.Cleanup(func() { session.Output = before })
	t.Setenv(session.CacheVariable, t.TempDir())
	return &printed
}
