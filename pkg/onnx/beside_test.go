package onnx

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSaveAfterAnother: a model can be saved though another process has saved over its file since,
// and has removed the data that this one has yet to read. The process of its own is a child, which
// opens the file, says so, waits until it has been replaced, and saves.
func TestSaveAfterAnother(t *testing.T) {
	const where = "LOSSLAND_TEST_SAVE_AFTER"
	if path := os.Getenv(where); path != "" {
		m, err := Open(path, Config{})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path+".opened", nil, 0o600))
		requireSoon(t, path+".replaced")
		scale(t, m, 3)
		require.NoError(t, m.Save(path))
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a.onnx")
	m := opened(t, "mlp", Config{})
	require.NoError(t, m.Save(path))
	first := dataBeside(t, dir)
	child := exec.Command(os.Args[0], "-test.run=^TestSaveAfterAnother$")
	child.Env = append(os.Environ(), where+"="+path)
	child.Stderr = os.Stderr
	require.NoError(t, child.Start())
	requireSoon(t, path+".opened")
	want := weightsOf(t, m)
	want[0] *= 3
	scale(t, m, .5)
	require.NoError(t, m.Save(path))
	require.NoFileExists(t, first[0])
	require.NoError(t, os.WriteFile(path+".replaced", nil, 0o600))
	require.NoError(t, child.Wait())
	require.Equal(t, want, weightsIn(t, path))
	require.Len(t, dataBeside(t, dir), 1)
}

// requireSoon waits for a file.
func requireSoon(t *testing.T, path string) {
	t.Helper()
	require.Eventually(t, func() bool { _, err := os.Stat(path); return err == nil },
		time.Minute, time.Millisecond)
}

// TestSavesOfTwoProcesses: processes that save to one path at once leave one of the two, whole, and
// no data but its own.
func TestSavesOfTwoProcesses(t *testing.T) {
	const where = "LOSSLAND_TEST_SAVES"
	save := func(m *Model, path string) {
		for range 25 {
			require.NoError(t, m.Save(path))
		}
	}
	if path := os.Getenv(where); path != "" {
		save(opened(t, "mlp", Config{}), path)
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a.onnx")
	mine, other := opened(t, "mlp", Config{}), opened(t, "mlp", Config{})
	scale(t, mine, 2)
	require.NoError(t, mine.Save(path))
	child := exec.Command(os.Args[0], "-test.run=^TestSavesOfTwoProcesses$")
	child.Env = append(os.Environ(), where+"="+path)
	child.Stderr = os.Stderr
	require.NoError(t, child.Start())
	whole := [][]float64{weightsOf(t, mine), weightsOf(t, other)}
	require.Eventually(t, func() bool { return slices.Equal(weightsIn(t, path), whole[1]) },
		time.Minute, time.Millisecond, "the other process has begun")
	save(mine, path)
	require.NoError(t, child.Wait())
	require.Contains(t, whole, weightsIn(t, path))
	require.Len(t, dataBeside(t, dir), 1)
}

// TestKilledSaveIsSwept: a process is killed between data and model, since the folder is locked
// then. A day later its data goes with the next Save to the folder.
func TestKilledSaveIsSwept(t *testing.T) {
	const where = "LOSSLAND_TEST_KILLED_SAVE"
	if path := os.Getenv(where); path != "" {
		require.NoError(t, opened(t, "mlp", Config{}).Save(path))
		return
	}
	dir := t.TempDir()
	leave := alone(dir)
	child := exec.Command(os.Args[0], "-test.run=^TestKilledSaveIsSwept$")
	child.Env = append(os.Environ(), where+"="+filepath.Join(dir, "a.onnx"))
	require.NoError(t, child.Start())
	require.Eventually(t, func() bool { return len(dataBeside(t, dir)) == 1 }, time.Minute,
		time.Millisecond)
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	leave()
	left := dataBeside(t, dir)[0]
	m := opened(t, "mlp", Config{})
	require.NoError(t, m.Save(filepath.Join(dir, "b.onnx")))
	require.FileExists(t, left, "its process may still be alive")
	mark := filepath.Join(dir, markOf(filepath.Base(left)))
	old := time.Now().Add(-2 * stale)
	require.NoError(t, os.Chtimes(mark, old, old))
	require.NoError(t, m.Save(filepath.Join(dir, "b.onnx")))
	require.NoFileExists(t, left)
	require.NoFileExists(t, mark)
}

// TestSweepOfData: what is old, has a mark and is named by no file goes; all else stays.
func TestSweepOfData(t *testing.T) {
	dir, old := t.TempDir(), time.Now().Add(-2*stale)
	data := func(digit string) string { return "a.onnx.000000000000000" + digit + ".data" }
	for name, content := range map[string]string{
		data("0"): "dead", markOf(data("0")): "",
		data("1"): "named by a copy", markOf(data("1")): "", "copy": "… " + data("1"),
		data("2"): "without a mark",
		data("3"): "with a mark that isn't empty", markOf(data("3")): "somebody's",
		markOf(data("4")): "",
		data("5"):         "of a living process", markOf(data("5")): "",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		if name != markOf(data("5")) {
			require.NoError(t, os.Chtimes(path, old, old))
		}
	}
	sweep(dir)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	assert.ElementsMatch(t, []string{data("1"), "copy", data("2"), data("3"), markOf(data("3")),
		data("5"), markOf(data("5"))}, names)
}
