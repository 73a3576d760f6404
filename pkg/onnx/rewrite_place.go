package onnx

import (
	"math"
	"slices"
)

// What moves values to other places: slices that go backwards, padding, the last of equal ones.

// size is the number of values along an axis.
func (r *rewriter) size(x string, axis int64) string {
	return r.binary("Gather", r.unary("Shape", x), r.index(int(axis)))
}

// taken takes along an axis the values at the given places.
func (r *rewriter) taken(x string, axis int64, places string) string {
	return r.op("Gather", []string{x, places}, integerAttribute("axis", axis))
}

// places are the integers from, from + step, … before to.
func (r *rewriter) places(from, to, step string) string {
	return r.op("Range", []string{from, to, step})
}

// cut writes a Slice with negative steps. Upstream: it comes out empty, or is refused. What goes
// backwards is taken place by place: start and end are clamped as ONNX says, to 0 … size−1 and
// −1 … size−1, after the size was added to negative ones.
func (r *rewriter) cut(n *nodeProto) error {
	if n.input(4) == "" {
		return r.keep(n)
	}
	steps, ok := r.known(n.inputs[4])
	if !ok || len(steps) > maxRank {
		return unsupported(n, otherLayer, "its steps aren't fixed in the file, or more than %d",
			maxRank)
	}
	if !slices.ContainsFunc(steps, func(s int64) bool { return s < 1 }) {
		return r.keep(n)
	}
	axes := make([]int64, len(steps))
	for i := range axes {
		axes[i] = int64(i)
	}
	if n.input(3) != "" {
		if axes, ok = r.known(n.inputs[3]); !ok || len(axes) != len(steps) {
			return unsupported(n, otherLayer, "its axes aren't fixed in the file")
		}
	}
	x := n.inputs[0]
	for i, step := range steps {
		if step == 0 {
			return unsupported(n, otherLayer, "a step of 0")
		}
		x = r.cutAxis(n, x, i, axes[i], step)
	}
	r.rename(n, x)
	return nil
}

// cutAxis cuts along the axis that the node's arguments name in place i.
func (r *rewriter) cutAxis(n *nodeProto, x string, i int, axis, step int64) string {
	if step > 0 {
		at := r.integers(int64(i))
		return r.op("Slice", []string{x, r.binary("Gather", n.inputs[1], at),
			r.binary("Gather", n.inputs[2], at), r.integers(axis), r.integers(step)})
	}
	size := r.size(x, axis)
	last := r.binary("Sub", size, r.index(1))
	clamped := func(in int, low int) string {
		v := r.op("Cast", []string{r.binary("Gather", n.inputs[in], r.index(i))},
			integerAttribute("to", int64Type))
		v = r.op("Where", []string{r.binary("Less", v, r.index(0)), r.binary("Add", v, size), v})
		return r.binary("Max", r.binary("Min", v, last), r.index(low))
	}
	return r.taken(x, axis, r.places(clamped(1, 0), clamped(2, -1), r.index(int(step))))
}

// extreme writes an ArgMax or ArgMin of the last place among equal ones as that of the first,
// backwards. Upstream: select_last_index isn't read.
func (r *rewriter) extreme(n *nodeProto) error {
	last := n.integer("select_last_index", 0) != 0
	n.drop("select_last_index")
	if !last {
		return r.keep(n)
	}
	axis := n.integer("axis", 0)
	end := r.binary("Sub", r.size(n.inputs[0], axis), r.index(1))
	back := r.taken(n.inputs[0], axis, r.places(end, r.index(-1), r.index(-1)))
	r.as(n.outputs[0], "Sub", []string{end, r.op(n.op, []string{back}, n.attributes...)})
	return nil
}

// pad. Upstream: a padding of no numbers pads nothing, negative padding by reflection is passed
// over, and edge and wrap are refused.
func (r *rewriter) pad(n *nodeProto) error {
	if n.input(3) != "" {
		return unsupported(n, otherLayer, "axes (its fourth input)")
	}
	pads, ok := r.known(n.inputs[1])
	if ok && isClaim(pads) {
		return unsupported(n, "check the file", "it claims a padding of %v", pads)
	}
	if ok && (len(pads) == 0 || len(pads)%2 != 0 || len(pads) > 2*maxRank) {
		return unsupported(n, "check the file", "%d numbers of padding, and two for each axis "+
			"are wanted", len(pads))
	}
	mode := n.text("mode", "constant")
	if mode == "constant" {
		if n.input(2) == "" {
			n.inputs = []string{n.inputs[0], n.inputs[1], r.number(0)}
		}
		if !ok { // the importer doesn't look whether there is none.
			rank := r.unary("Shape", r.unary("Shape", n.inputs[0]))
			n.inputs[1] = r.binary("Reshape", n.inputs[1], r.binary("Add", rank, rank))
		}
		r.crop(n, pads)
		return r.keep(n)
	}
	if !ok {
		return unsupported(n, "export with padding in numbers", "its padding (mode %s) isn't "+
			"fixed in the file", mode)
	}
	if slices.ContainsFunc(pads, func(p int64) bool { return p < 0 }) {
		return unsupported(n, "cut with a slice", "negative padding %v in mode %s", pads, mode)
	}
	x, rank := n.inputs[0], len(pads)/2
	for axis := range rank {
		before, after := pads[axis], pads[axis+rank]
		if before == 0 && after == 0 {
			continue
		}
		places, err := r.padded(n, mode, r.size(x, int64(axis)), before, after)
		if err != nil {
			return err
		}
		x = r.taken(x, int64(axis), places)
	}
	r.rename(n, x)
	return nil
}

// crop cuts off what negative padding takes away. Upstream: Pad has no gradient there.
func (r *rewriter) crop(n *nodeProto, pads []int64) {
	if !slices.ContainsFunc(pads, func(p int64) bool { return p < 0 }) {
		return
	}
	rank, rest := len(pads)/2, slices.Clone(pads)
	for axis := range rank {
		from, to := max(0, -pads[axis]), int64(math.MaxInt64)
		if pads[axis+rank] < 0 {
			to = pads[axis+rank]
		}
		rest[axis], rest[axis+rank] = max(0, pads[axis]), max(0, pads[axis+rank])
		if from > 0 || to < 0 {
			n.inputs[0] = r.op("Slice", []string{n.inputs[0], r.integers(from),
				r.constant(integersOf([]int64{to}, 1)), r.integers(int64(axis))})
		}
	}
	n.inputs[1] = r.integers(rest...)
}

// padded are the places of an axis with what is put before and after it: the edge again and again,
// the axis from its start, or mirrored at the edge, which isn't repeated.
func (r *rewriter) padded(n *nodeProto, mode, size string, before, after int64) (string, error) {
	end := r.binary("Add", size, r.index(int(after)))
	at := r.places(r.index(int(-before)), end, r.index(1))
	last := r.binary("Sub", size, r.index(1))
	switch mode {
	case "edge":
		return r.binary("Max", r.binary("Min", at, last), r.index(0)), nil
	case "wrap":
		return r.binary("Mod", at, size), nil
	case "reflect":
		period := r.binary("Add", last, last)
		at = r.binary("Mod", at, r.binary("Max", period, r.index(1)))
		return r.binary("Min", at, r.binary("Sub", period, at)), nil
	}
	return "", unsupported(n, "pad with constant, reflect, edge or wrap", "mode %q", mode)
}
