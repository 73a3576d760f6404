package onnx

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// ofOp is a model with these operations after a product with w.
func ofOp(t *testing.T, w []float64, dims []int64, ops ...string) *Model {
	weight := tensorOf(float32Type, w, dims...)
	weight.name = "w"
	nodes := []*nodeProto{{op: "MatMul", inputs: []string{"x", "w"}, outputs: []string{"0"}}}
	last := "0"
	for i, op := range ops {
		out := "y"
		if i < len(ops)-1 {
			out = op + string(rune('a'+i))
		}
		nodes = append(nodes, &nodeProto{op: op, inputs: []string{last}, outputs: []string{out}})
		last = out
	}
	m, err := parse(proto(nodes, []*tensorProto{weight}), &folder{}, Config{})
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	return m
}

// TestCompare names operations by number, weights by name and shape, and how far values are apart.
func TestCompare(t *testing.T) {
	a := ofOp(t, []float64{3, 4}, []int64{2, 1}, "Relu", "Relu")
	require.Empty(t, Compare(a, a))
	require.Equal(t, map[string]int{"MatMul": 1, "Relu": 2}, a.Operations())

	found := Compare(a, ofOp(t, []float64{3, 5}, []int64{2, 1}, "Relu", "Tanh"))
	require.Len(t, found, 3)
	require.Equal(t, []string{"operation Relu", "2", "1"},
		[]string{found[0].What, found[0].A, found[0].B})
	require.True(t, math.IsNaN(found[0].By))
	require.Equal(t, "operation Tanh", found[1].What)
	require.Equal(t, `weight "w"`, found[2].What)
	require.InDelta(t, 0.2, found[2].By, 1e-7) // 1 of a norm of 5.
	require.Contains(t, found[2].Note, "at most 1 apart")

	found = Compare(a, ofOp(t, []float64{3, 4, 1, 1}, []int64{2, 2}, "Relu", "Relu"))
	require.Len(t, found, 1)
	require.Equal(t, []string{"float32[2 1]", "float32[2 2]"}, []string{found[0].A, found[0].B})
}
