// Package lessontest is what the tests of the lesson's rooms share.
package lessontest

import (
	"bytes"
	"os"
	"testing"

	"lossland/pkg/lesson/session"
)

// Main runs tests away from the project's cache, with none of the session's variables set. It is
// what a TestMain calls.
func Main(m *testing.M) {
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

// Capture collects what a test's code prints.
func Capture(t *testing.T) *bytes.Buffer {
	t.Helper()
	var printed bytes.Buffer
	before := session.Output
	session.Output = &printed
	t.Cleanup(func() { session.Output = before })
	return &printed
}
