package examples_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// imports are what the pages' pieces of Go may use without saying so.
var imports = []string{
	`"fmt"`, `"lossland/pkg/losses"`, `"lossland/pkg/onnx"`, `"lossland/pkg/sam"`,
	`"lossland/pkg/xla"`, `"github.com/gomlx/compute"`, `"github.com/gomlx/compute/dtypes"`,
	`"github.com/gomlx/compute/shapes"`, `"github.com/gomlx/gomlx/core/graph"`,
	`. "github.com/gomlx/gomlx/core/graph"`, `"github.com/gomlx/gomlx/core/tensors"`,
	`"github.com/gomlx/gomlx/ml/layers"`, `"github.com/gomlx/gomlx/ml/layers/lstm"`,
	`"github.com/gomlx/gomlx/ml/model"`, `"github.com/gomlx/gomlx/ml/model/checkpoint"`,
	`"github.com/gomlx/gomlx/ml/train"`, `"github.com/gomlx/gomlx/ml/train/loss"`,
	`"github.com/gomlx/gomlx/ml/train/optimizer"`, `"gonum.org/v1/gonum/mat"`,
}

// declared is what a page's pieces of Go have from their reader.
const declared = `
var (
	backend       compute.Backend
	store         *model.Store
	modelFn       func(*model.Scope, any, []*Node) []*Node
	lossFn        train.LossFn
	data, dataset train.Dataset
	base          optimizer.Interface
	dir           string
)

func must[T any](v T, err error) T { return v }
`

// TestGoOfPages: every piece of Go in docs is right Go with the packages of today. README's pieces
// stand in programs that TestExamples runs.
func TestGoOfPages(t *testing.T) {
	exported := exportData(t)
	pages, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	checked := 0
	for _, page := range pages {
		for i, piece := range goPieces(t, page) {
			t.Run(fmt.Sprintf("%s/%d", filepath.Base(page), i), func(t *testing.T) {
				if strings.HasPrefix(piece, "var _ = gather(") {
					return // of a package's inside: TestGoOfEvidence.
				}
				assert.Empty(t, wrong(exported, "examples", program(piece)), "%s", piece)
				checked++
			})
		}
	}
	assert.Greater(t, checked, 10)
}

// TestGoOfEvidence: what docs/evidence.md says a new row is fits pkg/evidence/experiments.
func TestGoOfEvidence(t *testing.T) {
	pieces := goPieces(t, "../docs/evidence.md")
	require.Len(t, pieces, 1)
	sources, err := filepath.Glob("../pkg/evidence/experiments/*.go")
	require.NoError(t, err)
	texts := []string{`package experiments
import ("lossland/pkg/evidence"; "lossland/pkg/viz")
func judgeNew(*Data) (evidence.Finding, error) { panic(0) }
func drawNew(*Data, string) viz.Figure { panic(0) }
func (*lab) measureNew() ([]*Data, error) { panic(0) }
` + pieces[0]}
	for _, path := range sources {
		if !strings.HasSuffix(path, "_test.go") {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			texts = append(texts, string(text))
		}
	}
	exported := exportData(t)
	assert.Empty(t, wrong(exported, "experiments", texts...))
	texts[0] = strings.Replace(texts[0], "measure:", "measures:", 1)
	assert.NotEmpty(t, wrong(exported, "experiments", texts...))
}

func TestWrong(t *testing.T) {
	exported := exportData(t)
	for piece, want := range map[string]string{
		"o := sam.New(base).Done()":     "",
		"o := sam.New(base).Finish()":   "Finish undefined",
		"x := []int{1}\nx.Len()":        "x.Len undefined",
		"fmt.Println(unheard)":          "undefined: unheard",
		"import \"fmt\"\nfmt.Println()": "",
		"fmt.Println(":                  "expected",
	} {
		got := wrong(exported, "examples", program(piece))
		if want == "" {
			assert.Empty(t, got, piece)
		} else {
			assert.Contains(t, strings.Join(got, "\n"), want, piece)
		}
	}
}

// goPieces are a page's blocks of Go.
func goPieces(t *testing.T, page string) (pieces []string) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	for _, match := range goBlock.FindAllSubmatch(text, -1) {
		pieces = append(pieces, string(match[1]))
	}
	return pieces
}

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?\n)```$")

// program is a piece of Go as a program. What a piece imports itself it needn't import twice.
func program(piece string) string {
	body := importLine.ReplaceAllString(piece, "")
	return "package examples\nimport (\n" + strings.Join(imports, "\n") + "\n)\n" + declared +
		"func piece() {\n" + body + "\n}\n"
}

var importLine = regexp.MustCompile(`(?m)^import ".*"$`)

// wrong is what the compiler says of a package, without what it says of names that aren't used.
func wrong(exported types.Importer, name string, texts ...string) (said []string) {
	files, set := []*ast.File{}, token.NewFileSet()
	for _, text := range texts {
		file, err := parser.ParseFile(set, "piece.go", text, parser.SkipObjectResolution)
		if err != nil {
			return []string{err.Error()}
		}
		files = append(files, file)
	}
	checks := types.Config{Importer: exported, Error: func(err error) {
		if e, ok := err.(types.Error); ok && !e.Soft {
			said = append(said, e.Msg)
		}
	}}
	_, _ = checks.Check(name, set, files, nil) // its errors went to Error.
	return said
}

// exportData reads what the compiler has written down of the packages that the pages use.
func exportData(t *testing.T) types.Importer {
	if testing.Short() {
		t.Skip("it compiles what the pages use")
	}
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}",
		"lossland/pkg/evidence/experiments"}
	for _, path := range imports {
		args = append(args, strings.Trim(path, `. "`))
	}
	files := map[string]string{}
	for line := range strings.Lines(command(t, ".", "go", args...)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[path] = file
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		text, err := os.ReadFile(files[path])
		return io.NopCloser(bytes.NewReader(text)), err
	})
}
