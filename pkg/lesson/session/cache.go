package session

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"lossland/internal/atomicfile"
)

// Cached returns the result of compute, from the cache if it was computed before with the same key,
// and says which:
//
//	cache: hit   train mlp-64-10 relu 3f2a81bc (saved 12.3 s)
//	cache: miss  train mlp-64-10 relu 3f2a81bc (computed in 12.3 s)
//
// The key is anything that encoding/json can write, and T anything that encoding/gob can. Beside it
// count: T itself, the code of the packages that train and measure (their sources' words, without
// comments and tests), and the versions of GoMLX and its backends. The name is for the reader and
// does not count.
//
// An entry is written whole or not at all, with a checksum and its key. One that was cut off,
// damaged, or is another key's is a miss, with a warning. A result that can't be stored, on a full
// disk say, is returned all the same, with a warning. Of several processes that want the same
// result one computes it and the others wait. An error of compute is returned and nothing is kept.
func Cached[T any](name string, key any, compute func() (T, error)) (T, error) {
	var zero T
	entry, err := newEntry(key, reflect.TypeFor[T]())
	if err != nil {
		return zero, err
	}
	unlock, err := entry.lock(name)
	if err != nil {
		return zero, err
	}
	defer unlock()
	start := time.Now()
	var value T
	seconds, err := entry.read(&value)
	if err == nil {
		saved := max(0, seconds-time.Since(start).Seconds())
		fmt.Fprintf(Writer(), "cache: hit   %s %s (saved %.1f s)\n", name, entry.short(), saved)
		return value, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		warn("%s is computed again: %v", entry.path, err)
	}
	start = time.Now()
	if value, err = compute(); err != nil {
		return zero, err
	}
	seconds = time.Since(start).Seconds()
	content, err := entry.encode(value, seconds)
	if err != nil {
		return zero, err
	}
	stored := ""
	if err := atomicfile.Write(entry.path, content); err != nil {
		stored = ", not stored"
		warn("%s can't be stored and will be computed again: %v", name, err)
	}
	fmt.Fprintf(Writer(), "cache: miss  %s %s (computed in %.1f s%s)\n",
		name, entry.short(), seconds, stored)
	return value, nil
}

// warnings is where trouble with the cache is told.
var warnings io.Writer = os.Stderr

func warn(format string, args ...any) {
	fmt.Fprintf(warnings, "cache: warning: "+format+"\n", args...)
}

// entry is one file of the cache: a line with the SHA-256 of the rest, then gob's encoding of
// header and value.
type entry struct {
	hash, path string
	key        []byte
}

// header tells a reader of the file what it is.
type header struct {
	Key     string
	Seconds float64
}

func newEntry(key any, t reflect.Type) (*entry, error) {
	full := struct {
		Key     any
		Type    string
		Code    string
		Modules []string
	}{key, fmt.Sprint(t), code(), modules()}
	encoded, err := json.Marshal(full)
	if err != nil {
		return nil, fmt.Errorf("session: cache: the key cannot be written as JSON: %w", err)
	}
	dir, err := CacheFolder()
	if err != nil {
		return nil, fmt.Errorf("session: cache: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("session: cache: %w (set %s to a folder that can be written)",
			err, CacheVariable)
	}
	sum := sha256.Sum256(encoded)
	hash := hex.EncodeToString(sum[:])
	return &entry{hash: hash, path: filepath.Join(dir, hash+".gob"), key: encoded}, nil
}

func (e *entry) short() string { return e.hash[:8] }

// lock waits until no other process computes the entry, and says so if it has to.
func (e *entry) lock(name string) (unlock func(), err error) {
	lock := flock.New(e.path + ".lock")
	got, err := lock.TryLock()
	if err == nil && !got {
		warn("another process computes %s %s; waiting for it", name, e.short())
		err = lock.Lock()
	}
	if err != nil {
		return nil, fmt.Errorf("session: cache: lock %s: %w "+
			"(set %s to a folder that can be written)", e.path, err, CacheVariable)
	}
	return func() { lock.Unlock() }, nil //nolint:errcheck // it goes with the process
}

// read returns the value and how long it once took.
func (e *entry) read(value any) (seconds float64, err error) {
	content, err := os.ReadFile(e.path)
	if err != nil {
		return 0, err
	}
	sum, body, found := bytes.Cut(content, []byte("\n"))
	if actual := sha256.Sum256(body); !found || string(sum) != hex.EncodeToString(actual[:]) {
		return 0, errors.New("its checksum is wrong")
	}
	decoder := gob.NewDecoder(bytes.NewReader(body))
	var h header
	if err := decoder.Decode(&h); err != nil {
		return 0, err
	}
	if h.Key != string(e.key) {
		return 0, errors.New("it holds the result of another key")
	}
	return h.Seconds, decoder.Decode(value)
}

// encode is what the entry's file holds.
func (e *entry) encode(value any, seconds float64) ([]byte, error) {
	var body bytes.Buffer
	encoder := gob.NewEncoder(&body)
	err := errors.Join(encoder.Encode(header{string(e.key), seconds}), encoder.Encode(value))
	if err != nil {
		return nil, fmt.Errorf("session: cache: the result cannot be stored: %w", err)
	}
	sum := sha256.Sum256(body.Bytes())
	return fmt.Appendf(nil, "%x\n%s", sum, body.Bytes()), nil
}

// modules lists the versions of the libraries that decide numbers. The program knows them unless it
// is a test.
func modules() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	return versions(info)
}

func versions(info *debug.BuildInfo) []string {
	wanted := []string{
		"github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla",
		"gonum.org/v1/gonum",
	}
	var found []string
	for _, dep := range info.Deps {
		if !slices.Contains(wanted, dep.Path) {
			continue
		}
		if dep.Replace != nil {
			dep = dep.Replace
		}
		found = append(found, dep.Path+"@"+dep.Version)
	}
	slices.Sort(found)
	return found
}
