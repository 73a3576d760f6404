package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
)

// network is 3 → 4 → 3 with tanh: 31 weights.
func network(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("in"), x, true, 4))
	return layers.Dense(scope.In("out"), h, true, 3)
}

// tiny is a program around the network; made counts its problems.
func tiny(t *testing.T, made *int) Program {
	t.Chdir(t.TempDir())
	return Program{Name: "tiny", Version: "1.2",
		Problem: func(context.Context, []string) (*Subject, error) {
			*made++
			problem, err := landscape.NewProblem(testnet.Quick(t), testnet.Store(3), network,
				testnet.CrossEntropy, testnet.RandomBatches(1, 3, 3, 12), nil)
			return &Subject{Problem: problem, Model: "tiny", Data: "random", Loss: "nats",
				Notes: []string{"a note"}}, err
		}}
}

// ran is what a run did.
type ran struct {
	code           int
	stdout, stderr string
}

func run(ctx context.Context, p Program, line string) ran {
	var out, errs bytes.Buffer
	code := p.Run(ctx, strings.Fields(line), &out, &errs)
	return ran{code, out.String(), errs.String()}
}

// TestUsage: what is wrong with a command line is said in two lines on the standard error, with
// code 2, before the problem is made; the standard output stays empty.
func TestUsage(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	require.NoError(t, os.WriteFile("plain.txt", nil, 0o600))
	require.NoError(t, os.Mkdir("folder.svg", 0o700))
	for line, want := range map[string]string{
		"":                              "which command? check, surface, line",
		"surfce":                        `did you mean "surface"?`,
		"surface --rang 3":              `did you mean "--range"?`,
		"surface --range -3":            `"-3"; want auto, or a positive number`,
		"surface --range=inf":           "want auto, or a positive number",
		"surface --resolution 1":        "--resolution 1: want at least 2",
		"surface --resolution -5":       "--resolution -5: want at least 2",
		"surface --seed -1":             "--seed",
		"surface --plane top":           "--plane must be one of",
		"surface --plane hesian":        `did you mean "hessian"?`,
		"sharpness --measures lambdamx": `did you mean "lambda-max"?`,
		"surface -o a.png":              "want .svg, .html, .npz, .csv, .vtk",
		"surface -o gone/a.svg":         "there is no folder gone",
		"surface -o folder.svg":         "is a folder",
		"surface -o a.svg -o ./a.svg":   "is there twice",
		"surface words":                 "unexpected argument words",
		"line --points 2":               "--points 2: want at least 3",
		"line --points 2000000000":      "want at most 1000000",
		"surface --resolution 200000":   "want at most 10000",
		"report --planes 100000":        "want at most 10000",
		"line --range 0":                "want auto, or a positive number",
		"sharpness --measures flatness": "there is none of that name; there are gaussian",
		"spectrum --top 0":              "--top 0: want at least 1",
		"spectrum --steps 1":            "--steps 1",
		"check --budget -1m":            "want a positive duration",
		"check --budget 0s":             "want a positive duration",
		"check -o a.svg":                "want .json",
		"surface -Z 3":                  "unknown flag -Z\n",
		"check --range -1":              "want a positive number",
		"connect a.npz":                 "two files of weights",
		"connect a.npz b.npz --rate 0":  "--rate 0",
		"report -o report.pdf":          "want .html",
		"report --planes 2":             "--planes 2: want at least 3",
		"draw":                          "<saved>",
		"draw gone.npz":                 "gone.npz isn't there",
		"draw plain.txt -o plain.txt":   "want .svg, .html",
		"compare plain.txt gone.npz":    "gone.npz isn't there",
		"completion powershell":         "must be one of",
	} {
		t.Run(line, func(t *testing.T) {
			r := run(t.Context(), p, line)
			assert.Equal(t, badUsage, r.code)
			assert.Empty(t, r.stdout)
			assert.Contains(t, r.stderr, want)
			assert.Regexp(t, `^tiny: .*\nRun "tiny.* --help" for how to use it.\n$`, r.stderr)
		})
	}
	require.Zero(t, made, "problems were made")
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	require.Len(t, entries, 2, "files were left")
}

// TestHelp: every command's help has a line to copy, and the program's the exit codes.
func TestHelp(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	r := run(t.Context(), p, "--help")
	require.Equal(t, done, r.code)
	require.Empty(t, r.stderr)
	require.Contains(t, r.stdout, "Exit codes: 0 done. 1 failed")
	require.Contains(t, strings.Join(strings.Fields(r.stdout), " "), "4 not finished: check")
	for name := range examples {
		r := run(t.Context(), p, name+" --help")
		require.Equal(t, done, r.code)
		require.Contains(t, r.stdout, "\n    tiny "+name)
		require.NotContains(t, r.stdout, "FILES")
	}
	require.Equal(t, "tiny 1.2\n", run(t.Context(), p, "--version").stdout)
	require.Zero(t, made)
}

// TestExamplesAreRight: the lines to copy are command lines.
func TestExamplesAreRight(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	for name, lines := range examples {
		for _, line := range lines {
			line, _, _ = strings.Cut(line, " > ")
			line = strings.NewReplacer("PROGRAM ", "", "FILES", "", " A B ", " a.npz b.npz ").
				Replace(line)
			_, err := p.parse(&session{ctx: t.Context()}, strings.Fields(line))
			require.NoError(t, err, "%s: %s", name, line)
		}
	}
}

// TestExit: every kind of error has its code, and one line.
func TestExit(t *testing.T) {
	plainly := errors.New("a\nfault")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		err  error
		ctx  context.Context
		code int
		want string
	}{
		"done":    {nil, t.Context(), done, ""},
		"no":      {errNo, t.Context(), refused, ""},
		"failed":  {plainly, t.Context(), failed, "tiny: a fault\n"},
		"refused": {&refusal{plainly}, t.Context(), refused, "tiny: a fault\n"},
		"named": {fmt.Errorf("x: %w", landscape.ErrRandom), t.Context(), refused,
			"tiny: x: "},
		"late":        {&late{"2 of 3"}, t.Context(), unfinished, "tiny: not finished: 2 of 3\n"},
		"kept":        {&stopped{"kept"}, cancelled, interrupted, "tiny: interrupted: kept\n"},
		"interrupted": {context.Canceled, cancelled, interrupted, "kept nothing"},
		"another's":   {context.Canceled, t.Context(), failed, "tiny: context canceled\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var errs bytes.Buffer
			s := &session{program: Program{Name: "tiny"}, ctx: c.ctx, stderr: &errs}
			require.Equal(t, c.code, s.exit(c.err))
			require.Contains(t, errs.String(), c.want)
			require.Equal(t, c.want == "", errs.String() == "")
		})
	}
}

// TestRefusedProblem: what the program can't make is a refusal, by its own words.
func TestRefusedProblem(t *testing.T) {
	p := tiny(t, new(int))
	p.Problem = func(context.Context, []string) (*Subject, error) {
		return nil, errors.New("the model has an operation Foo")
	}
	r := run(t.Context(), p, "classify")
	require.Equal(t, ran{refused, "", "tiny: the model has an operation Foo\n"}, r)
}

// TestFlagsAndFiles: a program's own flags, files and check.
func TestFlagsAndFiles(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	flags := &struct {
		Depth int `help:"${deep}"`
	}{}
	problem := p.Problem
	p.Flags, p.Files, p.Texts = flags, "net.bin", map[string]string{"deep": "How deep."}
	p.Check = func(command string, files []string) error {
		if len(files) != 1 || flags.Depth != 2 {
			return fmt.Errorf("%s: %v, %d", command, files, flags.Depth)
		}
		return nil
	}
	p.Problem = func(ctx context.Context, files []string) (*Subject, error) {
		require.Equal(t, []string{"net.bin"}, files)
		return problem(ctx, nil)
	}
	r := run(t.Context(), p, "sharpness")
	require.Equal(t, badUsage, r.code)
	require.Contains(t, r.stderr, "sharpness: [], 0")
	r = run(t.Context(), p, "sharpness --depth 2 net.bin --measures first-order -q")
	require.Equal(t, done, r.code, r.stderr)
	require.Empty(t, r.stderr)
	require.Contains(t, run(t.Context(), p, "line --help").stdout, "How deep.")
}

// TestMeasure: results alone on the standard output, as text and as JSON; files that are there.
func TestMeasure(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	for line, files := range map[string][]string{
		"surface --resolution 5 --range auto": {"surface.svg", "surface.npz"},
		"surface --resolution 4 --plane hessian --grad-norm -o a.csv -o a.vtk": {"a.csv",
			"a.vtk"},
		"surface --resolution 4 --normalise layer --refine -o b.html":   {"b.html"},
		"surface --resolution 4 --plane gradient -o c.npz --directions": {"c.npz"},
		"line --points 5":                        {"line.svg", "line.npz"},
		"line --points 5 --direction gradient":   {},
		"line --points 5 --direction top":        {},
		"line --points 5 --direction bottom":     {},
		"sharpness --measures first-order,trace": {},
		"spectrum --top 3 --probes 2 --steps 5": {"spectrum.svg",
			"spectrum.npz"},
		"spectrum --top 2 --ends --probes 0 --gauss-newton -o s.csv": {"s.csv"},
		"classify":           {},
		"classify -o k.json": {"k.json"},
		"sharpness --measures first-order -o m.json": {"m.json"},
	} {
		t.Run(line, func(t *testing.T) {
			r := run(t.Context(), p, line+" --force")
			require.Equal(t, done, r.code, r.stderr)
			require.NotEmpty(t, r.stdout)
			require.Contains(t, r.stderr, "tiny: note: a note\n")
			for _, file := range files {
				require.FileExists(t, file)
			}
			r = run(t.Context(), p, line+" --force --json --quiet")
			require.Equal(t, done, r.code)
			require.Empty(t, r.stderr)
			var value map[string]any
			require.NoError(t, json.Unmarshal([]byte(r.stdout), &value), r.stdout)
		})
	}
	locks, err := filepath.Glob(".*")
	require.NoError(t, err)
	require.Empty(t, locks)
}

// TestCheckThatIsLate: what the budget didn't reach is a table, a code of its own and a way on.
func TestCheckThatIsLate(t *testing.T) {
	p := tiny(t, new(int))
	r := run(t.Context(), p, "check --budget 1ns -q")
	require.Equal(t, unfinished, r.code)
	require.Contains(t, r.stdout, "not tried")
	require.Contains(t, r.stdout, "It isn't finished")
	require.Equal(t, "tiny: not finished: 16 of 16 checks were not tried, for lack of time: "+
		"--budget 5m gives more\n", r.stderr)
}

// TestOutputIsTheJSON: -o holds what --json prints.
func TestOutputIsTheJSON(t *testing.T) {
	p := tiny(t, new(int))
	r := run(t.Context(), p, "classify -q --json -o k.json")
	require.Equal(t, done, r.code, r.stderr)
	kept, err := os.ReadFile("k.json")
	require.NoError(t, err)
	require.Equal(t, r.stdout, string(kept))
	r = run(t.Context(), p, "classify -q -o k.json")
	require.Equal(t, badUsage, r.code)
	require.Contains(t, r.stderr, "k.json is there already")
	require.Equal(t, "the same\n", run(t.Context(), p, "compare k.json k.json").stdout)
}

// TestConnect: between two files of weights, as one vector and by variables.
func TestConnect(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	subject, err := p.Problem(t.Context(), nil)
	require.NoError(t, err)
	theta, err := subject.Problem.Weights()
	require.NoError(t, err)
	saveVector(t, "a.npz", theta)
	for i := range theta {
		theta[i] = -theta[i]
	}
	saveVariables(t, "b.npz", subject.Problem.Params(), theta)
	r := run(t.Context(), p, "connect a.npz b.npz --steps 3 --points 5 -o c.svg -o c.npz")
	require.Equal(t, done, r.code, r.stderr)
	require.Contains(t, r.stdout, "barrier along the straight line")
	require.FileExists(t, "c.svg")
	saveVector(t, "short.npz", theta[1:])
	r = run(t.Context(), p, "connect a.npz short.npz")
	require.Equal(t, refused, r.code)
	require.Contains(t, r.stderr, "weights has 30 numbers; the model has 31 weights")
	r = run(t.Context(), p, "connect a.npz gone.npz")
	require.Equal(t, refused, r.code)
}

// TestNoNumbers: data of NaN can't be measured, which every command says with 3, as the help does,
// and by the loss.
func TestNoNumbers(t *testing.T) {
	p := tiny(t, new(int))
	p.Problem = func(context.Context, []string) (*Subject, error) {
		data := testnet.RandomBatches(1, 3, 3, 12)
		x := data[0].Inputs[0]
		tensors.MustMutableFlatData(x, func(flat []float32) {
			for i := range flat {
				flat[i] = float32(math.NaN())
			}
		})
		problem, err := landscape.NewProblem(testnet.Quick(t), testnet.Store(3), network,
			testnet.CrossEntropy, data, nil)
		return &Subject{Problem: problem, Model: "tiny", Data: "NaN", Loss: "nats"}, err
	}
	for _, line := range []string{"line -o a.svg", "line --direction gradient -o b.svg",
		"surface --resolution 3 -o c.svg", "surface --plane hessian -o d.svg", "sharpness",
		"spectrum -o e.npz", "classify", "check"} {
		t.Run(line, func(t *testing.T) {
			r := run(t.Context(), p, line)
			require.Equal(t, refused, r.code, r.stderr+r.stdout)
			require.Contains(t, r.stderr+r.stdout, "loss")
			require.NotContains(t, r.stderr, "asymmetry")
		})
	}
}
