package landscape

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

func recordProblem(t *testing.T, fn func(*model.Scope, *graph.Node) *graph.Node, seed int64) *Problem {
	correct := Metric{Name: "accuracy", PerExample: func(labels, predictions []*graph.Node) *graph.Node {
		hit := graph.Equal(graph.ArgMax(predictions[0], -1, labels[0].DType()), graph.Squeeze(labels[0], -1))
		return graph.ConvertDType(hit, predictions[0].DType())
	}}
	p, err := NewProblem(xla.MustOpen(), seededStore(1), fn, loss.SparseCategoricalCrossEntropyLogits, randomBatches(seed, 8, 3, 20, 9),
		&Config{Metrics: []Metric{correct}})
	require.NoError(t, err)
	return p
}

func reluNet(scope *model.Scope, x *graph.Node) *graph.Node {
	return layers.Dense(scope.In("out"), graph.MaxScalar(layers.Dense(scope.In("in"), x, true, 6), 0), true, 3)
}

func measuredSurface(t *testing.T, p *Problem) *Surface {
	s, err := p.Surface(context.Background(), SurfaceConfig{Seed: 2, Alphas: []float64{-1, 0, 0.1}, Resolution: 4, GradNorm: true})
	require.NoError(t, err)
	s.Loss.Value[1][2], s.Data.StdErr[0][0], s.Loss.Value[2][0] = math.NaN(), math.Inf(1), math.Copysign(0, -1)
	return s
}

var recorded bytes.Buffer // measured once.

// recordedSurface is a surface of the test's own, with NaN, infinity and −0 in it, read back from an archive (see TestNPZ).
func recordedSurface(t *testing.T) *Surface {
	if recorded.Len() == 0 {
		require.NoError(t, measuredSurface(t, recordProblem(t, reluNet, 1)).WriteNPZ(&recorded, FileConfig{Directions: true}))
	}
	s, err := ReadNPZ(bytes.NewReader(recorded.Bytes()), int64(recorded.Len()))
	require.NoError(t, err)
	return s
}

func requireSameBits(t *testing.T, want, got [][]float64) {
	require.Equal(t, len(want), len(got))
	for i := range want {
		for j := range want[i] {
			require.Equal(t, math.Float64bits(want[i][j]), math.Float64bits(got[i][j]))
		}
	}
}

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

func TestRecordCheckNamesWhatDiffers(t *testing.T) {
	ctx := context.Background()
	p := recordProblem(t, reluNet, 1)
	s, err := p.Surface(ctx, SurfaceConfig{Resolution: 2})
	require.NoError(t, err)
	refused := func(r Record, p *Problem, what string) {
		var m *Mismatch
		require.ErrorAs(t, r.Check(ctx, p), &m)
		require.Equal(t, what, m.What)
		require.NotEqual(t, m.Recorded, m.Found)
	}
	refused(s.Record, recordProblem(t, reluNet, 2), "data")
	refused(s.Record, recordProblem(t, tanhNet, 1), "model")
	training := *p
	training.cfg.Mode = Training
	refused(s.Record, &training, "mode")
	bare := *p
	bare.cfg.Regularizer = WithoutRegularizer
	refused(s.Record, &bare, "regularizer")
	theta, err := p.Weights()
	require.NoError(t, err)
	theta[3] += 1
	require.NoError(t, p.SetWeights(theta))
	refused(s.Record, p, "weights")

	// The data are the same in other batches.
	whole, err := NewProblem(xla.MustOpen(), p.store, reluNet, loss.SparseCategoricalCrossEntropyLogits, randomBatches(1, 8, 3, 20), nil)
	require.NoError(t, err)
	parts, err := NewProblem(xla.MustOpen(), p.store, reluNet, loss.SparseCategoricalCrossEntropyLogits, split(whole, 13, 7), nil)
	require.NoError(t, err)
	r, err := whole.Surface(ctx, SurfaceConfig{Resolution: 2})
	require.NoError(t, err)
	require.NoError(t, r.Record.Check(ctx, parts))

	other := s.Record
	other.Versions = map[string]string{"go": "go0.1"}
	require.Len(t, other.OtherVersions(), 1)
	require.Empty(t, s.Record.OtherVersions())
}

// TestRecordsOfContracts: a surface measured with any BatchNorm contract belongs to its own problem, in either mode, until what its loss
// reads changes: the moving averages, unless the contract takes others.
func TestRecordsOfContracts(t *testing.T) {
	ctx := context.Background()
	data, store, backend := randomBatches(2, 8, 3, 20, 20), seededStore(3), xla.MustOpen()
	p, err := NewProblem(backend, store, normedNet, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	training, err := NewProblem(backend, store, normedNet, loss.SparseCategoricalCrossEntropyLogits, data, &Config{Mode: Training})
	require.NoError(t, err)
	records := make(map[BatchNorm]Record)
	for _, contract := range []BatchNorm{AsMode, Frozen, Batch, Reestimated} {
		s, err := p.Surface(ctx, SurfaceConfig{Resolution: 2, BatchNorm: contract})
		require.NoError(t, err)
		records[contract] = s.Record
		require.NoError(t, s.Record.Check(ctx, p), contract.String())
		if contract != AsMode {
			require.NoError(t, s.Record.Check(ctx, training), contract.String())
		}
	}
	plane, err := p.RandomPlane(1)
	require.NoError(t, err)
	ray := Ray{Origin: plane.Origin, Direction: plane.D2}
	l, err := p.Along(ctx, ray, AlongConfig{T: []float64{0, 1}, BatchNorm: Batch})
	require.NoError(t, err)
	require.NoError(t, l.Record.Check(ctx, p))

	average := store.GetVariable("/bn/batch_normalization/mean")
	require.NotNil(t, average)
	other, err := fromFloat64(Linspace(1, 2, 6), average.Shape())
	require.NoError(t, err)
	require.NoError(t, average.SetValue(other))
	var m *Mismatch
	for _, contract := range []BatchNorm{AsMode, Frozen} {
		require.ErrorAs(t, records[contract].Check(ctx, p), &m, contract.String())
		require.Equal(t, "state", m.What)
	}
	for _, contract := range []BatchNorm{Batch, Reestimated} {
		require.NoError(t, records[contract].Check(ctx, p), contract.String())
	}
}

// TestRecordSaysWhatItTakes: the configuration and what computed, without a folder of the machine.
func TestRecordSaysWhatItTakes(t *testing.T) {
	r := recordedSurface(t).Record
	require.Equal(t, "true", r.Config["gradient norm"])
	require.Equal(t, "with", r.Config["regularizer"])
	require.Contains(t, r.Versions["plugin"], "plugin")
	require.Regexp(t, ` v\d+\.\d+$`, r.Versions["plugin"])
	for name, value := range r.Versions {
		if name != "github.com/gomlx/gomlx" && !strings.HasPrefix(name, "github.com/") {
			require.NotContains(t, value, "/", name)
		}
	}
	require.Equal(t, "xla:a.so - PJRT plugin (a.so) v0.81", pluginOf("xla:/x/y z/a.so - PJRT plugin (/x/y z/a.so) v0.81 [StableHLO] [4 device(s)]"))
	require.Equal(t, "Pure Go", pluginOf("Pure Go"))
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

func TestLoadSurfaceRefuses(t *testing.T) {
	s := recordedSurface(t)
	dir := t.TempDir()
	write := func() string {
		path := filepath.Join(dir, "s.npz")
		require.NoError(t, s.Save(path, FileConfig{Directions: true}))
		return path
	}
	s.Plane.D2[1]++
	_, err := LoadSurface(write())
	require.ErrorContains(t, err, "other directions")
	s.Plane.D2[1]--
	s.Plane.Origin[1]++
	_, err = LoadSurface(write())
	require.ErrorContains(t, err, "other weights")
	s.Plane.Origin[1]--

	// One bit of one number: the archive of other arrays under this header.
	sum := s.hash()
	s.Data.Value[1][1] = math.Nextafter(s.Data.Value[1][1], 9)
	var m *Mismatch
	_, err = readSwapped(t, s, s.hash(), sum)
	require.ErrorAs(t, err, &m)
	require.Equal(t, "arrays", m.What)
	_, err = LoadSurface(filepath.Join(dir, "none.npz"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bad.npz"), []byte("no zip"), 0o644))
	_, err = LoadSurface(filepath.Join(dir, "bad.npz"))
	require.ErrorContains(t, err, "bad.npz")
	require.ErrorContains(t, s.Save(filepath.Join(dir, "s.txt"), FileConfig{}), ".vtk")
	require.Error(t, s.Save(filepath.Join(dir, "no", "folder.csv"), FileConfig{}))

	broken := errors.New("disk full")
	for name, write := range map[string]func(io.Writer) error{
		"npz": func(w io.Writer) error { return s.WriteNPZ(w, FileConfig{}) }, "csv": s.WriteCSV, "vtk": s.WriteVTK} {
		require.ErrorIs(t, write(failing{broken}), broken, name)
	}
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

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestCSV(t *testing.T) {
	s := recordedSurface(t)
	var out bytes.Buffer
	require.NoError(t, s.WriteCSV(&out))
	lines, err := csv.NewReader(&out).ReadAll()
	require.NoError(t, err)
	require.Equal(t, strings.Fields("alpha beta loss loss_stderr data_loss data_loss_stderr metric_accuracy metric_accuracy_stderr grad_norm measured"), lines[0])
	require.Len(t, lines, 1+3*4)
	for k, line := range lines[1:] {
		i, j := k/4, k%4
		for c, want := range []float64{s.Loss.Alphas[i], s.Loss.Betas[j], s.Loss.Value[i][j], s.Loss.StdErr[i][j], s.Data.Value[i][j],
			s.Data.StdErr[i][j], s.Metrics["accuracy"].Value[i][j], s.Metrics["accuracy"].StdErr[i][j], s.GradNorm[i][j], 1} {
			got, err := strconv.ParseFloat(line[c], 64)
			require.NoError(t, err)
			require.Equal(t, math.Float64bits(want), math.Float64bits(got), "line %d, column %d", k+1, c)
		}
	}
}

// TestVTK reads the file back by the rules of the format.
func TestVTK(t *testing.T) {
	s := recordedSurface(t)
	var out bytes.Buffer
	require.NoError(t, s.WriteVTK(&out))
	line := func(want string) {
		got, err := out.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want+"\n", got)
	}
	numbers := func(n int) []float64 {
		x := make([]float64, n)
		require.NoError(t, binary.Read(&out, binary.BigEndian, x))
		line("")
		return x
	}
	for _, want := range []string{"# vtk DataFile Version 3.0", "lossland surface", "BINARY", "DATASET STRUCTURED_GRID", "DIMENSIONS 3 4 1", "POINTS 12 double"} {
		line(want)
	}
	points := numbers(36)
	line("POINT_DATA 12")
	line("SCALARS loss double 1")
	line("LOOKUP_TABLE default")
	values := numbers(12)
	for k := range 12 {
		i, j := k%3, k/3
		require.Equal(t, []float64{s.Loss.Alphas[i], s.Loss.Betas[j], 0}, points[3*k:3*k+3])
		require.Equal(t, math.Float64bits(s.Loss.Value[i][j]), math.Float64bits(values[k]))
	}
	for _, name := range strings.Fields("loss_stderr data_loss data_loss_stderr metric_accuracy metric_accuracy_stderr grad_norm measured") {
		line("SCALARS " + name + " double 1")
		line("LOOKUP_TABLE default")
		numbers(12)
	}
	require.Zero(t, out.Len())
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
