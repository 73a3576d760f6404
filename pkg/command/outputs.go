package command

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lossland/pkg/landscape"
)

// claim checks the paths of outputs before any work: their kinds are among the endings, they are
// neither twice there nor an input, their folders can be written to, no other process is about to
// write them, and they aren't there yet, unless --force. Until release, they are this process's.
func (s *session) claim(paths []string, endings ...string) error {
	var seen []string
	for _, path := range paths {
		if slices.Contains(seen, real(path)) {
			return fmt.Errorf("-o %s is there twice", path)
		}
		seen = append(seen, real(path))
	}
	for _, path := range paths {
		if err := CheckOutput(path, endings...); err != nil {
			return err
		}
		if err := s.unread(path); err != nil {
			return err
		}
		o, err := own(path)
		if err != nil {
			return err
		}
		s.owned = append(s.owned, o)
		if _, err := os.Lstat(path); err == nil && !s.force {
			return isThere(path)
		}
	}
	return nil
}

// claimFurther is claim for a program's further commands, whose folders may not be there yet.
func (s *session) claimFurther(paths []string, replace bool) error {
	for _, path := range paths {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		o, err := own(path)
		if err != nil {
			return err
		}
		s.owned = append(s.owned, o)
		if _, err := os.Lstat(path); err == nil && !replace {
			return isThere(path)
		}
	}
	return nil
}

// isThere refuses to replace a file.
func isThere(path string) error {
	return fmt.Errorf("%s is there already: --force replaces it, -o names another file", path)
}

// Place writes one of a command's outputs: write does so under the name that it is given. Unless
// the command replaces files, one that has appeared at path since the command began stays; then
// what was written is beside it, and the error says where.
type Place func(path string, write func(path string) error) error

// place is the session's Place. Without --force it writes beside path and then links, by which
// nothing is replaced.
func (s *session) place(path string, write func(path string) error) error {
	if s.force {
		return write(path)
	}
	ending := filepath.Ext(path)
	beside := filepath.Join(filepath.Dir(path), "lossland-"+rand.Text()+ending)
	if err := write(beside); err != nil {
		os.Remove(beside)
		return err
	}
	err := os.Link(beside, path)
	if err != nil && !errors.Is(err, fs.ErrExist) { // a file system without links.
		if _, err = os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return os.Rename(beside, path)
		}
		err = fs.ErrExist
	}
	if err != nil {
		return fmt.Errorf("-o %s: a file of that name has appeared meanwhile, and is kept: what "+
			"was measured is in %s", path, beside)
	}
	return os.Remove(beside)
}

// unread refuses an output that is an input, or would be one of a folder that is read.
func (s *session) unread(path string) error {
	for _, word := range s.given {
		if word == "" {
			continue
		}
		if real(word) == real(path) {
			return fmt.Errorf("-o %s is a file that is read", path)
		}
		info, err := os.Stat(word)
		if err == nil && info.IsDir() && filepath.Dir(real(path)) == real(word) {
			return fmt.Errorf("-o %s would be in %s, a folder that is read", path, word)
		}
	}
	return nil
}

// claimPart is claim for the file that holds a part of a surface. It goes on from such a file and
// removes it in the end, so it must be one.
func (s *session) claimPart(path string) error {
	if err := s.unread(path); err != nil {
		return fmt.Errorf("the part of the surface that is done is kept in %s: %w", path, err)
	}
	if _, err := os.Stat(path); err == nil {
		if _, err := landscape.LoadSurface(path); err != nil {
			return fmt.Errorf("the part of the surface that is done is kept in %s, and there is "+
				"another file of that name: %w", path, err)
		}
	}
	o, err := own(path)
	if err != nil {
		return err
	}
	s.owned = append(s.owned, o)
	return nil
}

// real is a path without links and dots, as far as it is there.
func real(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if followed, err := filepath.EvalSymlinks(abs); err == nil {
		return followed
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		return filepath.Join(folder, filepath.Base(abs))
	}
	return abs
}

// CheckOutput says what is wrong with the path of a file that is to be written, before any work:
// its ending isn't one of these, it is a folder, or its folder isn't there or can't be written to.
// It is for the commands of Program.Commands, in kong's Validate.
func CheckOutput(path string, endings ...string) error {
	if ending := strings.ToLower(filepath.Ext(path)); !slices.Contains(endings, ending) {
		return fmt.Errorf("-o %s: no file of this kind can be written; want %s", path,
			strings.Join(endings, ", "))
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("-o %s is a folder", path)
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("-o %s: there is no folder %s", path, folder)
	}
	file, err := os.CreateTemp(folder, ".lossland-*")
	if err != nil {
		return fmt.Errorf("-o %s: the folder can't be written to: %w", path,
			errors.Unwrap(err))
	}
	file.Close()
	return os.Remove(file.Name())
}
