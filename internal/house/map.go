package house

import (
	"fmt"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Floor is a part of a package: files that may use each other and what is below them.
type Floor struct {
	Name  string // the paragraph above its files, without its colon; "" where there is none.
	Files []string
}

// A Map is what a doc.go says under "# Files", from the ground up:
//
//	// # Files
//	//
//	// The ground:
//	//
//	//	vectors.go   dot, norm, unit
//	//
//	// On it:
//	//
//	//	loss.go      the mean loss, with its
//	//	             standard error
//
// doc.go itself isn't listed. A paragraph that ends in a colon begins a floor; a package may do
// without.
type Map []Floor

// mapEntry is a file with its description, mapMore a further line of the description.
var (
	mapEntry = regexp.MustCompile(`^\t(\w+\.go)\s+\S`)
	mapMore  = regexp.MustCompile(`^\t\s+\S`)
)

// ReadMap reads the map in the folder's doc.go: nil where doc.go has none.
func ReadMap(dir string) (Map, error) {
	path := filepath.Join(dir, "doc.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil,
		parser.PackageClauseOnly|parser.ParseComments)
	if err != nil || file.Doc == nil {
		return nil, err
	}
	var m Map
	within, paragraph := false, ""
	for _, comment := range file.Doc.List {
		line := strings.TrimPrefix(comment.Text, "//")
		switch entry := mapEntry.FindStringSubmatch(line); {
		case strings.HasPrefix(line, " # "):
			within = line == " # Files"
		case !within || mapMore.MatchString(line):
		case entry != nil:
			m = m.with(paragraph, entry[1])
			paragraph = ""
		case strings.HasPrefix(line, "\t"):
			return nil, fmt.Errorf("%s: %q; want a file's name and what is in it", path, line[1:])
		case strings.TrimSpace(line) != "":
			paragraph = strings.TrimSpace(line) // the last line says whether it ends in a colon.
		}
	}
	return m, nil
}

// with adds a file, on a new floor if the paragraph above it names one.
func (m Map) with(paragraph, file string) Map {
	name, isFloor := strings.CutSuffix(paragraph, ":")
	if isFloor || len(m) == 0 {
		if !isFloor {
			name = ""
		}
		return append(m, Floor{Name: name, Files: []string{file}})
	}
	last := &m[len(m)-1]
	last.Files = append(last.Files, file)
	return m
}

// Files are the map's files, on all floors.
func (m Map) Files() (files []string) {
	for _, f := range m {
		files = append(files, f.Files...)
	}
	return files
}

// Faults compares the map with the Go files in its folder, tests and doc.go aside, and says which
// are missing on either side and which the map has twice.
func (m Map) Faults(dir string) (faults []string, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var there []string
	for _, path := range paths {
		name := filepath.Base(path)
		if name != "doc.go" && !strings.HasSuffix(name, "_test.go") {
			there = append(there, name)
		}
	}
	listed := m.Files()
	for _, name := range there {
		if !slices.Contains(listed, name) {
			faults = append(faults, name+" isn't in the map")
		}
	}
	for i, name := range listed {
		if !slices.Contains(there, name) {
			faults = append(faults, name+" is in the map and not in the folder")
		}
		if slices.Contains(listed[:i], name) {
			faults = append(faults, name+" is in the map twice")
		}
	}
	return faults, nil
}
