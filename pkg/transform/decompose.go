package transform

import (
	"reflect"

	"github.com/gomlx/gomlx/core/graph"
)

// Gradient is graph.Gradient of a loss whose normalisation layers were first written in primitives (see [Decompose]). It also
// works where graph.Gradient panics: GoMLX's default BatchNorm has no gradient in inference mode.
func Gradient(loss *graph.Node, wrt ...*graph.Node) []*graph.Node {
	return graph.Gradient(Decompose([]*graph.Node{loss})[0], wrt...)
}

// Decompose replays roots with batch normalisation written in primitives, and returns the new roots. The values are the same up to
// rounding; what doesn't consume a batch normalisation is shared with the original graph. Roots without any are returned as they
// are.
//
// It is what makes those operations differentiable (BatchNormForInference has no gradient in GoMLX) and twice differentiable
// (the gradient of BatchNormForTraining, BatchNormGradient, has none either).
//
// Cost: when the graph runs, the same passes over the data as XLA's own expansion of these operations.
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

// batchNorm is batch normalisation along one axis of an operand: y = (x − μ)/√(σ² + ε)·scale + offset.
type batchNorm struct {
	epsilon float64
	dims    []int // of a [features] vector shaped to broadcast against the operand.
	others  []int // all axes but the features'.
	count   float64
}

func newBatchNorm(n, operand *graph.Node) batchNorm {
	b := batchNorm{epsilon: param(n, "epsilon").Float(), count: 1}
	featureAxis := int(param(n, "featureAxis").Int())
	for axis, dim := range operand.Shape().Dimensions {
		if axis == featureAxis {
			b.dims = append(b.dims, dim)
			continue
		}
		b.dims = append(b.dims, 1)
		b.others = append(b.others, axis)
		b.count *= float64(dim)
	}
	return b
}

// spread shapes a [features] vector to broadcast against the operand.
func (b batchNorm) spread(v *graph.Node) *graph.Node { return graph.Reshape(v, b.dims...) }

// deviation is √(σ² + ε).
func (b batchNorm) deviation(variance *graph.Node) *graph.Node {
	return graph.Sqrt(graph.AddScalar(variance, b.epsilon))
}

func (b batchNorm) normalize(x, scale, offset, mean, variance *graph.Node) *graph.Node {
	gain := graph.Div(scale, b.deviation(variance)) // [features]
	return graph.Add(graph.Mul(graph.Sub(x, b.spread(mean)), b.spread(gain)), b.spread(offset))
}

// train returns the normalized operand and the mean and (biased) variance of the batch.
func (b batchNorm) train(x, scale, offset *graph.Node) []*graph.Node {
	mean := graph.ReduceMean(x, b.others...)
	variance := graph.ReduceMean(graph.Square(graph.Sub(x, b.spread(mean))), b.others...)
	return []*graph.Node{b.normalize(x, scale, offset, mean, variance), mean, variance}
}

// gradient returns the gradients with respect to operand, scale and offset (Ioffe and Szegedy 2015, section 3), given that mean and
// variance are those of x.
func (b batchNorm) gradient(x, scale, mean, variance, g *graph.Node) []*graph.Node {
	deviation := b.deviation(variance)
	normalized := graph.Div(graph.Sub(x, b.spread(mean)), b.spread(deviation))
	dOffset := graph.ReduceSum(g, b.others...)
	dScale := graph.ReduceSum(graph.Mul(g, normalized), b.others...)
	centred := graph.Sub(g, graph.DivScalar(graph.Add(b.spread(dOffset), graph.Mul(normalized, b.spread(dScale))), b.count))
	return []*graph.Node{graph.Mul(centred, b.spread(graph.Div(scale, deviation))), dScale, dOffset}
}

// splitIndex says which output of its multi-output input a SplitNode is.
func splitIndex(n *graph.Node) int { return int(param(n, "index").Int()) }

// param reads a static parameter of a node's operation, such as BatchNorm's epsilon. GoMLX keeps them unexported and prints
// them; reading the field by name is exact where the printed text is rounded. TestParam pins the names used here.
func param(n *graph.Node, name string) reflect.Value {
	return reflect.ValueOf(n).Elem().FieldByName("inputs").Elem().Elem().FieldByName(name)
}

// intsParam reads a parameter that is a list of integers.
func intsParam(n *graph.Node, name string) []int {
	v := param(n, name)
	ints := make([]int, v.Len())
	for i := range ints {
		ints[i] = int(v.Index(i).Int())
	}
	return ints
}
