package examples_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// notRun are the beginnings of commands of the pages that TestCommandsOfPages doesn't run, with
// the reason.
var notRun = map[string]string{
	"lossland doctor":              "what the machine lacks decides its exit code",
	"make":                         "the gate runs check, test and lesson; the rest must be there",
	"LOSSLAND_DOWNLOAD=1":          "it asks the network; pkg/xla/download has its tests",
	"pip install":                  "it asks the network; make test-wheel does it",
	"go get":                       "it changes go.mod",
	"go mod":                       "TestOwnModule follows that recipe",
	"LOSSLAND_ROOT=":               "TestOwnModule follows that recipe",
	"go run ./internal/pictures":   "it draws README's figures anew; its test compares them",
	"go run ./cmd/lossland digits": "it trains for a minute; its parts are tested in cmd/lossland",
	"go test":                      "a test inside a test; make test runs each",
	".venv/bin/jupyter nbconvert":  "minutes; make test executes every notebook",
	"gonb --install":               "a fault of gonb's: it would install a kernel",
	"mkdir p &&":                   "a fault of go-xla's; TestOpenBrokenPlugin does the same",
	"MALLOC_MMAP_MAX_=0":           "a comparison of times; pkg/xla's test counts the faults",
	".ci/run":                      "it runs this test",
	"go run ./bench":               "minutes beside peers; make bench is its command",
	"go run ./internal/soak":       "half an hour; make soak is its command",
}

// TestCommandsOfPages runs what README, CONTRIBUTING and docs tell people to type, in a folder with
// a small model: lossland in every form, go build, go doc, the notebooks' scripts.
func TestCommandsOfPages(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and runs the program")
	}
	folder, used, ran := stage(t), map[string]bool{}, 0
	for _, line := range typed(t) {
		if why := reason(line); why != "" {
			used[why] = true
			continue
		}
		t.Run(line, func(t *testing.T) {
			code, said := shell(t, folder, line)
			assert.Contains(t, []int{0, 3}, code, "%s", said) // 3: done, and the answer is no.
			ran++
		})
	}
	assert.Greater(t, ran, 12)
	for _, begin := range slices.Sorted(maps.Keys(notRun)) {
		assert.True(t, used[begin], "no page says %q any more", begin)
	}
	for _, file := range []string{"report.html", "surface.svg", "surface.npz"} {
		assert.FileExists(t, filepath.Join(folder, file))
	}
	notebook := filepath.Join("notebooks", "02-slice.ipynb")
	want, err := os.ReadFile(filepath.Join(root(t), notebook))
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(folder, notebook))
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "to text and back isn't the same notebook")
}

// reason is the longest beginning in notRun that a line has.
func reason(line string) (begin string) {
	for b := range notRun {
		if strings.HasPrefix(line, b) && len(b) > len(begin) {
			begin = b
		}
	}
	return begin
}

// typed are the commands of the pages: the lines of their blocks of shell, and what stands between
// backticks and begins with the name of a program.
func typed(t *testing.T) (lines []string) {
	block := regexp.MustCompile("(?ms)^```sh\n(.*?\n)```$")
	fence := regexp.MustCompile("(?ms)^```.*?^```$|<code>.*?</code>")
	inline := regexp.MustCompile("`((?:[A-Z_]+=\\S+ )*(?:make|go|lossland|python|source|pip|gonb|" +
		"\\.venv/\\S+) [^`\n]+|\\.ci/run|make)`")
	var pages []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/adr/*.md"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(t, err)
		pages = append(pages, paths...)
	}
	for _, page := range pages {
		if filepath.Base(page) == "CHANGELOG.md" {
			continue // of what once was.
		}
		bytes, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, match := range block.FindAllStringSubmatch(string(bytes), -1) {
			for line := range strings.Lines(match[1]) {
				line, _, _ = strings.Cut(line, " #")
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		text := fence.ReplaceAllString(string(bytes), "")
		for _, m := range inline.FindAllStringSubmatch(text, -1) {
			if !isName(m[1]) {
				lines = append(lines, m[1])
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int { // what is needed by others is built first.
		return strings.Compare(order(a), order(b))
	})
	return slices.Compact(lines)
}

// isName says whether a line only names a command, such as "lossland check".
func isName(line string) bool {
	words := strings.Fields(line)
	return len(words) == 2 && slices.Contains([]string{"go", "lossland"}, words[0]) &&
		!strings.HasPrefix(words[1], "-") && reason(line) == ""
}

// order puts what makes files before what takes them, and equal lines together.
func order(line string) string {
	switch {
	case strings.HasPrefix(line, "go build"):
		return "0" + line
	case strings.HasPrefix(line, "lossland surface"):
		return "1" + line
	case strings.Contains(line, "to-text"):
		return "2" + line
	}
	return "3" + line
}

// stage is a folder with the program, a small model, data, and what the notebooks' scripts take.
func stage(t *testing.T) (folder string) {
	folder = t.TempDir()
	for name, from := range map[string]string{"model.onnx": "mlp-legacy.onnx",
		"a.onnx": "mlp-legacy.onnx", "b.onnx": "mlp-legacy.onnx", "data.npz": "mlp-legacy.npz"} {
		text, err := os.ReadFile(filepath.Join(root(t), "pkg/onnx/testdata", from))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	for _, name := range []string{"scripts", ".venv"} {
		if _, err := os.Stat(filepath.Join(root(t), name)); err == nil {
			target := filepath.Join(root(t), name)
			require.NoError(t, os.Symlink(target, filepath.Join(folder, name)))
		}
	}
	for _, name := range []string{"build", "notebooks"} {
		require.NoError(t, os.Mkdir(filepath.Join(folder, name), 0o700))
	}
	text, err := os.ReadFile(filepath.Join(root(t), "notebooks/02-slice.ipynb"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "notebooks/02-slice.ipynb"), text, 0o600))
	command(t, "..", "go", "build", "-buildvcs=false", "-o", folder+"/bin/", "./cmd/lossland")
	for _, name := range []string{"a", "b"} {
		command(t, folder, "bin/lossland", "surface", name+".onnx", "data.npz", "--range", "1",
			"--resolution", "5", "-o", name+".npz")
	}
	return folder
}

// shell runs a line as somebody in the folder would. What belongs to the project's own folder, go
// build and go doc, goes there, and its files come here.
func shell(t *testing.T, folder, line string) (code int, said string) {
	line = strings.ReplaceAll(line, "go build -o bin/", "go build")
	line = strings.ReplaceAll(line, "go build", "go build -buildvcs=false -o '"+folder+"/bin/'")
	cmd := exec.CommandContext(t.Context(), "bash", "-c", line)
	cmd.Dir = folder
	if strings.HasPrefix(line, "go ") {
		cmd.Dir = root(t)
	}
	path := filepath.Join(folder, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH")
	cmd.Env = append(os.Environ(), "PATH="+path, "LOSSLAND_ROOT="+root(t))
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return failed.ExitCode(), string(out)
	}
	require.NoError(t, err)
	return 0, string(out)
}
