package transform

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Substitute replays root with each of the nodes in from replaced by the one at the same index in
// to, and returns the new root.
//
// What doesn't depend on from is shared with the original graph. So the data and random draws, such
// as a dropout mask, are the same, and state that the model sets while it is traced (BatchNorm's
// averages, the RNG state) is set once. What depends on from is built again: BatchNorm in training
// mode uses the batch statistics at the new weights.
//
// If root depends on none of from, root itself is returned.
//
// Shapes and dtypes of from[i] and to[i] must be equal. It panics with an [*Unsupported] for an
// operation it can't see into (see the package's comment), and as GoMLX does on misuse.
//
// Cost: as many new operations as depend on from. When the graph runs, the loss at the new weights
// costs one forward pass.
func Substitute(root *graph.Node, from, to []*graph.Node) *graph.Node {
	return SubstituteAll([]*graph.Node{root}, from, to)[0]
}

// SubstituteAll is [Substitute] for several roots that share one walk, such as a loss and its
// metrics.
func SubstituteAll(roots, from, to []*graph.Node) []*graph.Node {
	replaced := pair(from, to)
	if err := Check(roots, from); err != nil {
		panic(err)
	}
	for _, n := range Dependents(roots, from) {
		if replaced[n] != nil {
			continue
		}
		replaced[n] = cloneOn(n, replaced)
		if n.CustomGradient() != nil {
			refuseCapture(n, replaced)
		}
	}
	out := make([]*graph.Node, len(roots))
	for i, r := range roots {
		out[i] = orSelf(replaced, r)
	}
	return out
}

// Check returns an [*Unsupported] if replaying roots with other values for sources would miss
// something that depends on them.
func Check(roots, sources []*graph.Node) error {
	for _, n := range topological(roots) {
		if IsClosureOp(n) {
			return &Unsupported{Transform: "replay", Op: opName(n), Node: n.String(),
				Why: "its closure may have captured a weight, and captured values are not among " +
					"a node's inputs",
				Fix: "pass what the closure needs as its state, or unroll the loop in the model"}
		}
		if n.Type() == graph.NodeTypeSort && len(Dependents(captured(n), sources)) > 0 {
			return &Unsupported{Transform: "replay", Op: opName(n), Node: n.String(),
				Why: "its comparator has captured a value that depends on a weight, and a " +
					"replayed Sort keeps its comparator",
				Fix: "sort by that value as a further input of SortFunc"}
		}
	}
	for _, n := range Dependents(roots, sources) {
		if isFused(n) {
			return &Unsupported{Transform: "replay", Op: opName(n), Node: n.String(),
				Why: "the clone of a fused operation has no gradient",
				Fix: fmt.Sprintf("set %s=0 before the model is built (lossland's pkg/xla does)",
					graph.FusionEnv)}
		}
	}
	return nil
}

// pair maps from[i] to to[i] after it checked that they fit each other.
func pair(from, to []*graph.Node) map[*graph.Node]*graph.Node {
	if len(from) != len(to) {
		exceptions.Panicf("transform: %d nodes to replace, but %d replacements", len(from), len(to))
	}
	m := make(map[*graph.Node]*graph.Node, len(from))
	for i, f := range from {
		if !f.Shape().Equal(to[i].Shape()) {
			exceptions.Panicf(
				"transform: replacement %d of %d has shape %s, but what it replaces has %s (%s)",
				i, len(from), to[i].Shape(), f.Shape(), f)
		}
		m[f] = to[i]
	}
	return m
}

// cloneOn builds n's operation on replaced inputs.
func cloneOn(n *graph.Node, replaced map[*graph.Node]*graph.Node) *graph.Node {
	inputs := make([]*graph.Node, len(n.Inputs()))
	for i, in := range n.Inputs() {
		inputs[i] = orSelf(replaced, in)
	}
	return n.CloneWithInputs(inputs...)
}

func orSelf(m map[*graph.Node]*graph.Node, n *graph.Node) *graph.Node {
	if r := m[n]; r != nil {
		return r
	}
	return n
}

// refuseCapture panics if n's custom gradient, applied to n's clone, still reads one of the nodes
// that were replaced: the gradient of the replayed loss would then mix two sets of weights. The
// gradient built to find that out is dead code, which the compiler drops.
func refuseCapture(n *graph.Node, replaced map[*graph.Node]*graph.Node) {
	clone := replaced[n]
	adjoint := graph.OnesLike(clone)
	// the replacements may themselves be computed from the originals.
	fresh := make(map[*graph.Node]bool, len(replaced))
	for _, r := range replaced {
		fresh[r] = true
	}
	seen := make(map[*graph.Node]bool)
	pending := n.CustomGradient()(clone, []*graph.Node{adjoint}, shapes.Make(clone.DType()))
	for len(pending) > 0 {
		reached := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if reached == nil || seen[reached] || fresh[reached] {
			continue
		}
		seen[reached] = true
		if replaced[reached] != nil {
			panic(&Unsupported{Transform: "replay", Op: opName(n), Node: n.String(),
				Why: "its custom gradient captured a forward node (" + reached.String() + ")",
				Fix: "let the gradient function read the node that it is passed instead of one " +
					"from its closure"})
		}
		pending = append(pending, reached.Inputs()...)
	}
}
