package landscape

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNPZ: what is read back is what was written, bit for bit, and belongs to its problem and no other.
func TestNPZ(t *testing.T) {
	ctx := context.Background()
	p := recordProblem(t, reluNet, 1)
	s := measuredSurface(t, p)
	dir := t.TempDir()
	path := filepath.Join(dir, "s.npz")
	require.NoError(t, s.Save(path, FileConfig{Directions: true}))
	got, err := LoadSurface(path)
	require.NoError(t, err)
	for _, pair := range [][2]Grid{{s.Loss, got.Loss}, {s.Data, got.Data}, {s.Metrics["accuracy"], got.Metrics["accuracy"]}} {
		require.Equal(t, pair[0].Alphas, pair[1].Alphas)
		require.Equal(t, pair[0].Betas, pair[1].Betas)
		requireSameBits(t, pair[0].Value, pair[1].Value)
		requireSameBits(t, pair[0].StdErr, pair[1].StdErr)
	}
	requireSameBits(t, s.GradNorm, got.GradNorm)
	require.Equal(t, s.Measured, got.Measured)
	require.Equal(t, s.Plane, got.Plane)
	require.Equal(t, s.Record, got.Record)
	require.Equal(t, s.Done, got.Done)
	require.Equal(t, s.Cost, got.Cost)

	require.NoError(t, got.Save(filepath.Join(dir, "again.npz"), FileConfig{Directions: true}))
	one, err := os.ReadFile(path)
	require.NoError(t, err)
	two, err := os.ReadFile(filepath.Join(dir, "again.npz"))
	require.NoError(t, err)
	require.Equal(t, one, two, "the same surface, the same bytes")

	require.NoError(t, s.Save(path, FileConfig{})) // in place of the other.
	small, err := LoadSurface(path)
	require.NoError(t, err)
	require.Nil(t, small.Plane.Origin)
	require.Equal(t, s.Plane.Name, small.Plane.Name)
	require.ErrorContains(t, small.Save(path, FileConfig{Directions: true}), "without them")
	kept, err := LoadSurface(path)
	require.NoError(t, err, "the file that was there survives a failed writing")
	require.Equal(t, small.Record, kept.Record)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "nothing unfinished is left")

	require.NoError(t, got.Record.Check(ctx, p))
}

// TestRefinedSurfaceReadsBack: what was measured and what was interpolated stay apart in files.
func TestRefinedSurfaceReadsBack(t *testing.T) {
	s, err := refined(t, Refinement{}, 9, 9, func(a, b float64) float64 { return 3*a - b })
	require.NoError(t, err)
	require.Equal(t, 25, s.Done)
	var file, text bytes.Buffer
	require.NoError(t, s.WriteNPZ(&file, FileConfig{}))
	got, err := ReadNPZ(bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(t, err)
	require.Equal(t, s.Measured, got.Measured)
	require.True(t, got.Measured[2][4])
	require.False(t, got.Measured[2][3])
	require.NoError(t, s.WriteCSV(&text))
	lines, err := csv.NewReader(&text).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "measured", lines[0][len(lines[0])-1])
	require.Equal(t, "1", lines[1+2*9+4][len(lines[0])-1])
	require.Equal(t, "0", lines[1+2*9+3][len(lines[0])-1])
}

// readSwapped writes s with one hash in place of the other, and reads it.
func readSwapped(t *testing.T, s *Surface, from, to string) (*Surface, error) {
	t.Helper()
	var file, forged bytes.Buffer
	require.NoError(t, s.WriteNPZ(&file, FileConfig{}))
	r, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(t, err)
	w := zip.NewWriter(&forged)
	found := 0
	for _, f := range r.File {
		in, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(in)
		require.NoError(t, err)
		found += bytes.Count(content, []byte(from))
		out, err := w.Create(f.Name)
		require.NoError(t, err)
		_, err = out.Write(bytes.ReplaceAll(content, []byte(from), []byte(to)))
		require.NoError(t, err)
	}
	require.Equal(t, 1, found)
	require.NoError(t, w.Close())
	return ReadNPZ(bytes.NewReader(forged.Bytes()), int64(forged.Len()))
}

// TestNumPyOpensNPZ runs with the project's Python, which has NumPy (requirements.in), wherever that was made.
func TestNumPyOpensNPZ(t *testing.T) {
	python, err := filepath.Abs("../../.venv/bin/python")
	require.NoError(t, err)
	if _, err := os.Stat(python); errors.Is(err, os.ErrNotExist) {
		t.Skip("no .venv: make setup")
	}
	s := recordedSurface(t)
	path := filepath.Join(t.TempDir(), "s.npz")
	require.NoError(t, s.Save(path, FileConfig{Directions: true}))
	out, err := exec.Command(python, "-c", `
import sys, json, numpy as np
f = np.load(sys.argv[1])
record = json.loads(bytes(f["record"]))
assert record["record"]["what"] == "Surface", record
assert f["loss"].shape == (3, 4) and f["loss"].dtype == np.float64
assert np.isnan(f["loss"][1, 2]) and np.signbit(f["loss"][2, 0]) and f["loss"][2, 0] == 0
assert f["measured"].shape == (3, 4) and (f["measured"] == 1).all()
assert f["origin"].shape == f["direction_1"].shape
print(abs(f["direction_1"] @ f["direction_2"]) < 1e-12, repr(float(f["data_loss"][2, 3])), " ".join(sorted(f.keys())))
`, path).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "True "+strconv.FormatFloat(s.Data.Value[2][3], 'g', -1, 64)+" alphas betas data_loss data_loss_stderr direction_1 direction_2 "+
		"grad_norm loss loss_stderr measured metric_accuracy metric_accuracy_stderr origin record\n", string(out))
}
