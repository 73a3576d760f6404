package training

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
)

// Model is a network. Graph is a model function as train.NewTrainer takes it.
type Model interface {
	// Name says everything that decides what Graph builds, since the cache tells models apart by
	// it.
	Name() string
	// Graph builds the prediction for x, shape [N, …]: logits of shape [N, outputs]. It panics on
	// errors.
	Graph(scope *model.Scope, x *graph.Node) *graph.Node
}

var (
	_ Model = MLP{}
	_ Model = CNN{}
	_ Model = ModelFunc{}
)

// ModelFunc makes a Model of any GoMLX model function. ID has to change whenever Build does.
type ModelFunc struct {
	ID    string
	Build func(scope *model.Scope, x *graph.Node) *graph.Node
}

// Name implements Model.
func (f ModelFunc) Name() string { return "func " + f.ID }

// Graph implements Model.
func (f ModelFunc) Graph(scope *model.Scope, x *graph.Node) *graph.Node { return f.Build(scope, x) }

// MLP is a multilayer perceptron: dense layers of the widths in Hidden, each with BatchNorm if
// asked for, activation and dropout, then a dense layer of Outputs. Inputs of more than two axes
// are flattened. Weights start as He et al. 2015, biases at zero.
type MLP struct {
	Hidden  []int
	Outputs int

	// Activation is "relu" (the default), "tanh", "gelu" or "linear".
	Activation string

	// BatchNorm stands between a hidden layer and its activation, moving averages with momentum
	// 0.9.
	BatchNorm bool

	// Dropout is the share of hidden activations dropped in training.
	// Default 0, none.
	Dropout float64
}

// Name implements Model.
func (m MLP) Name() string {
	parts := []string{"mlp"}
	for _, width := range m.Hidden {
		parts = append(parts, fmt.Sprint(width))
	}
	parts = append(parts, fmt.Sprint(m.Outputs))
	name := strings.Join(parts, "-")
	if len(m.Hidden) > 0 {
		name += " " + orRelu(m.Activation)
	}
	if m.BatchNorm {
		name += " batchnorm"
	}
	if m.Dropout != 0 {
		name += fmt.Sprintf(" dropout=%v", m.Dropout)
	}
	return name
}

// Graph implements Model.
func (m MLP) Graph(scope *model.Scope, x *graph.Node) *graph.Node {
	if x.Rank() > 2 {
		x = graph.Reshape(x, x.Shape().Dimensions[0], -1) // [N, features]
	}
	for i, width := range m.Hidden {
		layer := scope.In("hidden_%d", i)
		x = layers.Dense(layer, x, true, width) // [N, width]
		if m.BatchNorm {
			x = batchNorm(layer, x)
		}
		x = activate(m.Activation, x)
		x = layers.DropoutStatic(layer, x, m.Dropout)
	}
	return layers.Dense(scope.In("output"), x, true, m.Outputs) // [N, outputs]
}

// CNN is the lesson's small convolutional network for images of shape [N, height, width, channels]:
// 3×3 convolution to 8 channels, activation, 2×2 max pooling; 3×3 convolution to 16, activation,
// 2×2 mean pooling; dense layer of Outputs. An input of shape [N, features] is taken for square
// images of one channel.
type CNN struct {
	Outputs int

	// Activation is "relu" (the default), "tanh", "gelu" or "linear".
	Activation string

	// BatchNorm stands between a convolution and its activation, moving averages with momentum 0.9.
	BatchNorm bool
}

// Name implements Model.
func (c CNN) Name() string {
	name := fmt.Sprintf("cnn-8-16-%d %s", c.Outputs, orRelu(c.Activation))
	if c.BatchNorm {
		name += " batchnorm"
	}
	return name
}

// Graph implements Model.
func (c CNN) Graph(scope *model.Scope, x *graph.Node) *graph.Node {
	x = asSquare(x) // [N, h, w, channels]
	x = c.convolve(scope.In("conv_0"), x, 8)
	x = graph.MaxPool(x).Window(2).Done() // [N, h/2, w/2, 8]
	x = c.convolve(scope.In("conv_1"), x, 16)
	x = graph.MeanPool(x).Window(2).Done() // [N, h/4, w/4, 16]
	x = graph.Reshape(x, x.Shape().Dimensions[0], -1)
	return layers.Dense(scope.In("output"), x, true, c.Outputs) // [N, outputs]
}

func (c CNN) convolve(scope *model.Scope, x *graph.Node, channels int) *graph.Node {
	x = layers.Convolution(scope, x).Channels(channels).KernelSize(3).PadSame().Done()
	if c.BatchNorm {
		x = batchNorm(scope, x)
	}
	return activate(c.Activation, x)
}

// asSquare makes images of x: of shape [N, features] it makes square ones of one channel,
// [N, side, side, 1]; images stay as they are.
func asSquare(x *graph.Node) *graph.Node {
	dims := x.Shape().Dimensions
	switch x.Rank() {
	case 2:
		side := int(math.Round(math.Sqrt(float64(dims[1]))))
		if side*side != dims[1] {
			panic(fmt.Errorf("training: x has shape %s: %d features are no square image",
				x.Shape(), dims[1]))
		}
		return graph.Reshape(x, dims[0], side, side, 1)
	case 4:
		return x
	}
	panic(fmt.Errorf("training: x has shape %s, want [N, features] or [N, height, width, channels]",
		x.Shape()))
}

// batchNorm has two settings that matter. In inference the backend's own operation has no gradient,
// so that the landscape needs the plain one; in training it is the other way round, since GoMLX's
// plain one lets no gradient through the batch's mean and variance. And with GoMLX's momentum of
// 0.99 the averages of a short training lag behind.
func batchNorm(scope *model.Scope, x *graph.Node) *graph.Node {
	training := scope.IsTraining(x.Graph())
	return norm.BatchNorm(scope, x, -1).Momentum(0.9).UseBackendInference(training).Done()
}

func orRelu(name string) string {
	if name == "" {
		return "relu"
	}
	return name
}

// activate applies an activation by name.
func activate(name string, x *graph.Node) *graph.Node {
	switch orRelu(name) {
	case "relu":
		return activation.Relu(x)
	case "tanh":
		return graph.Tanh(x)
	case "gelu":
		return activation.Gelu(x)
	case "linear":
		return x
	}
	panic(fmt.Errorf("training: activation %q, want relu, tanh, gelu or linear", name))
}
