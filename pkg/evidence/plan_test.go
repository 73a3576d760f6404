package evidence

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// planFile writes a file with a text.
func planFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plan.md")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	return file
}

// TestReadPlan: the rows of all tables, in their order, and nothing else.
func TestReadPlan(t *testing.T) {
	plan, err := ReadPlan(planFile(t, `# A plan
F9 in a sentence, and a table of something else.

| id | claim | statistic | supported if | n (full) | interval |
|---|---|---|---|---|---|
| F1 | it rises | the rise | ratio > 1 | ≥ 30 points | Wilson |

Another one.

| A12 | it lies | where | within 1 … 2 | 10 seeds × 8 models | t |
`))
	require.NoError(t, err)
	assert.Equal(t, []Planned{
		{"F1", "it rises", "the rise", Above(1), "≥ 30 points", 30, "Wilson"},
		{"A12", "it lies", "where", Within(1, 2), "10 seeds × 8 models", 10, "t"},
	}, plan)
}

// TestReadPlanRefuses: the error names the file and the row.
func TestReadPlanRefuses(t *testing.T) {
	const row = "| F1 | claim | statistic | > 0 | 10 | t |\n"
	for want, text := range map[string]string{
		"plan.md has no row":                 "no table\n",
		"row F1: it has 5 cells, want 6":     "| F1 | claim | statistic | > 0 | 10 |\n",
		"row F1: it occurs twice":            row + row,
		`row F1: n "many" has no number`:     "| F1 | claim | statistic | > 0 | many | t |\n",
		`row F1: threshold "large" is none `: "| F1 | claim | statistic | large | 10 | t |\n",
	} {
		t.Run(want, func(t *testing.T) {
			_, err := ReadPlan(planFile(t, text))
			assert.ErrorContains(t, err, want)
		})
	}
	_, err := ReadPlan(filepath.Join(t.TempDir(), "plan.md"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// TestReadPending: ids a line; without the file, none.
func TestReadPending(t *testing.T) {
	pending, err := ReadPending(planFile(t, "F1\nW2\n"))
	require.NoError(t, err)
	assert.Equal(t, []string{"F1", "W2"}, pending)
	pending, err = ReadPending(filepath.Join(t.TempDir(), "pending.txt"))
	require.NoError(t, err)
	assert.Empty(t, pending)
	_, err = ReadPending(t.TempDir())
	assert.Error(t, err)
}
