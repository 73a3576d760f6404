package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCompareModels: two exports of one network say where they differ, by operations and weights.
func TestCompareModels(t *testing.T) {
	stranger(t, "cnn", "cnn-folded", "mlp")
	saveOther(t)
	code, stdout, stderr := lossland(t, "compare cnn.onnx cnn-folded.onnx")
	require.Equal(t, 3, code, stderr)
	require.Contains(t, stdout, "operation BatchNormalization: 2, 0\n")
	require.Contains(t, stdout, `weight "conv1.weight": [`)
	code, stdout, stderr = lossland(t, "compare mlp.onnx other.onnx")
	require.Equal(t, 3, code, stderr)
	require.Contains(t, stdout, "other values, at most ")
	require.NotContains(t, stdout, "operation")
	code, stdout, _ = lossland(t, "compare mlp.onnx mlp.onnx")
	require.Equal(t, 0, code)
	require.Equal(t, "the same\n", stdout)
	code, _, stderr = lossland(t, "compare mlp.onnx mlp.npz")
	require.Equal(t, 3, code)
	require.Contains(t, stderr, "mlp.onnx is JSON")
}
