package sam

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"

	"lossland/pkg/transform"
)

// replay returns loss at other weights, which may have a wider type than the ones they replace.
func replay(loss *graph.Node, from, to []*graph.Node) *graph.Node {
	if slices.EqualFunc(from, to, func(f, t *graph.Node) bool { return f.DType() == t.DType() }) {
		return transform.Substitute(loss, from, to)
	}
	return replayWide(loss, from, to)
}

// replayWide is replay where 16-bit weights became float32. A perturbation of 0.05 spread over a
// hundred thousand weights is far below bfloat16's resolution of 1/256 of a weight, so a perturbed
// weight that is rounded back to bfloat16 is mostly the old one. So whatever depends on the weights
// is computed in float32: 16-bit inputs are converted, and conversions to 16 bits are left out.
func replayWide(loss *graph.Node, from, to []*graph.Node) *graph.Node {
	if err := transform.Check([]*graph.Node{loss}, from); err != nil {
		panic(err)
	}
	replaced := make(map[*graph.Node]*graph.Node, len(from))
	for i, f := range from {
		replaced[f] = to[i]
	}
	for _, n := range transform.Dependents([]*graph.Node{loss}, from) {
		if replaced[n] == nil {
			replaced[n] = cloneWide(n, replaced)
		}
	}
	if r := replaced[loss]; r != nil {
		return r
	}
	return loss
}

// cloneWide builds n on replaced inputs in their wide types.
func cloneWide(n *graph.Node, replaced map[*graph.Node]*graph.Node) *graph.Node {
	inputs := slices.Clone(n.Inputs())
	for i, in := range inputs {
		if r := replaced[in]; r != nil {
			inputs[i] = r
		} else if in.NumOutputs() == 1 {
			inputs[i] = graph.ConvertDType(in, wide(in.DType()))
		}
	}
	if n.Type() == graph.NodeTypeConvertDType {
		return graph.ConvertDType(inputs[0], wide(n.DType()))
	}
	return n.CloneWithInputs(inputs...)
}
