package interview

import (
	"bytes"
	"testing"

	"lossland/internal/lessontest"
	"lossland/pkg/lesson/session"
)

func TestMain(m *testing.M) { lessontest.Main(m) }

// captured collects what the package prints, and keeps its cache in a folder of the test's own.
func captured(t *testing.T) *bytes.Buffer {
	t.Helper()
	t.Setenv(session.CacheVariable, t.TempDir())
	return lessontest.Capture(t)
}
