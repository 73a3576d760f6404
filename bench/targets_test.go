package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestJudge: each kind of target, on both sides of its threshold.
func TestJudge(t *testing.T) {
	pytorch := func(ratio float64) map[string]peer {
		return map[string]peer{"jax": {Ratio: 1.3}, "pytorch": {Ratio: ratio}}
	}
	tests := []struct {
		good, bad entry
		of        []target
	}{
		{entry{Case: "surface 784-128-10", Unit: "ms a point", Ratio: 15},
			entry{Case: "surface 784-128-10", Unit: "ms a point", Ratio: 14.9}, onCPU},
		{entry{Case: "surface memory, a", Unit: "MiB at most", Ours: 109, Peer: 100},
			entry{Case: "surface memory, a", Unit: "MiB at most", Ours: 111, Peer: 100}, onCPU},
		{entry{Case: "hvp-cnn-128", Unit: "gradients per HVP", Ours: 3},
			entry{Case: "hvp-cnn-128", Unit: "gradients per HVP", Ours: 3.1}, onCPU},
		{entry{Case: "hvp-cnn-128", Unit: "ms per HVP", Frameworks: pytorch(1)},
			entry{Case: "hvp-cnn-128", Unit: "ms per HVP", Frameworks: pytorch(.9)}, onCPU},
		{entry{Case: "sam-mlp", Unit: "ratio to plain step", Ours: 2},
			entry{Case: "sam-mlp", Unit: "ratio to plain step", Ours: 2.01}, onCPU},
		{entry{Case: "sam-mlp", Unit: "ms per step", Frameworks: pytorch(1.5)},
			entry{Case: "sam-mlp", Unit: "ms per step"}, onCPU},
		{entry{Case: "first-sam", Unit: "s to the first number",
			Frameworks: map[string]peer{"jax": {Ratio: 1.1}}},
			entry{Case: "first-sam", Unit: "s to the first number",
				Frameworks: map[string]peer{"jax": {Ratio: 0.9}}}, onCPU},
		{entry{Case: "surface 784-128-10", Unit: "ms a point", Frameworks: pytorch(1)},
			entry{Case: "surface 784-128-10", Unit: "ms a point"}, onCard},
		{entry{Case: largeCase, Unit: "s", Frameworks: map[string]peer{"jax": {Ratio: .84}}},
			entry{Case: largeCase, Unit: "s", Frameworks: map[string]peer{"jax": {Ratio: .83}}},
			onCard},
	}
	for _, test := range tests {
		entries := []entry{test.good, test.bad, {Case: test.good.Case, Unit: "another"}}
		met, all := judge(entries, test.of, true)
		require.Equal(t, [2]int{1, 2}, [2]int{met, all}, test.good.Case)
		require.Equal(t, "met", entries[0].verdict())
		require.Equal(t, "not met", entries[1].verdict())
		require.NotEmpty(t, entries[1].Target)
		require.Empty(t, entries[2].Target)
		require.Empty(t, entries[2].verdict())
	}
}
