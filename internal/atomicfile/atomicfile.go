// Package atomicfile writes files that are there whole or not at all: whoever reads the name gets
// what was there before, or what was written, and never a part of it. A full disk, a crash and a
// second writer change nothing about that.
package atomicfile

import (
	"bufio"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	// prefix and suffix frame the name of a file that isn't complete. Between them is a random
	// part, so that two writers never share one.
	prefix, suffix = ".unfinished-", ".tmp"
	// stale is how long a file may lie unfinished before its writer is taken for dead.
	stale = 24 * time.Hour
	// permissions are those of a new file, less the umask; one that is replaced keeps its own.
	permissions = 0o666
	buffer      = 1 << 16
)

// Write puts content into the file at path.
func Write(path string, content []byte) error {
	return WriteTo(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// WriteTo puts what write writes into the file at path. The content goes to a file of another name
// in the same folder, which is written through to the disk and then renamed. If anything fails,
// what was at path stays. A path that is no ordinary file, such as /dev/stdout, is written to as it
// is; a link is followed, also to a file that isn't there yet; a write-protected file is an error
// (fs.ErrPermission).
//
// The first time that a program writes to a folder, unfinished files of a day ago are removed.
func WriteTo(path string, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeThrough(path, write)
	}
	path = Target(path)
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o222 == 0 {
		return &fs.PathError{Op: "replace", Path: path, Err: fs.ErrPermission}
	}
	sweep(filepath.Dir(path))
	name, err := writeBeside(path, write)
	if err != nil {
		return err
	}
	if err := os.Rename(name, path); err != nil {
		os.Remove(name)
		return err
	}
	return nil
}

// Target follows a link, so that what it points to is replaced and not the link. What it points to
// need not be there.
func Target(path string) string {
	for range 40 { // as many as Linux follows.
		to, err := os.Readlink(path)
		if err != nil {
			return path
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

// writeBeside writes a whole file of a name of its own in the folder of path.
func writeBeside(path string, write func(io.Writer) error) (name string, err error) {
	name = filepath.Join(filepath.Dir(path), prefix+rand.Text()+suffix)
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, permissions)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(file.Name())
		}
	}()
	buffered := bufio.NewWriterSize(file, buffer)
	if err := write(buffered); err != nil {
		return "", err
	}
	if err := buffered.Flush(); err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil {
		if err := file.Chmod(info.Mode().Perm()); err != nil {
			return "", err
		}
	}
	if err := file.Sync(); err != nil {
		return "", err
	}
	return file.Name(), file.Close()
}

// writeThrough writes to a device or a pipe.
func writeThrough(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// swept holds the folders that this program has swept.
var swept sync.Map

// sweep removes what writers that died left in a folder. What can't be removed stays.
func sweep(folder string) {
	if _, done := swept.LoadOrStore(folder, true); done {
		return
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), prefix) || !strings.HasSuffix(entry.Name(), suffix) {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > stale {
			os.Remove(filepath.Join(folder, entry.Name()))
		}
	}
}
