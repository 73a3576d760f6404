package xla

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The guard holds: no stale answer in 200 rounds. With the plugin of before docs/adr/0007-plugin.md
// this failed without it; that it is set is what TestGuardXLAFlags holds.
func TestStaleWeightsNoneWithGuard(t *testing.T) {
	plugin := wheelPlugin(t)
	r, stderr := child(t, "stale", t.TempDir(), "GOMLX_BACKEND=xla:"+plugin)
	require.Empty(t, r.Error)
	assert.Equal(t, map[string]int{"256": 0, "512": 0}, r.Stale)
	assert.Empty(t, stderr)
}

// The pinned plugin has no stale weights without the guard either, which is for others that a user
// names; switching it off is warned about all the same.
func TestStaleWeightsWithoutGuard(t *testing.T) {
	plugin := wheelPlugin(t)
	r, stderr := child(t, "stale", t.TempDir(), "GOMLX_BACKEND=xla:"+plugin,
		"XLA_FLAGS=--xla_cpu_use_xnnpack=true")
	require.Empty(t, r.Error)
	assert.Contains(t, stderr, "XNNPACK on", "switching the guard off must be warned about")
	assert.Equal(t, map[string]int{"256": 0, "512": 0}, r.Stale)
}

func TestProductsRightOnPureGo(t *testing.T) {
	backend, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	p, err := CheckProducts(backend, 64, 50, 1)
	require.NoError(t, err)
	assert.Equal(t, Products{Rounds: 50, Bits: 24}, p)
}

// Products of rounded factors are told from stale ones, in each format and both ways to round.
func TestRoundedProductsAreNotStale(t *testing.T) {
	backend, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	towardsZero := func(bits int) func(x, w *graph.Node) *graph.Node {
		return func(x, w *graph.Node) *graph.Node {
			scale := float64(int(1) << (bits - 1)) // the weights are 0 or in [1, 2).
			return graph.MatMul(x, graph.DivScalar(graph.Floor(graph.MulScalar(w, scale)), scale))
		}
	}
	for _, c := range []struct {
		name          string
		product       func(x, w *graph.Node) *graph.Node
		rounded, bits int
	}{
		{"bfloat16", func(x, w *graph.Node) *graph.Node {
			return graph.MatMul(x, graph.ConvertDType(
				graph.ConvertDType(w, dtypes.BFloat16), dtypes.Float32))
		}, 20, 8},
		{"float16", func(x, w *graph.Node) *graph.Node {
			return graph.MatMul(x, graph.ConvertDType(
				graph.ConvertDType(w, dtypes.Float16), dtypes.Float32))
		}, 20, 11},
		{"TF32, towards zero", towardsZero(11), 20, 11},
		{"bfloat16, towards zero", towardsZero(8), 20, 8},
		{"full", graph.MatMul, 0, 24},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := checkProducts(backend, 8, 20, 1, c.product)
			require.NoError(t, err)
			assert.Equal(t, Products{Rounds: 20, Rounded: c.rounded, Bits: c.bits}, p)
		})
	}
}

// Old weights are stale, whether they were rounded or not.
func TestJudge(t *testing.T) {
	const old, now = float32(1.2345678), float32(1.8765432)
	for _, c := range []struct {
		name    string
		entries []float32
		bits    int
	}{
		{"right", []float32{now, now}, 24},
		{"rounded", []float32{roundTo(now, 11), roundTo(now, 11)}, 11},
		{"truncated", []float32{truncateTo(now, 8)}, 8},
		{"old", []float32{old, old}, 0},
		{"old and rounded", []float32{roundTo(old, 11), roundTo(old, 11)}, 0},
		{"one old among rounded", []float32{roundTo(now, 11), old}, 0},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.bits, judge(c.entries, now)) })
	}
}

// A product that uses other weights, or one wrong entry, must be counted: the count is what guards
// the guard.
func TestCheckProductsCounts(t *testing.T) {
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
		p, err := checkProducts(backend, 8, 10, 1, product)
		require.NoError(t, err)
		assert.Equal(t, Products{Rounds: 10, Stale: 10, Bits: 24}, p, name)
	}
}

func TestCheckProductsRefusesBadInput(t *testing.T) {
	_, err := CheckProducts(nil, 0, 5, 1)
	assert.ErrorContains(t, err, "n = 0")
	_, err = CheckProducts(nil, 4, 0, 1)
	assert.ErrorContains(t, err, "rounds = 0")
}
