package lossland_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocsNameTheirTests: every test that docs/right.md and docs/reliability.md lean on exists.
func TestDocsNameTheirTests(t *testing.T) {
	var sources strings.Builder
	for _, root := range []string{"pkg", "internal", "cmd", "scripts"} {
		walk := func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, "_test.go") ||
				strings.HasSuffix(path, "_test.py") {
				sources.WriteString(read(t, path))
			}
			return err
		}
		require.NoError(t, filepath.WalkDir(root, walk))
	}
	test := regexp.MustCompile("`((?:Test|Fuzz)\\w+|test_\\w+)`")
	for page, least := range map[string]int{"docs/right.md": 20, "docs/reliability.md": 50} {
		named := test.FindAllStringSubmatch(read(t, page), -1)
		require.Greater(t, len(named), least)
		for _, n := range named {
			there := strings.Contains(sources.String(), "func "+n[1]+"(") ||
				strings.Contains(sources.String(), "def "+n[1]+"(")
			assert.True(t, there, "%s leans on %s", page, n[1])
		}
	}
}

// pages are README and its companions, and everything in docs.
func pages(t *testing.T) []string {
	var found []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(t, err)
		found = append(found, paths...)
	}
	require.Greater(t, len(found), 8)
	return found
}

// TestLinks: every relative link of a page leads to a file.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	code := regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	for _, page := range pages(t) {
		text := code.ReplaceAllString(read(t, page), "")
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			target := filepath.Join(filepath.Dir(page), match[1])
			_, err := os.Stat(target)
			assert.NoError(t, err, "%s links to %s", page, match[1])
		}
	}
}

// TestNamesInDocs: what the pages call `package.Name` or `Type.Method` is exported by a package.
// CHANGELOG and the decisions tell of what once was.
func TestNamesInDocs(t *testing.T) {
	exported := exports(t)
	span := regexp.MustCompile("`(?:…?)([A-Za-z]+)\\.([A-Z]\\w*)")
	for _, page := range pages(t) {
		if page == "CHANGELOG.md" || page == "docs/upstream.md" ||
			strings.HasPrefix(page, "docs/adr/") {
			continue
		}
		for _, match := range span.FindAllStringSubmatch(read(t, page), -1) {
			if names, ours := exported[match[1]]; ours {
				assert.True(t, names[match[2]], "%s names %s.%s", page, match[1], match[2])
			}
		}
	}
}

// exports are the exported names of each package under pkg, and the methods and fields of each
// exported type.
func exports(t *testing.T) map[string]map[string]bool {
	found := map[string]map[string]bool{}
	add := func(owner, name string) {
		if ast.IsExported(name) {
			if found[owner] == nil {
				found[owner] = map[string]bool{}
			}
			found[owner][name] = true
		}
	}
	require.NoError(t, filepath.WalkDir("pkg", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			addNames(file.Name.Name, d, add)
		}
		return nil
	}))
	return found
}

// addNames adds what one declaration of a package declares.
func addNames(pkg string, d ast.Decl, add func(owner, name string)) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add(pkg, d.Name.Name)
			return
		}
		receiver := d.Recv.List[0].Type
		if pointer, ok := receiver.(*ast.StarExpr); ok {
			receiver = pointer.X
		}
		if name, ok := receiver.(*ast.Ident); ok {
			add(name.Name, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					add(pkg, name.Name)
				}
			case *ast.TypeSpec:
				add(pkg, spec.Name.Name)
				if s, ok := spec.Type.(*ast.StructType); ok {
					for _, field := range s.Fields.List {
						for _, name := range field.Names {
							add(spec.Name.Name, name.Name)
						}
					}
				}
			}
		}
	}
}
