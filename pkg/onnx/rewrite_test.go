package onnx

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
)

// run computes a model of one input, [2 2] of floats.
func run(t *testing.T, b []byte, x [][]float32) []float64 {
	t.Helper()
	m, err := parse(b, &folder{}, Config{})
	require.NoError(t, err)
	defer m.Close()
	out, err := model.CallOnce(backend, m.Store(),
		func(scope *model.Scope, x *graph.Node) *graph.Node {
			return m.Network()(scope, []*graph.Node{x})[0]
		}, tensors.FromValue(x))
	require.NoError(t, err)
	var values []float64
	require.NoError(t, out.ConstFlatData(func(flat any) {
		for _, v := range flat.([]float32) {
			values = append(values, float64(v))
		}
	}))
	return values
}

// TestElementwise: operations that are written anew compute what ONNX defines.
func TestElementwise(t *testing.T) {
	x := [][]float32{{-2, 0.5}, {3, -0.25}}
	alpha := func(v float32) *attributeProto {
		return &attributeProto{name: "alpha", kind: floatAttribute, float: v}
	}
	softplus := func(x float64) float64 { return math.Log1p(math.Exp(x)) }
	below := func(low func(float64) float64) func(float64) float64 {
		return func(x float64) float64 {
			if x < 0 {
				return low(x)
			}
			return x
		}
	}
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	const sA, sG = 1.67326319217681884765625, 1.05070102214813232421875
	for _, c := range []struct {
		op         string
		attributes []*attributeProto
		want       func(x float64) float64
	}{
		{"Softplus", nil, softplus},
		{"LeakyRelu", []*attributeProto{alpha(0.3)},
			below(func(x float64) float64 { return 0.3 * x })},
		{"Elu", []*attributeProto{alpha(2)},
			below(func(x float64) float64 { return 2 * math.Expm1(x) })},
		{"Celu", []*attributeProto{alpha(2)},
			below(func(x float64) float64 { return 2 * math.Expm1(x/2) })},
		{"Selu", nil, func(x float64) float64 {
			return sG * below(func(x float64) float64 { return sA * math.Expm1(x) })(x)
		}},
		{"HardSigmoid", nil, func(x float64) float64 { return min(1, max(0, 0.2*x+0.5)) }},
		{"Softsign", nil, func(x float64) float64 { return x / (1 + math.Abs(x)) }},
		{"Mish", nil, func(x float64) float64 { return x * math.Tanh(softplus(x)) }},
		{"Swish", nil, func(x float64) float64 { return x * sigmoid(x) }},
		{"Gelu", nil, func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) }},
		{"Gelu", []*attributeProto{{name: "approximate", kind: stringAttribute,
			text: []byte("tanh")}}, func(x float64) float64 {
			return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
		}},
		{"Identity", nil, func(x float64) float64 { return x }},
		{"Dropout", nil, func(x float64) float64 { return x }},
	} {
		t.Run(c.op, func(t *testing.T) {
			got := run(t, proto([]*nodeProto{{op: c.op, inputs: []string{"x"},
				outputs: []string{"y"}, attributes: c.attributes}}, nil), x)
			for i, v := range []float64{-2, 0.5, 3, -0.25} {
				require.InDelta(t, c.want(v), got[i], 1e-6)
			}
		})
	}
}

// TestReductions: the same of what sums.
func TestReductions(t *testing.T) {
	x := [][]float32{{-2, 0.5}, {3, -0.25}}
	axis := tensorOf(int64Type, []float64{1}, 1)
	axis.name = "axis"
	logs := func(a, b float64) float64 { return math.Log(math.Exp(a) + math.Exp(b)) }
	for _, c := range []struct {
		op     string
		inputs []string
		want   []float64
	}{
		{"LogSoftmax", nil, []float64{-2 - logs(-2, 0.5), 0.5 - logs(-2, 0.5), 3 - logs(3, -0.25),
			-0.25 - logs(3, -0.25)}},
		{"ReduceL1", []string{"axis"}, []float64{2.5, 3.25}},
		{"ReduceSumSquare", []string{"axis"}, []float64{4.25, 9.0625}},
		{"Sum", []string{"x", "x"}, []float64{-6, 1.5, 9, -0.75}},
		{"Mean", []string{"x"}, []float64{-2, 0.5, 3, -0.25}},
	} {
		t.Run(c.op, func(t *testing.T) {
			got := run(t, proto([]*nodeProto{{op: c.op, inputs: append([]string{"x"}, c.inputs...),
				outputs: []string{"y"}}}, []*tensorProto{axis}), x)
			require.InDeltaSlice(t, c.want, got, 1e-6)
		})
	}
}

// TestRMSNorm: x/√(mean x² + ε) times the scale, over each row.
func TestRMSNorm(t *testing.T) {
	scale := tensorOf(float32Type, []float64{2, -1}, 2)
	scale.name = "scale"
	got := run(t, proto([]*nodeProto{{op: "RMSNormalization", inputs: []string{"x", "scale"},
		outputs: []string{"y"}}}, []*tensorProto{scale}), [][]float32{{3, 4}, {-1, 2}})
	a, b := math.Sqrt(12.5+1e-5), math.Sqrt(2.5+1e-5)
	require.InDeltaSlice(t, []float64{6 / a, -4 / a, -2 / b, -2 / b}, got, 1e-6)
}

// TestCrossEntropyInTheFile: with ignored labels and weights of classes, as PyTorch's.
func TestCrossEntropyInTheFile(t *testing.T) {
	named := func(name string, t *tensorProto) *tensorProto { t.name = name; return t }
	constants := []*tensorProto{
		named("both", tensorOf(int64Type, []float64{1, 0}, 2)),
		named("one", tensorOf(int64Type, []float64{1, -100}, 2)),
		named("weights", tensorOf(float32Type, []float64{0.5, 2}, 2)),
	}
	x := [][]float32{{-2, 0.5}, {3, -0.25}}
	a, b := math.Log1p(math.Exp(-2.5)), math.Log1p(math.Exp(-3.25))
	ignore := integerAttribute("ignore_index", -100)
	kind := func(name string) []*attributeProto {
		return []*attributeProto{{name: "reduction", kind: stringAttribute, text: []byte(name)}}
	}
	plain, weighted := []string{"x", "both"}, []string{"x", "one", "weights"}
	for name, c := range map[string]struct {
		inputs     []string
		attributes []*attributeProto
		want       []float64
	}{
		"mean":              {plain, nil, []float64{(a + b) / 2}},
		"sum":               {plain, kind("sum"), []float64{a + b}},
		"none":              {plain, kind("none"), []float64{a, b}},
		"weighted":          {[]string{"x", "both", "weights"}, nil, []float64{(2*a + b/2) / 2.5}},
		"ignored":           {[]string{"x", "one"}, []*attributeProto{ignore}, []float64{a}},
		"ignored, weighted": {weighted, []*attributeProto{ignore}, []float64{a}},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, proto([]*nodeProto{{op: "SoftmaxCrossEntropyLoss", inputs: c.inputs,
				outputs: []string{"y"}, attributes: c.attributes}}, constants), x)
			require.InDeltaSlice(t, c.want, got, 1e-6)
		})
	}
}

// TestRecurrentEnds: the state that a network ends in is that of the step it reads last, which is
// the first one backwards.
func TestRecurrentEnds(t *testing.T) {
	named := func(name string, t *tensorProto) *tensorProto { t.name = name; return t }
	constants := []*tensorProto{
		named("steps", tensorOf(int64Type, []float64{2, 1, 2}, 3)),
		named("row", tensorOf(int64Type, []float64{-1}, 1)),
		named("w", tensorOf(float32Type, []float64{0.5, -1}, 1, 1, 2)),
		named("r", tensorOf(float32Type, []float64{2}, 1, 1, 1)),
	}
	shape := func(g *writer) {
		sequence := valueProto{name: "s", element: float32Type, ranked: true,
			dims: []Dim{{Size: 2}, {Size: 1}, {Size: 2}}}
		g.bytes(13, sequence.encode())
	}
	first, second := 0.5*1-2., 0.5*3-4.
	for direction, want := range map[string]float64{
		"forward": math.Tanh(second + 2*math.Tanh(first)),
		"reverse": math.Tanh(first + 2*math.Tanh(second)),
	} {
		t.Run(direction, func(t *testing.T) {
			got := run(t, proto([]*nodeProto{
				{op: "Reshape", inputs: []string{"x", "steps"}, outputs: []string{"s"}},
				{op: "RNN", inputs: []string{"s", "w", "r"}, outputs: []string{"", "h"},
					attributes: []*attributeProto{integerAttribute("hidden_size", 1),
						{name: "direction", kind: stringAttribute, text: []byte(direction)}}},
				{op: "Reshape", inputs: []string{"h", "row"}, outputs: []string{"y"}},
			}, constants, shape), [][]float32{{1, 2}, {3, 4}})
			require.InDeltaSlice(t, []float64{want}, got, 1e-6)
		})
	}
}

// TestPools: strides that aren't given are 1, and padding is counted where it should be.
func TestPools(t *testing.T) {
	image := tensorOf(int64Type, []float64{1, 1, 2, 2}, 4)
	image.name = "image"
	row := tensorOf(int64Type, []float64{-1}, 1)
	row.name = "row"
	kernel := integersAttribute("kernel_shape", 1, 2)
	for _, c := range []struct {
		name, op   string
		attributes []*attributeProto
		want       []float64
	}{
		{"maximum", "MaxPool", []*attributeProto{kernel, integersAttribute("dilations", 1, 1)},
			[]float64{2, 4}},
		{"mean", "AveragePool", []*attributeProto{kernel, integersAttribute("pads", 0, 1, 0, 1),
			integerAttribute("count_include_pad", 1)}, []float64{0.5, 1.5, 1, 1.5, 3.5, 2}},
		{"mean of what is there", "AveragePool", []*attributeProto{kernel,
			integersAttribute("pads", 0, 1, 0, 1)}, []float64{1, 1.5, 2, 3, 3.5, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := run(t, proto([]*nodeProto{
				{op: "Reshape", inputs: []string{"x", "image"}, outputs: []string{"i"}},
				{op: c.op, inputs: []string{"i"}, outputs: []string{"p"}, attributes: c.attributes},
				{op: "Reshape", inputs: []string{"p", "row"}, outputs: []string{"y"}},
			}, []*tensorProto{image, row}), [][]float32{{1, 2}, {3, 4}})
			require.InDeltaSlice(t, c.want, got, 1e-6)
		})
	}
}

// TestLargestIntegers: the end of an axis, which exporters write as the largest integer, stays it.
func TestLargestIntegers(t *testing.T) {
	for _, a := range []*attributeProto{
		integersAttribute("value_ints", math.MaxInt64),
		integerAttribute("value_int", math.MaxInt64)} {
		n := &nodeProto{op: "Constant", outputs: []string{"end"}, attributes: []*attributeProto{a}}
		require.NoError(t, literal(n))
		found, err := n.attributes[0].tensor.integers()
		require.NoError(t, err)
		require.Equal(t, []int64{math.MaxInt64}, found)
	}
}
