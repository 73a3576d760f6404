package transform

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// JVP is forward-mode differentiation (Jacobian-vector product): it returns the tangents of outs,
// the derivatives of their values as the primals move along the tangents:
//
//	JVP(outs, primals, tangents)[i] = d/ds outs[i](primals + s·tangents) at s = 0
//
// primals may be any nodes of the graph of outs, such as the weights; tangents[i] has the shape and
// dtype of primals[i]. outs may themselves be a gradient: the result is then a Hessian-vector
// product (see [HVP]).
//
// JVP walks the graph from the primals to outs. The tangent of a linear operation is its clone on
// the tangent; that of a bilinear one is the sum of two clones. Element-wise functions and pooling
// have closed forms. Any other operation that GoMLX can differentiate gets its tangent by
// differentiating its VJP: with c(u) = ⟨vjp(u), t⟩, which is linear in u, the tangent is ∂c/∂u.
// Batch normalisation is first written in primitives (see [Decompose]).
//
// # What counts as the derivative
//
// What is behind graph.StopGradient is a constant. Its tangent is zero, as in JAX and PyTorch. So
// the Hessian of ½(a − stop(b))² at (1, 1) is [[1, 0], [0, 0]], and rounding with a
// straight-through estimator, x + stop(round(x) − x), has slope 1 in forward as in reverse mode.
// [JVPsThroughStops] follows the other convention, the derivative of the values.
//
// graph.IdentityWithCustomGradient is the identity: tangents pass through it unchanged, since a
// gradient that the user wrote says nothing about forward mode. It acts on reverse mode only. So
// the JVP of what graph.Gradient computes is the derivative of exactly that, and agrees with its
// central differences, even if a custom gradient makes it the gradient of no function.
// (jax.custom_vjp refuses forward mode instead.)
//
// Integers, booleans and random draws have no tangent. At kinks the conventions of GoMLX's VJPs
// hold (ReLU: 1 at 0; reductions to a maximum: every position that attains it; max-pool: the first
// in the window), so that JVP and VJP are transposes of each other.
//
// It panics with an [*Unsupported] for an operation without a rule. Central differences
// (spectrum.CentralDifference) need no rules.
//
// Cost: at most about twice the work of outs, less what is shared with the primal computation.
func JVP(outs, primals, tangents []*graph.Node) []*graph.Node {
	return JVPs(outs, primals, [][]*graph.Node{tangents})[0]
}

// JVPs is [JVP] along several sets of tangents, which share the primal computation. The first index
// of the result is that of tangents.
func JVPs(outs, primals []*graph.Node, tangents [][]*graph.Node) [][]*graph.Node {
	return jvps(outs, primals, tangents, false)
}

// JVPsThroughStops is [JVPs] of the values: tangents pass through graph.StopGradient, whose value
// is the identity. The result agrees with differences of outs. If a gradient contains a stopped
// node that depends on the primals, the matrix of its derivatives isn't symmetric.
func JVPsThroughStops(outs, primals []*graph.Node, tangents [][]*graph.Node) [][]*graph.Node {
	return jvps(outs, primals, tangents, true)
}

func jvps(outs, primals []*graph.Node, tangents [][]*graph.Node, through bool) [][]*graph.Node {
	outs = Decompose(outs)
	checkForward(outs, primals)
	all := make([][]*graph.Node, len(tangents))
	between := Dependents(outs, primals)
	for i, ts := range tangents {
		all[i] = forward(outs, primals, ts, between, through)
	}
	return all
}

// checkForward panics if the walk would miss something.
func checkForward(outs, primals []*graph.Node) {
	if err := Check(outs, primals); err != nil {
		var u *Unsupported
		if errors.As(err, &u) {
			u.Transform = "jvp"
			u.Fix += "; or, where the loss has a gradient, use central differences of it " +
				"(spectrum.CentralDifference)"
		}
		panic(err)
	}
}

// forward computes the tangents of outs along one set of tangents. between are the dependents of
// primals in topological order. Tangents pass through stopped nodes only if through is set.
func forward(outs, primals, tangents, between []*graph.Node, through bool) []*graph.Node {
	tangent := pair(primals, tangents)
	for _, n := range between {
		if tangent[n] != nil || n.StopGradient() && !through {
			continue
		}
		if t := tangentOf(n, tangent); t != nil {
			if !t.Shape().Equal(n.Shape()) {
				exceptions.Panicf("transform: jvp: the tangent of %s has shape %s", n, t.Shape())
			}
			tangent[n] = t
		}
	}
	out := make([]*graph.Node, len(outs))
	for i, o := range outs {
		if out[i] = tangent[o]; out[i] == nil {
			out[i] = graph.ZerosLike(o)
		}
	}
	return out
}

// tangentOf applies the rule of n's operation. nil stands for a tangent of zero.
func tangentOf(n *graph.Node, tangent map[*graph.Node]*graph.Node) *graph.Node {
	if n.NumOutputs() != 1 || !(n.DType().IsFloat() || n.DType().IsComplex()) {
		return nil
	}
	in, source := n.Inputs(), n
	// look through to the operation that has several outputs.
	if n.Type() == graph.NodeTypeSplitNode {
		source = in[0]
		in = source.Inputs()
	}
	t := make([]*graph.Node, len(in))
	some := false
	for i, x := range in {
		t[i] = tangent[x]
		some = some || t[i] != nil
	}
	if !some {
		return nil
	}
	if source != n {
		return tangentOfOutput(n, source, t)
	}
	if r := rules[n.Type()]; r != nil {
		return r(n, t)
	}
	return localRule(n, t)
}

// tangentOfOutput is the tangent of one output of an operation that has several.
func tangentOfOutput(n, source *graph.Node, t []*graph.Node) *graph.Node {
	if source.Type() != graph.NodeTypeOptimizationBarrier {
		panic(noRule(source, "it has several outputs, and no rule"))
	}
	return t[splitIndex(n)]
}

// noRule is the error for an operation that JVP has no rule for.
func noRule(n *graph.Node, why string) *Unsupported {
	return &Unsupported{Transform: "jvp", Op: opName(n), Node: n.String(), Why: why,
		Fix: "use central differences of the gradient instead (spectrum.CentralDifference)"}
}

// localRule differentiates n's VJP with respect to the adjoint.
func localRule(n *graph.Node, t []*graph.Node) (tangent *graph.Node) {
	vjp, ok := graph.VJPRegistration[n.Type()]
	if !ok {
		panic(noRule(n, "it has neither a rule nor a VJP to derive one from"))
	}
	err := exceptions.TryCatch[error](func() {
		// where it is taken doesn't matter: the VJP is linear in u.
		u := graph.Identity(graph.ZerosLike(n))
		var inner *graph.Node
		for i, adjoint := range vjp(n, []*graph.Node{u}, n.Shape()) {
			if adjoint == nil || t[i] == nil {
				continue
			}
			term := graph.ReduceAllSum(graph.Mul(adjoint, t[i]))
			if inner != nil {
				term = graph.Add(inner, term)
			}
			inner = term
		}
		if inner != nil {
			tangent = graph.Gradient(inner, u)[0]
		}
	})
	if err != nil {
		panic(noRule(n, fmt.Sprintf("its VJP isn't differentiable: %v", err)))
	}
	return tangent
}
