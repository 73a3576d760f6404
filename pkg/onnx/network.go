package onnx

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
	"github.com/gomlx/onnx-gomlx/onnx/parser"
)

// place is where the store has an initializer: the last dot of its name parts scope and name.
func place(i *Initializer, taken map[string]bool) (scope, name string) {
	clean := strings.NewReplacer("/", "|", ":", "_", " ", "_").Replace(i.Name)
	if k := strings.LastIndex(clean, "."); k > 0 && k < len(clean)-1 {
		scope, name = clean[:k], clean[k+1:]
	} else {
		name = clean
	}
	unique := name
	for k := 2; taken[scope+"\x00"+unique]; k++ {
		unique = fmt.Sprintf("%s_%d", name, k)
	}
	taken[scope+"\x00"+unique] = true
	return scope, unique
}

// at is a scope below another.
func at(scope *model.Scope, path string) *model.Scope {
	for part := range strings.SplitSeq(path, "/") {
		if part != "" {
			scope = scope.At("%s", part)
		}
	}
	return scope
}

// fill puts weights and statistics into the store.
func (m *Model) fill() error {
	taken := make(map[string]bool)
	put := func(i *Initializer, trainable bool) error {
		value, err := i.value.tensor()
		if err != nil {
			return fmt.Errorf("initializer %q: %w", i.Name, err)
		}
		scope, name := place(i, taken)
		var v *model.Variable
		err = exceptions.TryCatch[error](func() {
			v = at(m.store.RootScope(), scope).VariableWithValue(name, value)
		})
		if err != nil {
			return fmt.Errorf("initializer %q: %w", i.Name, err)
		}
		v.SetTrainable(trainable)
		i.Path, i.Tied = v.Path(), m.tied[i.Name]
		return nil
	}
	for k := range m.weights {
		if err := put(&m.weights[k], true); err != nil {
			return err
		}
	}
	for k := range m.constants {
		if m.constants[k].Role == Statistic {
			if err := put(&m.constants[k], false); err != nil {
				return err
			}
		}
	}
	return nil
}

// stored are the initializers that the store has.
func (m *Model) stored() []Initializer {
	stored := append([]Initializer{}, m.weights...)
	for _, c := range m.constants {
		if c.Path != "" {
			stored = append(stored, c)
		}
	}
	return stored
}

// feed makes inputs of the graph of what the store has, and constants of the other initializers.
func (m *Model) feed(g *graphProto) {
	kept := make(map[string]bool)
	for _, i := range m.stored() {
		kept[i.Name] = true
		v := &valueProto{name: i.Name, element: i.value.element, ranked: true}
		for _, d := range i.Shape {
			v.dims = append(v.dims, Dim{Size: d})
		}
		g.inputs = append(g.inputs, v)
	}
	var literals []*nodeProto
	for _, t := range g.initializers {
		if !kept[t.name] {
			literals = append(literals, &nodeProto{op: "Constant", name: t.name,
				outputs: []string{t.name}, attributes: []*attributeProto{
					{name: "value", kind: tensorAttribute, tensor: t}}})
		}
	}
	g.nodes = append(literals, g.nodes...)
	g.initializers = nil
}

// call builds the network.
func (m *Model) call(scope *model.Scope, inputs []*graph.Node) []*graph.Node {
	if len(inputs) != len(m.inputs) {
		exceptions.Panicf("onnx: %s takes %d inputs, %v, and was given %d", m.base(),
			len(m.inputs), m.inputs, len(inputs))
	}
	feeds := make(map[string]*graph.Node)
	for i, v := range m.inputs {
		feeds[v.Name] = inputs[i]
	}
	for _, i := range m.stored() {
		path, name := model.SplitPath(i.Path)
		v := scope.Store().Scope(path).GetVariable(name)
		if v == nil {
			exceptions.Panicf("onnx: the store has no variable %q, the weight %q", i.Path, i.Name)
		}
		feeds[i.Name] = v.NodeValue(inputs[0].Graph())
	}
	var outputs []*graph.Node
	err := exceptions.TryCatch[error](func() {
		outputs = m.importGraph(inputs[0].Graph(), feeds, names(m.graph.outputs))
	})
	if err != nil {
		panic(m.diagnose(feeds, inputs[0].Graph(), err))
	}
	return outputs
}

// measured is the network that problems are made of. It refuses to be traced for training where a
// BatchNorm would then use the statistics of each batch, which a file's can't: the numbers would be
// those of use.
func (m *Model) measured(scope *model.Scope, inputs []*graph.Node) []*graph.Node {
	k := slices.IndexFunc(m.constants, func(i Initializer) bool { return i.Role == Statistic })
	if k >= 0 && scope.IsTraining(inputs[0].Graph()) {
		i := m.constants[k]
		panic(&Unsupported{Op: "BatchNormalization", Node: i.Why,
			Why: "a file's BatchNorm has the averages of its training, also in training mode",
			Remedy: "measure in inference mode (landscape.Inference, landscape.BatchNormFrozen), " +
				"or build the network in GoMLX with norm.BatchNorm"})
	}
	return m.network(scope, inputs)
}

// importGraph lets the importer build the values of the given names. Its fusions are off: they have
// no gradients that a transformation of the graph could find.
func (m *Model) importGraph(to *graph.Graph, feeds map[string]*graph.Node,
	names []string) []*graph.Node {
	if m.importer == nil {
		imported, err := parser.Parse(m.graph.encode(m.opset))
		if err != nil {
			panic(err)
		}
		imported.DisableFusion()
		m.importer = imported
	}
	before := len(to.Nodes())
	outputs := m.importer.CallGraph(nil, to, feeds, names...)
	for _, n := range to.Nodes()[before:] {
		if n.NumOutputs() == 1 && n.Shape().Size() > maxElements {
			exceptions.Panicf("a result has the shape %s, more than %d values", n.Shape(),
				maxElements)
		}
	}
	return outputs
}

func names(values []*valueProto) []string {
	var out []string
	for _, v := range values {
		out = append(out, v.name)
	}
	return out
}

// diagnose finds the first node that the importer fails at, by bisection: whether the nodes up to
// one can be built. The error names it.
func (m *Model) diagnose(feeds map[string]*graph.Node, of *graph.Graph, err error) error {
	scratch := graph.NewGraph(of.Backend(), "onnx: diagnosis")
	defer scratch.Finalize()
	at := make(map[string]*graph.Node)
	for name, n := range feeds {
		at[name] = graph.Parameter(scratch, name, n.Shape())
	}
	first := err
	fails := func(k int) bool {
		var outs []string
		for _, n := range m.graph.nodes[:k+1] {
			if n.outputs[0] != "" {
				outs = append(outs, n.outputs[0])
			}
		}
		e := exceptions.TryCatch[error](func() { m.importGraph(scratch, at, outs) })
		if e != nil {
			first = e
		}
		return e != nil
	}
	k := sort.Search(len(m.graph.nodes), fails)
	if k == len(m.graph.nodes) {
		return fmt.Errorf("onnx: %s: %w", m.base(), err)
	}
	why, _, _ := strings.Cut(first.Error(), "\n")
	remedy := otherLayer + " (the data has the shapes that the file says)"
	if m.blamesData(feeds) {
		remedy = "check that the data has the shapes that the model was exported for (" +
			fmt.Sprint(m.inputs) + "), or " + otherLayer
	}
	return unsupported(m.graph.nodes[k], remedy, "%s", why)
}

// blamesData reports whether the data may be at fault: the inputs aren't those that the file says,
// or it leaves more of them open than the batch.
func (m *Model) blamesData(feeds map[string]*graph.Node) bool {
	var given []shapes.Shape
	for _, v := range m.inputs {
		given = append(given, feeds[v.Name].Shape())
		if slices.ContainsFunc(v.Dims[min(1, len(v.Dims)):], func(d Dim) bool {
			return d.Size < 1
		}) {
			return true
		}
	}
	return m.CheckInputs(given...) != nil
}
