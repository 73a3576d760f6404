package interview

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPlannedRows: the rows of the plan, in its order, each once and either measured or announced
// as pending.
func TestPlannedRows(t *testing.T) {
	rows, pending, err := PlannedRows()
	require.NoError(t, err)
	require.Equal(t, "F1 F2 F3", strings.Join(rows[:3], " "))
	claims, err := Claims()
	require.NoError(t, err)
	require.Subset(t, rows, slices.Collect(maps.Keys(claims)))
	for _, id := range rows {
		_, measured := claims[id]
		require.NotEqual(t, measured, slices.Contains(pending, id),
			"row %s is either measured or pending", id)
	}
}
