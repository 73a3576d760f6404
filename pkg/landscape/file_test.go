package landscape

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

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

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
