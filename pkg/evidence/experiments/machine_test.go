package experiments

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/session"
)

// TestCommandRuns: a row's command is one that can be typed in the project's folder. Make is asked
// what it would run, and with which arguments in the recipe's environment.
func TestCommandRuns(t *testing.T) {
	make, err := exec.LookPath("make")
	if err != nil {
		t.Skip("no make")
	}
	for scale, want := range map[session.Scale]string{
		session.Full:  "evidence --force --scale full $EVIDENCE_ARGS",
		session.Quick: "evidence --force --scale quick $EVIDENCE_ARGS",
	} {
		command, plain := fmt.Sprintf(Command(scale), "F3"), "make "
		require.True(t, strings.HasPrefix(command, plain), command)
		shell := exec.Command("sh", "-c", make+" -n -p "+strings.TrimPrefix(command, plain))
		shell.Dir = "../../.."
		out, err := shell.CombinedOutput()
		require.NoError(t, err, string(out))
		assert.Contains(t, string(out), want)
		assert.Contains(t, string(out), "\nEVIDENCE_ARGS = --only F3\n")
	}
}

// TestMachineCommand: what was asked for, with the rows where some were named.
func TestMachineCommand(t *testing.T) {
	some := DescribeMachine("", "full", []string{"F1", "W2"}, "")
	assert.Equal(t, `make evidence EVIDENCE_ARGS="--only F1,W2"`, some.Command)
	assert.Equal(t, "make evidence", DescribeMachine("", "full", nil, "").Command)
	assert.Equal(t, "make evidence-quick", DescribeMachine("", "quick", nil, "").Command)
}

// TestMachineFinish appends to the record.
func TestMachineFinish(t *testing.T) {
	out := t.TempDir()
	for _, commit := range []string{"one", "two"} {
		require.NoError(t, DescribeMachine("xla", "full", nil, commit).Finish(out))
	}
	text, err := os.ReadFile(filepath.Join(out, "machine.json"))
	require.NoError(t, err)
	var runs []Machine
	require.NoError(t, json.Unmarshal(text, &runs))
	require.Len(t, runs, 2)
	assert.Equal(t, "two", runs[1].Commit)
}
