// Package transform replays traced GoMLX graphs. All of the toolkit's measurements build on it.
//
// A traced loss is a directed graph of [graph.Node]s. GoMLX exports what is needed to walk it
// (Node.Inputs, Node.Type) and to build the same operation on other inputs (Node.CloneWithInputs).
// These transformations share that walk:
//
//   - [Substitute]: the loss at other weights. What doesn't depend on the weights (the dropout
//     mask, the data) is shared with the original, not recomputed.
//   - [SubstituteEach]: the same at several weights in one program, as a leading axis.
//   - [Lift]: along a plane every weight is w + αd₁ + βd₂. What is linear in the weights is
//     computed once for a whole grid.
//   - [JVP]: forward-mode derivatives. The tangent of a linear operation is its clone on the
//     tangent. [HVP] is the JVP of a gradient.
//   - [Unconvolve]: convolutions as matrix products, whose derivatives are faster on a CPU.
//   - [Decompose]: batch normalisation in primitives, which makes it differentiable, twice.
//   - [FollowExamples] and [ReadQuotient]: which part of a loss belongs to which example.
//   - [Uses] and [Probe]: how a weight enters a graph, and what a graph holds.
//
// [CheckGradient] compares the derivatives with differences.
//
// # Notation
//
//	θ   all trainable weights
//	w   one variable of θ
//	d   a direction in weight space
//	t   a tangent: a derivative along a direction
//
// See docs/notation.md.
//
// # Failure
//
// All functions here build graphs, so they panic on error as GoMLX's do. [CheckGradient] returns an
// error, because it runs what it builds. If an operation can't be transformed, the panic's value is
// an [*Unsupported], which names it and says what to do. Such an operation depends on the replaced
// nodes in a way that the walk can't see:
//
//   - closures (While, If, Call), which may have captured a weight, and a Sort whose comparator has
//   - the fused operations of the pure-Go backend, which lose their gradient when they are cloned
//   - custom gradients that captured forward nodes
//
// [Check] reports the same as an error, without building anything.
//
// # Files
//
//	decompose.go             Decompose and Gradient
//	decompose_batchnorm.go   batch normalisation and its gradient in primitives
//	each.go                  SubstituteEach and SubstituteAlong: several values at once
//	each_products.go         their rules for matrix products and convolutions
//	each_rules.go            their rules for everything else
//	examples_place.go        whether an example's part depends on its place in the batch
//	examples.go              FollowExamples: which part of a node belongs to which example
//	examples_loop.go         the same through a While
//	filters.go               Uses: how a weight enters, and which of its axes index filters
//	form.go                  LossForm, what a loss is over its examples
//	gradcheck.go             CheckGradient
//	hvp.go                   HVP
//	jvp.go                   JVP, JVPs and JVPsThroughStops: the forward walk
//	jvp_linear.go            rules for linear and bilinear operations
//	jvp_nonlinear.go         rules for quotients, powers, element-wise functions and extremes
//	jvp_rules.go             which operation has which rule
//	jvp_window.go            the rule for pooling
//	lift.go                  Lift
//	lift_blocks.go           Blocks: a lifted replay in blocks of examples, and where it pays
//	lift_blocks_rules.go     the rules for blocks, by operation
//	lift_convolution.go      convolutions with channels last
//	lift_pool.go             pooling as slices
//	lift_split.go            where Lift cuts a graph
//	param.go                 static parameters of operations
//	probe.go                 Probe
//	quotient.go              ReadQuotient: a loss as quotients of sums over the examples
//	substitute.go            Substitute and Check
//	unconvolve.go            Unconvolve, and where it pays
//	unconvolve_last.go       convolutions with examples last, and what follows them
//	unconvolve_patches.go    a convolution as a matrix product
//	unconvolve_pool.go       pooling as selections and sums
//	unsupported.go           Unsupported, and which operations a walk can't see into
//	walk.go                  the walk: topological order, Dependents
package transform
