package xla

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The guard holds: no stale answer in 200 rounds. Delete the guard and this fails.
func TestStaleWeightsNoneWithGuard(t *testing.T) {
	plugin := wheelPlugin(t)
	r, stderr := child(t, "stale", t.TempDir(), "GOMLX_BACKEND=xla:"+plugin)
	require.Empty(t, r.Error)
	assert.Equal(t, map[string]int{"256": 0, "512": 0}, r.Stale)
	assert.Empty(t, stderr)
}

// The fault is there without the guard, so the test above tests something. A plugin without the
// fault skips.
func TestStaleWeightsWithoutGuard(t *testing.T) {
	plugin := wheelPlugin(t)
	r, stderr := child(t, "stale", t.TempDir(), "GOMLX_BACKEND=xla:"+plugin,
		"XLA_FLAGS=--xla_cpu_use_xnnpack=true")
	require.Empty(t, r.Error)
	t.Logf("stale answers in 200 rounds without the guard: %v", r.Stale)
	assert.Contains(t, stderr, "XNNPACK on", "switching the guard off must be warned about")
	if r.Stale["256"] == 0 && r.Stale["512"] == 0 {
		t.Skip("this plugin returns no stale weights with XNNPACK on: the guard may go " +
			"(docs/upstream.md)")
	}
}

func TestStaleWeightsNoneOnPureGo(t *testing.T) {
	backend, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	stale, err := StaleWeights(backend, 64, 50, 1)
	require.NoError(t, err)
	assert.Zero(t, stale)
}

// A product that uses other weights, or one wrong entry, must be counted: the count is what guards
// the guard.
func TestCountWrongCounts(t *testing.T) {
	backend, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	for name, product := range map[string]func(x, w *graph.Node) *graph.Node{
		"constant weights": func(x, w *graph.Node) *graph.Node {
			return graph.MatMul(x, graph.OnesLike(w))
		},
		"one wrong entry": func(x, w *graph.Node) *graph.Node {
			y := graph.MatMul(x, w)
			last := graph.Mul(graph.OneHot(graph.Const(x.Graph(), int32(7)), 8, w.DType()),
				graph.Const(x.Graph(), float32(1e-6)))
			return graph.Add(y, graph.ExpandLeftToRank(last, 2))
		},
	} {
		wrong, err := countWrong(backend, 8, 10, 1, product)
		require.NoError(t, err)
		assert.Equal(t, 10, wrong, name)
	}
}

func TestStaleWeightsRefusesBadInput(t *testing.T) {
	_, err := StaleWeights(nil, 0, 5, 1)
	assert.ErrorContains(t, err, "n = 0")
	_, err = StaleWeights(nil, 4, 0, 1)
	assert.ErrorContains(t, err, "rounds = 0")
}
