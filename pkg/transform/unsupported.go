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
	return fmt.Sprintf("transform: %s: can't transform %s (%s): %s; %s", u.Transform, u.Op, u.Node,
		u.Why, u.Fix)
}

// opName names the operation of a node.
func opName(n *graph.Node) string { return OpName(n.Type()) }

// OpName names an operation, including the four types above 1000 that GoMLX's stringer doesn't
// know.
func OpName(op graph.NodeType) string {
	switch op {
	case graph.NodeTypeCall:
		return "Call"
	case graph.NodeTypeWhile:
		return "While"
	case graph.NodeTypeIf:
		return "If"
	case graph.NodeTypeSort:
		return "Sort"
	}
	return op.String()
}

// IsClosureOp reports whether n runs a function that may have captured anything (While, If, Call).
// Nodes that the function captured are not among n.Inputs. A Sort also runs a function, its
// comparator, which captures something only if the model's author wrote it that way: [Check] looks
// into it.
func IsClosureOp(n *graph.Node) bool { return HasClosures(n.Type()) }

// HasClosures is [IsClosureOp] for a node type.
func HasClosures(op graph.NodeType) bool {
	switch op {
	case graph.NodeTypeCall, graph.NodeTypeWhile, graph.NodeTypeIf:
		return true
	}
	return false
}

// captured returns the nodes of other functions that a Sort's comparator reads.
func captured(sort *graph.Node) []*graph.Node {
	comparator := param(sort, "comparator").Pointer()
	inside := func(
		n *graph.Node) bool {
		return reflect.ValueOf(n.Function()).Pointer() == comparator
	}
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
