package losses

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/support/exceptions"
)

// elementwise is the mean over all values of a function of a prediction and its label.
func elementwise(name string, of func(x, y *graph.Node) *graph.Node) train.LossFn {
	return func(labels, predictions []*graph.Node) *graph.Node {
		if len(labels) == 0 {
			exceptions.Panicf("losses: the data has no labels, and %s compares with them", name)
		}
		x, y := predictions[0], labels[0]
		if y.DType() != x.DType() {
			y = graph.ConvertDType(y, x.DType())
		}
		a, b := squeezed(x), squeezed(y)
		if !slices.Equal(a, b) {
			exceptions.Panicf("losses: labels are %s, and predictions %s: %s wants one label for "+
				"each value", labels[0].Shape(), x.Shape(), name)
		}
		if !y.Shape().EqualDimensions(x.Shape()) {
			y = graph.Reshape(y, x.Shape().Dimensions...)
		}
		return mean(of(x, y))
	}
}

// squeezed is a shape without a last axis of one value, so that [N] and [N, 1] agree.
func squeezed(x *graph.Node) []int {
	dims := x.Shape().Dimensions
	if n := len(dims); n > 1 && dims[n-1] == 1 {
		return dims[:n-1]
	}
	return dims
}

// squared is (x − y)².
func squared(x, y *graph.Node) *graph.Node { return graph.Square(graph.Sub(x, y)) }

// binary is −y·log x − (1−y)·log(1−x), with logarithms of −100 at least, as in PyTorch.
func binary(x, y *graph.Node) *graph.Node {
	log := func(p *graph.Node) *graph.Node { return graph.MaxScalar(graph.Log(p), -100) }
	return graph.Neg(graph.Add(graph.Mul(y, log(x)),
		graph.Mul(graph.OneMinus(y), log(graph.OneMinus(x)))))
}

// binaryLogits is binary at σ(x), computed as (1−y)·x + (1+(p−1)·y)·log(1+e⁻ˣ), with p the weight
// of the positive class.
func binaryLogits(cfg Config) train.LossFn {
	return elementwise("bce-logits", func(x, y *graph.Node) *graph.Node {
		low := graph.Log1P(graph.Exp(graph.Neg(graph.Abs(x))))
		soft := graph.Add(low, graph.Max(graph.Neg(x), graph.ZerosLike(x))) // log(1 + e⁻ˣ)
		if len(cfg.ClassWeights) == 1 {
			soft = graph.Mul(soft, graph.AddScalar(graph.MulScalar(y, cfg.ClassWeights[0]-1), 1))
		}
		return graph.Add(graph.Mul(graph.OneMinus(y), x), soft)
	})
}
