package command

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPipes: a pipe in the place of a file is refused, where a reader would wait for good.
func TestPipes(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	p.Files = "data.npz"
	require.NoError(t, syscall.Mkfifo("p.npz", 0o600))
	require.NoError(t, syscall.Mkfifo(lockOf("a.svg"), 0o600))
	require.NoError(t, os.WriteFile("b.npz", nil, 0o600))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for _, line := range []string{"line p.npz -o q.svg", "draw p.npz", "compare p.npz b.npz",
			"connect p.npz b.npz", "line -o a.svg"} {
			r := run(t.Context(), p, line)
			if r.code != badUsage {
				t.Errorf("%s: code %d: %s", line, r.code, r.stderr)
			}
			if want := "is no ordinary file"; !strings.Contains(r.stderr, want) {
				t.Errorf("%s: %s", line, r.stderr)
			}
		}
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("a command waits for a pipe")
	}
	require.Zero(t, made)
}
