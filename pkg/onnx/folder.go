package onnx

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// folder is where a model's file lies, and what it may read there: external data lies in files of
// the same folder or below it.
type folder struct {
	root  *os.Root // nil: the model isn't in a file.
	left  int64    // how many bytes may still be read.
	limit int64
	held  held // what is open.
}

// held are open files of external data by their names: those that a Save made, which another Save
// may remove. What is open can still be read then.
type held map[string]*os.File

// hold opens the data of these initializers that a Save made. What can't be opened, or is one of
// too many, is read by its name when it is needed.
func (f *folder) hold(initializers []*tensorProto) held {
	const most = 8
	f.held = held{}
	for _, t := range initializers {
		name := t.external["location"]
		if !t.outside || !made.MatchString(name) || f.held[name] != nil || len(f.held) == most {
			continue
		}
		if in, _, err := f.open(name); err == nil {
			f.held[name] = in
		}
	}
	return f.held
}

// close closes them all.
func (h held) close() error {
	var errs []error
	for _, in := range h {
		errs = append(errs, in.Close())
	}
	clear(h)
	return errors.Join(errs...)
}

var errOutside = errors.New("a model may only read files of its own folder, and below it")

// errDataGone marks data that isn't there. It has no text: what is wrapped with it says all.
var errDataGone = errors.New("")

// openFolder opens the folder of a model's file. It doesn't follow links that lead out of it.
func openFolder(path string, limit int64) (*folder, error) {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	return &folder{root: root, left: limit, limit: limit}, nil
}

func (f *folder) close() error {
	if f.root == nil {
		return nil
	}
	return f.root.Close()
}

// take counts bytes that are about to be read.
func (f *folder) take(n int64) error {
	if n > f.left {
		return fmt.Errorf("more than %d bytes, the limit of Config.MaxBytes", f.limit)
	}
	f.left -= n
	return nil
}

// open opens an ordinary file of the folder and says how large it is.
func (f *folder) open(name string) (*os.File, int64, error) {
	info, err := f.root.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is no ordinary file", name)
	}
	in, err := f.root.Open(name)
	return in, info.Size(), err
}

// reader is open for a file, or the one that is held.
func (f *folder) reader(name string) (*os.File, int64, error) {
	in := f.held[name]
	if in == nil {
		return f.open(name)
	}
	info, err := in.Stat()
	if err != nil {
		return nil, 0, err
	}
	return in, info.Size(), nil
}

// read reads the want bytes of a tensor that entries, ONNX's external_data, say where to find.
func (f *folder) read(entries map[string]string, want int64) ([]byte, error) {
	name := entries["location"]
	if f.root == nil || name == "" || !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, fmt.Errorf("its data is in %q: %w", name, errOutside)
	}
	offset, err := number(entries["offset"], 0)
	if err != nil {
		return nil, fmt.Errorf("its offset in %s: %w", name, err)
	}
	length, err := number(entries["length"], want)
	if err != nil || length != want {
		return nil, fmt.Errorf("its data in %s has a length of %q bytes, and its shape takes %d",
			name, entries["length"], want)
	}
	in, size, err := f.reader(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w%w", errDataGone, err)
	}
	if err != nil {
		return nil, fmt.Errorf("its data: %w; keep the file beside the model, under the name "+
			"that it was exported with", err)
	}
	if f.held[name] == nil {
		defer in.Close()
	}
	if offset > size || want > size-offset {
		return nil, fmt.Errorf("its data is bytes %d to %d of %s, which has %d", offset,
			offset+want, name, size)
	}
	if err := f.take(want); err != nil {
		return nil, err
	}
	data := make([]byte, want)
	_, err = in.ReadAt(data, offset)
	return data, err
}

// number reads a number that isn't negative.
func number(text string, absent int64) (int64, error) {
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseUint(text, 10, 62)
	return int64(n), err
}
