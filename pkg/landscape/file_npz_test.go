package landscape

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"lossland/internal/numpy"
	"lossland/pkg/result"

	"github.com/stretchr/testify/require"
)

// npzOf is the archive of a surface as bytes.
func npzOf(t testing.TB, s *Surface, cfg FileConfig) []byte {
	t.Helper()
	var file bytes.Buffer
	require.NoError(t, s.writeNPZ(&file, cfg))
	return file.Bytes()
}

func readBytes(file []byte) (*Surface, error) {
	return readNPZ(bytes.NewReader(file), int64(len(file)))
}

// forge changes the entries of an archive: change returns the new content of an entry, nil to drop
// it.
func forge(t testing.TB, file []byte, change func(name string, content []byte) []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	var forged bytes.Buffer
	w := zip.NewWriter(&forged)
	for _, f := range r.File {
		in, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(in)
		require.NoError(t, err)
		if content = change(f.Name, content); content == nil {
			continue
		}
		out, err := w.Create(f.Name)
		require.NoError(t, err)
		_, err = out.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return forged.Bytes()
}

// replaced forges one entry of the handmade surface.
func replaced(t testing.TB, entry string, by []byte) []byte {
	t.Helper()
	return forge(t, npzOf(t, handmade(), FileConfig{}), func(name string, content []byte) []byte {
		if strings.TrimSuffix(name, ".npy") == entry {
			return by
		}
		return content
	})
}

// TestNPZ: what is read back is what was written, bit for bit.
func TestNPZ(t *testing.T) {
	got, err := readBytes(npzOf(t, handmade(), FileConfig{Directions: true}))
	require.NoError(t, err)
	requireSameSurface(t, handmade(), got)
}

// TestNPZOfCurve: the surface of a profile along a curve that isn't straight has no directions.
func TestNPZOfCurve(t *testing.T) {
	s := handmade()
	s.Plane = &Plane{Origin: []float64{}, D1: []float64{}, D2: []float64{}, Name: "polygon"}
	s.Record.Directions = ""
	got, err := readBytes(npzOf(t, s, FileConfig{}))
	require.NoError(t, err)
	require.Equal(t, "polygon", got.Plane.Name)
	require.Empty(t, got.Plane.D2)
}

// TestNPZBelongsToItsProblem: the record of a measured surface is good for its problem when it was
// read, too.
func TestNPZBelongsToItsProblem(t *testing.T) {
	p := recordProblem(t, reluNet, 1)
	s, err := p.Surface(context.Background(), SurfaceConfig{Resolution: 2, GradNorm: true})
	require.NoError(t, err)
	got, err := readBytes(npzOf(t, s, FileConfig{Directions: true}))
	require.NoError(t, err)
	requireSameSurface(t, s, got)
	require.NoError(t, got.Record.Check(context.Background(), p))
}

// TestRefinedSurfaceReadsBack: what was measured and what was interpolated stay apart in files.
func TestRefinedSurfaceReadsBack(t *testing.T) {
	s, err := refined(t, Refinement{}, 9, 9, func(a, b float64) float64 { return 3*a - b })
	require.NoError(t, err)
	require.Equal(t, 25, s.Done)
	got, err := readBytes(npzOf(t, s, FileConfig{}))
	require.NoError(t, err)
	require.Equal(t, s.Measured, got.Measured)
	require.True(t, got.Measured[2][4])
	require.False(t, got.Measured[2][3])
	var text bytes.Buffer
	require.NoError(t, s.writeCSV(&text))
	lines, err := csv.NewReader(&text).ReadAll()
	require.NoError(t, err)
	last := len(lines[0]) - 1
	require.Equal(t, "measured", lines[0][last])
	require.Equal(t, "1", lines[1+2*9+4][last])
	require.Equal(t, "0", lines[1+2*9+3][last])
}

// TestReadNPZChecksNumbers: one bit of one number, under the header of the others.
func TestReadNPZChecksNumbers(t *testing.T) {
	file := npzOf(t, handmade(), FileConfig{})
	forged := forge(t, file, func(name string, content []byte) []byte {
		if name == "data_loss.npy" || name == "data_loss" {
			content[len(content)-8]++
		}
		return content
	})
	_, err := readBytes(forged)
	var m *Mismatch
	require.ErrorAs(t, err, &m)
	require.Equal(t, "arrays", m.What)
}

// TestReadNPZBelievesNoHeader: whatever an entry claims is an error that names the array, and
// allocates nothing of what it claims.
func TestReadNPZBelievesNoHeader(t *testing.T) {
	record := "{'descr': '|u1', 'fortran_order': False, 'shape': (4000000000,), }\n"
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"no line end": {replaced(t, "alphas", npyOf("{'descr': '<f8'")),
			`array "alphas": its header has no`},
		"4·10⁹ floats": {replaced(t, "loss", npyClaim(numpy.Float64, "4000000000,")),
			`array "loss"`},
		"2⁴⁰ floats": {replaced(t, "loss", npyClaim(numpy.Float64, "1099511627776,")),
			`array "loss"`},
		"4·10⁹ bytes":     {replaced(t, "record", npyOf(record)), `array "record"`},
		"a record of <f4": {replaced(t, "record", npyClaim(numpy.Float32, "1,")), `want bytes`},
		"no JSON":         {replaced(t, "record", npyClaim(numpy.Bytes, "4,")), `array "record"`},
		"bytes for α":     {replaced(t, "alphas", npyClaim(numpy.Bytes, "4,")), `want floats`},
		"another size": {replaced(t, "loss", npyClaim(numpy.Float32, "1,")),
			"has 1 numbers; want 3×4"},
		"no α": {replaced(t, "alphas", npyOf(empty)), "alphas is 0 coordinates"},
		"an α of NaN": {replaced(t, "alphas", append(npyOf(single), nan8...)),
			"alphas[0] is NaN"},
		"an array less": {replaced(t, "data_loss", nil),
			`array "data_loss": it isn't in the file`},
		"one entry": {oneEntry(t, 4_000_000_000), `array "record"`},
		"2⁴⁰ bytes": {oneEntry(t, 1<<40), `array "record"`},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			used := allocated(func() { _, err = readBytes(c.file) })
			require.ErrorContains(t, err, c.want)
			require.Less(t, used, uint64(1<<20))
		})
	}
}

const (
	empty  = "{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }\n"
	single = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n"
)

var nan8 = []byte{1, 0, 0, 0, 0, 0, 0xf8, 0x7f}

// oneEntry is an archive whose directory claims an entry of a size that it hasn't.
func oneEntry(t testing.TB, size uint64) []byte {
	t.Helper()
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	out, err := w.CreateRaw(&zip.FileHeader{Name: "record.npy", Method: zip.Store,
		CompressedSize64: size, UncompressedSize64: size})
	require.NoError(t, err)
	_, err = out.Write([]byte(numpy.Magic))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return file.Bytes()
}

// FuzzReadNPZ: any file is an error or a surface that is written and read back; and it takes no
// more memory than in proportion to its size.
func FuzzReadNPZ(f *testing.F) {
	f.Add(npzOf(f, handmade(), FileConfig{Directions: true}))
	f.Fuzz(func(t *testing.T, file []byte) {
		var s *Surface
		var err error
		used := allocated(func() { s, err = readBytes(file) })
		require.Less(t, used, uint64(4<<20+20_000*len(file)))
		if err != nil {
			return
		}
		again, err := readBytes(npzOf(t, s, FileConfig{Directions: s.Plane.Origin != nil}))
		require.NoError(t, err)
		requireSameSurface(t, s, again)
	})
}

// TestNumPyOpensNPZ runs with the project's Python, which has NumPy (requirements.in), wherever
// that was made.
func TestNumPyOpensNPZ(t *testing.T) {
	python, err := filepath.Abs("../../.venv/bin/python")
	require.NoError(t, err)
	if _, err := os.Stat(python); errors.Is(err, os.ErrNotExist) {
		t.Skip("no .venv: make setup")
	}
	s := handmade()
	out, err := exec.Command(python, "-c", `
import sys, json, numpy as np
f = np.load(sys.argv[1])
record = json.loads(bytes(f["record"]))
assert record["record"]["what"] == "Surface", record
assert f["loss"].shape == (3, 4) and f["loss"].dtype == np.float64
assert np.isnan(f["loss"][1, 2]) and np.signbit(f["loss"][2, 0]) and f["loss"][2, 0] == 0
assert f["measured"].shape == (3, 4) and (f["measured"].sum(axis=1) == 3).all()
assert f["origin"].shape == f["direction_1"].shape and f["direction_1"] @ f["direction_2"] == 0
print(repr(float(f["data_loss"][2, 3])), " ".join(sorted(f.keys())))
`, save(t, s, FileConfig{Directions: true})).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, strconv.FormatFloat(s.Data.Value[2][3], 'g', -1, 64)+
		" alphas betas data_loss data_loss_stderr direction_1 direction_2 grad_norm loss "+
		"loss_stderr measured metric_accuracy metric_accuracy_stderr origin record\n", string(out))
}

// rewrittenByNumPy is a script that loads an archive and saves it again, as other programs would.
const rewrittenByNumPy = `
import sys, numpy as np
f = np.load(sys.argv[1])
np.savez_compressed(sys.argv[2], **{k: f[k] for k in f})
`

// TestReadNPZOfNumPy: an archive that NumPy saved reads as the same surface.
func TestReadNPZOfNumPy(t *testing.T) {
	python, err := filepath.Abs("../../.venv/bin/python")
	require.NoError(t, err)
	if _, err := os.Stat(python); errors.Is(err, os.ErrNotExist) {
		t.Skip("no .venv: make setup")
	}
	path := save(t, handmade(), FileConfig{Directions: true})
	other := filepath.Join(t.TempDir(), "numpy.npz")
	out, err := exec.Command(python, "-c", rewrittenByNumPy, path, other).CombinedOutput()
	require.NoError(t, err, string(out))
	got, err := LoadSurface(other)
	require.NoError(t, err)
	requireSameSurface(t, handmade(), got)
}

// large is a surface of the default resolution.
func large() *Surface {
	s := handmade()
	at := Linspace(-1, 1, 40)
	s.Loss, s.Data = newGrid(at, at), newGrid(at, at)
	s.Metrics = map[string]Grid{"accuracy": newGrid(at, at)}
	s.GradNorm, s.Measured = nil, nil
	for i, a := range at {
		for j, b := range at {
			s.Loss.set(i, j, result.Estimate{Value: a*a + b, StdErr: a * b})
		}
	}
	return s
}

// BenchmarkSaveNPZ writes a surface of 40×40 points with one metric to memory.
func BenchmarkSaveNPZ(b *testing.B) {
	s := large()
	for b.Loop() {
		if err := s.writeNPZ(io.Discard, FileConfig{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadNPZ reads a surface of 40×40 points with one metric from memory.
func BenchmarkReadNPZ(b *testing.B) {
	file := npzOf(b, large(), FileConfig{})
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := readBytes(file); err != nil {
			b.Fatal(err)
		}
	}
}

// npyOf is an array of version 1 with a header of the test's own, as bytes.
func npyOf(header string, data ...byte) []byte {
	size := binary.LittleEndian.AppendUint16(nil, uint16(len(header)))
	return append([]byte(numpy.Magic+"\x01\x00"+string(size)+header), data...)
}

// npyClaim is an array of four bytes under a header that claims a shape.
func npyClaim(kind numpy.Kind, shape string) []byte {
	return npyOf(fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n",
		kind, shape), 1, 2, 3, 4)
}

// allocated is how many bytes f allocates, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
