package session

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/janpfeifer/must"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFailAsACell is run by the test below, as GoNB runs a cell.
func TestFailAsACell(t *testing.T) {
	if os.Getenv("SESSION_FAIL_CHILD") == "" {
		t.Skip("run by TestFail")
	}
	go must.M(errors.New("landscape: the model isn't there")) // the test itself would recover.
	select {}
}

// TestFail: in a notebook a failure is one sentence; elsewhere it keeps its stack.
func TestFail(t *testing.T) {
	for folder, short := range map[string]bool{t.TempDir(): true, "": false} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFailAsACell$")
		cmd.Env = append(os.Environ(), "SESSION_FAIL_CHILD=1", "GONB_DIR="+folder)
		if folder != "" {
			cmd.Env = append(cmd.Env, "GOTRACEBACK=none")
		}
		said, err := cmd.CombinedOutput()
		require.Error(t, err)
		assert.Contains(t, string(said), "panic: landscape: the model isn't there")
		assert.Equal(t, short, strings.Count(string(said), "\n") < 4, "%s", said)
	}
	require.NotPanics(t, func() { fail(nil, nil) })
}
