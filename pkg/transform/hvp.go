package transform

import "github.com/gomlx/gomlx/core/graph"

// HVP returns the products of the Hessian of a scalar loss with vectors, forward over reverse: the
// [JVP] of the gradient. vectors[k] is one vector: a node for each weight, of that weight's shape.
// The products have the same layout. The gradient is returned with them.
//
// It is exact up to rounding, and works where graph.Gradient of a graph.Gradient panics (max-pool,
// Pad, Reverse, batch normalisation). It is the derivative of what graph.Gradient computes, with
// what is behind StopGradient held constant. See [JVP] for that and for custom gradients.
//
// Cost: the first vector costs about three gradients, and each further vector in the same graph
// two. The gradient of a dense layer takes three matrix products, and a Hessian-vector product six
// more. Source: Pearlmutter 1994, "Fast exact multiplication by the Hessian", whose R-operator this
// is.
func HVP(
	loss *graph.Node, weights []*graph.Node, vectors [][]*graph.Node,
) (products [][]*graph.Node, gradient []*graph.Node) {
	gradient = Gradient(loss, weights...)
	return JVPs(gradient, weights, vectors), gradient
}
