package onnx

import "slices"

// maxRank is the largest number of axes that is followed.
const maxRank = 16

// elementwise are operations whose result has the shape that their operands have together.
var elementwise = set("Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Exp", "Log", "Erf", "Relu", "Abs",
	"Neg", "Sign", "Ceil", "Floor", "Identity", "Tanh", "Sin", "Cos", "Sigmoid", "HardSwish",
	"Reciprocal", "Clip", "Min", "Max", "Softmax", "LogSoftmax", "Cast", "Softplus",
	"LeakyRelu", "Elu", "Celu", "Selu", "HardSigmoid", "Softsign", "Mish", "Swish", "Gelu",
	"Dropout", "Sum", "Mean", "FastGelu")

// sameShape are operations whose result has the shape of the first input.
var sameShape = set("BatchNormalization", "LayerNormalization", "GroupNormalization",
	"InstanceNormalization", "RMSNormalization", "SimplifiedLayerNormalization", "PRelu", "Trilu",
	"CumSum", "CastLike")

// shapeOf is a value's shape as far as the file says it or it follows, with size 0 where it is
// open; nil where not even the number of axes is known.
func (r *rewriter) shapeOf(name string) []Dim {
	if v := r.says[name]; v != nil && v.ranked {
		return v.dims
	}
	if t := r.values[name]; t != nil {
		return sized(t.dims)
	}
	if d, ok := r.shapes[name]; ok {
		return d
	}
	r.shapes[name] = nil // no value makes itself, and a second look finds the first.
	var shape []Dim
	if n := r.makes[name]; n != nil {
		shape = r.shapeMade(n, name)
	}
	if len(shape) > maxRank {
		shape = nil
	}
	r.shapes[name] = shape
	return shape
}

func sized(dims []int64) []Dim {
	out := make([]Dim, len(dims))
	for i, d := range dims {
		out[i].Size = int(d)
	}
	return out
}

// shapeMade is the shape of what a node makes.
func (r *rewriter) shapeMade(n *nodeProto, name string) []Dim {
	if len(n.inputs) == 0 {
		return nil
	}
	first := func() []Dim { return slices.Clone(r.shapeOf(n.inputs[0])) }
	switch {
	case elementwise[n.op]:
		return r.shapeTogether(n.inputs)
	case sameShape[n.op] && name == n.outputs[0]:
		return first()
	}
	switch n.op {
	case "Transpose":
		return turnedShape(first(), n.ints("perm"))
	case "Unsqueeze", "Squeeze":
		axes, ok := r.known(n.input(1))
		if x := first(); ok && x != nil {
			return withAxes(x, axes, n.op == "Unsqueeze")
		}
	case "Concat":
		return r.shapeJoined(n)
	case "Slice":
		return r.shapeCut(n, first())
	case "Reshape":
		return r.shapeReshaped(n, first())
	case "Expand":
		if to, ok := r.known(n.inputs[1]); ok && !slices.Contains(to, 0) {
			return together(first(), sized(to))
		}
	case "Conv", "MaxPool", "AveragePool":
		return r.shapeMoved(n, first())
	case "LSTM", "GRU", "RNN":
		return r.shapeRecurrent(n, name, first())
	case "MatMul":
		x, w := first(), r.shapeOf(n.inputs[1])
		if len(x) >= 2 && len(w) == 2 {
			x[len(x)-1] = w[1]
			return x
		}
	}
	return nil
}

// shapeTogether is the shape of operands that are repeated along axes of one value.
func (r *rewriter) shapeTogether(inputs []string) []Dim {
	out := []Dim{}
	for _, in := range inputs {
		if in != "" {
			out = together(out, r.shapeOf(in))
		}
	}
	return out
}

// together is the shape of two operands; nil if one is unknown.
func together(a, b []Dim) []Dim {
	if a == nil || b == nil {
		return nil
	}
	if len(a) < len(b) {
		a, b = b, a
	}
	out := slices.Clone(a)
	for i, d := range b {
		if o := &out[len(a)-len(b)+i]; o.Size == 1 || o.Size == 0 && d.Size > 1 {
			*o = d
		}
	}
	return out
}

func turnedShape(x []Dim, perm []int64) []Dim {
	if x == nil || len(perm) != len(x) {
		return nil
	}
	out := make([]Dim, len(x))
	for i, a := range perm {
		if a < 0 || int(a) >= len(x) {
			return nil
		}
		out[i] = x[a]
	}
	return out
}

// withAxes puts axes of one value in, or takes them out.
func withAxes(x []Dim, axes []int64, in bool) []Dim {
	rank := len(x)
	if in {
		rank += len(axes)
	}
	places := make(map[int]bool)
	for _, a := range axes {
		if a < 0 {
			a += int64(rank)
		}
		if a < 0 || int(a) >= rank {
			return nil
		}
		places[int(a)] = true
	}
	if len(places) != len(axes) {
		return nil
	}
	out := []Dim{}
	for i := range rank {
		switch {
		case in && places[i]:
			out = append(out, Dim{Size: 1})
		case in:
			out, x = append(out, x[0]), x[1:]
		case !places[i]:
			out = append(out, x[i])
		}
	}
	return out
}

func (r *rewriter) shapeJoined(n *nodeProto) []Dim {
	axis := int(n.integer("axis", 0))
	var out []Dim
	for i, in := range n.inputs {
		d := r.shapeOf(in)
		if axis < 0 {
			axis += len(d)
		}
		if axis < 0 || axis >= len(d) || i > 0 && len(d) != len(out) {
			return nil
		}
		switch {
		case i == 0:
			out = slices.Clone(d)
		case out[axis].Size == 0 || d[axis].Size == 0:
			out[axis] = Dim{}
		default:
			out[axis].Size += d[axis].Size
		}
	}
	return out
}

// shapeCut is that of a Slice: sizes that it doesn't say are open.
func (r *rewriter) shapeCut(n *nodeProto, x []Dim) []Dim {
	if x == nil {
		return nil
	}
	starts, ok1 := r.known(n.inputs[1])
	ends, ok2 := r.known(n.inputs[2])
	axes, ok3 := r.known(n.input(3))
	if n.input(3) == "" {
		for i := range starts {
			axes = append(axes, int64(i))
		}
		ok3 = true
	}
	steps, ok4 := r.known(n.input(4))
	if n.input(4) == "" {
		steps, ok4 = slices.Repeat([]int64{1}, len(axes)), true
	}
	if !ok1 || !ok2 || !ok3 || !ok4 || len(starts) != len(axes) || len(ends) != len(axes) ||
		len(steps) != len(axes) {
		return make([]Dim, len(x))
	}
	for i, a := range axes {
		if a < 0 {
			a += int64(len(x))
		}
		if a < 0 || int(a) >= len(x) {
			return nil
		}
		size := int64(x[a].Size)
		x[a] = Dim{}
		if steps[i] < 1 || size == 0 {
			continue
		}
		from, to := starts[i], ends[i]
		if from < 0 {
			from += size
		}
		if to < 0 {
			to += size
		}
		x[a].Size = int(max(0, min(to, size)-max(from, 0)+steps[i]-1) / steps[i])
	}
	return x
}

// shapeReshaped is that of a Reshape. A size of −1 follows from the others, where each axis that is
// open in the input is one of the result.
func (r *rewriter) shapeReshaped(n *nodeProto, x []Dim) []Dim {
	count := r.count(n.inputs[1])
	if count < 0 || count > maxRank {
		return nil
	}
	out := make([]Dim, count)
	left := slices.Clone(x)
	rest, divisor := -1, 1
	known, fixed := r.known(n.inputs[1])
	for i := range out {
		v, ok := int64(0), false
		if fixed {
			v, ok = known[i], true
		} else {
			v, ok = r.oneOf(n.inputs[1], i, 8)
		}
		of, axis, is := r.sizeOf(n.inputs[1], i)
		switch {
		case ok && v > maxElements:
			return nil
		case ok && v == 0 && i < len(x):
			out[i], left[i] = x[i], Dim{Size: 1}
		case ok && v > 0:
			out[i].Size = int(v)
			divisor *= int(v)
		case ok && v == -1 && rest < 0:
			rest = i
		case is && of == n.inputs[0] && axis < len(x):
			out[i], left[axis] = x[axis], Dim{Size: 1}
		case rest >= 0:
			return out
		default:
			divisor = 0
		}
		if divisor < 0 || divisor > maxElements {
			return nil
		}
	}
	size := 1
	for _, d := range left {
		if size *= d.Size; size > maxElements {
			return nil
		}
	}
	if rest >= 0 && x != nil && divisor > 0 && size%divisor == 0 {
		out[rest].Size = size / divisor
	}
	return out
}

// oneOf is an integer of a vector that is joined of several, through as many joins as left.
func (r *rewriter) oneOf(name string, i, left int) (int64, bool) {
	if v, ok := r.known(name); ok && i < len(v) {
		return v[i], true
	}
	n := r.makes[name]
	if n == nil || n.op != "Concat" || left == 0 {
		return 0, false
	}
	for _, in := range n.inputs {
		c := r.count(in)
		if c < 0 {
			return 0, false
		}
		if i < c {
			return r.oneOf(in, i, left-1)
		}
		i -= c
	}
	return 0, false
}

// shapeMoved is that of what moves a window over its input.
func (r *rewriter) shapeMoved(n *nodeProto, x []Dim) []Dim {
	kernel := n.ints("kernel_shape")
	if n.op == "Conv" {
		w := r.shapeOf(n.inputs[1])
		if len(w) < 3 || len(x) != len(w) {
			return nil
		}
		x[1] = w[0]
		kernel = nil
		for _, d := range w[2:] {
			kernel = append(kernel, int64(d.Size))
		}
	}
	axes := len(kernel)
	if len(x) != axes+2 {
		return nil
	}
	at := func(name string, i int, absent int64) int64 {
		if v := n.ints(name); i < len(v) {
			return v[i]
		}
		return absent
	}
	for i := range axes {
		size, stride := int64(x[i+2].Size), at("strides", i, 1)
		x[i+2] = Dim{}
		if size == 0 || kernel[i] == 0 || stride < 1 || n.integer("ceil_mode", 0) != 0 {
			continue
		}
		size += at("pads", i, 0) + at("pads", i+axes, 0)
		size -= at("dilations", i, 1)*(kernel[i]-1) + 1
		x[i+2].Size = int(max(0, size/stride+1))
	}
	return x
}

// shapeRecurrent is that of all states, [steps, directions, batch, size], or of the last ones.
func (r *rewriter) shapeRecurrent(n *nodeProto, name string, x []Dim) []Dim {
	if len(x) != 3 {
		return nil
	}
	directions := Dim{Size: 1}
	if n.text("direction", "forward") == "bidirectional" {
		directions.Size = 2
	}
	size := Dim{Size: int(n.integer("hidden_size", 0))}
	if name == n.outputs[0] {
		return []Dim{x[0], directions, x[1], size}
	}
	return []Dim{directions, x[1], size}
}
