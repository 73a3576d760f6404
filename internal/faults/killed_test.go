package faults

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func init() { children["write"] = writeForever }

// writeForever writes both generations of everything into folders of their own, then one over the
// other until it is killed.
func writeForever(t *testing.T, folder string) {
	all := writers(t)
	for generation := range 2 {
		whole := filepath.Join(folder, fmt.Sprint(generation))
		require.NoError(t, os.MkdirAll(whole, 0o700))
		for _, w := range all {
			require.NoError(t, w.write(whole, generation), w.name)
		}
	}
	out := filepath.Join(folder, "out")
	require.NoError(t, os.MkdirAll(out, 0o700))
	for pass := 0; ; pass++ {
		for _, w := range all {
			require.NoError(t, w.write(out, pass%2), w.name)
		}
		if pass == 0 {
			fmt.Println("ready")
		}
	}
}

// TestKilledWhileWriting: a program that writes everything, one content over another, is killed at
// random moments. Each file is one of the two contents, to the last byte, and a program that comes
// after writes them as ever.
func TestKilledWhileWriting(t *testing.T) {
	folder, random := t.TempDir(), rand.New(rand.NewSource(1))
	between := 0
	for range 6 {
		cmd := child(t, "write", folder)
		output, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		waitFor(t, output, "ready")
		time.Sleep(time.Duration(random.Intn(400)) * time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait() // says that it was killed.
		whole := [2]map[string]string{content(t, filepath.Join(folder, "0")),
			content(t, filepath.Join(folder, "1"))}
		require.Greater(t, len(whole[0]), 12)
		seen := map[int]bool{}
		for name, text := range content(t, filepath.Join(folder, "out")) {
			if strings.HasPrefix(filepath.Base(name), ".") {
				continue // unfinished, or a lock that nobody holds.
			}
			generation := 0
			if text != whole[0][name] {
				generation = 1
			}
			seen[generation] = true
			assert.Equal(t, whole[generation][name], text, "%s is neither content", name)
		}
		if len(seen) == 2 {
			between++
		}
	}
	assert.NotZero(t, between, "no kill fell between two writes")
}
