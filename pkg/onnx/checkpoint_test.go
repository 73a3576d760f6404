package onnx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
	"github.com/stretchr/testify/require"
)

// threeWeights is a folder with the checkpoint of w = {1, 2, 3}, and the names of its two files.
func threeWeights(t testing.TB, format checkpoint.BinFormat) (index, data string) {
	dir := filepath.Join(t.TempDir(), "c")
	store := model.NewStore()
	store.RootScope().VariableWithValue("w", []float32{1, 2, 3})
	h, err := checkpoint.Build(store).Dir(dir).WithCompression(format).Done()
	require.NoError(t, err)
	require.NoError(t, h.Save())
	found, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0], strings.TrimSuffix(found[0], ".json") + ".bin"
}

func noOutputs(*model.Scope, []*graph.Node) []*graph.Node { return nil }

// TestDamagedCheckpoint: an index that doesn't describe its data is an error, not other weights, a
// panic or gigabytes.
func TestDamagedCheckpoint(t *testing.T) {
	for _, format := range []checkpoint.BinFormat{checkpoint.BinGZIP, checkpoint.BinUncompressed} {
		index, data := threeWeights(t, format)
		whole, err := os.ReadFile(index)
		require.NoError(t, err)
		values, err := os.ReadFile(data)
		require.NoError(t, err)
		m, err := Checkpoint(filepath.Dir(index), noOutputs)
		require.NoError(t, err)
		w, err := m.store.GetVariable("/w").Value()
		require.NoError(t, err)
		require.Equal(t, []float32{1, 2, 3}, w.Value())
		const three = "\t\t\t\t3\n"
		for _, change := range [][2]string{
			{three, "\t\t\t\t2\n"}, {three, "\t\t\t\t0\n"}, {three, "\t\t\t\t4\n"},
			{three, "\t\t\t\t-3\n"}, {three, "\t\t\t\t3,\n-1,\n-1\n"},
			{three, "\t\t\t\t1073741824\n"}, {three, "\t\t\t\t4611686018427387904\n"},
			{three, "\t\t\t\t4294967296,\n4294967296,\n3\n"},
			{`"Length": 12`, `"Length": -12`}, {`"Length": 12`, `"Length": 9223372036854775807`},
			{`"Length": 12`, `"Length": 4`}, {`"Pos": 0`, `"Pos": 8`}, {`"Pos": 0`, `"Pos": -8`},
			{"Float32", "Float64"}, {"Float32", "Invalid"}, {"var:/global_step", "var:/w"},
			{string(whole), "{"}, {string(whole), "null"},
		} {
			t.Run(format.String()+" "+change[1], func(t *testing.T) {
				require.Contains(t, string(whole), change[0])
				damaged := strings.Replace(string(whole), change[0], change[1], 1)
				require.NoError(t, os.WriteFile(index, []byte(damaged), 0o600))
				_, err := Checkpoint(filepath.Dir(index), noOutputs)
				require.Error(t, err)
			})
		}
		require.NoError(t, os.WriteFile(index, whole, 0o600))
		for _, n := range []int{0, len(values) / 2, len(values) - 9} {
			require.NoError(t, os.WriteFile(data, values[:n], 0o600))
			_, err := Checkpoint(filepath.Dir(index), noOutputs)
			require.Error(t, err, "%d bytes of data", n)
		}
	}
}

// FuzzCheckpoint: whatever the index is, reading it ends in a checkpoint or an error.
func FuzzCheckpoint(f *testing.F) {
	index, _ := threeWeights(f, checkpoint.BinUncompressed)
	whole, err := os.ReadFile(index)
	require.NoError(f, err)
	f.Add(whole)
	f.Add([]byte(`{"Variables":[{"ParameterName":"var:/w","Dimensions":[-3],"DType":"Float32"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		require.NoError(t, os.WriteFile(index, b, 0o600))
		_, _ = Checkpoint(filepath.Dir(index), noOutputs)
	})
}
