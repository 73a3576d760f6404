package transform

import (
	"github.com/gomlx/gomlx/core/graph"
)

// Gradient is graph.Gradient of a loss whose batch normalisation is first written in primitives
// (see [Decompose]), and its convolutions and pools in what is faster to differentiate (see
// [Unconvolve]). It works where graph.Gradient panics: GoMLX's default BatchNorm has no gradient in
// inference mode.
func Gradient(loss *graph.Node, wrt ...*graph.Node) []*graph.Node {
	return graph.Gradient(Unconvolve(Decompose([]*graph.Node{loss}), wrt)[0], wrt...)
}

// Decompose replays roots with batch normalisation written in primitives, and returns the new
// roots. The values are the same up to rounding. What doesn't depend on a batch normalisation is
// shared with the original graph. Roots without batch normalisation are returned as they are.
//
// This makes batch normalisation differentiable in inference (BatchNormForInference has no gradient
// in GoMLX) and twice differentiable in training (BatchNormGradient, the gradient of
// BatchNormForTraining, has none either).
//
// Cost: when the graph runs, the same passes over the data as XLA's own expansion of these
// operations.
func Decompose(roots []*graph.Node) []*graph.Node {
	replaced := make(map[*graph.Node]*graph.Node)
	parts := make(map[*graph.Node][]*graph.Node) // the outputs of the nodes that have several.
	for _, n := range topological(roots) {
		in := make([]*graph.Node, len(n.Inputs()))
		changed := false
		for i, input := range n.Inputs() {
			in[i] = orSelf(replaced, input)
			changed = changed || in[i] != input || parts[input] != nil
		}
		switch n.Type() {
		case graph.NodeTypeBatchNormForInference:
			replaced[n] = newBatchNorm(n, in[0]).normalize(in[0], in[1], in[2], in[3], in[4])
		case graph.NodeTypeBatchNormForTraining:
			parts[n] = newBatchNorm(n, in[0]).train(in[0], in[1], in[2])
		case graph.NodeTypeBatchNormGradient:
			parts[n] = newBatchNorm(n, in[0]).gradient(in[0], in[1], in[2], in[3], in[4])
		case graph.NodeTypeSplitNode:
			if outputs := parts[n.Inputs()[0]]; outputs != nil {
				replaced[n] = outputs[splitIndex(n)]
			} else if changed {
				replaced[n] = n.CloneWithInputs(in...)
			}
		default:
			if changed {
				replaced[n] = n.CloneWithInputs(in...)
			}
		}
	}
	out := make([]*graph.Node, len(roots))
	for i, r := range roots {
		out[i] = orSelf(replaced, r)
	}
	return out
}
