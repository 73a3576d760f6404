package command

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// half measures the first rows of a surface of the command line's, and keeps them as a process that
// is killed would.
func half(t *testing.T, p Program, seed uint64, rows int) {
	subject, err := p.Problem(t.Context(), nil)
	require.NoError(t, err)
	var errs bytes.Buffer
	s := &session{program: p, ctx: t.Context(), stderr: &errs}
	c := &surfaceCommand{Plane: "random", Normalise: "default", flags: flags{Seed: seed}}
	plane, err := c.plane(s, subject.Problem)
	require.NoError(t, err)
	axis := landscape.Linspace(-1, 1, 9)
	b := &bands{s: s, p: subject.Problem, file: "surface.part.npz",
		cfg: landscape.SurfaceConfig{Seed: seed, Plane: plane, Alphas: axis, Betas: axis}}
	require.NoError(t, b.band(t.Context(), 0, rows))
	require.NoError(t, b.save())
}

// TestResume: a surface that goes on from its first rows is, byte for byte, one that was never
// interrupted, whatever the bands.
func TestResume(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	const line = "surface --resolution 9 -o surface.npz -o surface.svg"
	r := run(t.Context(), p, line)
	require.Equal(t, done, r.code, r.stderr)
	whole, err := os.ReadFile("surface.npz")
	require.NoError(t, err)
	for _, rows := range []int{1, 4, 8, 9} {
		half(t, p, 1, rows)
		r = run(t.Context(), p, line+" --force")
		require.Equal(t, done, r.code, r.stderr)
		require.Contains(t, r.stderr, "going on from the ")
		content, err := os.ReadFile("surface.npz")
		require.NoError(t, err)
		require.True(t, bytes.Equal(whole, content), "%d rows", rows)
		require.NoFileExists(t, "surface.part.npz")
	}
}

// TestBandsAreOneSurface: what the bands measured is what one call measures.
func TestBandsAreOneSurface(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	r := run(t.Context(), p, "surface --resolution 9 -o surface.npz --grad-norm")
	require.Equal(t, done, r.code, r.stderr)
	got, err := landscape.LoadSurface("surface.npz")
	require.NoError(t, err)
	subject, err := p.Problem(t.Context(), nil)
	require.NoError(t, err)
	plane, err := subject.Problem.RandomPlane(1)
	require.NoError(t, err)
	plane, err = subject.Problem.NormalizedPlane(t.Context(), plane, landscape.NormalizeConfig{})
	require.NoError(t, err)
	want, err := subject.Problem.Surface(t.Context(),
		landscape.SurfaceConfig{Plane: plane, Resolution: 9, GradNorm: true})
	require.NoError(t, err)
	require.Equal(t, want.Loss, got.Loss)
	require.Equal(t, want.Data, got.Data)
	require.Equal(t, want.GradNorm, got.GradNorm)
	require.Equal(t, want.Record, got.Record)
	require.Equal(t, want.Done, got.Done)
	require.Equal(t, want.Cost.Gradients, got.Cost.Gradients)
	require.InEpsilon(t, want.Cost.Work, got.Cost.Work, 1e-12)
}

// TestForeignPart: a part of another surface, of another seed or other axes, and a finished one are
// neither gone on from nor replaced, unless --force.
func TestForeignPart(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	half(t, p, 2, 4)
	kept, err := os.ReadFile("surface.part.npz")
	require.NoError(t, err)
	for _, resolution := range []string{"9", "7"} { // another seed's; of other axes, too.
		r := run(t.Context(), p, "surface -o surface.npz --resolution "+resolution)
		require.Equal(t, refused, r.code, r.stderr)
		require.Contains(t, r.stderr, "another surface")
		content, err := os.ReadFile("surface.part.npz")
		require.NoError(t, err)
		require.True(t, bytes.Equal(kept, content))
	}
	half(t, p, 1, 9)
	r := run(t.Context(), p, "surface --resolution 9 -o surface.npz")
	require.Equal(t, refused, r.code, r.stderr)
	require.Contains(t, r.stderr, "a surface that is finished")
	half(t, p, 2, 4)
	r = run(t.Context(), p, "surface --resolution 9 -o surface.npz --force")
	require.Equal(t, done, r.code, r.stderr)
	require.Contains(t, r.stderr, "surface.part.npz is part of another surface: starting anew")
	s, err := landscape.LoadSurface("surface.npz")
	require.NoError(t, err)
	require.Equal(t, 81, s.Done)
	require.NoError(t, os.WriteFile("surface.part.npz", []byte("no archive"), 0o600))
	r = run(t.Context(), p, "surface --resolution 9 -f -o surface.npz")
	require.Equal(t, badUsage, r.code) // parts are written whole: it is somebody's.
	require.Contains(t, r.stderr, "another file of that name")
	text, err := os.ReadFile("surface.part.npz")
	require.NoError(t, err)
	require.Equal(t, "no archive", string(text))
}

// TestPartOfALongName: an output may have a name of as many bytes as the system takes.
func TestPartOfALongName(t *testing.T) {
	p := tiny(t, new(int))
	name := strings.Repeat("n", 251) + ".svg"
	r := run(t.Context(), p, "surface --resolution 3 -o "+name)
	require.Equal(t, done, r.code, r.stderr)
	require.FileExists(t, name)
	require.NoError(t, os.WriteFile(partFile([]string{name}), nil, 0o600))
	require.NotEqual(t, partFile([]string{name}), partFile([]string{"m" + name[1:]}))
}

// TestInterrupted: what is measured is kept, and the exit code and a line say so.
func TestInterrupted(t *testing.T) {
	made := 0
	p := tiny(t, &made)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	r := run(cancelled, p, "surface --resolution 9 -o surface.npz")
	require.Equal(t, interrupted, r.code)
	require.Empty(t, r.stdout)
	require.Contains(t, r.stderr, "tiny: interrupted: surface kept nothing\n")
	half(t, p, 1, 4)
	part, err := landscape.LoadSurface("surface.part.npz")
	require.NoError(t, err)
	require.Len(t, part.Loss.Alphas, 4, "rows without a point aren't kept")
	b := &bands{s: &session{ctx: cancelled, quiet: true}, file: "again.npz", whole: part,
		cfg: landscape.SurfaceConfig{Alphas: part.Loss.Betas, Betas: part.Loss.Betas}}
	require.EqualError(t, b.end(context.Canceled), "surface: 36 of 81 points are kept in "+
		"again.npz; the same command goes on from there")
	require.FileExists(t, "again.npz")
	r = run(cancelled, p, "surface --refine --resolution 9 -o surface.npz")
	require.Equal(t, interrupted, r.code)
	r = run(cancelled, p, "line --points 5")
	require.Equal(t, interrupted, r.code)
	require.NoFileExists(t, "line.npz")
}

// TestInterruptedOthers: what was measured is said, and what would take less time.
func TestInterruptedOthers(t *testing.T) {
	p := tiny(t, new(int))
	for line, c := range map[string]struct {
		total int // of the work that is interrupted; 0: before any.
		want  string
	}{
		"sharpness -q --measures first-order,trace,gaussian": {3,
			"1 of 3 measures were made (--measures names single ones): loss: "},
		"spectrum -q --top 2 --probes 3 --steps 4": {12, "(--probes 0 leaves it out); the eigen"},
		"classify -q": {0, "spectrum --top 1 --ends --probes 0"},
	} {
		t.Run(line, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.total == 0 {
				cancel()
			}
			r := run(result.WithProgress(ctx, func(_, total int) {
				if total == c.total {
					cancel()
				}
			}), p, line)
			require.Equal(t, interrupted, r.code, r.stdout)
			require.Empty(t, r.stdout)
			require.Contains(t, strings.Join(strings.Fields(r.stderr), " "), c.want)
		})
	}
}
