package command

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lockOf is the lock of an output in this folder.
func lockOf(name string) string {
	hash := sha256.Sum256([]byte(name))
	return fmt.Sprintf(".lossland-%x.lock", hash[:8])
}

// TestOwners: one output has one owner; who lets go leaves nothing.
func TestOwners(t *testing.T) {
	t.Chdir(t.TempDir())
	first, second := &session{}, &session{}
	require.NoError(t, first.claim([]string{"a.svg"}, ".svg"))
	require.ErrorContains(t, second.claim([]string{"a.svg"}, ".svg"),
		"-o a.svg: another process is about to write it")
	require.NoError(t, os.Symlink("a.svg", "b.svg"))
	require.NoError(t, os.WriteFile("a.svg", nil, 0o600))
	require.ErrorContains(t, second.claim([]string{"b.svg"}, ".svg"), "another process")
	first.release()
	require.ErrorContains(t, second.claim([]string{"b.svg"}, ".svg"), "b.svg is there already")
	second.release()
	second.force = true
	require.NoError(t, second.claim([]string{"b.svg"}, ".svg"))
	second.release()
	hidden, err := filepath.Glob(".*")
	require.NoError(t, err)
	require.Empty(t, hidden)
}

// TestLockIsNoLink: a link in the place of a lock isn't followed: nothing is made or opened where
// it leads.
func TestLockIsNoLink(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.Symlink("victim", lockOf("a.svg")))
	_, err := own("a.svg")
	require.ErrorContains(t, err, "is no ordinary file")
	_, err = os.Lstat("victim")
	require.ErrorIs(t, err, os.ErrNotExist)
	if noFollow != 0 { // also one that comes between the look and the opening.
		_, err := os.OpenFile(lockOf("a.svg"), os.O_CREATE|os.O_RDONLY|noFollow, 0o600)
		require.Error(t, err)
		_, err = os.Lstat("victim")
		require.ErrorIs(t, err, os.ErrNotExist)
	}
}

// TestLockOfALongName: a name of as many bytes as the system takes has a lock.
func TestLockOfALongName(t *testing.T) {
	t.Chdir(t.TempDir())
	name := strings.Repeat("n", 251) + ".svg"
	require.NoError(t, os.WriteFile(name, nil, 0o600))
	o, err := own(name)
	require.NoError(t, err)
	o.release()
}

// TestDeadLocksAreSwept: the lock of a process that was killed goes with the next one in its
// folder; that of a living one stays.
func TestDeadLocksAreSwept(t *testing.T) {
	if name := os.Getenv("LOSSLAND_TEST_OWN"); name != "" { // the child.
		_, err := own(name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile("ready", nil, 0o600))
		time.Sleep(time.Minute)
	}
	t.Chdir(t.TempDir())
	living, err := own("living.svg")
	require.NoError(t, err)
	child := exec.Command(os.Args[0], "-test.run=^TestDeadLocksAreSwept$")
	child.Env = append(os.Environ(), "LOSSLAND_TEST_OWN=dead.svg")
	child.Dir, err = os.Getwd()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	require.Eventually(t, func() bool { _, err := os.Stat("ready"); return err == nil },
		time.Minute, 5*time.Millisecond)
	_, err = own("dead.svg")
	require.ErrorContains(t, err, "another process is about to write it")
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	require.FileExists(t, lockOf("dead.svg"))
	other, err := own("other.svg")
	require.NoError(t, err)
	require.NoFileExists(t, lockOf("dead.svg"))
	require.FileExists(t, lockOf("living.svg"))
	other.release()
	living.release()
	hidden, err := filepath.Glob(".*")
	require.NoError(t, err)
	require.Empty(t, hidden)
}

// TestLocksOfOthersStay: what only looks like a lock is somebody's.
func TestLocksOfOthersStay(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{".lossland-notes.lock": "",
		lockOf("b.svg"): "mine", ".lossland-0123456789ABCDEF.lock": ""} {
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	}
	o, err := own("a.svg")
	require.NoError(t, err)
	o.release()
	left, err := filepath.Glob(".*")
	require.NoError(t, err)
	require.Len(t, left, 3)
}

// TestFurtherCommandsReplaceNothing: nor do a program's further commands that can be told to.
func TestFurtherCommandsReplaceNothing(t *testing.T) {
	p := tiny(t, new(int))
	var more struct {
		Write replaces `cmd:""`
	}
	p.Commands = &more
	require.NoError(t, os.WriteFile("written.txt", []byte("mine"), 0o600))
	r := run(t.Context(), p, "write")
	require.Equal(t, badUsage, r.code)
	require.Contains(t, r.stderr, "written.txt is there already: --force replaces it")
	text, err := os.ReadFile("written.txt")
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
	r = run(t.Context(), p, "write --force")
	require.Equal(t, done, r.code, r.stderr)
	text, err = os.ReadFile("written.txt")
	require.NoError(t, err)
	require.Empty(t, text)
}

// replaces is a command that can be told to replace its output.
type replaces struct {
	writes
	Force bool
}

func (r replaces) Replace() bool { return r.Force }

// TestCommandsOwnTheirOutputs: a program's further commands have the files that they name for
// themselves, too.
func TestCommandsOwnTheirOutputs(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	var more struct {
		Write writes `cmd:""`
	}
	p.Commands = &more
	o, err := own("written.txt")
	require.NoError(t, err)
	r := run(t.Context(), p, "write")
	require.Equal(t, badUsage, r.code)
	require.Contains(t, r.stderr, "another process is about to write it")
	require.NoFileExists(t, "written.txt")
	o.release()
	r = run(t.Context(), p, "write")
	require.Equal(t, done, r.code, r.stderr)
	require.FileExists(t, "written.txt")
	require.NoFileExists(t, lockOf("written.txt"))
}

// writes is a command that has an output.
type writes struct{}

func (writes) Outputs() []string { return []string{"written.txt"} }

func (writes) Run() error { return os.WriteFile("written.txt", nil, 0o600) }
