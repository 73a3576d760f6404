package onnx

import "slices"

// maxSteps is how long a sequence may be that a GRU or an RNN is unrolled over.
const maxSteps = 4096

// recurrent passes an LSTM on, which the importer unrolls, and unrolls a GRU or an RNN.
func (r *rewriter) recurrent(n *nodeProto) error {
	if n.input(4) != "" {
		return unsupported(n, "export without packed sequences, and mask the loss",
			"sequences of different lengths")
	}
	if n.integer("layout", 0) != 0 || n.float("clip", 0) != 0 ||
		n.integer("input_forget", 0) != 0 {
		return unsupported(n, otherLayer, "layout, clip or input_forget")
	}
	w, size := r.shapeOf(n.inputs[1]), n.integer("hidden_size", 0)
	gates := map[string]int64{"LSTM": 4, "GRU": 3, "RNN": 1}[n.op]
	if len(w) != 3 || w[0].Size < 1 || w[0].Size > 2 || size < 1 || size > maxElements ||
		int64(w[1].Size) != gates*size {
		return unsupported(n, otherLayer, "its weights have the shape %v, and hidden_size is %d",
			w, size)
	}
	if n.op == "LSTM" {
		return r.lstm(n, w[0].Size)
	}
	return r.unroll(n, w[0].Size)
}

// lstm passes an LSTM on. Upstream: without a bias the importer ends in a nil dereference, and
// activations at their defaults are refused.
func (r *rewriter) lstm(n *nodeProto, directions int) error {
	if a := n.attribute("activations"); a != nil && !slices.Equal(a.strings,
		slices.Repeat([]string{"Sigmoid", "Tanh", "Tanh"}, directions)) {
		return unsupported(n, otherLayer, "activations %q", a.strings)
	}
	n.drop("activations")
	if n.input(3) == "" {
		size := 8 * n.integer("hidden_size", 0)
		zeros := tensorOf(r.element, make([]float64, directions*int(size)), int64(directions), size)
		n.inputs = append(n.inputs[:3:3], append([]string{r.constant(zeros)},
			n.inputs[min(4, len(n.inputs)):]...)...)
	}
	if n.outputs[0] == "" {
		n.outputs[0] = r.name()
	}
	return r.keep(n)
}

// cell is what one direction of a GRU or an RNN needs, cut out of the node's inputs.
type cell struct {
	steps      int
	reverse    bool
	size       int64  // of the state.
	inputs     string // [steps, batch, gates·size], with the inputs' bias.
	recurrent  string // [size, gates·size]
	bias       string // [gates·size], of the recurrent part; empty: none.
	state      string // [batch, size]
	activation string
	afterReset bool // the reset gate comes after the recurrent product.
}

// unroll writes a GRU or an RNN step by step.
func (r *rewriter) unroll(n *nodeProto, directions int) error {
	x := r.shapeOf(n.inputs[0])
	if len(x) != 3 || x[0].Size < 1 || x[0].Size > maxSteps {
		return unsupported(n, "export it with a sequence of one length (leave only the batch "+
			"dynamic)", "the length of its sequences isn't fixed in the file")
	}
	var all, last []string
	for d := range directions {
		c, err := r.cell(n, d, x[0].Size)
		if err != nil {
			return err
		}
		states := r.run(n, c)
		end := states[len(states)-1]
		if c.reverse {
			end = states[0]
		}
		for i, s := range states {
			states[i] = r.binary("Unsqueeze", s, r.integers(0, 1))
		}
		all = append(all, r.op("Concat", states, integerAttribute("axis", 0)))
		last = append(last, r.binary("Unsqueeze", end, r.integers(0)))
	}
	if n.outputs[0] != "" {
		r.as(n.outputs[0], "Concat", all, integerAttribute("axis", 1))
	}
	if len(n.outputs) > 1 && n.outputs[1] != "" {
		r.as(n.outputs[1], "Concat", last, integerAttribute("axis", 0))
	}
	return nil
}

// cell cuts out direction d.
func (r *rewriter) cell(n *nodeProto, d, steps int) (*cell, error) {
	c := &cell{steps: steps, size: n.integer("hidden_size", 0),
		afterReset: n.integer("linear_before_reset", 0) != 0, activation: "Tanh"}
	direction := n.text("direction", "forward")
	c.reverse = direction == "reverse" || d == 1
	if a := n.attribute("activations"); a != nil {
		each := len(a.strings) / max(1, d+1)
		ok := n.op == "RNN" && d < len(a.strings) &&
			(a.strings[d] == "Tanh" || a.strings[d] == "Relu") ||
			n.op == "GRU" && each > 0 && slices.Equal(a.strings[:min(2, len(a.strings))],
				[]string{"Sigmoid", "Tanh"})
		if !ok {
			return nil, unsupported(n, otherLayer, "activations %q", a.strings)
		}
		if n.op == "RNN" {
			c.activation = a.strings[d]
		}
	}
	gates := map[string]int64{"GRU": 3, "RNN": 1}[n.op] * c.size
	turn := integersAttribute("perm", 1, 0)
	part := func(in int) string { return r.binary("Gather", n.inputs[in], r.index(d)) }
	c.inputs = r.binary("MatMul", n.inputs[0], r.op("Transpose", []string{part(1)}, turn))
	c.recurrent = r.op("Transpose", []string{part(2)}, turn)
	if n.input(3) != "" {
		bias := part(3)
		c.inputs = r.binary("Add", c.inputs, r.slice(bias, 0, gates))
		c.bias = r.slice(bias, gates, 2*gates)
	}
	if n.input(5) != "" {
		c.state = part(5)
		return c, nil
	}
	batch := r.op("Slice", []string{r.unary("Shape", n.inputs[0]), r.integers(1), r.integers(2)})
	shape := r.op("Concat", []string{batch, r.integers(c.size)}, integerAttribute("axis", 0))
	c.state = r.binary("Expand", r.number(0), shape)
	return c, nil
}

// index is the index of one row, which Gather takes without its axis.
func (r *rewriter) index(i int) string {
	return r.constant(tensorOf(int64Type, []float64{float64(i)}))
}

// slice cuts the last axis.
func (r *rewriter) slice(x string, from, to int64) string {
	return r.op("Slice", []string{x, r.integers(from), r.integers(to), r.integers(-1)})
}

// run returns the states after each step, in the order of the sequence.
func (r *rewriter) run(n *nodeProto, c *cell) []string {
	states := make([]string, c.steps)
	for i := range c.steps {
		t := i
		if c.reverse {
			t = c.steps - 1 - i
		}
		x := r.binary("Gather", c.inputs, r.index(t))
		if n.op == "GRU" {
			c.state = r.gruStep(c, x)
		} else {
			c.state = r.unary(c.activation, r.binary("Add", x, r.recur(c, c.state, 0, c.size)))
		}
		states[t] = c.state
	}
	return states
}

// recur is h·R + b, for the gates from … to.
func (r *rewriter) recur(c *cell, h string, from, to int64) string {
	out := r.binary("MatMul", h, r.slice(c.recurrent, from, to))
	if c.bias == "" {
		return out
	}
	return r.binary("Add", out, r.slice(c.bias, from, to))
}

// gruStep is (1−z)·n + z·h, with the gates z and r, and n = tanh(x + r·(h·R + b)), or with the
// reset before the product.
func (r *rewriter) gruStep(c *cell, x string) string {
	h, size := c.state, c.size
	gate := func(k int64) string {
		in := r.binary("Add", r.slice(x, k*size, (k+1)*size), r.recur(c, h, k*size, (k+1)*size))
		return r.unary("Sigmoid", in)
	}
	update, reset := gate(0), gate(1)
	var inner string
	if c.afterReset {
		inner = r.binary("Mul", reset, r.recur(c, h, 2*size, 3*size))
	} else {
		inner = r.recur(c, r.binary("Mul", reset, h), 2*size, 3*size)
	}
	fresh := r.unary("Tanh", r.binary("Add", r.slice(x, 2*size, 3*size), inner))
	old := r.binary("Mul", update, r.binary("Sub", h, fresh))
	return r.binary("Add", fresh, old)
}
