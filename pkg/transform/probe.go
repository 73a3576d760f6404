package transform

import (
	"github.com/gomlx/gomlx/core/graph"
)

// Facts is what [Probe] found in a graph.
type Facts struct {
	Nodes     int // operations that the root depends on.
	Dependent int // how many of them depend on the sources.
	// whether a random operation feeds the root: a repeated evaluation may then differ.
	Random     bool
	ClosureOps []string // closures (While, If, Call) that feed the root, by name.
	FusedOps   []string // fused operations that depend on the sources, by name.
}

// Probe walks the graph of root and reports what it holds. It builds nothing. Cost: one walk.
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
