package onnx

import "math"

// resizing is what a Resize does along each axis.
type resizing struct {
	mode, coordinates, rounding string
	a                           float64 // of the cubic.
	antialias, exclude          bool
	element                     int64 // the dtype of coordinates: double.
}

// resize writes a Resize axis by axis: nearest takes values at the places of ONNX's formula; linear
// and cubic are a product with a matrix of the filter's weights. Upstream: cubic is computed as
// linear, and most attributes aren't read.
func (r *rewriter) resize(n *nodeProto) error {
	z, err := resizingOf(n)
	if err != nil {
		return err
	}
	axes, rank, err := r.resized(n)
	if err != nil {
		return err
	}
	scales, bySize := n.input(2), n.input(3) != ""
	x := n.inputs[0]
	for i, axis := range axes {
		if r.keeps(n, i, axis) {
			continue
		}
		from := r.cast(r.size(x, axis), z.element)
		var to, scale string
		if bySize {
			to = r.cast(r.binary("Gather", n.inputs[3], r.index(i)), int64Type)
			scale = r.binary("Div", r.cast(to, z.element), from)
		} else {
			narrow := r.binary("Gather", scales, r.index(i))
			whole := r.binary("Mul", r.cast(from, float32Type), r.cast(narrow, float32Type))
			to, scale = r.cast(r.unary("Floor", whole), int64Type), r.cast(narrow, z.element)
			if err := r.whole(n, z, i); err != nil {
				return err
			}
		}
		at := r.coordinates(z, from, r.cast(to, z.element), scale,
			r.cast(r.places(r.index(0), to, r.index(1)), z.element))
		if z.mode == "nearest" {
			x = r.taken(x, axis, r.nearest(z, at, from))
			continue
		}
		matrix := r.cast(r.filter(z, at, r.size(x, axis), scale), r.element)
		x = r.op("Einsum", []string{x, matrix}, along(rank, int(axis)))
	}
	r.rename(n, x)
	return nil
}

// resizingOf reads the attributes, and refuses what isn't computed.
func resizingOf(n *nodeProto) (resizing, error) {
	z := resizing{mode: n.text("mode", "nearest"), a: n.float("cubic_coeff_a", -0.75),
		coordinates: n.text("coordinate_transformation_mode", "half_pixel"),
		rounding:    n.text("nearest_mode", "round_prefer_floor"),
		antialias:   n.integer("antialias", 0) != 0, element: float64Type,
		exclude: n.integer("exclude_outside", 0) != 0}
	switch z.coordinates {
	case "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric":
	default:
		return z, unsupported(n, otherLayer, "coordinate_transformation_mode %q", z.coordinates)
	}
	switch z.rounding {
	case "round_prefer_floor", "round_prefer_ceil", "floor", "ceil":
	default:
		return z, unsupported(n, otherLayer, "nearest_mode %q", z.rounding)
	}
	switch z.mode {
	case "nearest":
		if z.antialias || z.exclude {
			return z, unsupported(n, otherLayer, "antialias or exclude_outside in mode nearest")
		}
	case "linear", "cubic":
	default:
		return z, unsupported(n, otherLayer, "mode %q", z.mode)
	}
	if n.input(2) == "" && n.input(3) == "" {
		return z, unsupported(n, otherLayer, "neither scales nor sizes")
	}
	return z, nil
}

// resized are the axes that scales or sizes are of, and how many axes the input has.
func (r *rewriter) resized(n *nodeProto) (axes []int64, rank int, err error) {
	given := n.input(3)
	if given == "" {
		given = n.inputs[2]
	}
	rank = len(r.shapeOf(n.inputs[0]))
	all := len(n.ints("axes")) == 0
	if all && rank == 0 {
		rank = max(0, r.count(given))
	}
	if rank < 1 || rank > maxRank {
		return nil, 0, unsupported(n, "export with dynamo=True, which writes shapes down",
			"the file doesn't say how many axes %q has", n.inputs[0])
	}
	if all {
		for a := range rank {
			axes = append(axes, int64(a))
		}
	}
	for _, a := range n.ints("axes") {
		at := a
		if a < 0 {
			at += int64(rank)
		}
		if at < 0 || at >= int64(rank) {
			return nil, 0, unsupported(n, "check the file", "axis %d of %d", a, rank)
		}
		axes = append(axes, at)
	}
	return axes, rank, nil
}

// keeps reports whether an axis keeps its size, as far as the file says.
func (r *rewriter) keeps(n *nodeProto, i int, axis int64) bool {
	x := n.inputs[0]
	if sizes := n.input(3); sizes != "" {
		if of, a, ok := r.sizeOf(sizes, i); ok && of == x && int64(a) == axis {
			return true
		}
		v, ok := r.known(sizes)
		shape := r.shapeOf(x)
		return ok && i < len(v) && int(axis) < len(shape) && int64(shape[axis].Size) == v[i]
	}
	t := r.values[n.inputs[2]]
	return t != nil && i < t.size() && t.values()[i] == 1
}

// whole refuses corners that are aligned where the scale gives a fraction of a value: ONNX's
// formula counts it, and PyTorch and ONNX Runtime don't.
func (r *rewriter) whole(n *nodeProto, z resizing, i int) error {
	if z.coordinates != "align_corners" {
		return nil
	}
	if t := r.values[n.inputs[2]]; t != nil && i < t.size() {
		if s := t.values()[i]; s == math.Trunc(s) {
			return nil
		}
	}
	return unsupported(n, "give the size instead of scale_factor", "align_corners with a scale "+
		"that is no whole number, which ONNX and PyTorch compute differently")
}

func (r *rewriter) cast(x string, to int64) string {
	return r.op("Cast", []string{x}, integerAttribute("to", to))
}

// numbers makes constants of the coordinates' dtype.
func (r *rewriter) numbers(z resizing) func(v float64) string {
	return func(v float64) string { return r.constant(tensorOf(z.element, []float64{v})) }
}

// coordinates are where the values come from, in the axis before: ONNX's formulas.
func (r *rewriter) coordinates(z resizing, from, to, scale, x string) string {
	num := r.numbers(z)
	half, one, zero := num(0.5), num(1), num(0)
	centre := func() string {
		return r.binary("Sub", r.binary("Div", r.binary("Add", x, half), scale), half)
	}
	single := r.binary("Equal", to, one)
	switch z.coordinates {
	case "asymmetric":
		return r.binary("Div", x, scale)
	case "align_corners":
		below := r.binary("Max", r.binary("Sub", to, one), one)
		step := r.binary("Div", r.binary("Sub", from, one), below)
		return r.binary("Mul", x, step)
	case "pytorch_half_pixel":
		return r.op("Where", []string{single, zero, centre()})
	case "half_pixel_symmetric":
		wide := r.binary("Mul", from, scale)
		lack := r.binary("Sub", one, r.binary("Div", to, wide))
		offset := r.binary("Mul", r.binary("Mul", from, half), lack)
		return r.binary("Add", offset, centre())
	}
	return centre()
}

// nearest are the places of the nearest values, within the axis. XLA may divide by multiplying with
// the reciprocal, and scales are of float32: coordinates are rounded to 2⁻²⁰ first, so that a whole
// number, or the middle of two, is one.
func (r *rewriter) nearest(z resizing, at, from string) string {
	num := r.numbers(z)
	fine := r.unary("Floor", r.binary("Add", r.binary("Mul", at, num(1<<20)), num(0.5)))
	at = r.binary("Mul", fine, num(1.0/(1<<20)))
	switch z.rounding {
	case "floor":
		at = r.unary("Floor", at)
	case "ceil":
		at = r.unary("Ceil", at)
	case "round_prefer_floor":
		at = r.unary("Ceil", r.binary("Sub", at, num(0.5)))
	default:
		at = r.unary("Floor", r.binary("Add", at, num(0.5)))
	}
	last := r.binary("Sub", from, num(1))
	return r.cast(r.binary("Max", r.binary("Min", at, last), num(0)), int64Type)
}

// filter is the matrix [before, after] of weights f(s·|v − at|) over their sum, with s = 1, or with
// antialias min(scale, 1). Values beyond the edge are those of the edge, or aren't counted
// (exclude_outside).
func (r *rewriter) filter(z resizing, at, size, scale string) string {
	num := r.numbers(z)
	column, row := r.integers(1), r.integers(0)
	shrink := num(1)
	beyond := r.index(4) // what the filter reaches beyond an edge.
	if z.antialias {
		shrink = r.binary("Min", scale, num(1))
		reach := r.unary("Ceil", r.binary("Div", num(2), shrink))
		beyond = r.cast(r.binary("Add", reach, num(2)), int64Type)
	}
	if z.exclude {
		beyond = r.index(0)
	}
	read := r.places(r.unary("Neg", beyond), r.binary("Add", size, beyond), r.index(1))
	away := r.binary("Sub", r.binary("Unsqueeze", r.cast(read, z.element), column),
		r.binary("Unsqueeze", at, row))
	w := r.kernel(z, r.binary("Mul", r.unary("Abs", away), shrink))
	w = r.binary("Div", w, r.op("ReduceSum", []string{w, row}, integerAttribute("keepdims", 1)))
	if z.exclude {
		return w
	}
	last := r.binary("Sub", size, r.index(1))
	inside := r.binary("Max", r.binary("Min", read, last), r.index(0))
	places := r.binary("Unsqueeze", r.places(r.index(0), size, r.index(1)), column)
	from := r.binary("Equal", places, r.binary("Unsqueeze", inside, row))
	return r.binary("MatMul", r.cast(from, z.element), w)
}

// kernel is max(0, 1 − d), or Keys' cubic (Cubic convolution interpolation, 1981, equation 15, with
// the parameter a).
func (r *rewriter) kernel(z resizing, d string) string {
	num := r.numbers(z)
	if z.mode == "linear" {
		return r.binary("Max", r.binary("Sub", num(1), d), num(0))
	}
	poly := func(c ...float64) string { // from the highest power down.
		sum := num(c[0])
		for _, v := range c[1:] {
			sum = r.binary("Add", r.binary("Mul", sum, d), num(v))
		}
		return sum
	}
	near, far := poly(z.a+2, -(z.a+3), 0, 1), poly(z.a, -5*z.a, 8*z.a, -4*z.a)
	outer := r.op("Where", []string{r.binary("Less", d, num(2)), far, num(0)})
	return r.op("Where", []string{r.binary("LessOrEqual", d, num(1)), near, outer})
}

// along is the equation of a product along one axis of a tensor with a matrix.
func along(rank, axis int) *attributeProto {
	in := []byte("abcdefghijklmnop")[:rank] // maxRank letters.
	out := append([]byte{}, in...)
	out[axis] = 'z'
	return &attributeProto{name: "equation", kind: stringAttribute,
		text: []byte(string(in) + "," + string(in[axis]) + "z->" + string(out))}
}
