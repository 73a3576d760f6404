package onnx

// activations are element-wise functions and reductions, by what they are made of.
var activations = map[string]func(r *rewriter, n *nodeProto, x string) string{
	"LogSoftmax": func(r *rewriter, n *nodeProto, x string) string {
		return r.logSoftmax(x, n.integer("axis", -1))
	},
	"Softplus": func(r *rewriter, _ *nodeProto, x string) string { return r.softplus(x) },
	"LeakyRelu": func(r *rewriter, n *nodeProto, x string) string {
		return r.below(x, r.scaled(x, n.float("alpha", 0.01)), x)
	},
	"PRelu": func(r *rewriter, n *nodeProto, x string) string {
		return r.below(x, r.binary("Mul", x, n.inputs[1]), x)
	},
	"Elu": func(r *rewriter, n *nodeProto, x string) string {
		return r.below(x, r.scaled(r.expm1(x), n.float("alpha", 1)), x)
	},
	"Celu": func(r *rewriter, n *nodeProto, x string) string {
		alpha := n.float("alpha", 1)
		return r.below(x, r.scaled(r.expm1(r.scaled(x, 1/alpha)), alpha), x)
	},
	"Selu": func(r *rewriter, n *nodeProto, x string) string {
		const alpha, gamma = 1.67326319217681884765625, 1.05070102214813232421875
		low := r.scaled(r.expm1(x), n.float("alpha", alpha))
		return r.scaled(r.below(x, low, x), n.float("gamma", gamma))
	},
	"HardSigmoid": func(r *rewriter, n *nodeProto, x string) string {
		line := r.shift(r.scaled(x, n.float("alpha", 0.2)), n.float("beta", 0.5))
		return r.op("Clip", []string{line, r.number(0), r.number(1)})
	},
	"Softsign": func(r *rewriter, _ *nodeProto, x string) string {
		return r.binary("Div", x, r.shift(r.unary("Abs", x), 1))
	},
	"Mish": func(r *rewriter, _ *nodeProto, x string) string {
		return r.binary("Mul", x, r.unary("Tanh", r.softplus(x)))
	},
	"Swish": func(r *rewriter, n *nodeProto, x string) string {
		return r.binary("Mul", x, r.unary("Sigmoid", r.scaled(x, n.float("alpha", 1))))
	},
	"Sum": func(r *rewriter, n *nodeProto, x string) string { return r.sum(n.inputs) },
	"Mean": func(r *rewriter, n *nodeProto, x string) string {
		return r.scaled(r.sum(n.inputs), 1/float64(len(n.inputs)))
	},
	"ReduceL1": func(r *rewriter, n *nodeProto, x string) string {
		return r.reduce(n, r.unary("Abs", x))
	},
	"ReduceSumSquare": func(r *rewriter, n *nodeProto, x string) string {
		return r.reduce(n, r.binary("Mul", x, x))
	},
	"ReduceLogSum": func(r *rewriter, n *nodeProto, x string) string {
		return r.unary("Log", r.reduce(n, x))
	},
}

// below is low where x < 0, else high.
func (r *rewriter) below(x, low, high string) string {
	return r.op("Where", []string{r.binary("Less", x, r.number(0)), low, high})
}

// expm1 is exp(min(x, 0)) − 1: what is taken where x < 0, finite elsewhere.
func (r *rewriter) expm1(x string) string {
	return r.shift(r.unary("Exp", r.binary("Min", x, r.number(0))), -1)
}

// softplus is log(1 + eˣ) = max(x, 0) + log(1 + e⁻|ˣ|).
func (r *rewriter) softplus(x string) string {
	low := r.unary("Exp", r.unary("Neg", r.unary("Abs", x)))
	return r.binary("Add", r.unary("Relu", x), r.unary("Log", r.shift(low, 1)))
}

// logSoftmax is x − max x − log Σ exp(x − max x).
func (r *rewriter) logSoftmax(x string, axis int64) string {
	keep := integerAttribute("keepdims", 1)
	axes := r.integers(axis)
	centred := r.binary("Sub", x, r.op("ReduceMax", []string{x, axes}, keep))
	total := r.op("ReduceSum", []string{r.unary("Exp", centred), axes}, keep)
	return r.binary("Sub", centred, r.unary("Log", total))
}

func (r *rewriter) sum(terms []string) string {
	total := terms[0]
	for _, t := range terms[1:] {
		total = r.binary("Add", total, t)
	}
	return total
}

// reduce is the sum over what the node reduces.
func (r *rewriter) reduce(n *nodeProto, x string) string {
	return r.op("ReduceSum", append([]string{x}, n.inputs[1:]...), n.attributes...)
}
