package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func init() { children["full"], children["closed"] = writeOnFullDisk, writeIntoClosedFolder }

// TestFullDiskAtEachWriter: on a disk without a free byte every writer fails, says why, and leaves
// what was there, to the last byte, and nothing else.
func TestFullDiskAtEachWriter(t *testing.T) {
	cmd := child(t, "full", t.TempDir())
	cmd.SysProcAttr = ownMounts()
	out, err := cmd.CombinedOutput()
	if err != nil && !assert.NotContains(t, string(out), "--- FAIL", "%s", out) {
		return
	}
	if len(out) == 0 {
		t.Skip("this machine lets nobody mount a disk:", err)
	}
	require.NoError(t, err, "%s", out)
}

// ownMounts are a process's own mounts, as a user who may mount.
func ownMounts() *syscall.SysProcAttr {
	root := func(id int) []syscall.SysProcIDMap {
		return []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
	}
	return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: root(os.Getuid()), GidMappings: root(os.Getgid())}
}

// writeOnFullDisk mounts a disk of 4 MiB, writes everything once, fills it and writes again.
func writeOnFullDisk(t *testing.T, disk string) {
	all := append(writers(t), appenders(t)...)
	require.NoError(t, syscall.Mount("none", disk, "tmpfs", 0, "size=4m"))
	for _, w := range all {
		require.NoError(t, w.write(disk, 0), w.name)
	}
	fill(t, filepath.Join(disk, "filler"))
	before := content(t, disk)
	for _, w := range all {
		t.Run(w.name, func(t *testing.T) {
			err := w.write(disk, 1)
			require.ErrorContains(t, err, syscall.ENOSPC.Error())
			requireUntouched(t, before, content(t, disk))
		})
	}
}

// fill takes the last byte of a disk.
func fill(t *testing.T, path string) {
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	for size := 1 << 16; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, size))
		}
		require.ErrorIs(t, err, syscall.ENOSPC)
	}
}

// requireUntouched compares what folders hold.
func requireUntouched(t *testing.T, before, after map[string]string) {
	t.Helper()
	for name, text := range before {
		require.True(t, after[name] == text, "%s has changed", name)
	}
	for name := range after {
		require.Contains(t, before, name, "was left behind")
	}
}

// TestClosedFolderAtEachWriter: where nobody may write, every writer fails with the path, and what
// is there stays.
func TestClosedFolderAtEachWriter(t *testing.T) {
	folder := t.TempDir()
	cmd := child(t, "closed", folder)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "network.onnx")
}

// writeIntoClosedFolder writes everything once, closes the folder, becomes nobody where it is root,
// for whom nothing is closed, and writes again.
func writeIntoClosedFolder(t *testing.T, folder string) {
	all := append(writers(t), appenders(t)...)
	open := filepath.Join(folder, "in")
	require.NoError(t, os.Mkdir(open, 0o755))
	for _, w := range all {
		require.NoError(t, w.write(open, 0), w.name)
	}
	before := content(t, open)
	require.NoError(t, exec.Command("chmod", "-R", "a-w", open).Run())
	defer exec.Command("chmod", "-R", "u+w", open).Run()
	if os.Getuid() == 0 {
		require.NoError(t, exec.Command("chmod", "-R", "a+rX", folder, filepath.Dir(folder)).Run())
		require.NoError(t, syscall.Setuid(nobody))
	}
	for _, w := range all {
		t.Run(w.name, func(t *testing.T) {
			err := w.write(open, 1)
			require.ErrorContains(t, err, "permission denied")
			require.ErrorContains(t, err, fmt.Sprint(filepath.Base(open)))
			requireUntouched(t, before, content(t, open))
		})
	}
}

// nobody is the user without rights.
const nobody = 65534
