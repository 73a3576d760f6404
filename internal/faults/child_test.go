package faults

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// childJob names what this process does where it is a child of a test, and childFolder where.
const childJob, childFolder = "LOSSLAND_FAULTS_CHILD", "LOSSLAND_FAULTS_FOLDER"

// children are the jobs of child processes, which are killed, or live where the disk is full or
// closed to them.
var children = map[string]func(t *testing.T, folder string){}

// TestChild does the job of a child process; by itself it does nothing.
func TestChild(t *testing.T) {
	if job := children[os.Getenv(childJob)]; job != nil {
		job(t, os.Getenv(childFolder))
	}
}

// child is a process that does a job in a folder.
func child(t *testing.T, job, folder string) *exec.Cmd {
	t.Helper()
	require.Contains(t, children, job)
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), childJob+"="+job, childFolder+"="+folder)
	return cmd
}

// waitFor reads a process's output up to a line.
func waitFor(t *testing.T, output io.Reader, line string) {
	t.Helper()
	var said []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if lines.Text() == line {
			return
		}
		said = append(said, lines.Text())
	}
	require.Fail(t, "the process ended before it said "+line, "%q", said)
}
