package onnx

import (
	"math"
	"slices"
)

// reshape. Upstream: allowzero is misspelt, so that a 0 always copies. A shape with a 0 that means
// none is refused; other shapes mean the same either way.
func (r *rewriter) reshape(n *nodeProto) error {
	shape, ok := r.known(n.inputs[1])
	if n.integer("allowzero", 0) != 0 && ok && slices.Contains(shape, 0) {
		return unsupported(n, otherLayer, "a tensor of no values")
	}
	if ok && isClaim(shape) {
		return unsupported(n, "check the file", "it claims a shape of %v", shape)
	}
	n.drop("allowzero")
	return r.keep(n)
}

// shape. Upstream: end=0, which is an empty shape, is taken for no end, and what is beyond the rank
// ends in a fault. A part of a shape is a Slice of it, which ONNX clamps alike.
func (r *rewriter) shape(n *nodeProto) error {
	start, end := n.integer("start", 0), n.integer("end", math.MaxInt64)
	if rank := int64(len(r.shapeOf(n.inputs[0]))); rank > 0 {
		if start = max(0, start); n.integer("start", 0) < 0 {
			start = max(0, rank+n.integer("start", 0))
		}
		if end < 0 {
			end += rank
		}
		if end = min(end, rank); start >= end {
			return unsupported(n, otherLayer, "an empty shape (start %d, end %d)",
				n.integer("start", 0), n.integer("end", rank))
		}
		n.set(integerAttribute("start", start))
		n.set(integerAttribute("end", end))
		return r.keep(n)
	}
	if end == 0 || start >= end && start >= 0 && end > 0 {
		return unsupported(n, otherLayer, "an empty shape (start %d, end %d)", start, end)
	}
	return r.keep(n)
}

// sized refuses shapes that no tensor can have.
func (r *rewriter) sized(n *nodeProto) error {
	for _, in := range n.inputs {
		if t := r.values[in]; t == nil || t.element != int64Type {
			continue
		}
		if v, ok := r.known(in); ok && isClaim(v) {
			return unsupported(n, "check the file", "it claims a shape of %v", v)
		}
	}
	return r.keep(n)
}

// counted refuses a range that no tensor can hold.
func (r *rewriter) counted(n *nodeProto) error {
	var v [3]float64
	for i, in := range n.inputs[:3] {
		t := r.values[in]
		if t == nil || t.size() != 1 {
			return r.keep(n)
		}
		v[i] = t.values()[0]
	}
	if count := (v[1] - v[0]) / v[2]; !(count < maxElements) {
		return unsupported(n, "check the file", "it claims %g values", count)
	}
	return r.keep(n)
}
