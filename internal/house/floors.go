package house

import (
	"cmp"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"
)

// An Arrow is the use of a name that another file declares.
type Arrow struct {
	From token.Position // of the use.
	Name string
	To   string // the file that declares it.
}

// String prints "loss.go:12: Curve → curve.go".
func (a Arrow) String() string {
	return fmt.Sprintf("%s:%d: %s → %s", filepath.Base(a.From.Filename), a.From.Line, a.Name, a.To)
}

// RisingArrows lists what files use from a floor above their own, by place: types, functions,
// constants, variables, methods and fields. Files on no floor don't count.
func RisingArrows(pkg *packages.Package, floors Map) (arrows []Arrow) {
	level := map[string]int{}
	for i, floor := range floors {
		for _, file := range floor.Files {
			level[file] = i + 1
		}
	}
	for id, object := range pkg.TypesInfo.Uses {
		if object.Pkg() != pkg.Types {
			continue
		}
		from := pkg.Fset.Position(id.Pos())
		to := filepath.Base(pkg.Fset.Position(object.Pos()).Filename)
		if below := level[filepath.Base(from.Filename)]; below > 0 && level[to] > below {
			arrows = append(arrows, Arrow{From: from, Name: id.Name, To: to})
		}
	}
	slices.SortFunc(arrows, func(a, b Arrow) int {
		return cmp.Or(cmp.Compare(a.From.Filename, b.From.Filename),
			cmp.Compare(a.From.Offset, b.From.Offset))
	})
	return arrows
}

// Load type-checks the package in dir, tests aside. overlay replaces files by their absolute paths.
func Load(dir string, overlay map[string][]byte) (*packages.Package, error) {
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedTypes |
			packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedExportFile,
		Dir:     dir,
		Overlay: overlay,
	}, ".")
	if err != nil {
		return nil, err
	}
	if len(loaded) != 1 {
		return nil, fmt.Errorf("house: %d packages in %s; want one", len(loaded), dir)
	}
	if faults := loaded[0].Errors; len(faults) > 0 {
		return nil, fmt.Errorf("house: %s: %w", dir, faults[0])
	}
	return loaded[0], nil
}
