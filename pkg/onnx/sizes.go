package onnx

// count is how many integers a vector has, or −1.
func (r *rewriter) count(name string) int {
	if c, ok := r.counts[name]; ok {
		return c
	}
	c := r.countMade(name)
	r.counts[name] = c
	return c
}

func (r *rewriter) countMade(name string) int {
	if t := r.values[name]; t != nil && len(t.dims) == 1 {
		return t.size()
	}
	n := r.makes[name]
	if n == nil {
		return -1
	}
	switch n.op {
	case "Concat":
		if len(n.inputs) > maxKnown {
			return -1
		}
		sum := 0
		for _, in := range n.inputs {
			c := r.count(in)
			if sum += c; c < 0 || sum > maxKnown {
				return -1
			}
		}
		return sum
	case "Cast":
		return r.count(n.inputs[0])
	case "Unsqueeze":
		if g := r.makes[n.inputs[0]]; g != nil && g.op == "Gather" && r.isScalar(g.inputs[1]) {
			return 1
		}
	case "Slice", "Shape":
		if from, to, ok := r.part(n); ok {
			return to - from
		}
	}
	return -1
}

func (r *rewriter) isScalar(name string) bool {
	t := r.values[name]
	return t != nil && len(t.dims) == 0
}

// part is what part of a shape a Shape or a Slice takes, if its end is fixed.
func (r *rewriter) part(n *nodeProto) (from, to int, ok bool) {
	if n.op == "Shape" {
		from, to = int(n.integer("start", 0)), int(n.integer("end", -1))
		return from, to, from >= 0 && to > from
	}
	if n.input(4) != "" {
		if s, ok := r.known(n.inputs[4]); !ok || len(s) != 1 || s[0] != 1 {
			return 0, 0, false
		}
	}
	start, ok1 := r.known(n.inputs[1])
	end, ok2 := r.known(n.inputs[2])
	if !ok1 || !ok2 || len(start) != 1 || len(end) != 1 {
		return 0, 0, false
	}
	from, to = int(start[0]), int(end[0])
	return from, to, from >= 0 && to > from && to <= maxRank
}

// sizeOf says whether integer i of a vector is the size of an axis of a value, and of which.
func (r *rewriter) sizeOf(name string, i int) (of string, axis int, ok bool) {
	return r.sizeIn(name, i, 8)
}

// sizeIn looks through as many operations as left.
func (r *rewriter) sizeIn(name string, i, left int) (of string, axis int, ok bool) {
	n := r.makes[name]
	if n == nil || left == 0 {
		return "", 0, false
	}
	switch n.op {
	case "Shape":
		from := int(n.integer("start", 0))
		return r.real(n.inputs[0]), from + i, from >= 0
	case "Cast":
		return r.sizeIn(n.inputs[0], i, left-1)
	case "Unsqueeze":
		g := r.makes[n.inputs[0]]
		if g == nil || g.op != "Gather" || !r.isScalar(g.inputs[1]) {
			return "", 0, false
		}
		if at, known := r.known(g.inputs[1]); known && at[0] >= 0 {
			return r.sizeIn(g.inputs[0], int(at[0]), left-1)
		}
	case "Slice":
		if from, to, fixed := r.part(n); fixed && i < to-from {
			return r.sizeIn(n.inputs[0], from+i, left-1)
		}
	case "Concat":
		for _, in := range n.inputs {
			c := r.count(in)
			if c < 0 {
				return "", 0, false
			}
			if i < c {
				return r.sizeIn(in, i, left-1)
			}
			i -= c
		}
	}
	return "", 0, false
}
