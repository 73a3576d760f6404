package interview

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPlannedRows: every row of the lesson and what it leaves out, once, measured or announced as
// pending.
func TestPlannedRows(t *testing.T) {
	rows, pending, err := PlannedRows()
	require.NoError(t, err)
	want := strings.Fields("F1 F2 F3 F4 F5 F6 S1 T1 T2 T3 M1 M2 W1 W2 W3 W4 W5 " +
		"A1 A2 A3 A4 A5 A6 X1 X2 X3 X4 X5 X6")
	require.Equal(t, want, rows)
	claims, err := Claims()
	require.NoError(t, err)
	for _, id := range rows {
		_, measured := claims[id]
		require.NotEqual(t, measured, slices.Contains(pending, id),
			"row %s is either measured or pending", id)
	}
}
