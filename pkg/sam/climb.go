package sam

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// perturbation is the climb of one group.
type perturbation struct {
	epsilon Vector      // ε, in the wide types; nil for what the filter leaves out.
	weights Vector      // w + ε, in the wide types.
	skipped *graph.Node // 1 if ε = 0 because Climb.Norm is zero or not finite, else 0; int64.
}

// perturb goes the distance ρ of a climb.
func (s *Step) perturb(c Climb, rho *graph.Node) perturbation {
	climbs := graph.And(graph.IsFinite(c.Norm), graph.GreaterThan(c.Norm, graph.ZerosLike(c.Norm)))
	factor := rho
	if c.Length != nil {
		factor = graph.Div(rho, c.Length)
	}
	p := perturbation{
		epsilon: make(Vector, len(s.Weights)),
		weights: make(Vector, len(s.Weights)),
		skipped: graph.ConvertDType(graph.LogicalNot(climbs), dtypes.Int64),
	}
	for i, w := range s.Weights {
		if c.Toward[i] == nil {
			p.weights[i] = graph.Identity(w.Wide()) // a node of its own, to take the gradient at.
			continue
		}
		epsilon := scale(c.Toward[i], factor)
		p.epsilon[i] = graph.Where(climbs, epsilon, graph.ZerosLike(epsilon))
		p.weights[i] = graph.Add(w.Wide(), p.epsilon[i])
	}
	return p
}
