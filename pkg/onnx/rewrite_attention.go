package onnx

import (
	"math"
	"slices"
)

// attention is softmax(QKᵀ·scale + mask)·V, of [batch, heads, length, size].
func (r *rewriter) attention(n *nodeProto) error {
	query := r.shapeOf(n.inputs[0])
	const remedy = "export with opset_version=20, which writes attention in its parts"
	switch {
	case len(query) != 4:
		return unsupported(n, remedy, "only queries of four axes are read")
	case len(n.inputs) > 4 || slices.ContainsFunc(n.outputs[1:], func(o string) bool {
		return o != "" && r.read[o]
	}):
		return unsupported(n, remedy, "a cache of keys and values, or further outputs")
	case n.float("softcap", 0) != 0:
		return unsupported(n, remedy, "softcap")
	}
	for _, in := range n.inputs[1:3] {
		k := r.shapeOf(in)
		if len(k) != 4 || k[1].Size != query[1].Size {
			return unsupported(n, remedy, "keys have other heads than queries")
		}
	}
	scale := n.float("scale", 0)
	if scale == 0 && query[3].Size > 0 {
		scale = 1 / math.Sqrt(float64(query[3].Size))
	} else if scale == 0 {
		return unsupported(n, remedy, "the file doesn't say how large a query is")
	}
	transposed := r.op("Transpose", n.inputs[1:2], integersAttribute("perm", 0, 1, 3, 2))
	scores := r.scaled(r.binary("MatMul", n.inputs[0], transposed), scale)
	scores, err := r.masked(n, scores)
	if err != nil {
		return err
	}
	r.as(n.outputs[0], "MatMul", []string{r.weighed(n, scores), n.inputs[2]})
	return nil
}

// weighed is the softmax of scores. Where a mask leaves nothing of a row, its weights are 0, as in
// PyTorch and in ONNX's reference.
func (r *rewriter) weighed(n *nodeProto, scores string) string {
	if n.input(3) == "" {
		return r.op("Softmax", []string{scores}, integerAttribute("axis", -1))
	}
	keep, last := integerAttribute("keepdims", 1), r.integers(-1)
	none := r.number(math.Inf(-1))
	top := r.op("ReduceMax", []string{scores, last}, keep)
	masked := r.binary("Equal", top, none)
	top = r.op("Where", []string{masked, r.number(0), top})
	powers := r.unary("Exp", r.binary("Sub", scores, top))
	total := r.op("ReduceSum", []string{powers, last}, keep)
	total = r.op("Where", []string{masked, r.number(1), total})
	return r.binary("Div", powers, total)
}

// masked adds an attention's mask to its scores: of booleans, −∞ where it is false.
func (r *rewriter) masked(n *nodeProto, scores string) (string, error) {
	low := r.number(math.Inf(-1))
	if n.integer("is_causal", 0) != 0 {
		ones := r.op("Expand", []string{r.number(1), r.unary("Shape", scores)})
		lower := r.op("Trilu", []string{ones}, integerAttribute("upper", 0))
		seen := r.binary("Equal", lower, r.number(1))
		scores = r.op("Where", []string{seen, scores, low})
	}
	mask := n.input(3)
	if mask == "" {
		return scores, nil
	}
	switch element := r.elementOf(mask); element {
	case 0:
		return "", unsupported(n, "export with opset_version=20", "the file doesn't say the dtype "+
			"of the mask %q", mask)
	case boolType:
		return r.op("Where", []string{mask, scores, low}), nil
	}
	return r.binary("Add", scores, mask), nil
}
