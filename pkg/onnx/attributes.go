package onnx

import (
	"fmt"
	"strings"
)

// attributesRead are the attributes that are read, by operation, each with its kind: i, f, s and t
// are an integer, a float, a string and a tensor, I, F and S several. Where a value follows, only
// that one, the default, is read. An attribute that isn't here is refused by name: none passes in
// silence. Some change nothing that is computed here: stash_type and softmax_precision (no sum is
// of less than float32), saturate (of 8-bit floats), storage_order (of places), seed.
var attributesRead = map[string]string{
	"Mod": "fmod:i", "Einsum": "equation:s", "Constant": "value:t", "Gather": "axis:i",
	"GatherElements": "axis:i", "GatherND": "batch_dims:i=0", "Shape": "start:i end:i",
	"Concat": "axis:i", "Softmax": "axis:i", "LogSoftmax": "axis:i", "Cast": "to:i saturate:i",
	"CastLike": "saturate:i", "Transpose": "perm:I", "Gemm": "alpha:f beta:f transA:i transB:i",
	"Flatten": "axis:i", "Reshape": "allowzero:i", "ConstantOfShape": "value:t",
	"CumSum": "exclusive:i reverse:i", "Pad": "mode:s", "Split": "axis:i num_outputs:i",
	"Trilu": "upper:i", "Gelu": "approximate:s", "LeakyRelu": "alpha:f", "Elu": "alpha:f",
	"Celu": "alpha:f", "Selu": "alpha:f gamma:f", "HardSigmoid": "alpha:f beta:f",
	"Swish": "alpha:f", "Dropout": "seed:i",
	"ArgMax":     "axis:i keepdims:i select_last_index:i",
	"ArgMin":     "axis:i keepdims:i select_last_index:i",
	"ReduceMean": reduction, "ReduceMax": reduction, "ReduceMin": reduction,
	"ReduceSum": reduction, "ReduceProd": reduction, "ReduceL1": function, "ReduceL2": function,
	"ReduceSumSquare": function, "ReduceLogSum": function,
	"LSTM": recurrence + " input_forget:i=0", "RNN": recurrence,
	"GRU":                          recurrence + " linear_before_reset:i",
	"Conv":                         moving + " group:i",
	"AveragePool":                  moving + " ceil_mode:i=0 count_include_pad:i",
	"MaxPool":                      moving + " ceil_mode:i=0 storage_order:i",
	"BatchNormalization":           "epsilon:f momentum:f training_mode:i",
	"LayerNormalization":           "axis:i epsilon:f stash_type:i",
	"SimplifiedLayerNormalization": "axis:i epsilon:f stash_type:i",
	"RMSNormalization":             "axis:i epsilon:f stash_type:i",
	"GroupNormalization":           "epsilon:f num_groups:i stash_type:i",
	"InstanceNormalization":        "epsilon:f",
	"Resize": "antialias:i axes:I coordinate_transformation_mode:s cubic_coeff_a:f " +
		"exclude_outside:i extrapolation_value:f keep_aspect_ratio_policy:s=stretch mode:s " +
		"nearest_mode:s",
	"Attention": "is_causal:i scale:f softcap:f=0 q_num_heads:i kv_num_heads:i " +
		"qk_matmul_output_mode:i softmax_precision:i",
	"SoftmaxCrossEntropyLoss":   "ignore_index:i reduction:s",
	"NegativeLogLikelihoodLoss": "ignore_index:i reduction:s",
}

const (
	reduction  = "axes:I keepdims:i noop_with_empty_axes:i"
	function   = reduction + "=0" // without axes opsets differ in whether the function is taken.
	recurrence = "activations:S clip:f=0 direction:s hidden_size:i layout:i=0"
	moving     = "auto_pad:s dilations:I kernel_shape:I pads:I strides:I"
)

// inputsRead is how many inputs are read, where it isn't as many as are required. −1: all.
var inputsRead = map[string]int{"Sum": -1, "Mean": -1, "Max": -1, "Min": -1, "Concat": -1,
	"Einsum": -1, "Attention": -1, "Clip": 3, "Gemm": 3, "Conv": 3, "LayerNormalization": 3,
	"Squeeze": 2, "Slice": 5, "Split": 2, "Trilu": 2, "Pad": 4, "Resize": 4, "Dropout": 3,
	"LSTM": 8, "GRU": 6, "RNN": 6, "SoftmaxCrossEntropyLoss": 3, "NegativeLogLikelihoodLoss": 3,
	"ReduceMean": 2, "ReduceMax": 2, "ReduceMin": 2, "ReduceSum": 2, "ReduceProd": 2,
	"ReduceL1": 2, "ReduceL2": 2, "ReduceSumSquare": 2, "ReduceLogSum": 2}

// outputsRead is how many outputs are made, where it isn't one. −1: all.
var outputsRead = map[string]int{"Split": -1, "LSTM": 3, "GRU": 2, "RNN": 2}

var kinds = map[int64]string{floatAttribute: "f", intAttribute: "i", stringAttribute: "s",
	tensorAttribute: "t", floatsAttribute: "F", intsAttribute: "I", stringsAttribute: "S"}

// unread refuses a node of which a part wouldn't be read: an attribute, an input, or an output that
// something needs.
func (r *rewriter) unread(n *nodeProto) error {
	for _, a := range n.attributes {
		if err := a.read(n); err != nil {
			return err
		}
	}
	most, ok := inputsRead[n.op]
	if !ok {
		most = required[n.op]
	}
	if most >= 0 && len(n.inputs) > most {
		return unsupported(n, otherLayer, "it has %d inputs, and %d are read", len(n.inputs), most)
	}
	made, ok := outputsRead[n.op]
	if !ok {
		made = 1
	}
	for i, out := range n.outputs {
		if made >= 0 && i >= made && out != "" && r.read[out] {
			return unsupported(n, otherLayer, "its output %d, %q, isn't computed", i+1, out)
		}
	}
	return nil
}

// read refuses an attribute that isn't read.
func (a *attributeProto) read(n *nodeProto) error {
	if len(a.floats)+len(a.ints)+len(a.strings) == 0 && a.kind >= floatsAttribute {
		return nil // a list of nothing says nothing.
	}
	for entry := range strings.FieldsSeq(attributesRead[n.op]) {
		name, rest, _ := strings.Cut(entry, ":")
		if name != a.name {
			continue
		}
		kind, only, restricted := strings.Cut(rest, "=")
		if kinds[a.kind] != kind {
			return unsupported(n, "export the model again: the file is damaged",
				"its attribute %q is of another kind than ONNX's", a.name)
		}
		if restricted && a.value() != only {
			return unsupported(n, otherLayer, "%s is %s, and only %s is read", a.name, a.value(),
				only)
		}
		return nil
	}
	return unsupported(n, otherLayer, "its attribute %q (%s) isn't read", a.name, a.value())
}

// value is an attribute's value as text.
func (a *attributeProto) value() string {
	switch a.kind {
	case floatAttribute:
		return fmt.Sprint(a.float)
	case intAttribute:
		return fmt.Sprint(a.integer)
	case stringAttribute:
		return string(a.text)
	case floatsAttribute:
		return fmt.Sprint(a.floats)
	case intsAttribute:
		return fmt.Sprint(a.ints)
	case stringsAttribute:
		return strings.Join(a.strings, " ")
	}
	return "a tensor"
}
