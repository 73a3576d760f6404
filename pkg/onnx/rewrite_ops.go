package onnx

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// rewrites are the operations that are written anew, each by its definition in ONNX's
// specification (Operators.md). What the importer refuses or misreads, with the fault written up
// in docs/upstream.md, is marked so.
var rewrites = map[string]func(r *rewriter, n *nodeProto) error{}

// required is how many inputs an operation takes at least.
var required map[string]int

func init() {
	for op, fn := range map[string]func(r *rewriter, n *nodeProto) error{
		"MaxPool": (*rewriter).pool, "AveragePool": (*rewriter).pool, "Conv": (*rewriter).conv,
		"BatchNormalization": (*rewriter).batchNorm, "Dropout": (*rewriter).dropout,
		"Gelu": (*rewriter).gelu, "Reshape": (*rewriter).reshape, "Shape": (*rewriter).shape,
		"Expand": (*rewriter).sized, "Tile": (*rewriter).sized,
		"ConstantOfShape": (*rewriter).sized, "Range": (*rewriter).counted, "Pad": (*rewriter).pad,
		"Slice": (*rewriter).cut, "ArgMax": (*rewriter).extreme, "ArgMin": (*rewriter).extreme,
		"Resize": (*rewriter).resize, "Einsum": (*rewriter).einsum,
		"CastLike": (*rewriter).castLike, "Identity": (*rewriter).identity,
		"LayerNormalization":    (*rewriter).layerNorm,
		"RMSNormalization":      (*rewriter).rmsNorm,
		"GroupNormalization":    (*rewriter).groupNorm,
		"InstanceNormalization": (*rewriter).groupNorm,
		"GlobalMaxPool":         (*rewriter).globalMaxPool, "Attention": (*rewriter).attention,
		"SoftmaxCrossEntropyLoss":   (*rewriter).crossEntropy,
		"NegativeLogLikelihoodLoss": (*rewriter).crossEntropy,
		"LSTM":                      (*rewriter).recurrent, "GRU": (*rewriter).recurrent,
		"RNN": (*rewriter).recurrent,
	} {
		rewrites[op] = fn
	}
	for op, fn := range activations {
		rewrites[op] = func(r *rewriter, n *nodeProto) error {
			r.rename(n, fn(r, n, n.inputs[0]))
			return nil
		}
	}
	required = requiredInputs()
}

// rename lets the node's result be another value. Upstream: GoMLX's Identity has no gradient.
func (r *rewriter) rename(n *nodeProto, from string) {
	r.same[n.outputs[0]] = from
	if shape := r.shapeOf(n.outputs[0]); shape != nil && r.shapeOf(from) == nil {
		r.shapes[from] = shape
	}
}

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

// pool passes a pooling on. Upstream: attributes at their defaults are refused; strides that aren't
// given are those of the window, and ONNX's are 1; the padding isn't counted where it should be.
func (r *rewriter) pool(n *nodeProto) error {
	if err := r.window(n); err != nil {
		return err
	}
	if len(n.outputs) > 1 && n.outputs[1] != "" {
		return unsupported(n, otherLayer, "the places of the largest values (its second output) "+
			"aren't read")
	}
	if n.integer("ceil_mode", 0) != 0 {
		return unsupported(n, "use ceil_mode=False and pad before", "ceil_mode")
	}
	if slices.ContainsFunc(n.ints("dilations"), func(d int64) bool { return d != 1 }) {
		return unsupported(n, otherLayer, "dilations %v", n.ints("dilations"))
	}
	n.drop("dilations")
	n.drop("storage_order")
	kernel := n.ints("kernel_shape")
	if len(kernel) == 0 {
		return unsupported(n, otherLayer, "no kernel_shape")
	}
	if n.ints("strides") == nil {
		n.set(integersAttribute("strides", slices.Repeat([]int64{1}, len(kernel))...))
	}
	counted := n.integer("count_include_pad", 0) != 0
	n.drop("count_include_pad")
	if pads := n.ints("pads"); counted && pads != nil && len(pads) == 2*len(kernel) {
		n.drop("pads")
		all := slices.Concat([]int64{0, 0}, pads[:len(kernel)], []int64{0, 0}, pads[len(kernel):])
		n.inputs = []string{r.op("Pad", []string{n.inputs[0], r.integers(all...), r.number(0)})}
	}
	return r.keep(n)
}

// window drops what says nothing of a window that moves: padding of zero, and auto_pad.
func (r *rewriter) window(n *nodeProto) error {
	switch auto := n.text("auto_pad", "NOTSET"); auto {
	case "NOTSET", "VALID", "":
	default:
		return unsupported(n, "export with padding in numbers", "auto_pad %s", auto)
	}
	n.drop("auto_pad")
	if !slices.ContainsFunc(n.ints("pads"), func(p int64) bool { return p != 0 }) {
		n.drop("pads")
	}
	return nil
}

// conv passes a convolution on. Upstream: strides and dilations together are refused. A stride is
// what every so manyth value is of the convolution that moves by one.
func (r *rewriter) conv(n *nodeProto) error {
	if err := r.window(n); err != nil {
		return err
	}
	other := func(d int64) bool { return d != 1 }
	strides := n.ints("strides")
	if !slices.ContainsFunc(strides, other) || !slices.ContainsFunc(n.ints("dilations"), other) {
		return r.keep(n)
	}
	if slices.ContainsFunc(strides, func(d int64) bool { return d < 1 }) {
		return unsupported(n, "check the file", "strides %v", strides)
	}
	n.drop("strides")
	all := r.op("Conv", n.inputs, n.attributes...)
	var from, to, axes []int64
	for i := range strides {
		from, to, axes = append(from, 0), append(to, math.MaxInt64), append(axes, int64(i+2))
	}
	end := r.constant(integersOf(to, int64(len(to))))
	r.as(n.outputs[0], "Slice", []string{all, r.integers(from...), end, r.integers(axes...),
		r.integers(strides...)})
	return nil
}

// batchNorm passes a BatchNorm in use on. Upstream: a momentum, which says nothing in use, is
// refused unless it is exactly 0.9.
func (r *rewriter) batchNorm(n *nodeProto) error {
	if n.integer("training_mode", 0) != 0 {
		return unsupported(n, inEval, "it was exported in training mode, with the statistics of "+
			"each batch")
	}
	n.drop("momentum")
	n.drop("training_mode")
	n.outputs = n.outputs[:1]
	return r.keep(n)
}

func (r *rewriter) identity(n *nodeProto) error {
	r.rename(n, n.inputs[0])
	return nil
}

// dropout is nothing in use.
func (r *rewriter) dropout(n *nodeProto) error {
	if mode := n.input(2); mode != "" {
		t := r.values[mode]
		if t == nil || slices.ContainsFunc(t.data, func(b byte) bool { return b != 0 }) {
			return unsupported(n, inEval, "it was exported in training mode, and would draw "+
				"random numbers")
		}
	}
	if len(n.outputs) > 1 && n.outputs[1] != "" {
		return unsupported(n, inEval, "its mask (the second output) isn't read")
	}
	r.rename(n, n.inputs[0])
	return nil
}

// gelu. Upstream: approximate="tanh" is read as the exact function.
func (r *rewriter) gelu(n *nodeProto) error {
	switch kind := n.text("approximate", "none"); kind {
	case "none":
		r.as(n.outputs[0], "Gelu", n.inputs)
	case "tanh":
		r.as(n.outputs[0], "FastGelu", n.inputs)
	default:
		return unsupported(n, otherLayer, "approximate %q", kind)
	}
	return nil
}

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

// einsum. Upstream: blanks in the equation, a result that isn't named and other than two operands
// are refused. Without "->" the result has the letters that occur once, in alphabetic order.
func (r *rewriter) einsum(n *nodeProto) error {
	equation := strings.ReplaceAll(n.text("equation", ""), " ", "")
	if len(n.inputs) != 2 {
		return unsupported(n, otherLayer, "%d operands, and two are read", len(n.inputs))
	}
	if len(equation) > 256 {
		return unsupported(n, "check the file", "an equation of %d letters", len(equation))
	}
	if strings.Contains(equation, ".") {
		return unsupported(n, "name each axis", "an ellipsis in its equation %q", equation)
	}
	if !strings.Contains(equation, "->") {
		var once []string
		for _, letter := range strings.Split(equation, "") {
			if letter != "," && strings.Count(equation, letter) == 1 {
				once = append(once, letter)
			}
		}
		slices.Sort(once)
		equation += "->" + strings.Join(once, "")
	}
	n.set(&attributeProto{name: "equation", kind: stringAttribute, text: []byte(equation)})
	return r.keep(n)
}

// castLike is a Cast to the dtype that the file says the second input has.
func (r *rewriter) castLike(n *nodeProto) error {
	to := r.elementOf(n.inputs[1])
	if to == 0 {
		return unsupported(n, "export with dynamo=True", "the file doesn't say the dtype of %q",
			n.inputs[1])
	}
	r.as(n.outputs[0], "Cast", n.inputs[:1], integerAttribute("to", to))
	return nil
}

func (r *rewriter) layerNorm(n *nodeProto) error {
	if len(n.outputs) > 1 && slices.ContainsFunc(n.outputs[1:], func(o string) bool {
		return o != "" && r.read[o]
	}) {
		return unsupported(n, otherLayer, "its mean and deviation (further outputs)")
	}
	n.drop("stash_type")
	n.outputs = n.outputs[:1]
	return r.keep(n)
}

// rmsNorm is x / √(mean x² + ε) · scale over the axes from axis on.
func (r *rewriter) rmsNorm(n *nodeProto) error {
	if n.integer("axis", -1) != -1 {
		return unsupported(n, "normalise over the last axis", "axis %d", n.integer("axis", -1))
	}
	keep := integerAttribute("keepdims", 1)
	x := n.inputs[0]
	mean := r.op("ReduceMean", []string{r.binary("Mul", x, x), r.integers(-1)}, keep)
	root := r.unary("Sqrt", r.shift(mean, n.float("epsilon", 1e-5)))
	r.as(n.outputs[0], "Mul", []string{r.binary("Div", x, root), n.inputs[1]})
	return nil
}

// groupNorm normalises groups of channels, of which an InstanceNormalization has one a group.
func (r *rewriter) groupNorm(n *nodeProto) error {
	x, groups := n.inputs[0], n.integer("num_groups", 0)
	if n.op == "InstanceNormalization" {
		s := r.shapeOf(n.inputs[1])
		if len(s) != 1 || s[0].Size < 1 {
			return unsupported(n, otherLayer, "the file doesn't say how many channels it has")
		}
		groups = int64(s[0].Size)
	}
	if groups < 1 {
		return unsupported(n, otherLayer, "%d groups", groups)
	}
	keep := integerAttribute("keepdims", 1)
	grouped := r.binary("Reshape", x, r.integers(0, groups, -1))
	mean := r.op("ReduceMean", []string{grouped, r.integers(2)}, keep)
	centred := r.binary("Sub", grouped, mean)
	square := r.binary("Mul", centred, centred)
	variance := r.op("ReduceMean", []string{square, r.integers(2)}, keep)
	root := r.unary("Sqrt", r.shift(variance, n.float("epsilon", 1e-5)))
	channels := r.shapeOf(n.inputs[1])
	if len(channels) != 1 || channels[0].Size < 1 {
		return unsupported(n, otherLayer, "the file doesn't say how many channels it has")
	}
	normed := r.binary("Reshape", r.binary("Div", centred, root),
		r.integers(0, int64(channels[0].Size), -1))
	for i, op := range []string{"Mul", "Add"} {
		normed = r.binary(op, normed, r.binary("Unsqueeze", n.inputs[i+1], r.integers(1)))
	}
	r.as(n.outputs[0], "Reshape", []string{normed, r.unary("Shape", x)})
	return nil
}

// globalMaxPool is the largest value of each channel.
func (r *rewriter) globalMaxPool(n *nodeProto) error {
	shape := r.shapeOf(n.inputs[0])
	if len(shape) < 3 {
		return unsupported(n, "export with dynamo=True, which writes shapes down",
			"the file doesn't say how many axes %q has", n.inputs[0])
	}
	var axes []int64
	for a := 2; a < len(shape); a++ {
		axes = append(axes, int64(a))
	}
	r.as(n.outputs[0], "ReduceMax", []string{n.inputs[0], r.integers(axes...)},
		integerAttribute("keepdims", 1))
	return nil
}

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
		return fmt.Errorf("%w", unsupported(n, otherLayer, "reduction %q", kind))
	}
	return nil
}
