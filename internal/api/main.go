// Command api counts what each package under pkg/ exports: how much a reader of its documentation
// has to learn. It prints one line a package.
//
// Usage: go run ./internal/api [-at DIR]; DIR is another checkout, to compare with
package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

func main() {
	at := flag.String("at", ".", "the checkout to count in")
	flag.Parse()
	if err := printTable(*at); err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
}

// printTable counts every package under root's pkg/.
func printTable(root string) error {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "names\ttypes\tconfigs\tfields\t  package")
	pkg := filepath.Join(root, "pkg")
	err := filepath.WalkDir(pkg, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if entry.Name() == "testdata" {
			return fs.SkipDir
		}
		c, err := countFolder(path)
		if err != nil || c.files == 0 {
			return err
		}
		name, err := filepath.Rel(pkg, path)
		fmt.Fprintf(out, "%d\t%d\t%d\t%d\t  %s\n", c.names, c.types, c.configs, c.fields,
			filepath.ToSlash(name))
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// count is what a package exports. A name is an exported constant, variable, function or type, or
// an exported method of an exported type.
type count struct {
	files, names, types int
	configs             int // structs called …Config.
	fields              int // exported fields of exported structs, embedded types among them.
}

// countFolder counts what the Go files of one folder export, tests aside.
func countFolder(dir string) (c count, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return c, err
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return c, err
		}
		c.files++
		for _, decl := range file.Decls {
			c.declaration(decl)
		}
	}
	return c, nil
}

// declaration adds what one declaration exports.
func (c *count) declaration(decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(typeName(d.Recv.List[0].Type))) {
			c.names++
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				c.typeOf(s)
			case *ast.ValueSpec:
				c.names += exported(s.Names)
			}
		}
	}
}

// typeOf adds an exported type and its fields.
func (c *count) typeOf(s *ast.TypeSpec) {
	if !s.Name.IsExported() {
		return
	}
	c.names++
	c.types++
	structure, isStruct := s.Type.(*ast.StructType)
	if !isStruct {
		return
	}
	if strings.HasSuffix(s.Name.Name, "Config") {
		c.configs++
	}
	for _, f := range structure.Fields.List {
		c.fields += exported(f.Names)
		if f.Names == nil && ast.IsExported(typeName(f.Type)) {
			c.fields++
		}
	}
}

// exported counts the exported ones of names.
func exported(names []*ast.Ident) (n int) {
	for _, name := range names {
		if name.IsExported() {
			n++
		}
	}
	return n
}

// typeName is the name of a receiver's or an embedded field's type, without *, package and
// type arguments.
func typeName(t ast.Expr) string {
	switch x := t.(type) {
	case *ast.StarExpr:
		return typeName(x.X)
	case *ast.IndexExpr:
		return typeName(x.X)
	case *ast.IndexListExpr:
		return typeName(x.X)
	case *ast.SelectorExpr:
		return x.Sel.Name
	case *ast.Ident:
		return x.Name
	}
	return ""
}
