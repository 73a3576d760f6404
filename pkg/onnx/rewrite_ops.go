package onnx

import (
	"slices"
	"strings"
)

// rewrites are the operations that are written anew, each by its definition in ONNX's
// specification (Operators.md). What the importer refuses or misreads, with the fault written up
// in docs/upstream.md, is marked so.
var rewrites = map[string]func(r *rewriter, n *nodeProto) error{}

// required is how many inputs an operation takes at least.
var required map[string]int

func init() {
	for op, fn := range map[string]func(r *rewriter, n *nodeProto) error{
		"MaxPool": (*rewriter).pool, "AveragePool": (*rewriter).pool, "Conv": (*rewriter).conv,
		"BatchNormalization": (*rewriter).batchNorm, "Dropout": (*rewriter).dropout,
		"Gelu": (*rewriter).gelu, "Reshape": (*rewriter).reshape, "Shape": (*rewriter).shape,
		"Expand": (*rewriter).sized, "Tile": (*rewriter).sized,
		"ConstantOfShape": (*rewriter).sized, "Range": (*rewriter).counted, "Pad": (*rewriter).pad,
		"Slice": (*rewriter).cut, "ArgMax": (*rewriter).extreme, "ArgMin": (*rewriter).extreme,
		"Resize": (*rewriter).resize, "Einsum": (*rewriter).einsum,
		"CastLike": (*rewriter).castLike, "Identity": (*rewriter).identity,
		"LayerNormalization":    (*rewriter).layerNorm,
		"RMSNormalization":      (*rewriter).rmsNorm,
		"GroupNormalization":    (*rewriter).groupNorm,
		"InstanceNormalization": (*rewriter).groupNorm,
		"GlobalMaxPool":         (*rewriter).globalMaxPool, "Attention": (*rewriter).attention,
		"SoftmaxCrossEntropyLoss":   (*rewriter).crossEntropy,
		"NegativeLogLikelihoodLoss": (*rewriter).crossEntropy,
		"LSTM":                      (*rewriter).recurrent, "GRU": (*rewriter).recurrent,
		"RNN": (*rewriter).recurrent,
	} {
		rewrites[op] = fn
	}
	for op, fn := range activations {
		rewrites[op] = func(r *rewriter, n *nodeProto) error {
			r.rename(n, fn(r, n, n.inputs[0]))
			return nil
		}
	}
	required = requiredInputs()
}

// rename lets the node's result be another value. Upstream: GoMLX's Identity has no gradient.
func (r *rewriter) rename(n *nodeProto, from string) {
	r.same[n.outputs[0]] = from
	if shape := r.shapeOf(n.outputs[0]); shape != nil && r.shapeOf(from) == nil {
		r.shapes[from] = shape
	}
}

func (r *rewriter) identity(n *nodeProto) error {
	r.rename(n, n.inputs[0])
	return nil
}

// dropout is nothing in use.
func (r *rewriter) dropout(n *nodeProto) error {
	if mode := n.input(2); mode != "" {
		t := r.values[mode]
		if t == nil || slices.ContainsFunc(t.data, func(b byte) bool { return b != 0 }) {
			return unsupported(n, inEval, "it was exported in training mode, and would draw "+
				"random numbers")
		}
	}
	if len(n.outputs) > 1 && n.outputs[1] != "" {
		return unsupported(n, inEval, "its mask (the second output) isn't read")
	}
	r.rename(n, n.inputs[0])
	return nil
}

// gelu. Upstream: approximate="tanh" is read as the exact function.
func (r *rewriter) gelu(n *nodeProto) error {
	switch kind := n.text("approximate", "none"); kind {
	case "none":
		r.as(n.outputs[0], "Gelu", n.inputs)
	case "tanh":
		r.as(n.outputs[0], "FastGelu", n.inputs)
	default:
		return unsupported(n, otherLayer, "approximate %q", kind)
	}
	return nil
}

// einsum. Upstream: blanks in the equation, a result that isn't named and other than two operands
// are refused. Without "->" the result has the letters that occur once, in alphabetic order.
func (r *rewriter) einsum(n *nodeProto) error {
	equation := strings.ReplaceAll(n.text("equation", ""), " ", "")
	if len(n.inputs) != 2 {
		return unsupported(n, otherLayer, "%d operands, and two are read", len(n.inputs))
	}
	if len(equation) > 256 {
		return unsupported(n, "check the file", "an equation of %d letters", len(equation))
	}
	if strings.Contains(equation, ".") {
		return unsupported(n, "name each axis", "an ellipsis in its equation %q", equation)
	}
	if !strings.Contains(equation, "->") {
		var once []string
		for _, letter := range strings.Split(equation, "") {
			if letter != "," && strings.Count(equation, letter) == 1 {
				once = append(once, letter)
			}
		}
		slices.Sort(once)
		equation += "->" + strings.Join(once, "")
	}
	n.set(&attributeProto{name: "equation", kind: stringAttribute, text: []byte(equation)})
	return r.keep(n)
}

// castLike is a Cast to the dtype that the file says the second input has.
func (r *rewriter) castLike(n *nodeProto) error {
	to := r.elementOf(n.inputs[1])
	if to == 0 {
		return unsupported(n, "export with dynamo=True", "the file doesn't say the dtype of %q",
			n.inputs[1])
	}
	r.as(n.outputs[0], "Cast", n.inputs[:1], integerAttribute("to", to))
	return nil
}
