package onnx

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
)

// TestNodes compares operations that are written anew with onnx.reference: see bench/onnx/nodes.py.
func TestNodes(t *testing.T) {
	b, err := os.ReadFile("testdata/nodes/nodes.json")
	require.NoError(t, err)
	var nodes map[string]struct {
		X, Y       []float32
		Shape, Out []int
	}
	require.NoError(t, json.Unmarshal(b, &nodes))
	require.Greater(t, len(nodes), 60)
	for name, want := range nodes {
		t.Run(name, func(t *testing.T) {
			m, err := Open("testdata/nodes/"+name+".onnx", Config{})
			require.NoError(t, err)
			defer m.Close()
			got, err := model.CallOnce(backend, m.Store(),
				func(scope *model.Scope, x *graph.Node) *graph.Node {
					y := m.Network()(scope, []*graph.Node{x})[0]
					return graph.ConvertDType(y, x.DType())
				}, tensors.FromFlatDataAndDimensions(want.X, want.Shape...))
			require.NoError(t, err)
			require.Equal(t, want.Out, got.Shape().Dimensions)
			require.NoError(t, got.ConstFlatData(func(flat any) {
				require.InDeltaSlice(t, want.Y, flat, 1e-5)
			}))
		})
	}
}

// TestNothingUnread: an attribute, an input or an output that isn't read is refused by name.
func TestNothingUnread(t *testing.T) {
	text := func(name, v string) *attributeProto {
		return &attributeProto{name: name, kind: stringAttribute, text: []byte(v)}
	}
	number := func(name string, v float32) *attributeProto {
		return &attributeProto{name: name, kind: floatAttribute, float: v}
	}
	scales := []string{"x", "", "w"}
	for _, c := range []struct {
		op, why   string
		inputs    []string
		attribute *attributeProto
	}{
		{"Tanh", `"alpha" (2) isn't read`, nil, number("alpha", 2)},
		{"Softmax", "another kind", nil, number("axis", 1)},
		{"GatherND", "batch_dims is 1", []string{"x", "x"}, integerAttribute("batch_dims", 1)},
		{"Resize", "tf_crop_and_resize", scales,
			text("coordinate_transformation_mode", "tf_crop_and_resize")},
		{"Resize", "keep_aspect_ratio_policy is not_larger", scales,
			text("keep_aspect_ratio_policy", "not_larger")},
		{"Resize", "antialias", scales, integerAttribute("antialias", 1)},
		{"Resize", `mode "area"`, scales, text("mode", "area")},
		{"Resize", "align_corners with a scale", scales,
			text("coordinate_transformation_mode", "align_corners")},
		{"Relu", "2 inputs, and 1 are read", []string{"x", "w"}, nil},
		{"LSTM", "activation_alpha", []string{"x", "w", "w"},
			&attributeProto{name: "activation_alpha", kind: floatsAttribute, floats: []float32{1}}},
		{"Pad", "3 numbers of padding", []string{"x", "three"}, nil},
		{"Pad", `mode "mirror"`, []string{"x", "four"}, text("mode", "mirror")},
		{"Slice", "a step of 0", []string{"x", "one", "one", "one", "zero"}, nil},
		{"Einsum", "1 operands", nil, text("equation", "ij->ji")},
	} {
		t.Run(c.op+" "+c.why, func(t *testing.T) {
			var known []*tensorProto
			for name, v := range map[string][]float64{"one": {1}, "zero": {0}, "three": {0, 1, 2},
				"four": {0, 1, 2, 1}} {
				k := tensorOf(int64Type, v, int64(len(v)))
				k.name = name
				known = append(known, k)
			}
			w := tensorOf(float32Type, []float64{1, 1.5}, 2)
			w.name = "w"
			n := &nodeProto{op: c.op, name: "layer7", inputs: c.inputs, outputs: []string{"y"}}
			if c.inputs == nil {
				n.inputs = []string{"x"}
			}
			if c.attribute != nil {
				n.attributes = []*attributeProto{c.attribute}
			}
			_, err := parse(proto([]*nodeProto{n}, append(known, w)), &folder{}, Config{})
			var u *Unsupported
			require.ErrorAs(t, err, &u)
			require.Equal(t, "layer7", u.Node)
			require.Contains(t, u.Why, c.why)
		})
	}
}

// TestOutputsUnread: an output that isn't computed is refused when the file is opened.
func TestOutputsUnread(t *testing.T) {
	kernel := integersAttribute("kernel_shape", 1)
	b := proto([]*nodeProto{{op: "MaxPool", name: "pool", inputs: []string{"x"},
		outputs: []string{"values", "y"}, attributes: []*attributeProto{kernel}}}, nil)
	_, err := parse(b, &folder{}, Config{})
	require.ErrorContains(t, err, `its output 2, "y", isn't computed`)
}

// TestAttributesHaveOperations: the table names no operation that can't be read.
func TestAttributesHaveOperations(t *testing.T) {
	for op, entries := range attributesRead {
		require.True(t, imported[op] || rewrites[op] != nil, op)
		for entry := range strings.FieldsSeq(entries) {
			_, rest, found := strings.Cut(entry, ":")
			require.True(t, found && slices.Contains(strings.Split("ifstIFS", ""), rest[:1]), entry)
		}
	}
}
