package onnx

import "slices"

// maxKnown bounds the integers that are computed while a file is read: those of shapes, paddings
// and places.
const maxKnown = 32

// known are the integers of a value that is a constant of the file.
func (r *rewriter) known(name string) ([]int64, bool) {
	t := r.values[name]
	if t == nil {
		return nil, false
	}
	v, err := t.integers()
	return v, err == nil
}

// fold makes a constant of what a node computes of integers that the file fixes, as PyTorch's older
// exporter writes a padding.
func (r *rewriter) fold(n *nodeProto) bool {
	if len(n.outputs) != 1 || len(n.inputs) == 0 || n.op == "Constant" {
		return false
	}
	in := make([]*tensorProto, len(n.inputs))
	for i, name := range n.inputs {
		t := r.values[name]
		if t != nil && n.op == "Shape" {
			t = integersOf(t.dims, int64(len(t.dims)))
		}
		if t == nil || t.element != int64Type && t.element != int32Type || t.size() > maxKnown {
			return false
		}
		in[i] = t
	}
	for i, t := range in {
		index := i > 0 && (n.op == "Slice" || n.op == "Gather" || n.op == "Reshape")
		if t.element != int64Type && n.op != "Cast" && !index {
			return false
		}
	}
	t := integersMade(n, in)
	if t == nil || t.size() == 0 || t.size() > maxKnown {
		return false
	}
	r.values[n.outputs[0]] = t
	r.as(n.outputs[0], "Constant", nil,
		&attributeProto{name: "value", kind: tensorAttribute, tensor: t})
	return true
}

// integersMade is what an operation makes of integers, or nil.
func integersMade(n *nodeProto, in []*tensorProto) *tensorProto {
	x, err := in[0].integers()
	if err != nil {
		return nil
	}
	switch n.op {
	case "Cast":
		if n.integer("to", 0) == int64Type {
			return integersOf(x, in[0].dims...)
		}
	case "Shape":
		if n.attribute("start") == nil && n.attribute("end") == nil {
			return in[0]
		}
	case "ConstantOfShape":
		return filled(n, x)
	case "Reshape", "Squeeze", "Unsqueeze", "Flatten":
		return reshaped(n, in)
	case "Concat":
		return joined(n, in)
	case "Transpose":
		if d := in[0].dims; len(d) == 2 && slices.Equal(n.ints("perm"), []int64{1, 0}) {
			return turned(x, d[0], d[1])
		}
	case "Slice":
		return cutRows(in)
	case "Gather":
		return gathered(n, in)
	case "Add", "Sub", "Mul":
		return computed(n, in)
	}
	return nil
}

// filled is a ConstantOfShape of one axis.
func filled(n *nodeProto, shape []int64) *tensorProto {
	a := n.attribute("value")
	if len(shape) != 1 || shape[0] < 0 || shape[0] > maxKnown || a == nil || a.tensor == nil ||
		a.tensor.element != int64Type {
		return nil
	}
	if v, err := a.tensor.integers(); err == nil && len(v) == 1 {
		return integersOf(slices.Repeat(v, int(shape[0])), shape[0])
	}
	return nil
}

// reshaped are the same values in one axis, or in rows of one length.
func reshaped(n *nodeProto, in []*tensorProto) *tensorProto {
	x, _ := in[0].integers()
	size := int64(len(x))
	switch {
	case n.op == "Unsqueeze" && len(in[0].dims) == 0 && len(in) == 2 && in[1].size() == 1:
		return integersOf(x, 1)
	case n.op == "Squeeze" && len(in[0].dims) == 1 && size == 1:
		return integersOf(x)
	case n.op != "Reshape" || len(in) != 2:
		return nil
	}
	shape, _ := in[1].integers()
	switch {
	case len(shape) == 1 && (shape[0] == -1 || shape[0] == size):
		return integersOf(x, size)
	case len(shape) == 2 && shape[1] > 0 && size%shape[1] == 0 &&
		(shape[0] == -1 || shape[0] == size/shape[1]):
		return integersOf(x, size/shape[1], shape[1])
	}
	return nil
}

// joined joins vectors.
func joined(n *nodeProto, in []*tensorProto) *tensorProto {
	var all []int64
	for _, t := range in {
		v, err := t.integers()
		if err != nil || len(t.dims) != 1 || n.integer("axis", 0) != 0 {
			return nil
		}
		all = append(all, v...)
	}
	return integersOf(all, int64(len(all)))
}

func turned(x []int64, rows, columns int64) *tensorProto {
	out := make([]int64, 0, len(x))
	for j := range columns {
		for i := range rows {
			out = append(out, x[i*columns+j])
		}
	}
	return integersOf(out, columns, rows)
}

// cutRows is a Slice along the first axis.
func cutRows(in []*tensorProto) *tensorProto {
	dims := in[0].dims
	at := []int64{0, 0, 0, 1} // start, end, axis, step
	for i, t := range in[1:] {
		v, err := t.integers()
		if err != nil || len(v) != 1 {
			return nil
		}
		at[i] = v[0]
	}
	step := at[3]
	if len(in) < 3 || len(dims) == 0 || step == 0 ||
		at[2] != 0 && at[2] != -int64(len(dims)) {
		return nil
	}
	size, from, to := dims[0], at[0], at[1]
	step = min(max(step, -size-1), size+1)
	if from < 0 {
		from += size
	}
	if to < 0 {
		to += size
	}
	if step > 0 {
		from, to = min(max(from, 0), size), min(max(to, 0), size)
	} else {
		from, to = min(max(from, 0), size-1), min(max(to, -1), size-1)
	}
	x, _ := in[0].integers()
	width := int64(1)
	for _, d := range dims[1:] {
		width *= d
	}
	var out []int64
	rows := int64(0)
	for i := from; step > 0 && i < to || step < 0 && i > to; i += step {
		out = append(out, x[i*width:(i+1)*width]...)
		if rows++; rows > size {
			return nil
		}
	}
	return integersOf(out, append([]int64{rows}, dims[1:]...)...)
}

// gathered takes from a vector.
func gathered(n *nodeProto, in []*tensorProto) *tensorProto {
	x, err := in[0].integers()
	if err != nil || len(in) != 2 || len(in[0].dims) != 1 || n.integer("axis", 0) != 0 {
		return nil
	}
	at, err := in[1].integers()
	if err != nil {
		return nil
	}
	out := make([]int64, 0, len(at))
	for _, i := range at {
		if i < 0 {
			i += int64(len(x))
		}
		if i < 0 || i >= int64(len(x)) {
			return nil
		}
		out = append(out, x[i])
	}
	return integersOf(out, in[1].dims...)
}

// computed adds, subtracts or multiplies two of one shape, or one value and a vector.
func computed(n *nodeProto, in []*tensorProto) *tensorProto {
	if len(in) != 2 {
		return nil
	}
	x, err := in[0].integers()
	y, other := in[1].integers()
	if err != nil || other != nil {
		return nil
	}
	dims := in[0].dims
	switch {
	case slices.Equal(dims, in[1].dims):
	case len(x) == 1 && len(dims) <= 1 && len(in[1].dims) == 1:
		x, dims = slices.Repeat(x, len(y)), in[1].dims
	case len(y) == 1 && len(in[1].dims) <= 1 && len(dims) == 1:
		y = slices.Repeat(y, len(x))
	default:
		return nil
	}
	out := make([]int64, len(x))
	for i := range x {
		switch n.op {
		case "Add":
			out[i] = x[i] + y[i]
		case "Sub":
			out[i] = x[i] - y[i]
		case "Mul":
			out[i] = x[i] * y[i]
		}
	}
	return integersOf(out, dims...)
}
