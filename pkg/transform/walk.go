package transform

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
)

// Unsupported is the error for an operation that can't be transformed.
type Unsupported struct {
	Transform string // what was asked for: "replay", "lift", "jvp".
	Op        string // the operation's name, as GoMLX spells it.
	Node      string // the node as GoMLX prints it.
	Why       string // the reason.
	Fix       string // what the caller can do.
}

// Error implements error.
func (u *Unsupported) Error() string {
	return fmt.Sprintf("transform: %s: can't transform %s (%s): %s; %s", u.Transform, u.Op, u.Node, u.Why, u.Fix)
}

// opName names an operation. GoMLX's stringer doesn't know the four types above 1000.
func opName(n *graph.Node) string {
	switch n.Type() {
	case graph.NodeTypeCall:
		return "Call"
	case graph.NodeTypeWhile:
		return "While"
	case graph.NodeTypeIf:
		return "If"
	case graph.NodeTypeSort:
		return "Sort"
	}
	return n.Type().String()
}

// IsClosureOp reports whether n runs a function that may have captured anything (While, If, Call): nodes captured by that function are
// not among n.Inputs. A Sort runs one too, its comparator, which captures nothing but where the model's author wrote it so: [Check]
// looks into it.
func IsClosureOp(n *graph.Node) bool {
	switch n.Type() {
	case graph.NodeTypeCall, graph.NodeTypeWhile, graph.NodeTypeIf:
		return true
	}
	return false
}

// captured returns the nodes of other functions that a Sort's comparator reads.
func captured(sort *graph.Node) []*graph.Node {
	comparator := param(sort, "comparator").Pointer()
	inside := func(n *graph.Node) bool { return reflect.ValueOf(n.Function()).Pointer() == comparator }
	var from []*graph.Node
	for _, n := range sort.Graph().Nodes() {
		if !inside(n) {
			continue
		}
		for _, in := range n.Inputs() {
			if !inside(in) {
				from = append(from, in)
			}
		}
	}
	return from
}

// isFused reports whether n is one of the backend's fused operations.
func isFused(n *graph.Node) bool { return strings.HasPrefix(n.Type().String(), "Fused") }

// isRandom reports whether n draws random bits.
func isRandom(n *graph.Node) bool { return n.Type() == graph.NodeTypeRNGBitGenerator }

// topological returns every node that roots depend on, inputs before consumers. Node ids grow in order of creation, and an
// operation is created after its inputs, so the graph's own order is topological.
func topological(roots []*graph.Node) []*graph.Node {
	if len(roots) == 0 {
		return nil
	}
	all := roots[0].Graph().Nodes()
	reached := make(map[*graph.Node]bool, len(all))
	pending := append([]*graph.Node{}, roots...)
	for len(pending) > 0 {
		n := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if reached[n] {
			continue
		}
		reached[n] = true
		pending = append(pending, n.Inputs()...)
	}
	ordered := make([]*graph.Node, 0, len(reached))
	for _, n := range all {
		if reached[n] {
			ordered = append(ordered, n)
		}
	}
	return ordered
}

// Dependents returns the nodes between the roots and the sources: those that roots depend on and that depend on at least one of
// the sources, sources included, inputs before consumers.
func Dependents(roots, sources []*graph.Node) []*graph.Node {
	depends := make(map[*graph.Node]bool)
	for _, s := range sources {
		depends[s] = true
	}
	var between []*graph.Node
	for _, n := range topological(roots) {
		for _, in := range n.Inputs() {
			if depends[in] {
				depends[n] = true
				break
			}
		}
		if depends[n] {
			between = append(between, n)
		}
	}
	return between
}

// Facts is what [Probe] found in a graph.
type Facts struct {
	Nodes      int      // operations that the root depends on.
	Dependent  int      // how many of them depend on the sources.
	Random     bool     // whether a random operation feeds the root: a repeated evaluation may then differ.
	ClosureOps []string // closures (While, If, Call) that feed the root, by name.
	FusedOps   []string // fused operations that depend on the sources, by name.
}

// Probe walks the graph of root and says what it holds. It builds nothing. Cost: one walk.
func Probe(root *graph.Node, sources []*graph.Node) Facts {
	var f Facts
	for _, n := range topological([]*graph.Node{root}) {
		f.Nodes++
		f.Random = f.Random || isRandom(n)
		if IsClosureOp(n) {
			f.ClosureOps = append(f.ClosureOps, opName(n))
		}
	}
	for _, n := range Dependents([]*graph.Node{root}, sources) {
		f.Dependent++
		if isFused(n) {
			f.FusedOps = append(f.FusedOps, opName(n))
		}
	}
	return f
}
