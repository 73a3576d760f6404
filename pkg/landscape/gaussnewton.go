package landscape

import (
	"cmp"
	"context"
	"slices"

	"github.com/gomlx/gomlx/core/graph"

	"lossland/pkg/spectrum"
	"lossland/pkg/transform"
)

// GaussNewton returns, as an operator, the generalised Gauss–Newton matrix of the loss at θ,
//
//	G = (1/N)·Σᵢ Jᵢᵀ·Hᵢ·Jᵢ
//
// where Jᵢ is the Jacobian of the model's predictions for example i with respect to the weights,
// and Hᵢ is the Hessian of its loss with respect to those predictions. If the loss has a
// regularizer, the regularizer's Hessian is added.
//
// G is positive semi-definite where the loss is convex in the predictions, as squared error is. For
// the cross-entropy of logits it is the Fisher matrix. H − G vanishes where the model fits exactly,
// and if the model is linear.
//
// It is an error if the loss depends on the weights other than through the predictions that the
// model returns and its regularizer. HessianConfig.Method must be ForwardOverReverse. Cost of a
// product: as for the Hessian.
// Source: Schraudolph 2002, "Fast Curvature Matrix-Vector Products for Second-Order Gradient
// Descent".
func (at *Point) GaussNewton(ctx context.Context, cfg HessianConfig) (*Operator, error) {
	method := cmp.Or(cfg.Method, spectrum.ForwardOverReverse)
	if method != spectrum.ForwardOverReverse {
		return nil, bad("GaussNewton", "HessianConfig.Method", method, "ForwardOverReverse")
	}
	return at.newOperator(ctx, "GaussNewton", cfg, gaussNewtonProducts)
}

// gaussNewtonProducts builds the products of G with vectors. It panics on error.
func gaussNewtonProducts(t *traced, wrt []*graph.Node, vectors [][]*graph.Node) [][]*graph.Node {
	roots := transform.Decompose(append([]*graph.Node{t.main}, t.predictions...))
	roots = transform.Unconvolve(roots, wrt)
	main, z := roots[0], roots[1:]
	if bypasses(main, z, wrt) {
		panic(bad("GaussNewton", "the loss",
			"a function of the weights that doesn't go through the model's predictions only",
			"a model that returns what its loss is computed from; or the Hessian"))
	}
	main, z = separated(main, z)
	inZ := transform.Gradient(main, z...)
	products := make([][]*graph.Node, len(vectors))
	for k, jv := range transform.JVPs(z, wrt, vectors) {
		// The gradient of ⟨z, H·J·v⟩ with its second factor fixed is Jᵀ·H·J·v.
		var inner *graph.Node
		for i, hjv := range transform.JVP(inZ, z, jv) {
			term := graph.ReduceAllSum(graph.Mul(z[i], graph.StopGradient(hjv)))
			if inner != nil {
				term = graph.Add(inner, term)
			}
			inner = term
		}
		products[k] = graph.Gradient(inner, wrt...)
	}
	if t.loss == t.main {
		return products
	}
	ridge, _ := transform.HVP(t.regularizer, wrt, vectors)
	for k := range products {
		for i := range products[k] {
			products[k][i] = graph.Add(products[k][i], ridge[k][i])
		}
	}
	return products
}

// separated leaves, of the predictions z, those that the loss reads, each once. Where one of these
// is computed from another one, the loss is built anew on copies of them, so that its derivative in
// one prediction leaves out what goes through the others.
func separated(main *graph.Node, z []*graph.Node) (*graph.Node, []*graph.Node) {
	var read []*graph.Node
	for i, n := range z {
		others := slices.DeleteFunc(slices.Clone(z), func(o *graph.Node) bool { return o == n })
		if !slices.Contains(z[:i], n) && bypasses(main, others, []*graph.Node{n}) {
			read = append(read, n)
		}
	}
	for _, n := range read {
		for _, from := range read {
			if n == from || len(transform.Dependents([]*graph.Node{n}, []*graph.Node{from})) == 0 {
				continue
			}
			copies := make([]*graph.Node, len(read))
			for i, r := range read {
				copies[i] = graph.Add(r, graph.ZerosLike(r))
			}
			return transform.Substitute(main, read, copies), copies
		}
	}
	return main, read
}

// bypasses says whether root depends on one of the sources by a way that avoids the gates.
func bypasses(root *graph.Node, gates, sources []*graph.Node) bool {
	closed, wanted := make(map[*graph.Node]bool), make(map[*graph.Node]bool)
	for _, g := range gates {
		closed[g] = true
	}
	for _, s := range sources {
		wanted[s] = true
	}
	pending := []*graph.Node{root}
	for len(pending) > 0 {
		n := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if closed[n] {
			continue
		}
		if wanted[n] {
			return true
		}
		closed[n] = true
		pending = append(pending, n.Inputs()...)
	}
	return false
}
