package transform

import (
	"github.com/gomlx/gomlx/core/graph"
)

// batchNorm is batch normalisation along one axis of an operand: y = (x − μ)/√(σ² + ε)·scale +
// offset.
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

// gradient returns the gradients with respect to operand, scale and offset (Ioffe and Szegedy 2015,
// section 3), given that mean and variance are those of x.
func (b batchNorm) gradient(x, scale, mean, variance, g *graph.Node) []*graph.Node {
	deviation := b.deviation(variance)
	normalized := graph.Div(graph.Sub(x, b.spread(mean)), b.spread(deviation))
	dOffset := graph.ReduceSum(g, b.others...)
	dScale := graph.ReduceSum(graph.Mul(g, normalized), b.others...)
	common := graph.Add(b.spread(dOffset), graph.Mul(normalized, b.spread(dScale)))
	centred := graph.Sub(g, graph.DivScalar(common, b.count))
	return []*graph.Node{graph.Mul(centred, b.spread(graph.Div(scale, deviation))), dScale, dOffset}
}
