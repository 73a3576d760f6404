package analytic

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// checkTheta panics unless theta has shape [n].
func checkTheta(theta *Node, n int) {
	if theta.Rank() != 1 || theta.Shape().Dimensions[0] != n || !theta.DType().IsFloat() {
		exceptions.Panicf("analytic: theta has shape %s, the problem needs a float of shape [%d]",
			theta.Shape(), n)
	}
}

// component returns θᵢ as a scalar. It is a sum over a mask and not a slice, because GoMLX has no
// second derivative of a slice (its gradient is a Pad, which has none).
func component(theta *Node, i int) *Node {
	mask := make([]float64, theta.Shape().Dimensions[0])
	mask[i] = 1
	return ReduceAllSum(Mul(theta, constant(theta, mask)))
}

// part returns block i of a theta of equal blocks: [blocks·k] → [k]. It masks for the same reason
// as component.
func part(theta *Node, i, blocks int) *Node {
	mask := make([][]float64, blocks)
	for b := range mask {
		mask[b] = []float64{0}
	}
	mask[i][0] = 1
	stacked := Reshape(theta, blocks, -1)                    // [blocks, k]
	return ReduceSum(Mul(stacked, constant(theta, mask)), 0) // [k]
}

// constant returns x in the data type of theta.
func constant(theta *Node, x any) *Node { return ConstAsDType(theta.Graph(), theta.DType(), x) }
