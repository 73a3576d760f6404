package experiments

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
)

// network is a multilayer perceptron whose weights are one flat vector θ. It is laid out as
// landscape.Params lays out training.MLP, so that both measure the same θ: variables by path, each
// layer's biases before its kernel [in, out], row by row.
type network struct {
	// Widths are the inputs, the hidden layers, the outputs.
	Widths []int
	// Activation is "relu", "tanh" or "sigmoid".
	Activation string
	Loss       lossKind
	DType      dtypes.DType

	// Narrow draws kernels with variance 1/(3·in), as PyTorch's layers do by default, instead.
	Narrow bool `json:",omitempty"`
}

// lossKind is what is minimised.
type lossKind string

const (
	crossEntropy lossKind = "cross-entropy"
	// halfSquares is ½‖output − target‖², summed over outputs and averaged over examples, as in
	// Cohen et al. 2021.
	halfSquares lossKind = "half squared error"
)

// mlp is the plan's common network: 64-32-32-10, ReLU, cross-entropy, float32.
var mlp = network{Widths: []int{64, 32, 32, 10}, Activation: "relu", Loss: crossEntropy,
	DType: dtypes.Float32}

// size is n, the number of weights.
func (n network) size() int {
	size := 0
	for l := 1; l < len(n.Widths); l++ {
		size += (n.Widths[l-1] + 1) * n.Widths[l]
	}
	return size
}

// outputs is the width of the last layer.
func (n network) outputs() int { return n.Widths[len(n.Widths)-1] }

// initial draws θ: biases 0 and kernels N(0, v), with v = 2/in for ReLU (He et al. 2015), 1/in for
// tanh (LeCun) and 2/(in+out) for sigmoid (Glorot and Bengio 2010).
func (n network) initial(seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 0x1e55))
	theta := make([]float64, 0, n.size())
	for l := 1; l < len(n.Widths); l++ {
		in, out := n.Widths[l-1], n.Widths[l]
		variance := map[string]float64{"relu": 2 / float64(in), "tanh": 1 / float64(in),
			"sigmoid": 2 / float64(in+out)}[n.Activation]
		if n.Narrow {
			variance = 1 / float64(3*in)
		}
		theta = append(theta, make([]float64, out)...)
		for range in * out {
			theta = append(theta, math.Sqrt(variance)*rng.NormFloat64())
		}
	}
	return theta
}

// logits are the outputs [B, outputs] for theta [n] and x [B, features].
func (n network) logits(theta, x *graph.Node) *graph.Node {
	offset := 0
	part := func(rows, columns int) *graph.Node {
		p := graph.Slice(theta, graph.AxisRange(offset, offset+rows*columns))
		offset += rows * columns
		return graph.Reshape(p, rows, columns)
	}
	for l := 1; l < len(n.Widths); l++ {
		in, out := n.Widths[l-1], n.Widths[l]
		bias, kernel := part(1, out), part(in, out)
		x = graph.Add(graph.MatMul(x, kernel), bias)
		if l < len(n.Widths)-1 {
			x = n.activate(x)
		}
	}
	return x
}

// activate applies the activation.
func (n network) activate(x *graph.Node) *graph.Node {
	switch n.Activation {
	case "relu":
		return activation.Relu(x)
	case "tanh":
		return graph.Tanh(x)
	case "sigmoid":
		return graph.Sigmoid(x)
	}
	panic(fmt.Errorf("experiments: activation %q", n.Activation))
}

// perExample are the losses [B] for targets y [B, outputs], one-hot for cross-entropy.
func (n network) perExample(logits, y *graph.Node) *graph.Node {
	if n.Loss == halfSquares {
		return graph.MulScalar(graph.ReduceSum(graph.Square(graph.Sub(logits, y)), 1), 0.5)
	}
	return graph.Neg(graph.ReduceSum(graph.Mul(y, graph.LogSoftmax(logits)), 1))
}

// loss is the mean loss of a batch, a scalar.
func (n network) loss(theta, x, y *graph.Node) *graph.Node {
	return graph.ReduceAllMean(n.perExample(n.logits(theta, x), y))
}
