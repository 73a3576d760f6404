// Package transform replays traced GoMLX graphs: the one mechanism under the toolkit's three measurements.
//
// A traced loss is a directed graph of [graph.Node]s. GoMLX exports what is needed to walk it (Node.Inputs, Node.Type) and to
// build the same operation on other inputs (Node.CloneWithInputs). Four transformations share that walk:
//
//   - [Substitute]: the loss at other weights. Everything that doesn't depend on the weights (the dropout mask, the data) is
//     shared with the original, not recomputed.
//   - [Lift]: along a plane every weight is w + αd₁ + βd₂; what is linear in the weights is computed once for a whole grid.
//   - [JVP]: forward mode; a linear operation's tangent is its clone on the tangent. [HVP] is the JVP of a gradient, [Decompose] what
//     makes batch normalisation (twice) differentiable, [CheckGradient] the check of all of it against differences.
//   - [Probe]: what a graph depends on, and whether it holds random operations.
//
// # Notation
//
// θ: all trainable weights; w: one variable of it; d: a direction in weight space; t: a tangent. See docs/notation.md.
//
// # Failure
//
// All functions here build graphs, so they panic on error as GoMLX's do, with an [*Unsupported] where an operation can't be
// transformed: one whose value depends on the replaced nodes in a way that the walk can't see. Those are closures (While, If,
// Call), which may have captured a weight, and a Sort whose comparator has; the fused operations of the pure-Go backend, which
// lose their gradient when they are cloned; and custom gradients that captured forward nodes. [Check] says the same as an error,
// without building anything.
package transform
