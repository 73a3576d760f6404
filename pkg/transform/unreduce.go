package transform

import (
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Unreduce undoes a mean over examples. For a scalar loss of a batch of n examples it returns one
// value for each example, shape [n]. Their mean is exactly the loss. It returns nil if the loss
// isn't built that way.
//
// GoMLX's losses return the mean over the batch, which hides the spread that a standard error
// needs. The traced graph still holds the terms of the sum. The scalar is followed back through the
// operations that are linear in it (scaling, sign, conversion, sums of such losses) to a ReduceSum
// over a tensor whose first axis has n elements, and those operations are replayed on each
// example's part of that sum. With L = c·Σᵢxᵢ, example i's value is n·c·xᵢ; values along further
// axes (tokens, outputs) are summed. A mask or weights are part of x and c, so a masked-out example
// has the value 0.
//
// A sum over the model's variables alone (a penalty on weights inside the loss function) isn't a
// sum over examples, even if its first axis happens to have n elements. For a loss with such a term
// Unreduce returns nil.
//
// Cost: one reduction; no forward pass.
func Unreduce(loss *graph.Node, n int) *graph.Node {
	if !loss.IsScalar() {
		return nil
	}
	in := loss.Inputs()
	switch loss.Type() {
	case graph.NodeTypeReduceSum:
		if in[0].Rank() == 0 || in[0].Shape().Dimensions[0] != n || ofVariables(in[0]) {
			return nil
		}
		return graph.MulScalar(graph.ReduceSum(graph.Reshape(in[0], n, -1), 1), float64(n))
	case graph.NodeTypeMul:
		if terms := Unreduce(in[0], n); terms != nil {
			return graph.Mul(terms, in[1])
		}
		if terms := Unreduce(in[1], n); terms != nil {
			return graph.Mul(in[0], terms)
		}
	case graph.NodeTypeDiv:
		if terms := Unreduce(in[0], n); terms != nil {
			return graph.Div(terms, in[1])
		}
	case graph.NodeTypeAdd, graph.NodeTypeSub:
		a, b := Unreduce(in[0], n), Unreduce(in[1], n)
		if a != nil && b != nil {
			return loss.CloneWithInputs(a, b)
		}
	case graph.NodeTypeNeg, graph.NodeTypeIdentity:
		if terms := Unreduce(in[0], n); terms != nil {
			return loss.CloneWithInputs(terms)
		}
	case graph.NodeTypeConvertDType:
		if terms := Unreduce(in[0], n); terms != nil {
			return graph.ConvertDType(terms, loss.DType())
		}
	case graph.NodeTypeReshape:
		if in[0].IsScalar() {
			return Unreduce(in[0], n)
		}
	}
	return nil
}

// ofVariables reports whether n is computed from variables of a model and from scalars alone.
func ofVariables(n *graph.Node) bool {
	found := false
	for _, leaf := range topological([]*graph.Node{n}) {
		switch {
		case len(leaf.Inputs()) > 0 || leaf.Type() == graph.NodeTypeConstant && leaf.IsScalar():
		case leaf.Type() == graph.NodeTypeParameter && strings.HasPrefix(leaf.GetParameterName(),
			model.ScopeSeparator):
			found = true
		default:
			return false
		}
	}
	return found
}
