package command

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/sbinet/npyio/npy"
	"github.com/sbinet/npyio/npz"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
)

// saveVector writes a weight vector as the array weights.
func saveVector(t *testing.T, path string, theta []float64) {
	file, err := os.Create(path)
	require.NoError(t, err)
	w := npz.NewWriter(file)
	require.NoError(t, w.Write("weights", theta))
	require.NoError(t, w.Close())
	require.NoError(t, file.Close())
}

// saveVariables writes a weight vector as an array for each variable.
func saveVariables(t *testing.T, path string, params *landscape.Params, theta []float64) {
	file, err := os.Create(path)
	require.NoError(t, err)
	w := npz.NewWriter(file)
	for _, v := range params.List() {
		require.NoError(t, w.Write(v.Path, theta[v.Offset:][:v.Shape.Size()]))
	}
	require.NoError(t, w.Close())
	require.NoError(t, file.Close())
}

// TestReadWeights: an .npy file; and what isn't finite or doesn't fit is refused by name.
func TestReadWeights(t *testing.T) {
	p := tiny(t, new(int))
	subject, err := p.Problem(t.Context(), nil)
	require.NoError(t, err)
	theta, err := subject.Problem.Weights()
	require.NoError(t, err)
	write := func(path string, v []float64) {
		file, err := os.Create(path)
		require.NoError(t, err)
		require.NoError(t, npy.Write(file, v))
		require.NoError(t, file.Close())
	}
	write("a.npy", theta)
	got, err := readWeights(subject.Problem, "a.npy")
	require.NoError(t, err)
	require.Equal(t, theta, got)
	theta[4] = math.Inf(1)
	write("b.npy", theta)
	_, err = readWeights(subject.Problem, "b.npy")
	require.ErrorContains(t, err, "b.npy: weight 4 is +Inf")
	require.NoError(t, os.WriteFile("c.npz", []byte("PK"), 0o600))
	_, err = readWeights(subject.Problem, "c.npz")
	require.ErrorContains(t, err, "c.npz: zip: not a valid zip file")
}

// FuzzReadWeights: any file is an error, or as many finite numbers as the model has weights.
func FuzzReadWeights(f *testing.F) {
	problem, err := landscape.NewProblem(testnet.Quick(f), testnet.Store(3), network,
		testnet.CrossEntropy, testnet.RandomBatches(1, 3, 3, 12), nil)
	require.NoError(f, err)
	var array, archive bytes.Buffer
	require.NoError(f, npy.Write(&array, make([]float64, problem.Params().Len())))
	w := npz.NewWriter(&archive)
	for _, v := range problem.Params().List() {
		require.NoError(f, w.Write(v.Path, make([]float32, v.Shape.Size())))
	}
	require.NoError(f, w.Close())
	f.Add(true, array.Bytes())
	f.Add(false, archive.Bytes())
	f.Fuzz(func(t *testing.T, single bool, content []byte) {
		path := filepath.Join(t.TempDir(), "w.npz")
		if single {
			path = filepath.Join(t.TempDir(), "w.npy")
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
		theta, err := readWeights(problem, path)
		if err != nil {
			require.ErrorContains(t, err, path)
			return
		}
		require.Len(t, theta, problem.Params().Len())
		for _, x := range theta {
			require.False(t, math.IsNaN(x) || math.IsInf(x, 0))
		}
	})
}
