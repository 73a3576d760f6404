package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUnjudged: a busy machine and a single repeat give no verdict; what isn't known is no reason.
func TestUnjudged(t *testing.T) {
	require.Empty(t, unjudged("1.00 3.00 3.00", 2, 3))
	require.Contains(t, unjudged("1.01 0.00 0.00", 2, 3), "a load of 1.01 on 2 cores")
	require.Contains(t, unjudged("0.00 0.00 0.00", 2, 1), "measured once")
	require.Empty(t, unjudged("", 2, 3))
}

// TestJudgeOfABusyRun: its targets are named, and nothing is met or missed.
func TestJudgeOfABusyRun(t *testing.T) {
	entries := []entry{{Case: "surface 784-128-10", Unit: "ms a point", Ratio: 99},
		{Case: "surface 784-128-10", Unit: "another"}}
	met, all := judge(entries, onCPU, false)
	require.Equal(t, [2]int{0, 1}, [2]int{met, all})
	require.Nil(t, entries[0].Met)
	require.Equal(t, "≥ 15 × the best peer", entries[0].Target)
	require.Equal(t, "not judged", entries[0].verdict())
	text := string(table(dated{Date: "2026-01-02T03:04:05Z", Before: "8 7 6",
		Unjudged: "a load of 8", Entries: entries}))
	require.Contains(t, text, ". **Not held against targets: a load of 8.** Smaller is better")
	require.Contains(t, text, "| ≥ 15 × the best peer | not judged |")
	require.Contains(t, text, "load before it 8 7 6")
}
