package lesson

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/scanner"
	"go/token"
	"hash"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
)

var (
	// codePackages are the packages whose code decides what a training or a measurement returns.
	codePackages = []string{"landscape", "lesson", "result", "sam", "spectrum", "transform", "xla"}
	// readingFiles are the files of this package that only talk to the reader.
	readingFiles = []string{"cards.go", "check.go", "exercise.go", "figures.go", "progress.go", "room.go", "row.go", "scorecard.go", "sheet.go"}
)

// code identifies the code that a cached result depends on: a hash of the sources that this program was built from or, where
// they aren't on this machine, the versions that the program was built with.
var code = sync.OnceValue(func() string {
	_, file, _, _ := runtime.Caller(0)
	if sum, err := hashCode(filepath.Dir(filepath.Dir(file))); err == nil {
		return sum
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return info.String()
})

// hashCode hashes the codePackages packages below dir: the words of their Go files, so that comments, layout and tests don't count.
func hashCode(dir string) (string, error) {
	sum := sha256.New()
	for _, name := range codePackages {
		files, err := filepath.Glob(filepath.Join(dir, name, "*.go"))
		if err != nil || len(files) == 0 {
			return "", fmt.Errorf("lesson: no sources in %s", filepath.Join(dir, name))
		}
		for _, path := range files {
			base := filepath.Base(path)
			if strings.HasSuffix(base, "_test.go") || name == "lesson" && slices.Contains(readingFiles, base) {
				continue
			}
			if err := hashWords(sum, path); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// hashWords adds a Go file's name and words.
func hashWords(sum hash.Hash, path string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(sum, "\x00%s\n", filepath.Base(path))
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
