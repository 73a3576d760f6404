package report

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
)

// TestMeter: parts advance by their share of the work, also those that report nothing, and progress
// never falls.
func TestMeter(t *testing.T) {
	var reported []int
	m := &meter{total: 8, report: func(done, total int) {
		require.Equal(t, thousandths, total)
		reported = append(reported, done)
	}}
	first, end := m.part(context.Background(), 2)
	report, _ := result.TakeProgress(first)
	report(1, 2)
	report(0, 2)
	report(3, 0)
	report(9, 2)
	end()
	_, end = m.part(context.Background(), 6)
	end()
	require.Equal(t, []int{125, 250, 1000}, reported)
}
