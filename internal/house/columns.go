package house

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// WideLines lists the lines of a file that take more columns than limit, as "12: 104 columns". A
// tab takes four and any other character one.
func WideLines(path string, limit int) (wide []string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if columns := utf8.RuneCountInString(line) + 3*strings.Count(line, "\t"); columns > limit {
			wide = append(wide, fmt.Sprintf("%d: %d columns", number, columns))
		}
	}
	return wide, nil
}

// GoFiles lists the Go files below root by their slashed paths from it, without those in testdata,
// hidden folders and the folders that make writes to.
func GoFiles(root string) (files []string, err error) {
	return list(root, nil, func(path string) (bool, error) {
		return strings.HasSuffix(path, ".go"), nil
	})
}

// written are the endings of what people write and read line by line, beside prose.
var written = []string{".go", ".py", ".sh", ".mk", ".yml", "Makefile"}

// Sources lists the Go, Python, shell and make files below root as GoFiles does, and the workflows
// in .github and .ci. A file without such an ending is one of them where it names its interpreter.
func Sources(root string) (files []string, err error) {
	return list(root, []string{".ci", ".github"}, func(path string) (bool, error) {
		for _, ending := range written {
			if strings.HasSuffix(path, ending) {
				return true, nil
			}
		}
		if filepath.Ext(path) != "" {
			return false, nil
		}
		return script(path)
	})
}

// script says whether a file begins with the path of an interpreter.
func script(path string) (is bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	head := make([]byte, 2)
	_, err = io.ReadFull(file, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return string(head) == "#!", err
}

// list lists the files below root that are wanted. Of hidden folders only those given count.
func list(
	root string, hidden []string, wanted func(path string) (bool, error),
) (files []string, err error) {
	left := []string{"testdata", "build", "bin"}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() {
			away := strings.HasPrefix(name, ".") && !slices.Contains(hidden, name)
			if path != root && (away || slices.Contains(left, name)) {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		if yes, err := wanted(path); !yes || err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		files = append(files, filepath.ToSlash(relative))
		return err
	})
	return files, err
}
