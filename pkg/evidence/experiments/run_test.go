package experiments

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/session"
)

// TestRunGoesOn: a run that is cancelled goes on where it stopped, and comes to the same bytes as
// one that wasn't.
func TestRunGoesOn(t *testing.T) {
	l := testLab(t)
	run := func(ctx context.Context, out string, say func(string)) error {
		_, err := Run(ctx, Config{Scale: session.Quick, Backend: l.backend,
			Plan: folder + "/plan.md", Folder: out, Only: []string{"X5"},
			Command: Command(session.Quick), Say: say})
		return err
	}
	broken := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	units := 0
	stopping := newLab(ctx, session.Quick, l.backend, func(string) {
		if units++; units == 4 {
			cancel()
		}
	})
	defer stopping.close()
	_, err := stopping.smallNetworks()
	require.ErrorIs(t, err, context.Canceled)
	kept := entries(t)
	assert.Len(t, kept, 4)

	var said []string
	require.NoError(t, run(t.Context(), broken, func(line string) { said = append(said, line) }))
	assert.Contains(t, strings.Join(said, "\n"), "X5: done, 10 units")
	assert.Len(t, entries(t), 10)

	t.Setenv(session.CacheVariable, t.TempDir())
	whole := t.TempDir()
	require.NoError(t, run(t.Context(), whole, nil))
	for _, file := range []string{"claims.json", "data/X5.json", "pictures/X5.svg"} {
		one, err := os.ReadFile(filepath.Join(broken, file))
		require.NoError(t, err)
		other, err := os.ReadFile(filepath.Join(whole, file))
		require.NoError(t, err)
		assert.Equal(t, string(other), string(one))
	}
}

// entries lists what the cache holds.
func entries(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.Getenv(session.CacheVariable), "*.gob"))
	require.NoError(t, err)
	return found
}
