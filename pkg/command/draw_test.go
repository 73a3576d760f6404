package command

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDrawAgain: the figure of a saved result is the one that was drawn when it was measured.
func TestDrawAgain(t *testing.T) {
	p := tiny(t, new(int))
	for name, measure := range map[string]string{
		"surface":  "surface --resolution 5",
		"line":     "line --points 5",
		"spectrum": "spectrum --top 3 --probes 2 --steps 5",
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t.Context(), p, measure)
			require.Equal(t, done, r.code, r.stderr)
			first, err := os.ReadFile(name + ".svg")
			require.NoError(t, err)
			r = run(t.Context(), p, "draw "+name+".npz --loss nats -f -o again.svg")
			require.Equal(t, ran{done, "", "tiny: wrote again.svg\n"}, r)
			again, err := os.ReadFile("again.svg")
			require.NoError(t, err)
			require.Equal(t, string(first), string(again))
		})
	}
}

// TestDraw: what can be chosen, and what is refused.
func TestDraw(t *testing.T) {
	p := tiny(t, new(int))
	for _, line := range []string{"surface --resolution 4 --grad-norm", "line --points 5",
		"line --points 5 --direction gradient -o other.npz",
		"spectrum --top 2 --probes 0 -o s.npz"} {
		require.Equal(t, done, run(t.Context(), p, line).code)
	}
	for _, line := range []string{"surface.npz --relief", "surface.npz --of errors --title T",
		"surface.npz --of grad_norm", "surface.npz --of data_loss --linear",
		"line.npz other.npz -o both.html", "s.npz"} {
		r := run(t.Context(), p, "draw --force "+line)
		require.Equal(t, done, r.code, r.stderr)
	}
	require.FileExists(t, "surface.svg")
	require.FileExists(t, "both.html")
	for line, want := range map[string]string{
		"surface.npz --of accuracy": "the file has loss, data_loss, errors grad_norm",
		"surface.npz line.npz":      "only lines can be drawn in one figure; of 2 files 1 are",
		"s.npz line.npz":            "a spectrum is drawn alone",
		"line.svg":                  "draw: ",
	} {
		r := run(t.Context(), p, "draw -o x.svg "+line)
		require.Equal(t, refused, r.code)
		require.Contains(t, r.stderr, want)
	}
}

// TestCompare: the same, or not and by how much; 0 or 3.
func TestCompare(t *testing.T) {
	p := tiny(t, new(int))
	for _, line := range []string{"surface --resolution 4 -o a.npz",
		"surface --resolution 4 -o b.npz", "surface --resolution 4 -o seed.npz --seed 2",
		"surface --resolution 5 -o size.npz", "spectrum --top 2 --probes 2 --steps 4 -o s.npz",
		"spectrum --top 3 --probes 2 --steps 4 --seed 3 -o t.npz", "line --points 5 -o l.npz"} {
		r := run(t.Context(), p, line)
		require.Equal(t, done, r.code, r.stderr)
	}
	for name, text := range map[string]string{"a.json": `{"x": [1, {"y": "a"}], "z": 2}`,
		"b.json": `{"x": [1.5, {"y": "b"}], "w": null}`, "c.json": `{`} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	for line, want := range map[string][]string{
		"a.npz seed.npz": {"directions: ", "plane: random, seed 1", "lowest loss: ",
			"the farthest apart of 16 points that differ"},
		"a.npz size.npz": {"alphas: 4 from -1 to 1, 5 from -1 to 1",
			"points measured: 16, 25 (apart by 9)"},
		"s.npz t.npz":   {"seed: 1, 3", "number of eigenvalues: 2, 3", "trace: "},
		"a.json b.json": {"x[0]: 1, 1.5 (apart by 0.5)", "x[1].y: a, b", "z: 2, absent"},
	} {
		r := run(t.Context(), p, "compare "+line)
		require.Equal(t, refused, r.code, r.stderr)
		require.Empty(t, r.stderr)
		for _, text := range want {
			require.Contains(t, r.stdout, text)
		}
		r = run(t.Context(), p, "compare --json "+line)
		var value struct {
			Same        bool
			Differences []any
		}
		require.NoError(t, json.Unmarshal([]byte(r.stdout), &value))
		require.False(t, value.Same)
		require.NotEmpty(t, value.Differences)
	}
	require.Equal(t, ran{done, "the same\n", ""}, run(t.Context(), p, "compare a.npz b.npz"))
	require.Equal(t, done, run(t.Context(), p, "compare --tolerance 0.4 a.json a.json").code)
	r := run(t.Context(), p, "compare a.npz s.npz")
	require.Equal(t, refused, r.code)
	require.Contains(t, r.stderr, "a.npz is a surface, and s.npz is a spectrum")
	require.Contains(t, run(t.Context(), p, "compare c.json a.json").stderr, "neither an .npz")
	require.Contains(t, run(t.Context(), p, "compare a.npz l.npz").stdout, "measurement: ")
}
