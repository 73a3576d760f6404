package command

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUnwritableFolder is void for root, who may write everywhere.
func TestUnwritableFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o500))
	require.ErrorContains(t, CheckOutput(filepath.Join(folder, "a.svg"), ".svg"),
		"the folder can't be written to")
}

// TestReadAndWritten: an output that is read is refused, however it is spelled, also where the
// output is a default, and where what is read is a folder.
func TestReadAndWritten(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	var more struct {
		Data string `short:"d"`
	}
	p.Files, p.Flags = "data.npz", &more
	require.NoError(t, os.WriteFile("a.npz", []byte("data"), 0o600))
	require.NoError(t, os.WriteFile("surface.npz", []byte("data"), 0o600))
	require.NoError(t, os.Mkdir("f", 0o700))
	for line, want := range map[string]string{
		"line a.npz -o a.npz":            "is a file that is read",
		"line a.npz -oa.npz":             "is a file that is read",
		"line -da.npz -o a.npz":          "is a file that is read",
		"line -d a.npz --out=./a.npz":    "is a file that is read",
		"line --data=./a.npz -o a.npz":   "is a file that is read",
		"surface surface.npz":            "is a file that is read",
		"line f -o f/b0.npz":             "in f, a folder that is read",
		"surface a.npz -o f/../a.svg":    "",
		"line f/../f a.npz -o f/new.csv": "a folder that is read",
	} {
		t.Run(line, func(t *testing.T) {
			r := run(t.Context(), p, line+" --quiet")
			if want == "" {
				require.Equal(t, done, r.code, r.stderr)
				return
			}
			require.Equal(t, badUsage, r.code, r.stderr)
			require.Contains(t, r.stderr, want)
		})
	}
	text, err := os.ReadFile("a.npz")
	require.NoError(t, err)
	require.Equal(t, "data", string(text))
}

// TestPartIsNoOtherFile: what a surface keeps while it is measured replaces and removes no file of
// another kind, and nothing that is read.
func TestPartIsNoOtherFile(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	p.Files = "data.npz"
	require.NoError(t, os.WriteFile("a.part.npz", []byte("data"), 0o600))
	for line, want := range map[string]string{
		"surface -o a.svg":            "there is another file of that name",
		"surface a.part.npz -o a.svg": "is a file that is read",
	} {
		r := run(t.Context(), p, line)
		require.Equal(t, badUsage, r.code, r.stderr)
		require.Contains(t, r.stderr, want)
	}
	text, err := os.ReadFile("a.part.npz")
	require.NoError(t, err)
	require.Equal(t, "data", string(text))
	require.Zero(t, made)
	first, second := &session{}, &session{}
	require.NoError(t, first.claimPart("b.part.npz"))
	require.ErrorContains(t, second.claimPart("b.part.npz"), "another process")
	first.release()
}

// TestOutputsThatAppear: a file that came while a command measured stays, and what was measured is
// kept beside it.
func TestOutputsThatAppear(t *testing.T) {
	for _, line := range []string{"line -o a.svg", "surface --resolution 3 -o a.svg",
		"spectrum --top 1 --probes 0 -o a.svg"} {
		t.Run(line, func(t *testing.T) {
			p := tiny(t, new(int))
			make := p.Problem
			p.Problem = func(ctx context.Context, files []string) (*Subject, error) {
				require.NoError(t, os.WriteFile("a.svg", []byte("mine"), 0o600))
				return make(ctx, files)
			}
			r := run(t.Context(), p, line)
			require.Equal(t, failed, r.code, r.stderr)
			require.Contains(t, r.stderr, "has appeared meanwhile, and is kept")
			text, err := os.ReadFile("a.svg")
			require.NoError(t, err)
			require.Equal(t, "mine", string(text))
			kept, err := filepath.Glob("lossland-*.svg")
			require.NoError(t, err)
			require.Len(t, kept, 1)
			require.Contains(t, r.stderr, kept[0])
		})
	}
}

// TestFurtherOutputsThatAppear: so is what a program's further commands place.
func TestFurtherOutputsThatAppear(t *testing.T) {
	for line, replaced := range map[string]bool{"place": false, "place --force": true} {
		t.Run(line, func(t *testing.T) {
			p := tiny(t, new(int))
			var more struct {
				Place places `cmd:""`
			}
			p.Commands = &more
			r := run(t.Context(), p, line)
			text, err := os.ReadFile("new/placed.txt")
			require.NoError(t, err)
			if replaced {
				require.Equal(t, done, r.code, r.stderr)
				require.Equal(t, "placed", string(text))
				return
			}
			require.Equal(t, failed, r.code, r.stderr)
			require.Contains(t, r.stderr, "has appeared meanwhile, and is kept")
			require.Equal(t, "somebody's", string(text))
			kept, err := filepath.Glob("new/lossland-*.txt")
			require.NoError(t, err)
			require.Len(t, kept, 1)
		})
	}
}

// places is a command whose output appears before it is placed.
type places struct{ Force bool }

func (p *places) Replace() bool     { return p.Force }
func (p *places) Outputs() []string { return []string{"new/placed.txt"} }

func (p *places) Run(place Place) error {
	if err := os.WriteFile(p.Outputs()[0], []byte("somebody's"), 0o600); err != nil {
		return err
	}
	return place(p.Outputs()[0], func(path string) error {
		return os.WriteFile(path, []byte("placed"), 0o600)
	})
}

// TestPanicsAreFailures: a fault in the program ends with code 1 and says what it was.
func TestPanicsAreFailures(t *testing.T) {
	p := tiny(t, new(int))
	p.Problem = func(context.Context, []string) (*Subject, error) { panic("a fault") }
	r := run(t.Context(), p, "line -o a.svg")
	require.Equal(t, failed, r.code)
	require.Contains(t, r.stderr, "a fault")
	hidden, err := filepath.Glob(".*")
	require.NoError(t, err)
	require.Empty(t, hidden)
}
