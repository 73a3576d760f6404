package landscape

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"lossland/pkg/result"

	"github.com/stretchr/testify/require"
)

// handmade is a surface of 3×4 points with every number that files can hold, NaN, infinity and −0
// among them.
func handmade() *Surface {
	alphas, betas := []float64{-1, 0, 0.1}, Linspace(-1, 1, 4)
	k := 0
	grid := func() Grid {
		g := newGrid(alphas, betas)
		for i := range alphas {
			for j := range betas {
				k++
				g.set(i, j, result.Estimate{Value: math.Sqrt(float64(k)), StdErr: 1 / float64(k)})
			}
		}
		return g
	}
	s := &Surface{Loss: grid(), Data: grid(), Metrics: map[string]Grid{"accuracy": grid()},
		GradNorm: grid().Value, Done: 12, Cost: result.Cost{Evaluations: 12, Work: 4},
		Plane: &Plane{Origin: []float64{1, 2, 3}, D1: []float64{1, 0, 0}, D2: []float64{0, 1, 0},
			Name: "handmade"}}
	s.Loss.Value[1][2], s.Loss.Value[2][0] = math.NaN(), math.Copysign(0, -1)
	s.Data.StdErr[0][0] = math.Inf(1)
	for range alphas {
		s.Measured = append(s.Measured, []bool{true, true, true, false})
	}
	s.Record = Record{What: "Surface", Config: map[string]string{"mode": "Inference"},
		Weights: HashWeights(s.Plane.Origin), Directions: HashWeights([]float64{1, 0, 0, 0, 1, 0})}
	return s
}

func requireSameBits(t *testing.T, want, got [][]float64) {
	t.Helper()
	require.Equal(t, len(want), len(got))
	for i := range want {
		require.Equal(t, len(want[i]), len(got[i]))
		for j := range want[i] {
			require.Equal(t, math.Float64bits(want[i][j]), math.Float64bits(got[i][j]))
		}
	}
}

func requireSameGrid(t *testing.T, want, got Grid) {
	t.Helper()
	require.Equal(t, want.Alphas, got.Alphas)
	require.Equal(t, want.Betas, got.Betas)
	requireSameBits(t, want.Value, got.Value)
	requireSameBits(t, want.StdErr, got.StdErr)
}

func requireSameSurface(t *testing.T, want, got *Surface) {
	t.Helper()
	requireSameGrid(t, want.Loss, got.Loss)
	requireSameGrid(t, want.Data, got.Data)
	require.Len(t, got.Metrics, len(want.Metrics))
	for name := range want.Metrics {
		requireSameGrid(t, want.Metrics[name], got.Metrics[name])
	}
	requireSameBits(t, want.GradNorm, got.GradNorm)
	require.Equal(t, want.Measured, got.Measured)
	require.Equal(t, want.Plane, got.Plane)
	require.Equal(t, want.Record, got.Record)
	require.Equal(t, want.Done, got.Done)
	require.Equal(t, want.Cost, got.Cost)
}

// save saves s in a folder of its own, and returns the path.
func save(t *testing.T, s *Surface, cfg FileConfig) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.npz")
	require.NoError(t, s.Save(path, cfg))
	return path
}

// TestSaveAgain: what was read is written as the same bytes.
func TestSaveAgain(t *testing.T) {
	path := save(t, handmade(), FileConfig{Directions: true})
	got, err := LoadSurface(path)
	require.NoError(t, err)
	requireSameSurface(t, handmade(), got)
	one, err := os.ReadFile(path)
	require.NoError(t, err)
	two, err := os.ReadFile(save(t, got, FileConfig{Directions: true}))
	require.NoError(t, err)
	require.Equal(t, one, two)
}

// TestSaveInPlace: a file is replaced by a whole one or not at all, and nothing else is left.
func TestSaveInPlace(t *testing.T) {
	s := handmade()
	path := save(t, s, FileConfig{Directions: true})
	require.NoError(t, s.Save(path, FileConfig{}))
	small, err := LoadSurface(path)
	require.NoError(t, err)
	require.Nil(t, small.Plane.Origin)
	require.Equal(t, s.Plane.Name, small.Plane.Name)

	require.ErrorContains(t, small.Save(path, FileConfig{Directions: true}), "without them")
	kept, err := LoadSurface(path)
	require.NoError(t, err, "the file that was there survives a failed writing")
	require.Equal(t, small.Record, kept.Record)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing unfinished is left")
}

func TestSaveRefuses(t *testing.T) {
	dir := t.TempDir()
	require.ErrorContains(t, handmade().Save(filepath.Join(dir, "s.txt"), FileConfig{}), ".vtk")
	require.Error(t, handmade().Save(filepath.Join(dir, "no", "folder.csv"), FileConfig{}))
}

// TestWritersPassErrorsOn: a full disk is an error in every format.
func TestWritersPassErrorsOn(t *testing.T) {
	s, broken := handmade(), errors.New("disk full")
	for name, write := range map[string]func(io.Writer) error{
		"npz": func(w io.Writer) error { return s.writeNPZ(w, FileConfig{}) },
		"csv": s.writeCSV,
		"vtk": s.writeVTK,
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, write(failing{broken}), broken) })
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestLoadSurfaceChecksThePlane: origin and directions are those of the record.
func TestLoadSurfaceChecksThePlane(t *testing.T) {
	for want, change := range map[string]func(*Plane){
		"other directions": func(p *Plane) { p.D2[1]++ },
		"other weights":    func(p *Plane) { p.Origin[1]++ },
	} {
		t.Run(want, func(t *testing.T) {
			s := handmade()
			change(s.Plane)
			_, err := LoadSurface(save(t, s, FileConfig{Directions: true}))
			require.ErrorContains(t, err, want)
		})
	}
}

func TestLoadSurfaceNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	_, err := LoadSurface(filepath.Join(dir, "none.npz"))
	require.ErrorIs(t, err, os.ErrNotExist)
	bad := filepath.Join(dir, "bad.npz")
	require.NoError(t, os.WriteFile(bad, []byte("no zip"), 0o644))
	_, err = LoadSurface(bad)
	require.ErrorContains(t, err, "bad.npz")
}

// TestSaveOfNothing: a surface that was never measured is refused by name, in every format.
func TestSaveOfNothing(t *testing.T) {
	for _, extension := range []string{".npz", ".csv", ".vtk"} {
		path := filepath.Join(t.TempDir(), "x"+extension)
		require.ErrorContains(t, (&Surface{}).Save(path, FileConfig{}), "the surface")
		require.ErrorContains(t, (*Surface)(nil).Save(path, FileConfig{}), "the surface")
		require.NoFileExists(t, path)
	}
}
