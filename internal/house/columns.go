package house

import (
	"fmt"
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
	left := []string{"testdata", "build", "bin"}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || slices.Contains(left, name)) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") {
			relative, err := filepath.Rel(root, path)
			files = append(files, filepath.ToSlash(relative))
			return err
		}
		return nil
	})
	return files, err
}
