package onnx

import "slices"

// batchNorm passes a BatchNorm in use on. Upstream: a momentum, which says nothing in use, is
// refused unless it is exactly 0.9.
func (r *rewriter) batchNorm(n *nodeProto) error {
	if n.integer("training_mode", 0) != 0 {
		return unsupported(n, inEval, "it was exported in training mode, with the statistics of "+
			"each batch")
	}
	n.drop("momentum")
	n.drop("training_mode")
	n.outputs = n.outputs[:1]
	return r.keep(n)
}

func (r *rewriter) layerNorm(n *nodeProto) error {
	if len(n.outputs) > 1 && slices.ContainsFunc(n.outputs[1:], func(o string) bool {
		return o != "" && r.read[o]
	}) {
		return unsupported(n, otherLayer, "its mean and deviation (further outputs)")
	}
	n.drop("stash_type")
	n.outputs = n.outputs[:1]
	return r.keep(n)
}

// rmsNorm is x / √(mean x² + ε) · scale over the axes from axis on.
func (r *rewriter) rmsNorm(n *nodeProto) error {
	if n.integer("axis", -1) != -1 {
		return unsupported(n, "normalise over the last axis", "axis %d", n.integer("axis", -1))
	}
	keep := integerAttribute("keepdims", 1)
	x := n.inputs[0]
	mean := r.op("ReduceMean", []string{r.binary("Mul", x, x), r.integers(-1)}, keep)
	root := r.unary("Sqrt", r.shift(mean, n.float("epsilon", 1e-5)))
	r.as(n.outputs[0], "Mul", []string{r.binary("Div", x, root), n.inputs[1]})
	return nil
}

// groupNorm normalises groups of channels, of which an InstanceNormalization has one a group.
func (r *rewriter) groupNorm(n *nodeProto) error {
	x, groups := n.inputs[0], n.integer("num_groups", 0)
	scale := r.shapeOf(n.inputs[1])
	if len(scale) != 1 || scale[0].Size < 1 {
		return unsupported(n, otherLayer, "the file doesn't say how many channels it has")
	}
	channels := int64(scale[0].Size)
	if n.op == "InstanceNormalization" {
		groups = channels
	}
	if groups < 1 {
		return unsupported(n, otherLayer, "%d groups", groups)
	}
	keep := integerAttribute("keepdims", 1)
	grouped := r.binary("Reshape", x, r.integers(0, groups, -1))
	mean := r.op("ReduceMean", []string{grouped, r.integers(2)}, keep)
	centred := r.binary("Sub", grouped, mean)
	square := r.binary("Mul", centred, centred)
	variance := r.op("ReduceMean", []string{square, r.integers(2)}, keep)
	root := r.unary("Sqrt", r.shift(variance, n.float("epsilon", 1e-5)))
	normed := r.binary("Reshape", r.binary("Div", centred, root),
		r.integers(0, channels, -1))
	for i, op := range []string{"Mul", "Add"} {
		normed = r.binary(op, normed, r.binary("Unsqueeze", n.inputs[i+1], r.integers(1)))
	}
	r.as(n.outputs[0], "Reshape", []string{normed, r.unary("Shape", x)})
	return nil
}
