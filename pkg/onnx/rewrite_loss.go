package onnx

// crossEntropy is the loss −Σᵢ wᵢ·log pᵢ[yᵢ], over Σᵢ wᵢ for a mean, of scores [N, C, …].
func (r *rewriter) crossEntropy(n *nodeProto) error {
	if len(n.outputs) > 1 && n.outputs[1] != "" && r.read[n.outputs[1]] {
		return unsupported(n, otherLayer, "the logarithms of its probabilities (second output)")
	}
	logs := n.inputs[0]
	if n.op == "SoftmaxCrossEntropyLoss" {
		logs = r.logSoftmax(logs, 1)
	}
	labels := r.op("Cast", n.inputs[1:2], integerAttribute("to", int64Type))
	var counts string // 1 where a label counts.
	if a := n.attribute("ignore_index"); a != nil {
		ignored := r.constant(tensorOf(int64Type, []float64{float64(a.integer)}))
		skip := r.binary("Equal", labels, ignored)
		zero := r.constant(tensorOf(int64Type, []float64{0}))
		labels = r.op("Where", []string{skip, zero, labels})
		counts = r.op("Cast", []string{r.unary("Not", skip)}, integerAttribute("to", r.element))
	}
	at := r.binary("Unsqueeze", labels, r.integers(1))
	picked := r.op("GatherElements", []string{logs, at}, integerAttribute("axis", 1))
	losses := r.unary("Neg", r.binary("Squeeze", picked, r.integers(1)))
	weights := counts
	if w := n.input(2); w != "" {
		weights = r.binary("Gather", w, labels)
		if counts != "" {
			weights = r.binary("Mul", weights, counts)
		}
	}
	if weights != "" {
		losses = r.binary("Mul", losses, weights)
	}
	return r.reduced(n, losses, weights)
}

// reduced is a loss's reduction.
func (r *rewriter) reduced(n *nodeProto, losses, weights string) error {
	scalar := integerAttribute("keepdims", 0)
	switch kind := n.text("reduction", "mean"); {
	case kind == "none":
		r.rename(n, losses)
	case kind == "sum":
		r.as(n.outputs[0], "ReduceSum", []string{losses}, scalar)
	case kind == "mean" && weights == "":
		r.as(n.outputs[0], "ReduceMean", []string{losses}, scalar)
	case kind == "mean":
		above := r.op("ReduceSum", []string{losses}, scalar)
		r.as(n.outputs[0], "Div", []string{above, r.op("ReduceSum", []string{weights}, scalar)})
	default:
		return unsupported(n, otherLayer, "reduction %q", kind)
	}
	return nil
}
