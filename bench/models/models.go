// Package models has the networks that several benchmarks measure, and data for them. peer.py in
// bench/hvp and in bench/sam builds the same networks.
package models

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
)

// MLP is [batch, 64] → 128 → 128 → [batch, 10] with ReLU: 26,122 weights.
func MLP(scope *model.Scope, x *graph.Node) *graph.Node {
	x = activation.Relu(layers.Dense(scope.In("l0"), x, true, 128))
	x = activation.Relu(layers.Dense(scope.In("l1"), x, true, 128))
	return layers.Dense(scope.In("out"), x, true, 10)
}

// CNN is two convolutions of 8 and 16 channels, 3×3, the first followed by max-pool and the second
// by mean-pool, and a dense layer: [batch, height, width, channels] → [batch, 10].
func CNN(scope *model.Scope, x *graph.Node) *graph.Node {
	x = convolution(scope.In("c0"), x, 8)
	x = graph.MaxPool(x).Window(2).Done()
	x = convolution(scope.In("c1"), x, 16)
	x = graph.MeanPool(x).Window(2).Done()
	x = graph.Reshape(x, x.Shape().Dimensions[0], -1)
	return layers.Dense(scope.In("out"), x, true, 10)
}

// convolution is 3×3 with padding, then ReLU.
func convolution(scope *model.Scope, x *graph.Node, channels int) *graph.Node {
	return activation.Relu(layers.Convolution(scope, x).
		Channels(channels).KernelSize(3).PadSame().Done())
}
