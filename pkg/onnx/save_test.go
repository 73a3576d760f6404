package onnx

import (
	"context"
	"io/fs"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/losses"
)

// TestSaveAgain: with weights as they were read, a saved model is the one that was read.
func TestSaveAgain(t *testing.T) {
	for _, name := range []string{"mlp", "cnn", "decoder", "mlp-float16", "mlp-bfloat16"} {
		t.Run(name, func(t *testing.T) {
			m := opened(t, name, Config{})
			path := filepath.Join(t.TempDir(), "again.onnx")
			require.NoError(t, m.Save(path))
			again, err := Open(path, Config{})
			require.NoError(t, err)
			defer again.Close()
			require.Len(t, again.Weights(), len(m.Weights()))
			for k, i := range m.Weights() {
				require.Equal(t, i.value.data, again.Weights()[k].value.data, i.Name)
			}
		})
	}
}

// TestSaveMoved: after a step the file computes what the problem computes there.
func TestSaveMoved(t *testing.T) {
	for _, name := range []string{"mlp", "mlp-legacy", "decoder", "cnn"} {
		t.Run(name, func(t *testing.T) {
			r := readReference(t, name)
			m, p := r.open(t)
			theta, err := p.Weights()
			require.NoError(t, err)
			for i := range theta {
				theta[i] += 0.05 * math.Sin(float64(i))
			}
			require.NoError(t, p.SetWeights(theta))
			want := lossOf(t, r, m)
			path := filepath.Join(t.TempDir(), "moved.onnx")
			require.NoError(t, m.Save(path))
			moved, err := Open(path, Config{})
			require.NoError(t, err)
			defer moved.Close()
			require.Equal(t, want, lossOf(t, r, moved))
			require.NotEqual(t, r.floats(t, "loss")[0], want)
		})
	}
}

// lossOf is the loss at the model's weights.
func lossOf(t *testing.T, r *reference, m *Model) float64 {
	t.Helper()
	here, err := r.problem(t, m).Here()
	require.NoError(t, err)
	defer here.Close()
	eval, err := here.Loss(context.Background())
	require.NoError(t, err)
	return eval.Loss.Value
}

// TestSaveNarrow: weights of 16 bits are rounded to the nearest.
func TestSaveNarrow(t *testing.T) {
	m := opened(t, "mlp-bfloat16", Config{})
	v := m.Store().Scope("/0").GetVariable("bias")
	require.NotNil(t, v)
	value := v.MustValue()
	require.NoError(t, value.MutableFlatData(func(flat any) {
		flat.([]float32)[0] = 1.00390625 + 0.001 // just above the middle of 1 and 1.0078125.
	}))
	path := filepath.Join(t.TempDir(), "narrow.onnx")
	require.NoError(t, m.Save(path))
	again, err := Open(path, Config{})
	require.NoError(t, err)
	defer again.Close()
	require.Equal(t, 1.0078125, find(t, again.Weights(), "0.bias").value.values()[0])
}

// TestSaveExternal: external data stays beside the file, and that of the one before is removed.
func TestSaveExternal(t *testing.T) {
	m := opened(t, "mlp", Config{})
	dir := t.TempDir()
	path := filepath.Join(dir, "a.onnx")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.onnx.mine.data"), nil, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.onnx.0123456789abcdef.data"), nil, 0o600))
	for range 3 {
		require.NoError(t, m.Save(path))
		files := dataBeside(t, dir)
		require.Len(t, files, 1)
		info, err := os.Stat(files[0])
		require.NoError(t, err)
		require.Positive(t, info.Size())
		scale(t, m, .5)
	}
	require.FileExists(t, filepath.Join(dir, "a.onnx.mine.data"))
	require.FileExists(t, filepath.Join(dir, "b.onnx.0123456789abcdef.data"))
}

// TestSavesAtOnce: models saved to one path at once leave one of them, whole, and so does a reader
// find it beside them.
func TestSavesAtOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.onnx")
	models := []*Model{opened(t, "mlp", Config{}), opened(t, "mlp", Config{})}
	scale(t, models[1], 2)
	whole := [][]float64{weightsOf(t, models[0]), weightsOf(t, models[1])}
	require.NoError(t, models[0].Save(path))
	for range 30 {
		var writers sync.WaitGroup
		for _, m := range models {
			writers.Go(func() { assert.NoError(t, m.Save(path)) })
		}
		require.Contains(t, whole, weightsIn(t, path))
		writers.Wait()
		require.Contains(t, whole, weightsIn(t, path))
	}
	require.Len(t, dataBeside(t, dir), 1)
}

// TestSaveKeepsCopies: what another file of the folder names stays, whether it is a copy or was
// moved there.
func TestSaveKeepsCopies(t *testing.T) {
	dir := t.TempDir()
	path, moved := filepath.Join(dir, "a.onnx"), filepath.Join(dir, "best.onnx")
	copied := filepath.Join(dir, "second best")
	m := opened(t, "mlp", Config{})
	require.NoError(t, m.Save(path))
	best := weightsOf(t, m)
	require.NoError(t, os.Rename(path, moved))
	scale(t, m, .5)
	require.NoError(t, m.Save(path))
	second := weightsOf(t, m)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(copied, content, 0o600))
	for range 3 {
		scale(t, m, .5)
		require.NoError(t, m.Save(path))
	}
	require.Equal(t, best, weightsIn(t, moved))
	require.Equal(t, second, weightsIn(t, copied))
	require.Len(t, dataBeside(t, dir), 3)
}

// TestSaveThroughALink: data lies beside the file to which a link leads, and a device, which has no
// place beside it, is refused.
func TestSaveThroughALink(t *testing.T) {
	dir := t.TempDir()
	sub, link := filepath.Join(dir, "sub"), filepath.Join(dir, "link.onnx")
	require.NoError(t, os.Mkdir(sub, 0o700))
	require.NoError(t, os.Symlink(filepath.Join("sub", "a.onnx"), link))
	m := opened(t, "mlp", Config{})
	for range 2 { // to a file that isn't there, and to one that is.
		scale(t, m, .5)
		require.NoError(t, m.Save(link))
		require.Equal(t, weightsOf(t, m), weightsIn(t, filepath.Join(sub, "a.onnx")))
		require.Len(t, dataBeside(t, sub), 1)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.ErrorContains(t, m.Save(os.DevNull), "is no ordinary file")
}

// TestSaveUnderAnyName: a name that isn't UTF-8, one with a pattern's signs, and the longest.
func TestSaveUnderAnyName(t *testing.T) {
	m := opened(t, "mlp", Config{})
	for _, name := range []string{"a\xff.onnx", "a[(*.onnx", `a\b.onnx`, "a\n.onnx",
		strings.Repeat("ä", 125) + ".onnx"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Logf("no file can be called %q here", name)
			continue
		}
		require.NoError(t, m.Save(path))
		require.Equal(t, weightsOf(t, m), weightsIn(t, path))
	}
}

// TestSaveOverItself: a model that is saved over the file that it was opened from can be saved
// again.
func TestSaveOverItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.onnx")
	require.NoError(t, opened(t, "mlp", Config{}).Save(path))
	m, err := Open(path, Config{})
	require.NoError(t, err)
	defer m.Close()
	for range 3 {
		scale(t, m, .5)
		require.NoError(t, m.Save(path))
		require.Equal(t, weightsOf(t, m), weightsIn(t, path))
		require.Len(t, dataBeside(t, filepath.Dir(path)), 1)
	}
}

// TestSaveInterrupted: where only the external data was written, the old file has its old data.
func TestSaveInterrupted(t *testing.T) {
	m := opened(t, "mlp", Config{})
	dir := t.TempDir()
	path := filepath.Join(dir, "a.onnx")
	require.NoError(t, m.Save(path))
	before := weightsOf(t, m)
	scale(t, m, .5)
	require.NoError(t, os.Chmod(path, 0o400)) // which atomicfile refuses to replace.
	require.ErrorIs(t, m.Save(path), fs.ErrPermission)
	require.Equal(t, before, weightsIn(t, path))
	require.Len(t, dataBeside(t, dir), 1, "what wasn't needed is gone")
}

// TestKilledWhileSaving: a process that saves one model over the other is killed at random moments.
// What is there is one of the two.
func TestKilledWhileSaving(t *testing.T) {
	const where = "LOSSLAND_TEST_SAVE"
	if path := os.Getenv(where); path != "" { // the child.
		m := opened(t, "mlp", Config{})
		for pass := 0; ; pass++ {
			require.NoError(t, m.Save(path))
			scale(t, m, []float32{2, .5}[pass%2])
		}
	}
	m := opened(t, "mlp", Config{})
	whole := [][]float64{weightsOf(t, m), nil}
	scale(t, m, 2)
	whole[1] = weightsOf(t, m)
	dir, random := t.TempDir(), rand.New(rand.NewPCG(1, 0))
	path := filepath.Join(dir, "a.onnx")
	for range 5 {
		child := exec.Command(os.Args[0], "-test.run=^TestKilledWhileSaving$")
		child.Env = append(os.Environ(), where+"="+path)
		require.NoError(t, child.Start())
		require.Eventually(t, func() bool { _, err := os.Stat(path); return err == nil },
			time.Minute, time.Millisecond)
		time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
		require.NoError(t, child.Process.Kill())
		_ = child.Wait()
		require.Contains(t, whole, weightsIn(t, path))
	}
	require.NoError(t, m.Save(path))
	require.Equal(t, weightsOf(t, m), weightsIn(t, path))
}

// dataBeside are the files of external data that Save made in a folder for a.onnx.
func dataBeside(t *testing.T, dir string) []string {
	t.Helper()
	hash := strings.Repeat("[0-9a-f]", 16)
	files, err := filepath.Glob(filepath.Join(dir, "a.onnx."+hash+".data"))
	require.NoError(t, err)
	return files
}

// scale multiplies the first weight of a model's first variable.
func scale(t *testing.T, m *Model, by float32) {
	t.Helper()
	scope, name := model.SplitPath(m.Weights()[0].Path)
	value := m.Store().Scope(scope).GetVariable(name).MustValue()
	require.NoError(t, tensors.MutableFlatData(value, func(flat []float32) {
		flat[0] *= by
	}))
}

// weightsOf are the values of a model's weights, in their order.
func weightsOf(t *testing.T, m *Model) (all []float64) {
	t.Helper()
	for _, i := range m.Weights() {
		scope, name := model.SplitPath(i.Path)
		value := m.Store().Scope(scope).GetVariable(name).MustValue()
		for _, x := range tensors.MustCopyFlatData[float32](value) {
			all = append(all, float64(x))
		}
	}
	return all
}

// weightsIn are those of a file.
func weightsIn(t *testing.T, path string) []float64 {
	t.Helper()
	m, err := Open(path, Config{})
	require.NoError(t, err)
	defer m.Close()
	return weightsOf(t, m)
}

// TestCheckpoint: a GoMLX checkpoint has the weights that were saved, and can be saved elsewhere.
func TestCheckpoint(t *testing.T) {
	r := readReference(t, "mlp")
	network := func(scope *model.Scope, inputs []*graph.Node) []*graph.Node {
		w := scope.In("layer").VariableWithValue("w", [][]float32{{1, 2, 3, 4}, {1, 0, 0, 0},
			{0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}, {1, 1, 1, 1}, {1, 1, 0, 0}, {0, 0, 1, 1}})
		return []*graph.Node{graph.MatMul(inputs[0], w.NodeValue(inputs[0].Graph()))}
	}
	fresh := &Model{store: model.NewStore(), network: network}
	fresh.save = fresh.saveCheckpoint
	want := lossOf(t, r, fresh)
	first, second := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	require.NoError(t, fresh.Save(first))
	m, err := Checkpoint(first, network)
	require.NoError(t, err)
	require.Equal(t, want, lossOf(t, r, m))
	require.NoError(t, m.Save(second))
	require.Error(t, m.Save(second), "a folder that has one")
	_, err = Checkpoint(t.TempDir(), network)
	require.Error(t, err)
}

// TestCheckInputs: shapes and dtypes are compared, both named.
func TestCheckInputs(t *testing.T) {
	r, m := readReference(t, "encoder"), opened(t, "encoder", Config{})
	tokens, padding := r.data.Inputs[0].Shape(), r.data.Inputs[1].Shape()
	require.NoError(t, m.CheckInputs(tokens, padding))
	require.ErrorContains(t, m.CheckInputs(tokens), "2: [x0 int64[batch 7] x1 bool[batch 7]]")
	require.ErrorContains(t, m.CheckInputs(padding, tokens), "CheckInputs: x0 is bool[24 7]")
	shorter := tokens.Clone()
	shorter.Dimensions[1] = 6
	require.ErrorContains(t, m.CheckInputs(shorter, padding), "x0 is int64[24 6]")
	fewer := padding.Clone()
	fewer.Dimensions[0] = 23
	require.ErrorContains(t, m.CheckInputs(tokens, fewer), "batch = 24")
	_, err := m.Problem(backend, nil, nil, nil)
	require.ErrorContains(t, err, "data")
}

// TestFailingNodeIsNamed: what the importer fails at while the graph is built is named.
func TestFailingNodeIsNamed(t *testing.T) {
	w := tensorOf(float32Type, []float64{1, 2, 3}, 3, 1)
	w.name = "w"
	m, err := parse(proto([]*nodeProto{
		{op: "Relu", name: "first", inputs: []string{"x"}, outputs: []string{"h"}},
		{op: "MatMul", name: "second", inputs: []string{"h", "w"}, outputs: []string{"y"}},
	}, []*tensorProto{w}), &folder{}, Config{})
	require.NoError(t, err)
	lossFn, err := losses.ByName("mse", losses.Config{})
	require.NoError(t, err)
	r := readReference(t, "mlp")
	_, err = m.Problem(backend, lossFn, twoColumns{r}, nil)
	var u *Unsupported
	require.ErrorAs(t, err, &u)
	require.Equal(t, "second", u.Node)
}

// twoColumns is data of two inputs an example.
type twoColumns struct{ *reference }

func (d twoColumns) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		yield(train.Batch{Inputs: []*tensors.Tensor{tensors.FromValue([][]float32{{1, 2}, {3, 4}})},
			Labels: []*tensors.Tensor{tensors.FromValue([][]float32{{1}, {2}})}}, nil)
	}
}

// TestBatchNormOfBatches: statistics that a file doesn't have are refused, not taken for others.
func TestBatchNormOfBatches(t *testing.T) {
	r := readReference(t, "cnn")
	m, p := r.open(t)
	lossFn, err := losses.ByName("cross-entropy", losses.Config{})
	require.NoError(t, err)
	_, err = m.Problem(backend, lossFn, r, &landscape.Config{Mode: landscape.Training})
	var u *Unsupported
	require.ErrorAs(t, err, &u)
	for _, contract := range []landscape.BatchNorm{landscape.BatchNormBatch,
		landscape.BatchNormReestimated} {
		_, err = p.Surface(context.Background(), landscape.SurfaceConfig{Resolution: 2,
			BatchNorm: contract})
		require.ErrorContains(t, err, "BatchNorm", contract)
	}
}
