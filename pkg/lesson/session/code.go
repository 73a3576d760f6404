package session

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"hash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
)

var (
	// measuring are the folders of the packages that train and measure, each with the folders below
	// it. Their code, and that of every package of ours that they import, decides what a training
	// or a measurement returns.
	measuring = []string{"pkg/lesson/training", "pkg/landscape"}
	// drawing are imported by those and turn numbers into pictures: they decide no number.
	drawing = []string{"pkg/viz"}
)

// here is this package's folder in the module.
const here = "pkg/lesson/session"

// module is the module's path.
func module() string {
	return strings.TrimSuffix(reflect.TypeFor[entry]().PkgPath(), "/"+here)
}

// code identifies the code that a cached result depends on: a hash of the sources that this program
// was built from or, where they aren't on this machine, the versions that it was built with.
var code = sync.OnceValue(func() string {
	_, file, _, _ := runtime.Caller(0)
	root := strings.TrimSuffix(filepath.ToSlash(filepath.Dir(file)), here)
	if sum, err := hashCode(root); err == nil {
		return sum
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return info.String()
})

// hashCode hashes the packages that decide numbers, of the module whose folder is root: the words
// of their Go files, so that comments, layout and tests don't count.
func hashCode(root string) (string, error) {
	folders, err := codeFolders(root)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, folder := range folders {
		files, err := sources(root, folder)
		if err != nil {
			return "", err
		}
		for _, file := range files {
			fmt.Fprintf(sum, "\x00%s/%s\n", folder, filepath.Base(file))
			if err := hashWords(sum, file); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// codeFolders lists the folders of the measuring packages and of every package of the module that
// they import, by whatever way, but for the drawing ones.
func codeFolders(root string) ([]string, error) {
	var waiting []string
	for _, folder := range measuring {
		below, err := packagesBelow(root, folder)
		if err != nil {
			return nil, err
		}
		waiting = append(waiting, below...)
	}
	seen := make(map[string]bool)
	var found []string
	for len(waiting) > 0 {
		folder := waiting[0]
		waiting = waiting[1:]
		if seen[folder] || slices.Contains(drawing, folder) {
			continue
		}
		seen[folder] = true
		found = append(found, folder)
		imported, err := importsOf(root, folder)
		if err != nil {
			return nil, err
		}
		waiting = append(waiting, imported...)
	}
	slices.Sort(found)
	return found, nil
}

// packagesBelow lists folder and those below it that hold Go sources.
func packagesBelow(root, folder string) (found []string, err error) {
	top := filepath.Join(root, folder)
	err = filepath.WalkDir(top, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			return nil
		case d.Name() == "testdata":
			return fs.SkipDir
		}
		below, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		files, err := sources(root, filepath.ToSlash(below))
		if len(files) > 0 {
			found = append(found, filepath.ToSlash(below))
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("session: no sources in %s", top)
	}
	return found, err
}

// sources lists a folder's Go files without its tests, in alphabetical order.
func sources(root, folder string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
	isTest := func(file string) bool { return strings.HasSuffix(file, "_test.go") }
	return slices.DeleteFunc(files, isTest), err
}

// importsOf lists the folders of the module's packages that the package in folder imports.
func importsOf(root, folder string) (imported []string, err error) {
	files, err := sources(root, folder)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("session: no sources in %s", path.Join(root, folder))
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			if ours, found := strings.CutPrefix(name, module()+"/"); found {
				imported = append(imported, ours)
			}
		}
	}
	return imported, nil
}

// hashWords adds a Go file's words.
func hashWords(sum hash.Hash, file string) error {
	source, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(source)), source, nil, 0)
	for {
		_, word, literal := s.Scan()
		if word == token.EOF {
			return nil
		}
		fmt.Fprintf(sum, "%s %s\n", word, literal)
	}
}
