package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/internal/numpy"
	"lossland/pkg/landscape"
	"lossland/pkg/losses"
	"lossland/pkg/onnx"
)

// testdata are models and data that bench/onnx made with PyTorch.
const testdata = "../../pkg/onnx/testdata"

// stranger is a user's folder with some of the models and their data; it is the working one.
func stranger(t *testing.T, names ...string) {
	folder := t.TempDir()
	for _, name := range names {
		files, err := filepath.Glob(filepath.Join(testdata, name+".*"))
		require.NoError(t, err)
		require.NotEmpty(t, files, name)
		for _, file := range files {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, filepath.Base(file)), content,
				0o600))
		}
	}
	t.Chdir(folder)
}

// lossland runs a command line.
func lossland(t *testing.T, line string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	args := withDigits(append([]string{"lossland"}, strings.Fields(line)...))
	code = program().Run(t.Context(), args[1:], &out, &errs)
	return code, out.String(), errs.String()
}

// TestModel: every command on a PyTorch model's file; its loss is PyTorch's.
func TestModel(t *testing.T) {
	stranger(t, "mlp")
	saveOther(t)
	for line, want := range map[string]string{
		"line mlp.onnx mlp.npz --points 5 -o line.svg":                "line random: 5 points",
		"surface --model mlp.onnx -d mlp.npz --resolution 3 -o s.npz": "surface: 9 points",
		"sharpness mlp.npz mlp.onnx --measures lambda-max":            "λmax ",
		"spectrum -m mlp.onnx mlp.npz --top 2 --probes 2 --steps 5":   "2 of ",
		"classify mlp.onnx mlp.npz --loss cross-entropy --json":       `"verdict":`,
		"connect mlp.onnx other.onnx mlp.npz --steps 1 --points 5":    "barrier along",
	} {
		t.Run(line, func(t *testing.T) {
			code, stdout, stderr := lossland(t, line)
			require.Equal(t, 0, code, stderr)
			require.Contains(t, stdout, want)
			require.Contains(t, stderr, "x0 ← x0, labels ← y; 24 examples")
		})
	}
	s, err := landscape.LoadSurface("s.npz")
	require.NoError(t, err)
	require.InEpsilon(t, pytorchLoss(t, "mlp.npz"), s.Loss.Value[1][1], 1e-5)
	require.Contains(t, s.Metrics, "accuracy")
}

// saveOther writes the model with weights of the other sign.
func saveOther(t *testing.T) {
	m, err := onnx.Open("mlp.onnx", onnx.Config{})
	require.NoError(t, err)
	var variables []*model.Variable
	for _, w := range m.Weights() {
		variables = append(variables, m.Store().GetVariable(w.Path))
	}
	params := landscape.ParamsOf(variables)
	theta, err := params.Values()
	require.NoError(t, err)
	for i := range theta {
		theta[i] = -theta[i]
	}
	require.NoError(t, params.SetValues(theta))
	require.NoError(t, m.Save("other.onnx"))
	require.NoError(t, m.Close())
}

// TestModelResumes: bands of rows are one surface, also where XLA measures it.
func TestModelResumes(t *testing.T) {
	stranger(t, "mlp")
	const line = "surface mlp.onnx mlp.npz --resolution 9 -o s.npz -q"
	code, _, stderr := lossland(t, line)
	require.Equal(t, 0, code, stderr)
	whole, err := landscape.LoadSurface("s.npz")
	require.NoError(t, err)
	for i := 5; i < 9; i++ {
		clear(whole.Measured[i])
		for j := range whole.Loss.Value[i] {
			whole.Loss.Value[i][j] = -1
		}
	}
	whole.Done = 45
	require.NoError(t, whole.Save("s.part.npz", landscape.FileConfig{}))
	want, err := os.ReadFile("s.npz")
	require.NoError(t, err)
	code, _, stderr = lossland(t, line)
	require.Equal(t, 2, code, "unasked, nothing is overwritten")
	require.Contains(t, stderr, "s.npz is there already: --force replaces it")
	code, _, stderr = lossland(t, line+" --force")
	require.Equal(t, 0, code, stderr)
	got, err := os.ReadFile("s.npz")
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
}

// pytorchLoss is the loss that PyTorch had, which stands beside the data.
func pytorchLoss(t *testing.T, path string) float64 {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	a, err := numpy.NewArchive(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	loss, err := a.Floats("loss")
	require.NoError(t, err)
	return loss[0]
}

// TestModelUsage: what is wrong with model and data is said before they are read.
func TestModelUsage(t *testing.T) {
	stranger(t, "mlp", "cnn")
	for line, want := range map[string]string{
		"check":                               "takes one model, such as model.onnx; none is given",
		"check mlp.npz":                       "check takes one model",
		"line mlp.onnx":                       "takes one data, such as data.npz; none is given",
		"line mlp.onnx cnn.onnx mlp.npz":      "found mlp.onnx and cnn.onnx",
		"line mlp.onnx mlp.npz -d cnn.npz":    "found cnn.npz and mlp.npz",
		"line mlp.onnx gone.npz":              "there is no gone.npz",
		"line mlp.onnx mlp.npz --loss focal":  "there is none of that name; there are bce",
		"connect mlp.onnx mlp.npz":            "connect takes two models",
		"line mlp.onnx mlp.npz -o mlp.npz":    "-o mlp.npz is a file that is read",
		"surface -m mlp.onnx -d mlp.npz -o x": "no file of this kind can be written",
		"surface mlp.onnx mlp.npz --range -3": "want auto, or a positive number",
		"surface -o gone/surface.svg":         "there is no folder ",
		"surface --resolution 1":              "--resolution 1: want at least 2",
		"surface --range -3":                  "--range -3: want a positive number",
		"sheet -o gone/sheet.html":            "there is no folder ",
	} {
		t.Run(line, func(t *testing.T) {
			code, stdout, stderr := lossland(t, line)
			assert.Equal(t, 2, code)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, want)
		})
	}
}

// TestModelRefused: data that aren't the model's are refused by both names, with code 3.
func TestModelRefused(t *testing.T) {
	stranger(t, "mlp", "cnn")
	code, stdout, stderr := lossland(t, "classify mlp.onnx cnn.npz")
	require.Equal(t, 3, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "the model takes x0: float32[batch 8], and the array is x0: "+
		"float32[24 1 8 8]")
	require.NoError(t, os.WriteFile("bad.onnx", []byte("no model"), 0o600))
	code, _, stderr = lossland(t, "classify bad.onnx mlp.npz")
	require.Equal(t, 3, code)
	require.Contains(t, stderr, "bad.onnx")
	code, _, stderr = lossland(t, "connect mlp.onnx cnn.onnx mlp.npz --steps 1")
	require.Equal(t, 3, code)
	require.Contains(t, stderr, "cnn.onnx has no weights")
	code, _, stderr = lossland(t, "connect mlp.onnx mlp.onnx mlp.npz --steps 1")
	require.Equal(t, 3, code)
	require.Contains(t, stderr, "b is equal to a")
}

// TestHelpNamesLosses: the help names every loss there is.
func TestHelpNamesLosses(t *testing.T) {
	code, stdout, _ := lossland(t, "report --help")
	require.Equal(t, 0, code)
	flat := strings.Join(strings.Fields(stdout), " ")
	for _, name := range losses.Names() {
		require.Contains(t, flat, name)
	}
	require.Contains(t, flat, "lossland report model.onnx data.npz -o report.html")
}

// TestWithDigits: surface is the digits' only with the flags that it had before there were models,
// and --force.
func TestWithDigits(t *testing.T) {
	for line, digits := range map[string]bool{
		"surface":                    true,
		"surface -o a.svg --seed 3":  true,
		"surface -f -o a.svg":        true,
		"surface --range=2":          true,
		"surface --range -3":         true,
		"surface model.onnx":         false,
		"surface --model model.onnx": false,
		"surface --data data.npz":    false,
		"surface data.npz":           false,
		"surface --help":             false,
		"surface --json":             false,
		"line":                       false,
		"":                           false,
	} {
		args := withDigits(append([]string{"lossland"}, strings.Fields(line)...))
		assert.Equal(t, digits, len(args) > 1 && args[1] == "digits", line)
	}
}

// TestDigitsAndSheetReplaceNothing: the commands without a model keep a file that is there, too,
// unless --force.
func TestDigitsAndSheetReplaceNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.svg", "a.html"} {
		require.NoError(t, os.WriteFile(name, []byte("mine"), 0o600))
	}
	for _, line := range []string{"digits -o a.svg", "surface -o a.svg", "sheet -o a.html"} {
		code, _, stderr := lossland(t, line)
		require.Equal(t, 2, code, line)
		require.Contains(t, stderr, "is there already: --force replaces it")
	}
	text, err := os.ReadFile("a.svg")
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
	code, _, stderr := lossland(t, "sheet --force -o a.html")
	require.Equal(t, 0, code, stderr)
	text, err = os.ReadFile("a.html")
	require.NoError(t, err)
	require.NotEqual(t, "mine", string(text))
}

// TestEvidenceReplacesNothing: nor do the commands that measure the lesson's claims, before they
// have measured anything.
func TestEvidenceReplacesNothing(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	for name, line := range map[string]string{
		"e/claims.json":     "evidence --out e --root " + root,
		"e/data/F1.json":    "evidence --out e --only F1 --root " + root,
		"e/sam-digits.json": "sam-digits --out e",
		"e/sam-digits.svg":  "sam-digits --draw --out e",
	} {
		t.Run(line[:strings.Index(line, " --out")]+" "+name, func(t *testing.T) {
			require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
			require.NoError(t, os.WriteFile(name, []byte("mine"), 0o600))
			code, _, stderr := lossland(t, line)
			require.Equal(t, 2, code, stderr)
			require.Contains(t, stderr, "is there already: --force replaces it")
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Equal(t, "mine", string(text))
			require.NoError(t, os.RemoveAll("e"))
		})
	}
}

// TestEvidenceAgain: the table and a picture are made anew of what is there, with --force.
func TestEvidenceAgain(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.NoError(t, os.CopyFS("e", os.DirFS(filepath.Join(root, "evidence"))))
	claims, err := os.ReadFile("e/claims.json")
	require.NoError(t, err)
	for _, line := range []string{"evidence --force --scale full --table --out e --root " + root,
		"sam-digits --force --draw --out e"} {
		code, _, stderr := lossland(t, line)
		require.Equal(t, 0, code, stderr)
	}
	again, err := os.ReadFile("e/claims.json")
	require.NoError(t, err)
	require.Equal(t, string(claims), string(again))
}

// TestCheckAndReport: the walk of a new user, from the model's file to the page.
func TestCheckAndReport(t *testing.T) {
	stranger(t, "mlp")
	code, stdout, stderr := lossland(t, "check mlp.onnx mlp.npz --budget 5m --json -q")
	require.Equal(t, 0, code, stderr)
	var audit struct{ Verdict string }
	require.NoError(t, json.Unmarshal([]byte(stdout), &audit))
	require.NotEmpty(t, audit.Verdict)
	code, stdout, stderr = lossland(t,
		"report mlp.onnx mlp.npz -o report.html --planes 3 --resolution 5 --range auto")
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, "report: report.html\n")
	page, err := os.ReadFile("report.html")
	require.NoError(t, err)
	for _, text := range []string{"mlp.onnx", "Data: mlp.npz.", "cross-entropy",
		"data:image/svg+xml", "lossland report mlp.onnx mlp.npz"} {
		require.Contains(t, string(page), text)
	}
}
