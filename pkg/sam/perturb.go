package sam

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// normOffset keeps ε finite where the gradient is tiny: Foret et al.'s code and the lesson add it to ‖g‖.
const normOffset = 1e-12

// perturbation is the climb of one group.
type perturbation struct {
	epsilons []*graph.Node // ε, in the wide type; nil for what the filter leaves out.
	weights  []*graph.Node // w + ε, in the wide type.
	norm     *graph.Node   // ‖ε‖₂, float64.
	skipped  *graph.Node   // 1 if ε = 0 because the direction's norm is zero or not finite, else 0; int64.
}

// perturb builds w + ε from the direction d of the climb, which is g but for F-SAM. With T = 1, or T = |w| + η for ASAM:
//
//	L2            ε = ρ·T·(Td)/(‖Td‖₂ + 1e-12)
//	LInf          ε = ρ·T·sign(d)
//	Unnormalized  ε = ρ·T·(Td)
//
// and ε = 0 where ‖Td‖₂ is 0, infinite or not a number.
func (o *Optimizer) perturb(ws []weight, direction []*graph.Node, rho *graph.Node) perturbation {
	stretched := make([]*graph.Node, len(ws)) // Td.
	for i, w := range ws {
		if w.perturbed {
			stretched[i] = o.stretch(w, graph.ConvertDType(direction[i], wide(w.variable.DType())))
		}
	}
	size := norm(stretched)
	climbs := graph.And(graph.IsFinite(size), graph.GreaterThan(size, graph.ZerosLike(size)))
	factor := rho
	if o.c.ball == L2 {
		factor = graph.Div(rho, graph.AddScalar(size, normOffset))
	}

	p := perturbation{epsilons: make([]*graph.Node, len(ws)), weights: make([]*graph.Node, len(ws))}
	for i, w := range ws {
		if !w.perturbed {
			p.weights[i] = graph.Identity(wideNode(w)) // a node of its own, to take the gradient at.
			continue
		}
		td := stretched[i]
		if o.c.ball == LInf {
			td = graph.Sign(td)
		}
		epsilon := scale(o.stretch(w, td), factor)
		p.epsilons[i] = graph.Where(climbs, epsilon, graph.ZerosLike(epsilon))
		p.weights[i] = graph.Add(wideNode(w), p.epsilons[i])
	}
	p.norm = norm(p.epsilons)
	p.skipped = graph.ConvertDType(graph.LogicalNot(climbs), dtypes.Int64)
	return p
}

// stretch is T·x: (|w| + η)·x for a weight that ASAM adapts, else x.
func (o *Optimizer) stretch(w weight, x *graph.Node) *graph.Node {
	if !w.adapted {
		return x
	}
	return graph.Mul(graph.AddScalar(graph.Abs(wideNode(w)), o.c.eta), x)
}

// wideNode is w's value in its wide type.
func wideNode(w weight) *graph.Node { return graph.ConvertDType(w.node, wide(w.variable.DType())) }
