package onnx

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"

	"github.com/gomlx/onnx-gomlx/onnx"

	"lossland/internal/absent"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// Opsets that can be read.
const minOpset, maxOpset = 13, 23

// Config is what Open takes beside the path. Its zero value is the documented default.
type Config struct {
	// Outputs are the names of the file's outputs that Network returns, in this order. Weights are
	// what these depend on. Default: all.
	Outputs []string
	// Hold are names of weights that are held constant, or patterns as of path.Match.
	// Default: none.
	Hold []string
	// Train are names of constants that are weights, or patterns. Default: none.
	Train []string
	// MaxBytes bounds what is read: the file and its external data together. Default: 4 GiB.
	MaxBytes int64
}

// Dim is the size of an axis, which may be open.
type Dim struct {
	// Size is the number of values; 0: open.
	Size int
	// Name is that of an open size, such as "batch"; axes of one name have one size. It may be
	// empty.
	Name string
}

// String is the size, or its name, or "?".
func (d Dim) String() string {
	switch {
	case d.Size > 0:
		return fmt.Sprint(d.Size)
	case d.Name != "":
		return d.Name
	}
	return "?"
}

// Value is an input or an output of the model.
type Value struct {
	Name string
	// DType is what it is computed in; 16-bit floats of the file are widened to float32.
	DType dtypes.DType
	// Dims are the axes.
	Dims []Dim
}

// String is such as "x float32[batch 1 28 28]".
func (v Value) String() string {
	return fmt.Sprintf("%s %s%v", v.Name, strings.ToLower(v.DType.String()), v.Dims)
}

// Model is an opened file, or a checkpoint. It isn't changed by anything but its store, and may be
// used by one goroutine at a time.
type Model struct {
	path string
	cfg  Config

	inputs, outputs    []Value
	operations         map[string]int // of the file.
	weights, constants []Initializer
	notes              []string
	store              *model.Store

	file  []byte // as read, for Save.
	data  held   // the data beside it, for Save.
	opset int64
	graph *graphProto // rewritten.
	// importer is made of graph when the network is built for the first time.
	importer onnx.Model
	tied     map[string][]string
	wide     map[string]int64 // the file's dtype of what is widened.
	network  func(*model.Scope, []*graph.Node) []*graph.Node
	// separated are the initializers that the file has by Identity.
	separated map[string]bool
	save      func(path string) error
}

// bad is the error for an argument of the function fn of this package.
func bad(fn, name string, got any, want string) error {
	return &result.BadArgument{Func: "onnx." + fn, Name: name, Got: got, Want: want}
}

// Open reads a model. The errors name the file; what can't be read is an [*Unsupported].
//
// Cost: the file's size in memory, and that of its weights once more.
func Open(path string, cfg Config) (*Model, error) {
	m, err := open(path, cfg)
	for range 20 { // a Save may replace file and data between the two looks.
		if !errors.Is(err, errDataGone) {
			break
		}
		m, err = open(path, cfg)
	}
	return m, err
}

func open(path string, cfg Config) (*Model, error) {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 4 << 30
	}
	if cfg.MaxBytes < 0 {
		return nil, bad("Open", "Config.MaxBytes", cfg.MaxBytes, "a number of bytes")
	}
	from, err := openFolder(path, cfg.MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	defer from.close()
	b, err := readFile(path, from)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	m, err := parse(b, from, cfg)
	if err != nil {
		from.held.close()
		return nil, fmt.Errorf("onnx: %s: %w", path, err)
	}
	m.path = path
	return m, nil
}

// readFile reads the model's own file, wherever it is.
func readFile(path string, from *folder) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no ordinary file", path)
	}
	if err := from.take(info.Size()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return os.ReadFile(path)
}

// parse reads a model from the bytes of its file.
func parse(b []byte, from *folder, cfg Config) (*Model, error) {
	p, err := (&reader{}).model(b)
	if err != nil {
		return nil, fmt.Errorf("no ONNX model, or damaged: %w", err)
	}
	m := &Model{cfg: cfg, file: b, opset: p.opset, graph: p.graph, store: model.NewStore(),
		tied: map[string][]string{}, separated: map[string]bool{}, wide: map[string]int64{}}
	if err := supported(p); err != nil {
		return nil, err
	}
	g := p.graph
	if err := g.checked(); err != nil {
		return nil, err
	}
	m.data = from.hold(g.initializers)
	m.operations = make(map[string]int)
	for _, n := range g.nodes {
		m.operations[n.op]++
	}
	if err := m.choose(g); err != nil {
		return nil, err
	}
	g.prune()
	if err := m.load(g, from); err != nil {
		return nil, err
	}
	folded(m, p)
	m.separate(g)
	m.tie(g)
	if err := m.classify(g); err != nil {
		return nil, err
	}
	if err := m.build(g); err != nil {
		return nil, err
	}
	m.save = m.saveONNX
	return m, nil
}

// supported refuses what no part of the graph shows.
func supported(p *modelProto) error {
	switch {
	case p.opset < minOpset || p.opset > maxOpset:
		return fmt.Errorf("it is of opset %d, and %d to %d are read: export with "+
			"opset_version=18", p.opset, minOpset, maxOpset)
	case p.functions > 0:
		return errors.New("it has functions of its own: write them into the graph with " +
			"onnx.inliner.inline_local_functions, or export with optimize=True")
	case p.graph.sparse > 0:
		return errors.New("it has sparse initializers, which aren't read: write them densely")
	}
	return nil
}

// choose takes the inputs that aren't initializers, and the outputs that are asked for.
func (m *Model) choose(g *graphProto) error {
	names := make(map[string]bool)
	for _, t := range g.initializers {
		names[t.name] = true
	}
	g.inputs = slices.DeleteFunc(g.inputs, func(v *valueProto) bool { return names[v.name] })
	if len(m.cfg.Outputs) == 0 {
		return nil
	}
	var chosen []*valueProto
	for _, name := range m.cfg.Outputs {
		i := slices.IndexFunc(g.outputs, func(v *valueProto) bool { return v.name == name })
		if i < 0 {
			var have []string
			for _, v := range g.outputs {
				have = append(have, v.name)
			}
			return bad("Open", "Config.Outputs", name, fmt.Sprintf("outputs of the file: %q", have))
		}
		chosen = append(chosen, g.outputs[i])
	}
	g.outputs = chosen
	return nil
}

// load brings the values of initializers and constants into memory, and widens 16-bit floats.
func (m *Model) load(g *graphProto, from *folder) error {
	for _, t := range g.initializers {
		if err := t.load(from); err != nil {
			return err
		}
		m.wide[t.name] = t.element
	}
	for _, n := range g.nodes {
		for _, a := range n.attributes {
			if a.tensor != nil {
				if err := a.tensor.load(from); err != nil {
					return fmt.Errorf("%s: %w", n, err)
				}
			}
		}
	}
	if widenTypes(g) {
		m.note("the file's 16-bit floats are widened: the same weights, computed in float32, and " +
			"inputs of float32")
	}
	return nil
}

// note adds what the user should know.
func (m *Model) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// build makes the store, and of the graph what Network calls.
func (m *Model) build(g *graphProto) error {
	var err error
	if m.inputs, err = values(g.inputs); err != nil {
		return err
	}
	if m.outputs, err = values(g.outputs); err != nil {
		return err
	}
	if err := rewrite(g); err != nil {
		return err
	}
	if err := m.fill(); err != nil {
		return err
	}
	m.feed(g)
	m.network = m.call
	return nil
}

// values are the descriptions of inputs or outputs.
func values(list []*valueProto) ([]Value, error) {
	var out []Value
	for _, v := range list {
		dtype, ok := elements[v.element]
		if !ok {
			return nil, fmt.Errorf("%q isn't a tensor of numbers: sequences, maps and strings "+
				"can't be read", v.name)
		}
		if len(v.dims) > 16 {
			return nil, fmt.Errorf("%q has %d axes", v.name, len(v.dims))
		}
		out = append(out, Value{Name: v.name, DType: dtype, Dims: slices.Clone(v.dims)})
	}
	return out, nil
}

// Inputs describes the inputs, in the order in which Network takes them.
func (m *Model) Inputs() []Value { return slices.Clone(m.inputs) }

// Outputs describes the outputs, in the order in which Network returns them. The loss reads the
// first.
func (m *Model) Outputs() []Value { return slices.Clone(m.outputs) }

// Weights are the initializers that are weights, in the file's order, each with the reason: θ.
func (m *Model) Weights() []Initializer { return slices.Clone(m.weights) }

// Constants are the float initializers that are no weights, each with the reason.
func (m *Model) Constants() []Initializer { return slices.Clone(m.constants) }

// Notes are sentences on what was found in the file and changes what its landscape means: folded
// BatchNorm, tied weights, widened floats.
func (m *Model) Notes() []string { return slices.Clone(m.notes) }

// Store holds the weights, which are trainable, and BatchNorm's statistics, which aren't.
func (m *Model) Store() *model.Store { return m.store }

// Close frees what Open opened. The store stays, and what a Save needs is looked for by its name.
func (m *Model) Close() error {
	err := m.data.close()
	if m.importer == nil {
		return err
	}
	defer func() { m.importer = nil }()
	return errors.Join(err, m.importer.Close())
}

// Network is the model function: it takes the inputs in the order of Inputs and returns the outputs
// in the order of Outputs. As a function that builds graphs, it panics on what it can't do. In
// training it is the same function: BatchNorm keeps its averages, and there is no dropout.
func (m *Model) Network() func(scope *model.Scope, inputs []*graph.Node) []*graph.Node {
	return m.network
}

// Save writes the model with the weights that its store holds now, in the file's format, dtypes
// and layout. What isn't a weight is as it was, also where another process has saved over the file
// since Open and removed its data. A link is followed. External data goes to one file beside it,
// whose name is that of the model, a random number and ".data", before the model's own file is
// replaced in one step: an interrupted Save leaves the old file with its data. The data of the file
// that was replaced is then removed, unless another file of the folder names it, or one there is
// too large to be looked into (256 MiB). New data that a killed Save left is removed by a Save to
// the folder a day later.
func (m *Model) Save(path string) error {
	if path == "" {
		return bad("Save", "path", path, "the name of a file")
	}
	return m.save(path)
}

// Problem is landscape.NewProblem for this model, after a look whether the data's first batch has
// the inputs that the model takes. A model with BatchNorm can only be measured in inference mode,
// with its frozen averages; the other contracts are refused.
func (m *Model) Problem(backend compute.Backend, lossFn train.LossFn, data train.Dataset,
	cfg *landscape.Config) (*landscape.Problem, error) {
	if absent.Is(data) {
		return nil, bad("Problem", "data", nil, "a data set")
	}
	for b, err := range data.Iter() {
		if err != nil {
			return nil, err
		}
		var given []shapes.Shape
		for _, t := range b.Inputs {
			given = append(given, t.Shape())
		}
		if err := m.CheckInputs(given...); err != nil {
			return nil, err
		}
		break
	}
	return landscape.NewProblem(backend, m.store, m.measured, lossFn, data, cfg)
}

// CheckInputs compares the shapes of a batch's inputs with those that the model takes. Axes of one
// name must agree.
func (m *Model) CheckInputs(given ...shapes.Shape) error {
	if m.inputs == nil {
		return nil // a checkpoint: the function checks.
	}
	want := fmt.Sprint(m.inputs)
	if len(given) != len(m.inputs) {
		return bad("CheckInputs", "inputs", len(given), fmt.Sprintf("%d: %s", len(m.inputs), want))
	}
	named := make(map[string]int)
	for i, v := range m.inputs {
		g := given[i]
		got := strings.ToLower(g.DType.String()) + fmt.Sprint(g.Dimensions)
		if g.DType != v.DType || g.Rank() != len(v.Dims) {
			return bad("CheckInputs", v.Name, got, fmt.Sprint(v))
		}
		for a, d := range v.Dims {
			size := g.Dimensions[a]
			if d.Size > 0 && d.Size != size && a == 0 {
				return bad("CheckInputs", v.Name, got, fmt.Sprintf("%v: the file takes batches of "+
					"%d only; read the data in such batches, or export with an open batch "+
					"(dynamic_shapes, dynamic_axes)", v, d.Size))
			}
			if d.Size > 0 && d.Size != size {
				return bad("CheckInputs", v.Name, got, fmt.Sprint(v))
			}
			if before, ok := named[d.Name]; ok && d.Name != "" && before != size {
				return bad("CheckInputs", v.Name, got, fmt.Sprintf("%v, with %s = %d as before", v,
					d.Name, before))
			}
			named[d.Name] = size
		}
	}
	return nil
}

// base is the name of the model's file.
func (m *Model) base() string { return filepath.Base(m.path) }
