package onnx

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
)

func opened(t *testing.T, name string, cfg Config) *Model {
	t.Helper()
	m, err := Open("testdata/"+name+".onnx", cfg)
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	return m
}

// find is the initializer of a name, among weights or constants.
func find(t *testing.T, list []Initializer, name string) Initializer {
	t.Helper()
	k := slices.IndexFunc(list, func(i Initializer) bool { return i.Name == name })
	require.GreaterOrEqual(t, k, 0, "%s isn't among %v", name, list)
	return list[k]
}

// TestRoles: the rule, on a file of each kind.
func TestRoles(t *testing.T) {
	for _, i := range opened(t, "cnn", Config{}).Weights() {
		require.NotEqual(t, Statistic, i.Role, i.Name)
	}
	for _, c := range []struct {
		model, name string
		role        Role
	}{
		{"cnn", "conv1.weight", Kernel},
		{"cnn", "conv2.bias", Bias},
		{"cnn", "bn1.weight", Scale},
		{"cnn", "bn1.bias", Bias},
		{"cnn", "bn1.running_mean", Statistic},
		{"cnn", "bn2.running_var", Statistic},
		{"cnn", "fc.weight", Matrix},
		{"encoder", "embedding.weight", Table},
		{"encoder", "position", Added},
		{"decoder-legacy", "embedding.weight", Table},
		{"lstm-legacy", "fc.bias", Bias},
		{"two-inputs", "table.weight", Table},
		{"regression", "scale", Chosen},
		{"regression-legacy", "scale", Scalar},
	} {
		t.Run(c.model+" "+c.name, func(t *testing.T) {
			m := opened(t, c.model, Config{})
			list := m.Weights()
			if !c.role.weighs() {
				list = m.Constants()
			}
			i := find(t, list, c.name)
			require.Equal(t, c.role, i.Role, i.Why)
			require.NotEmpty(t, i.Why)
		})
	}
}

// TestOperands: the rule for what meets activations element by element.
func TestOperands(t *testing.T) {
	for _, c := range []struct {
		name, op string
		values   []float64
		dims     []int64
		role     Role
	}{
		{"bias", "Add", []float64{1, 2}, []int64{2}, Added},
		{"scale", "Mul", []float64{1, 2}, []int64{2}, Scale},
		{"root", "Mul", []float64{0.35}, nil, Scalar},
		{"root of one axis", "Mul", []float64{0.35}, []int64{1}, Scalar},
		{"mask", "Add", []float64{0, -1e9}, []int64{2}, Mask},
		{"exponent", "Pow", []float64{2, 3}, []int64{2}, Argument},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := tensorOf(float32Type, c.values, c.dims...)
			w.name = "w"
			b := proto([]*nodeProto{{op: c.op, inputs: []string{"x", "w"},
				outputs: []string{"y"}}}, []*tensorProto{w})
			m, err := parse(b, &folder{}, Config{})
			require.NoError(t, err)
			i := find(t, append(m.Weights(), m.Constants()...), "w")
			require.Equal(t, c.role, i.Role)
			require.Equal(t, c.role.weighs(), len(m.Weights()) == 1)
		})
	}
}

// TestBiasOfOneUnit: a vector of one value that is added to a product is a bias.
func TestBiasOfOneUnit(t *testing.T) {
	w, b := tensorOf(float32Type, []float64{1, 2}, 2, 1), tensorOf(float32Type, []float64{3}, 1)
	w.name, b.name = "w", "b"
	m, err := parse(proto([]*nodeProto{
		{op: "MatMul", inputs: []string{"x", "w"}, outputs: []string{"h"}},
		{op: "Add", inputs: []string{"b", "h"}, outputs: []string{"y"}},
	}, []*tensorProto{w, b}), &folder{}, Config{})
	require.NoError(t, err)
	require.Equal(t, Bias, find(t, m.Weights(), "b").Role)
}

// TestSelection: Hold and Train have the last word; patterns that select nothing are refused.
func TestSelection(t *testing.T) {
	m := opened(t, "cnn", Config{Hold: []string{"bn*"}})
	require.Len(t, m.Weights(), 5)
	require.Equal(t, Held, find(t, m.Constants(), "bn1.weight").Role)
	for _, cfg := range []Config{{Hold: []string{"nothing"}}, {Train: []string{"nothing"}},
		{Hold: []string{"fc.bias"}, Train: []string{"fc.*"}}, {Outputs: []string{"nothing"}},
		{Hold: []string{"["}}} {
		_, err := Open("testdata/cnn.onnx", cfg)
		var b *result.BadArgument
		require.ErrorAs(t, err, &b, "%+v", cfg)
	}
}

// TestTied: an embedding's table that is the head, transposed, is one weight.
func TestTied(t *testing.T) {
	for _, name := range []string{"decoder", "decoder-23", "decoder-legacy"} {
		t.Run(name, func(t *testing.T) {
			m := opened(t, name, Config{})
			tied := 0
			for _, i := range m.Weights() {
				tied += len(i.Tied)
			}
			require.Equal(t, 1, tied)
			require.Contains(t, m.Notes()[0], "transposed, bit by bit")
		})
	}
}

// TestFolded: a folded BatchNorm is seen in the files of both exporters, and only there.
func TestFolded(t *testing.T) {
	for name, want := range map[string]int{"cnn-folded": 1, "cnn-dynamo-folded": 1, "cnn": 0,
		"cnn-dynamo": 0, "residual": 0} {
		t.Run(name, func(t *testing.T) {
			notes := opened(t, name, Config{}).Notes()
			require.Len(t, notes, want)
			if want > 0 {
				require.Contains(t, notes[0], "a BatchNorm is folded")
			}
		})
	}
}

// TestWidened: a file of 16-bit floats says so, and computes in float32.
func TestWidened(t *testing.T) {
	for _, name := range []string{"mlp-float16", "mlp-bfloat16"} {
		m := opened(t, name, Config{})
		require.Contains(t, m.Notes()[0], "16-bit")
		require.Equal(t, "x0 float32[batch 8]", m.Inputs()[0].String())
	}
}

// TestSeparated: what the older exporter merged because values were equal is apart again.
func TestSeparated(t *testing.T) {
	one := tensorOf(float32Type, []float64{1, 1}, 2)
	one.name = "norm1.weight"
	m, err := parse(proto([]*nodeProto{
		{op: "Identity", inputs: []string{"norm1.weight"}, outputs: []string{"norm2.weight"}},
		{op: "Mul", inputs: []string{"x", "norm1.weight"}, outputs: []string{"h"}},
		{op: "Mul", inputs: []string{"h", "norm2.weight"}, outputs: []string{"y"}},
	}, []*tensorProto{one}), &folder{}, Config{})
	require.NoError(t, err)
	require.Len(t, m.Weights(), 2)
	require.Contains(t, m.Notes()[0], "weights of their own again: norm2.weight")
}

// TestStatisticsAreApart: an initializer that serves as a bias and as a mean is both, apart.
func TestStatisticsAreApart(t *testing.T) {
	zero := tensorOf(float32Type, []float64{0, 0}, 2)
	one := tensorOf(float32Type, []float64{1, 1}, 2)
	zero.name, one.name = "zero", "one"
	m, err := parse(proto([]*nodeProto{{op: "BatchNormalization",
		inputs: []string{"x", "one", "zero", "zero", "one"}, outputs: []string{"y"}}},
		[]*tensorProto{zero, one}), &folder{}, Config{})
	require.NoError(t, err)
	require.Len(t, m.Weights(), 2)
	require.Len(t, m.Constants(), 2)
}
