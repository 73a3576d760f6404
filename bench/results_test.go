package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTable: both frameworks beside ours, the compile times, the verdict and every form; what has
// no peer has empty cells.
func TestTable(t *testing.T) {
	no := false
	d := dated{Date: "2026-01-02T03:04:05Z", Machine: "a machine", Cores: 2, Commit: "abc",
		Versions: map[string]string{"jax": "1.2"}, Entries: []entry{
			{Case: "surface x", Unit: "ms a point", Ours: 0.5, Peer: 1, PeerName: "jax map 4",
				OursCompile: 0.25, Share: 0.4, Target: "≥ 8", Met: &no,
				Frameworks: map[string]peer{"jax": {"jax map 4", 1, 2, [2]float64{1.5, 2.5}, 0.75},
					"pytorch": {Form: "pytorch loop", Value: 1.5, Ratio: 3,
						Spread: [2]float64{3, 3}}},
				Forms: map[string]float64{"jax map 4": 1, "pytorch loop": 1.5, "jax jit": 0.9}},
			{Case: "sam-mlp", Unit: "ms per step, every 5", Ours: 0.3},
			{Case: "first-sam", Unit: "s to the first number", Ours: 1,
				Frameworks: map[string]peer{"jax": {Form: "jax", Value: 2, Ratio: 2}}},
			{Case: "surface memory", Unit: "MiB at most", Ours: 11, Peer: 10,
				PeerName: "ours at 40×40", Ratio: 0.91, Spread: [2]float64{0.9, 0.92}},
		}}
	text := string(table(d))
	for _, want := range []string{
		"a machine, 2 cores; 2026-01-02; commit abc.",
		"| surface x | ms a point | 0.5 | 1 (map 4) | **2.00** (1.50–2.50) | 1.5 (loop) | " +
			"**3.00** | 0.25 / 0.75 / – | 40 % | ≥ 8 | not met |",
		"| sam-mlp | ms per step, every 5 | 0.3 |  |  |  |  |  |  |  |  |",
		"| surface memory | MiB at most | 11 | 10 (ours at 40×40) | **0.91** (0.90–0.92) |",
		"| first-sam | s to the first number | 1 | 2 | **2.00**",
		"| surface x | ms a point | jax jit 0.9; jax map 4 1; pytorch loop 1.5 |",
		"Versions: jax 1.2.",
	} {
		require.Contains(t, text, want)
	}
}
