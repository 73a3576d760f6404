package onnx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// besideOf is a name for the external data that no other Save uses: the file's, as far as it is
// text and short, and a random number. So nobody's data takes the place of another's.
func besideOf(path string) string {
	const longest = 200 // of 255 bytes.
	base := filepath.Base(path)
	base = strings.ToValidUTF8(base[:min(len(base), longest)], "_")
	base = strings.ReplaceAll(base, `\`, "_") // which parts folders elsewhere.
	return fmt.Sprintf("%s.%016x.data", base, rand.Uint64())
}

// made are the names that besideOf gives, and marked those that markOf gives; the number is the
// only group.
var (
	made   = regexp.MustCompile(`^[^/\\]*\.([0-9a-f]{16})\.data$`)
	marked = regexp.MustCompile(`^\.unsaved-([0-9a-f]{16})\.data$`)
)

// stale is how long a mark may stand before its Save is taken for dead.
const stale = 24 * time.Hour

// markOf is the name of the empty file that stands beside data while its Save isn't done.
func markOf(data string) string {
	return ".unsaved-" + made.FindStringSubmatch(data)[1] + ".data"
}

// sweep removes the data of Saves that died before their model was there, a day later. What another
// file of the folder names stays, and loses its mark: its Save died in its last step.
func sweep(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	var dead []string
	for _, entry := range entries {
		mark := marked.FindStringSubmatch(entry.Name())
		info, err := entry.Info()
		if mark != nil && err == nil && info.Mode().IsRegular() && info.Size() == 0 &&
			time.Since(info.ModTime()) > stale {
			dead = append(dead, mark[1])
		}
	}
	for _, entry := range entries {
		name := entry.Name()
		of := made.FindStringSubmatch(name)
		if of != nil && slices.Contains(dead, of[1]) && !isNamed(folder, name) {
			os.Remove(filepath.Join(folder, name))
		}
	}
	for _, number := range dead {
		os.Remove(filepath.Join(folder, markOf("."+number+".data")))
	}
}

// replacing keeps the models of one process from replacing files at once.
var replacing sync.Mutex

// alone waits until no other process replaces a model in the folder, and returns what lets the next
// one. Where the folder can't be locked, as on Windows, or is locked for long, it goes on: then two
// at once may leave data.
func alone(folder string) (leave func()) {
	replacing.Lock()
	lock := flock.New(folder, flock.SetFlag(os.O_RDONLY))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, _ = lock.TryLockContext(ctx, time.Millisecond)
	return func() {
		_ = lock.Unlock()
		replacing.Unlock()
	}
}

// madeFor are the files of external data that Save made for a model's file; none where it can't be
// read.
func madeFor(path string) (names []string) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	_ = eachField(content, func(f field) error {
		if f.number != 7 { // the graph.
			return nil
		}
		return eachField(f.bytes, func(f field) error {
			if f.number != 5 { // an initializer.
				return nil
			}
			t, err := (&reader{}).tensor(f.bytes)
			if err != nil {
				return err
			}
			name := t.external["location"]
			if t.outside && made.MatchString(name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
			return nil
		})
	})
	return names
}

// isNamed says whether a file of the folder may hold this name. Data isn't looked into; a file that
// can't be read, or is larger than a model's is that has its data elsewhere, may hold it.
func isNamed(folder, name string) bool {
	const largest = 256 << 20
	entries, err := os.ReadDir(folder)
	if err != nil {
		return true
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		info, err := os.Stat(path)
		if err == nil && !info.Mode().IsRegular() || made.MatchString(entry.Name()) ||
			errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || info.Size() > largest {
			return true
		}
		content, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) || bytes.Contains(content, []byte(name)) {
			return true
		}
	}
	return false
}

// real is a path without links, as far as it is there.
func real(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if followed, err := filepath.EvalSymlinks(path); err == nil {
		return followed
	}
	return path
}
