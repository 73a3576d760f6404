package landscape

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/pkg/result"
	"lossland/pkg/transform"
)

// buildFn adds a measurement's outputs to a traced loss. extra are the measurement's own
// parameters. It panics on error.
type buildFn func(t *traced, extra []*graph.Node) []*graph.Node

// program is a measurement, compiled for every shape of batch that occurs. Weights, data and the
// measurement's own arguments are its inputs. The store's other variables, such as BatchNorm's
// averages, are read at each run. Nothing is written back.
type program struct {
	p     *Problem
	name  string
	extra []shapes.Shape
	build buildFn
	byKey map[string]*executable // by batchKey.
	// override replaces the values of store variables, by path; nil replaces none.
	override map[string]*tensors.Tensor
	// compiling, if not nil, is told of how many operations a program is before it is compiled.
	compiling func(operations int)
}

// executable is a program compiled for one shape of batch.
type executable struct {
	graph  *graph.Graph
	source []paramSource // of each parameter, by handle.
}

// paramKind says where a parameter gets its value from.
type paramKind int

const (
	fromWeights paramKind = iota
	fromStore
	fromInputs
	fromLabels
	fromExtra
)

// paramSource is a parameter's place in its kind.
type paramSource struct {
	kind  paramKind
	index int    // among the weights, inputs, labels or extra arguments.
	path  string // the parameter's name; for fromStore the variable's path.
}

// newProgram declares a measurement with extra arguments of the given shapes. It is compiled when
// it first runs.
func (p *Problem) newProgram(name string, extra []shapes.Shape, build buildFn) *program {
	return &program{p: p, name: name, extra: extra, build: build,
		byKey: make(map[string]*executable)}
}

// close frees the compiled code.
func (pr *program) close() {
	for _, e := range pr.byKey {
		e.graph.Finalize()
	}
	pr.byKey = nil
}

// run executes the program on one batch. weights are one tensor a variable, extra is as declared;
// both stay the caller's, on the given device. The caller finalizes the outputs.
func (pr *program) run(device compute.DeviceNum, weights []*tensors.Tensor, b train.Batch,
	extra []*tensors.Tensor) ([]*tensors.Tensor, error) {
	e, err := pr.executable(b)
	if err != nil {
		return nil, err
	}
	inputs := make([]compute.Buffer, len(e.source))
	for i, s := range e.source {
		t, err := pr.argument(s, weights, b, extra)
		if err != nil {
			return nil, err
		}
		if inputs[i], err = t.Buffer(pr.p.backend, device); err != nil {
			return nil, fmt.Errorf("landscape: %s: argument %q: %w", pr.name, s.path, err)
		}
	}
	var out []*tensors.Tensor
	err = catch(pr.name, func() {
		out = e.graph.RunWithBuffers(inputs, make([]bool, len(inputs)), device)
	})
	return out, err
}

// argument is the value of one parameter.
func (pr *program) argument(s paramSource, weights []*tensors.Tensor, b train.Batch,
	extra []*tensors.Tensor) (*tensors.Tensor, error) {
	switch s.kind {
	case fromWeights:
		return weights[s.index], nil
	case fromInputs:
		return b.Inputs[s.index], nil
	case fromLabels:
		return b.Labels[s.index], nil
	case fromExtra:
		return extra[s.index], nil
	}
	if t := pr.override[s.path]; t != nil {
		return t, nil
	}
	v := pr.p.store.GetVariable(s.path)
	if v == nil {
		return nil, fmt.Errorf("landscape: %s: the variable %q is no longer in the store",
			pr.name, s.path)
	}
	return v.Value()
}

// executable returns the code for batches with b's shapes, compiling it if need be.
func (pr *program) executable(b train.Batch) (*executable, error) {
	key := batchKey(b)
	if e := pr.byKey[key]; e != nil {
		return e, nil
	}
	e := &executable{graph: graph.NewGraph(pr.p.backend, pr.name)}
	err := catch(pr.name, func() {
		t := pr.p.trace(e.graph, b)
		extra := make([]*graph.Node, len(pr.extra))
		for i, s := range pr.extra {
			extra[i] = graph.Parameter(e.graph, fmt.Sprintf("#extra_%d", i), s)
		}
		outputs := pr.build(t, extra)
		e.source = pr.sources(t, extra)
		if pr.compiling != nil {
			pr.compiling(operations(outputs))
		}
		if err := e.graph.Compile(outputs...); err != nil {
			panic(err)
		}
	})
	if err != nil {
		e.graph.Finalize()
		return nil, err
	}
	pr.byKey[key] = e
	return e, nil
}

// operations is how many nodes the outputs depend on.
func operations(outputs []*graph.Node) int {
	all := make(map[*graph.Node]bool)
	for _, out := range outputs {
		maps.Copy(all, transform.Reached(out))
	}
	return len(all)
}

// XLA takes 3 ms of a core for an operation of most programs, and up to 20 ms where a recurrent
// network is written out step by step (docs/performance.md): its kernels are many and wide.
const (
	compileLeast = 3 * time.Millisecond
	compileMost  = 20 * time.Millisecond
)

// sources finds out where each of the graph's parameters gets its value from.
func (pr *program) sources(t *traced, extra []*graph.Node) []paramSource {
	known := make(map[*graph.Node]paramSource)
	kinds := map[paramKind][]*graph.Node{
		fromWeights: t.weights, fromInputs: t.inputs, fromLabels: t.labels, fromExtra: extra,
	}
	for kind, nodes := range kinds {
		for i, n := range nodes {
			known[n] = paramSource{kind: kind, index: i, path: n.GetParameterName()}
		}
	}
	sources := make([]paramSource, t.graph.NumParameters())
	for i := range sources {
		n := t.graph.GetParameterByHandle(graph.ParameterHandle(i))
		s, ok := known[n]
		if !ok { // a variable: its parameter carries its path as name.
			s = paramSource{kind: fromStore, path: n.GetParameterName()}
		}
		sources[i] = s
	}
	return sources
}

// eachBatch runs the program over the whole data set. It hands the outputs for each batch of n
// examples to visit, then frees them.
func (pr *program) eachBatch(ctx context.Context, device compute.DeviceNum,
	weights, extra []*tensors.Tensor, visit func(out []*tensors.Tensor, n int) error) error {
	pr.p.tellNarrow(ctx)
	for b, err := range pr.p.data.all(ctx) {
		if err != nil {
			return err
		}
		out, err := pr.run(device, weights, b, extra)
		if err != nil {
			return err
		}
		n, _ := examplesIn(b)
		err = visit(out, n)
		for _, t := range out {
			t.MustFinalizeAll()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tellNarrow says, once, what a loss of 16 bits can't be relied upon for.
func (p *Problem) tellNarrow(ctx context.Context) {
	if p.form == nil || p.form.narrow == dtypes.InvalidDType || p.data.largest <= 1<<8 {
		return
	}
	narrow := p.form.narrow
	p.form.narrow = dtypes.InvalidDType
	result.Notice(ctx, "the loss is computed in %s, in batches of up to %d examples: gradients "+
		"and products that are summed over a batch in 16 bits can be wrong by some per cent; "+
		"smaller batches (at most 256, which are added up in float64) or a loss in float32 are "+
		"nearer", narrow, p.data.largest)
}

// batchKey tells apart the shapes and specs of batches.
func batchKey(b train.Batch) string {
	var key strings.Builder
	fmt.Fprintf(&key, "%v", b.Spec)
	for _, t := range append(append([]*tensors.Tensor{}, b.Inputs...), b.Labels...) {
		key.WriteString(t.Shape().String())
	}
	return key.String()
}

// scalar reads a scalar tensor of any float dtype.
func scalar(t *tensors.Tensor) (float64, error) {
	var x [1]float64
	err := toFloat64(x[:], t)
	return x[0], err
}

// finalize frees tensors that this package made.
func finalize(ts []*tensors.Tensor) {
	for _, t := range ts {
		t.MustFinalizeAll()
	}
}

// execute runs a compiled graph on tensors, which stay the caller's.
func execute(backend compute.Backend, g *graph.Graph, device compute.DeviceNum,
	args []*tensors.Tensor) (out []*tensors.Tensor, err error) {
	buffers := make([]compute.Buffer, len(args))
	for i, t := range args {
		if buffers[i], err = t.Buffer(backend, device); err != nil {
			return nil, fmt.Errorf("landscape: %s: argument %d: %w", g.Name(), i, err)
		}
	}
	donate := make([]bool, len(buffers))
	err = catch(g.Name(), func() { out = g.RunWithBuffers(buffers, donate, device) })
	return out, err
}
