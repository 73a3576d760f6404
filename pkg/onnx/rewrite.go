package onnx

import (
	"fmt"
	"math"
	"slices"
)

// Unsupported is the error for what can't be read: an operation that neither the importer knows
// nor this package writes in operations that it knows, or one with an attribute that changes its
// meaning.
type Unsupported struct {
	Op, Node string // the operation and the node, as the file names them.
	Why      string // what is in the way.
	Remedy   string // what the caller can do.
}

// Error implements error.
func (u *Unsupported) Error() string {
	return fmt.Sprintf("onnx: can't read %s (node %s): %s; %s", u.Op, u.Node, u.Why, u.Remedy)
}

// unsupported is the error for a node.
func unsupported(n *nodeProto, remedy, why string, args ...any) error {
	name := n.name
	if name == "" && len(n.outputs) > 0 {
		name = "that makes " + n.outputs[0]
	}
	return &Unsupported{Op: n.op, Node: name, Why: fmt.Sprintf(why, args...), Remedy: remedy}
}

const (
	inEval = "export the model in use: model.eval(), then torch.onnx.export(…, " +
		"training=TrainingMode.PRESERVE, dynamo=False)"
	otherLayer = "write the layer with operations that can be read, or export an opset in which " +
		"it is made of them"
)

// imported are the operations that the importer reads and that are differentiable, or are only
// used for what needn't be.
var imported = set("Add", "Sub", "Mul", "Div", "Mod", "Pow", "And", "Or", "Xor", "Equal", "Less",
	"LessOrEqual", "Greater", "GreaterOrEqual", "Sqrt", "Exp", "Log", "Erf", "Relu", "Abs", "Neg",
	"Sign", "Ceil", "Floor", "Identity", "Not", "Tanh", "Sin", "Cos", "Sigmoid", "HardSwish",
	"IsNaN", "Reciprocal", "MatMul", "Einsum", "Clip", "Where", "Min", "Max", "Constant", "Gather",
	"GatherElements", "GatherND", "Shape", "Size", "Concat", "Softmax", "Cast", "Transpose",
	"Gemm", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Reshape", "ReduceMean", "ReduceMax",
	"ReduceMin", "ReduceSum", "ReduceProd", "ReduceL2", "ConstantOfShape", "Expand", "Tile",
	"Range", "CumSum", "LSTM", "Conv", "AveragePool", "MaxPool", "GlobalAveragePool", "Resize",
	"BatchNormalization", "LayerNormalization", "SimplifiedLayerNormalization", "Pad", "Split",
	"Trilu", "ArgMax", "ArgMin", "FastGelu", "Gelu")

func set(names ...string) map[string]bool {
	s := make(map[string]bool)
	for _, n := range names {
		s[n] = true
	}
	return s
}

// rewriter writes a graph anew in operations that the importer reads.
type rewriter struct {
	graph *graphProto
	out   []*nodeProto
	// element is the dtype of constants: double in a graph of doubles.
	element int64
	values  map[string]*tensorProto // initializers and constants.
	// same are values that are others under another name. GoMLX's Identity has no gradient.
	same  map[string]string
	makes map[string]*nodeProto // nodes, by what they make.
	// says is what the file says of values, and elements what follows for their dtypes.
	says     map[string]*valueProto
	elements map[string]int64
	shapes   map[string][]Dim
	counts   map[string]int  // of the integers of vectors; −1: unknown.
	read     map[string]bool // the values that nodes of the file read, and its outputs.
	fresh    int
	at       *nodeProto // the node that is being rewritten.
}

// rewrite writes the graph's nodes anew where the importer doesn't read them as they are.
func rewrite(g *graphProto) error {
	r := &rewriter{graph: g, element: float32Type, values: make(map[string]*tensorProto),
		same: make(map[string]string), makes: make(map[string]*nodeProto),
		says: g.described(), elements: make(map[string]int64),
		shapes: make(map[string][]Dim), counts: make(map[string]int),
		read: make(map[string]bool)}
	for _, t := range g.initializers {
		r.values[t.name] = t
		if t.element == float64Type {
			r.element = float64Type
		}
	}
	for _, v := range g.outputs {
		r.read[v.name] = true
	}
	for _, n := range g.nodes {
		for _, out := range n.outputs {
			r.makes[out] = n
		}
		for _, in := range n.inputs {
			r.read[in] = true
		}
		if n.op == "Constant" {
			if err := literal(n); err != nil {
				return err
			}
			r.values[n.outputs[0]] = n.attributes[0].tensor
		}
	}
	for _, n := range g.nodes {
		if err := r.node(n); err != nil {
			return err
		}
	}
	for _, v := range g.outputs {
		v.name = r.real(v.name)
	}
	g.nodes = r.out
	return nil
}

// real is the name under which a value is made.
func (r *rewriter) real(name string) string {
	if other, ok := r.same[name]; ok {
		return other
	}
	return name
}

// node writes one node anew.
func (r *rewriter) node(n *nodeProto) error {
	if n.domain != "" && n.domain != "ai.onnx" {
		return unsupported(n, "export without custom operators", "it is of the operator set %q",
			n.domain)
	}
	for _, a := range n.attributes {
		if a.kind == graphAttribute || a.kind > stringsAttribute {
			return unsupported(n, "export a model without branches and loops that depend on data",
				"it holds a graph of its own (attribute %q)", a.name)
		}
	}
	if len(n.outputs) == 0 || n.outputs[0] == "" && n.op != "LSTM" && n.op != "GRU" &&
		n.op != "RNN" {
		return unsupported(n, otherLayer, "its first output has no name")
	}
	r.at = n
	n.inputs = trimmed(n.inputs)
	for i, in := range n.inputs {
		n.inputs[i] = r.real(in)
	}
	need := required[n.op]
	if len(n.inputs) < need || slices.Contains(n.inputs[:need], "") ||
		twoOperands[n.op] && len(n.inputs) > need {
		return unsupported(n, "export the model again: the file is damaged",
			"it has %d inputs and takes %d", len(n.inputs), need)
	}
	fn, ok := rewrites[n.op]
	if !ok && !imported[n.op] {
		return unsupported(n, otherLayer, "there is no such operation in the importer")
	}
	if err := r.unread(n); err != nil {
		return err
	}
	if r.fold(n) {
		return nil
	}
	for _, out := range n.outputs { // as the file's node makes it, before it is written anew.
		r.shapeOf(out)
	}
	if ok {
		return fn(r, n)
	}
	r.out = append(r.out, n)
	return nil
}

// twoOperands are operations that take neither fewer nor more.
var twoOperands = map[string]bool{"Add": true, "Sub": true, "Mul": true, "Div": true, "Mod": true,
	"Pow": true, "MatMul": true, "And": true, "Or": true, "Xor": true, "Equal": true, "Less": true,
	"LessOrEqual": true, "Greater": true, "GreaterOrEqual": true, "Gather": true}

// requiredInputs is how many inputs the importer reads without looking whether they are there.
func requiredInputs() map[string]int {
	need := map[string]int{"Where": 3, "Slice": 3, "LSTM": 3, "GRU": 3, "RNN": 3,
		"BatchNormalization": 5, "Range": 3, "Constant": 0, "InstanceNormalization": 3,
		"GroupNormalization": 3, "Attention": 3}
	for _, op := range []string{"Add", "Sub", "Mul", "Div", "Mod", "Pow", "And", "Or", "Xor",
		"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "MatMul", "Gather",
		"GatherElements", "GatherND", "Gemm", "Reshape", "Expand", "Tile", "CumSum", "Conv",
		"LayerNormalization", "SimplifiedLayerNormalization", "RMSNormalization", "Pad", "PRelu",
		"Unsqueeze", "CastLike", "SoftmaxCrossEntropyLoss",
		"NegativeLogLikelihoodLoss"} {
		need[op] = 2
	}
	for op := range imported {
		if _, ok := need[op]; !ok {
			need[op] = 1
		}
	}
	for op := range rewrites {
		if _, ok := need[op]; !ok {
			need[op] = 1
		}
	}
	return need
}

// trimmed drops inputs at the end that aren't given.
func trimmed(inputs []string) []string {
	inputs = slices.Clone(inputs)
	for len(inputs) > 0 && inputs[len(inputs)-1] == "" {
		inputs = inputs[:len(inputs)-1]
	}
	return inputs
}

// keep passes a node on, after what was done to its attributes.
func (r *rewriter) keep(n *nodeProto) error {
	r.out = append(r.out, n)
	return nil
}

// name makes a name for a value of the rewriter's own.
func (r *rewriter) name() string {
	r.fresh++
	return fmt.Sprintf("lossland:%d:%s", r.fresh, r.at.op)
}

// op adds an operation and returns its result's name.
func (r *rewriter) op(op string, inputs []string, attributes ...*attributeProto) string {
	out := r.name()
	r.as(out, op, inputs, attributes...)
	return out
}

// as adds an operation whose result has the given name.
func (r *rewriter) as(out, op string, inputs []string, attributes ...*attributeProto) {
	n := &nodeProto{op: op, name: r.at.name, inputs: inputs, outputs: []string{out},
		attributes: attributes}
	r.out, r.makes[out] = append(r.out, n), n
}

// constant adds a constant.
func (r *rewriter) constant(t *tensorProto) string {
	return r.op("Constant", nil, &attributeProto{name: "value", kind: tensorAttribute, tensor: t})
}

// number adds a float constant.
func (r *rewriter) number(v float64) string {
	return r.constant(tensorOf(r.element, []float64{v}))
}

// integers adds a vector of integers.
func (r *rewriter) integers(v ...int64) string {
	values := make([]float64, len(v))
	for i := range v {
		values[i] = float64(v[i])
	}
	return r.constant(tensorOf(int64Type, values, int64(len(v))))
}

// One and two operands.
func (r *rewriter) unary(op, x string) string     { return r.op(op, []string{x}) }
func (r *rewriter) binary(op, x, y string) string { return r.op(op, []string{x, y}) }

// shift is x + v, scaled v·x.
func (r *rewriter) shift(x string, v float64) string  { return r.binary("Add", x, r.number(v)) }
func (r *rewriter) scaled(x string, v float64) string { return r.binary("Mul", x, r.number(v)) }

// elementOf is the dtype of a value, as the file says or as follows from what makes it;
// 0: unknown.
func (r *rewriter) elementOf(name string) int64 {
	var passed []string // values of the same dtype.
	element := int64(0)
	for next := name; next != ""; {
		passed = append(passed, next)
		element, next = r.elementAt(next)
	}
	for _, name := range passed {
		r.elements[name] = element
	}
	return element
}

// elementAt is the dtype of a value, or the name of one that has the same.
func (r *rewriter) elementAt(name string) (element int64, same string) {
	if e, ok := r.elements[name]; ok {
		return e, ""
	}
	if v := r.says[name]; v != nil && v.element != 0 {
		return v.element, ""
	}
	n := r.makes[name]
	switch {
	case n == nil:
		return 0, ""
	case n.op == "Constant" && len(n.attributes) == 1 && n.attributes[0].tensor != nil:
		return n.attributes[0].tensor.element, ""
	case len(n.inputs) == 0:
		return 0, ""
	}
	switch n.op {
	case "Cast":
		return n.integer("to", 0), ""
	case "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Not", "And", "Or", "Xor",
		"IsNaN":
		return boolType, ""
	case "Shape", "Size", "ArgMax", "ArgMin":
		return int64Type, ""
	case "Where", "CastLike":
		return 0, n.input(1)
	}
	return 0, n.inputs[0]
}

// literal writes a Constant's value, whichever attribute it is in, as a tensor.
func literal(n *nodeProto) error {
	if len(n.attributes) != 1 || len(n.outputs) != 1 {
		return unsupported(n, otherLayer, "a Constant has one attribute and one output")
	}
	a := n.attributes[0]
	t := a.tensor
	switch a.name {
	case "value":
		if t == nil {
			return unsupported(n, otherLayer, "it has no value")
		}
	case "value_float":
		t = tensorOf(float32Type, []float64{float64(a.float)})
	case "value_floats":
		var v []float64
		for _, x := range a.floats {
			v = append(v, float64(x))
		}
		t = tensorOf(float32Type, v, int64(len(v)))
	case "value_int":
		t = integersOf([]int64{a.integer})
	case "value_ints":
		t = integersOf(a.ints, int64(len(a.ints)))
	default:
		return unsupported(n, otherLayer, "its attribute %q isn't read", a.name)
	}
	n.attributes = []*attributeProto{{name: "value", kind: tensorAttribute, tensor: t}}
	return nil
}

// widenTypes makes float32 of 16-bit floats where the graph names dtypes. It reports whether there
// were any.
func widenTypes(g *graphProto) bool {
	found := false
	wide := func(element *int64) {
		if *element == float16Type || *element == bfloat16Type {
			*element, found = float32Type, true
		}
	}
	for _, t := range g.initializers {
		found = t.widen() || found
	}
	for _, list := range [][]*valueProto{g.inputs, g.outputs, g.intermediate} {
		for _, v := range list {
			wide(&v.element)
		}
	}
	for _, n := range g.nodes {
		for _, a := range n.attributes {
			if a.tensor != nil {
				found = a.tensor.widen() || found
			}
			if a.name == "to" || a.name == "dtype" {
				wide(&a.integer)
			}
		}
	}
	return found
}

// isClaim reports whether a constant names sizes that no tensor can have.
func isClaim(values []int64) bool {
	size := 1.0
	for _, v := range values {
		size *= math.Max(1, math.Abs(float64(v)))
	}
	return size > maxElements
}
