package command

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/gofrs/flock"
)

// ownPrefix and ownSuffix frame the name of a lock. Between them is a hash of the output's name, so
// that a name of any length has one.
const ownPrefix, ownSuffix = ".lossland-", ".lock"

// ownName is the name of a lock; its file is empty.
var ownName = regexp.MustCompile(`^\.lossland-[0-9a-f]{16}\.lock$`)

// owner holds an output of this process: no other one writes it meanwhile.
type owner struct{ lock *flock.Flock }

// own takes a lock beside the path. The system gives it back when the process dies; the file that
// is left then is removed by the next process that owns something in the folder.
func own(path string) (*owner, error) {
	folder, name := filepath.Split(real(path))
	sweepLocks(folder)
	hash := sha256.Sum256([]byte(name))
	beside := filepath.Join(folder, fmt.Sprintf("%s%x%s", ownPrefix, hash[:8], ownSuffix))
	o, err := take(beside)
	for range 10 { // somebody else's sweep holds it for a moment.
		if o != nil || err != nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
		o, err = take(beside)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("-o %s: %w", path, err)
	case o == nil:
		return nil, fmt.Errorf("-o %s: another process is about to write it", path)
	}
	return o, nil
}

// take locks a file and makes it if it isn't there; nil: another process has it. No link is
// followed, and what is no ordinary file isn't opened.
func take(path string) (*owner, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no ordinary file", path)
	}
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow),
		flock.SetPermissions(0o644))
	for {
		locked, err := lock.TryLock()
		if !locked || err != nil {
			return nil, err
		}
		// Between opening and locking, another owner may have removed the file.
		mine, err1 := lock.Stat()
		there, err2 := os.Lstat(path)
		if err1 == nil && err2 == nil && os.SameFile(mine, there) {
			return &owner{lock}, nil
		}
		if err := lock.Unlock(); err != nil {
			return nil, err
		}
	}
}

// sweepLocks removes the locks in a folder whose processes are dead. Those of living ones can't be
// taken, and what can't be removed stays.
func sweepLocks(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		name := entry.Name()
		info, err := entry.Info()
		if err != nil || info.Size() > 0 || !ownName.MatchString(name) { // it is somebody's.
			continue
		}
		if o, err := take(filepath.Join(folder, name)); err == nil && o != nil {
			o.release()
		}
	}
}

// release gives the output back.
func (o *owner) release() {
	os.Remove(o.lock.Path())
	_ = o.lock.Unlock()
}

// release gives the outputs back.
func (s *session) release() {
	for _, o := range s.owned {
		o.release()
	}
	s.owned = nil
}
