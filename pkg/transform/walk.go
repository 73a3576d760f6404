package transform

import (
	"github.com/gomlx/gomlx/core/graph"
)

// topological returns every node that roots depend on, inputs before consumers. Node ids grow in
// order of creation, and an operation is created after its inputs, so the graph's own order is
// topological.
func topological(roots []*graph.Node) []*graph.Node {
	if len(roots) == 0 {
		return nil
	}
	all := roots[0].Graph().Nodes()
	reached := make(map[*graph.Node]bool, len(all))
	for _, r := range roots {
		visit(reached, r)
	}
	ordered := make([]*graph.Node, 0, len(reached))
	for _, n := range all {
		if reached[n] {
			ordered = append(ordered, n)
		}
	}
	return ordered
}

// Dependents returns the nodes between the roots and the sources: those that roots depend on and
// that depend on at least one of the sources, sources included, inputs before consumers.
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

// Reached returns the set of nodes that a root depends on, the root included. If one of them is an
// operation with closures (While, If, Call), the set also holds everything that any closure of the
// graph reads, because what a closure captures is not among the operation's inputs.
func Reached(root *graph.Node) map[*graph.Node]bool {
	reached := make(map[*graph.Node]bool)
	visit(reached, root)
	closures := false
	for n := range reached {
		closures = closures || IsClosureOp(n)
	}
	if !closures {
		return reached
	}
	for _, n := range root.Graph().Nodes() {
		if !n.Function().IsMain() {
			visit(reached, n)
		}
	}
	return reached
}

// visit adds n and all that it depends on.
func visit(reached map[*graph.Node]bool, n *graph.Node) {
	pending := []*graph.Node{n}
	for len(pending) > 0 {
		n := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if !reached[n] {
			reached[n] = true
			pending = append(pending, n.Inputs()...)
		}
	}
}
