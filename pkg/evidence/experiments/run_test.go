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

// A run that is cancelled goes on where it stopped, and comes to the same bytes as one that wasn't.
func TestRunGoesOn(t *testing.T) {
	l := testLab(t)
	run := func(ctx context.Context, out string, say func(string)) error {
		_, err := Run(ctx, Config{
			Scale: session.Quick, Backend: l.backend, Plan: folder + "/plan.md", Folder: out, Only: []string{"X5"}, Command: Command(session.Quick), Say: say,
		})
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
	for _, file := range []string{"claims.json", "data/X5.json"} {
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

func TestChooseRefusesUnknownRow(t *testing.T) {
	plan, err := ReadPlan(folder + "/plan.md")
	require.NoError(t, err)
	_, err = choose(plan, []string{"F9"})
	assert.ErrorContains(t, err, `no row "F9"`)
	some, err := choose(plan, []string{"A5"})
	require.NoError(t, err)
	require.Len(t, some, 1)
	assert.Contains(t, some[0].ids, "T1")
}

// Data of another version are refused by name, not by a panic.
func TestJudgeNamesMissingColumn(t *testing.T) {
	_, err := Judge(Planned{ID: "W5", N: "10 seeds"}, &Data{ID: "W5", Columns: map[string]Column{}}, "")
	assert.ErrorContains(t, err, `no column "λmax, full batch"`)
}
