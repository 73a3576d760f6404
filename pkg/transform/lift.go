package transform

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Lift splits roots, such as a loss and its metrics, where they stop being affine in the weights.
//
// Along a plane every weight is w + αd₁ + βd₂. A linear operation on it, such as the first layer's
// product with the data, keeps that form: c₀ + αc₁ + βc₂. So everything up to the first
// non-linearity is computed once for a whole grid, and only what comes after is replayed at each
// point. That is exact up to rounding: c₀ is the node itself, and the coefficient cₖ is its tangent
// along dₖ (see [JVP]).
//
//	lift := NewLift([]*graph.Node{loss}, weights)
//	c0, c := lift.Cuts(), lift.Coefficients(d1, d2)   // "prepare": once, in the graph of the loss
//	fixed := lift.Fixed()
//	lift.Replay(g, point, fixed)                      // "sweep": at each point, in any graph g
//
// with point[i] = c0[i] + α·c[0][i] + β·c[1][i].
//
// # What is lifted
//
// An operation is affine if those of its inputs that depend on the weights are affine and it is
// linear in them: sums, products with what doesn't depend on the weights (dense layers in either
// layout, convolutions in any), gathers of embeddings, concatenation, slices, padding,
// transposition, mean pooling, residual additions. A product of two affine things (a BatchNorm's
// scale times its normalised input, a regularizer's w²) is quadratic and isn't lifted.
//
// # Where it is cut
//
// Any set of affine nodes from which the rest can be computed will do. The one with the least
// memory traffic is taken: a bias deep in the network is cut before it is broadcast over the batch,
// and a bias of the first layer after it is added.
type Lift struct {
	roots  []*graph.Node
	cuts   []*graph.Node
	fixed  []*graph.Node
	replay []*graph.Node // what has to be computed at each point, inputs before consumers.
	source []*graph.Node // the weights.
}

// NewLift analyses the graph of roots. It builds nothing, but panics with an [*Unsupported] as
// [Substitute] does.
func NewLift(roots, weights []*graph.Node) *Lift {
	if err := Check(roots, weights); err != nil {
		panic(err)
	}
	l := &Lift{roots: roots, source: weights}
	s := newSplitter(roots, weights)
	for _, r := range roots {
		s.need(r)
	}
	for _, n := range s.order {
		switch s.decided[n] {
		case cut:
			l.cuts = append(l.cuts, n)
		case capture:
			l.fixed = append(l.fixed, n)
		case recompute:
			if n.Type() == graph.NodeTypeSort {
				panic(&Unsupported{Transform: "lift", Op: opName(n), Node: n.String(),
					Why: "its comparator belongs to its graph, and points are measured in another",
					Fix: "measure each point by itself"})
			}
			l.replay = append(l.replay, n)
		}
	}
	return l
}

// Cuts are the affine nodes whose values at a point determine the roots. In the graph of the roots
// they are c₀.
func (l *Lift) Cuts() []*graph.Node { return l.cuts }

// Fixed are the nodes that the rest needs and that don't depend on the weights, such as labels.
// They are the same at each point.
func (l *Lift) Fixed() []*graph.Node { return l.fixed }

// Replayed is the number of operations that remain to be computed at each point.
func (l *Lift) Replayed() int { return len(l.replay) }

// Widest is the size in bytes of the largest tensor among the cuts and what is computed at each
// point.
func (l *Lift) Widest() (bytes int64) {
	for _, n := range slices.Concat(l.cuts, l.replay) {
		if n.NumOutputs() == 1 {
			bytes = max(bytes, int64(n.Shape().ByteSize()))
		}
	}
	return bytes
}

// Coefficients returns, for each direction (one tensor per weight), how fast each cut changes along
// it: cₖ[i] for cut i along direction k. It builds them in the graph of the roots. Cost: one
// forward pass of the affine part per direction.
func (l *Lift) Coefficients(directions ...[]*graph.Node) [][]*graph.Node {
	c := make([][]*graph.Node, len(directions))
	for k, t := range JVPsThroughStops(l.cuts, l.source, directions) {
		c[k] = t
	}
	return c
}

// Replay builds the roots in g, which may be another graph, from the values of the cuts at a point
// and from those of the fixed nodes, both in g.
func (l *Lift) Replay(g *graph.Graph, cuts, fixed []*graph.Node) []*graph.Node {
	value := make(map[*graph.Node]*graph.Node)
	for nodes, given := range map[*[]*graph.Node][]*graph.Node{&l.cuts: cuts, &l.fixed: fixed} {
		for n, v := range pair(*nodes, given) {
			value[n] = v
		}
	}
	for _, n := range l.replay {
		value[n] = rebuild(g, n, value)
	}
	out := make([]*graph.Node, len(l.roots))
	for i, r := range l.roots {
		out[i] = value[r]
	}
	return out
}

// rebuild is cloneOn for a graph that may not be n's.
func rebuild(g *graph.Graph, n *graph.Node, value map[*graph.Node]*graph.Node) *graph.Node {
	switch n.Type() {
	case graph.NodeTypeConstant:
		return graph.ConstTensor(g, n.ConstantValue())
	case graph.NodeTypeIota:
		return graph.Iota(g, n.Shape(), int(param(n, "iotaAxis").Int()))
	case graph.NodeTypeConvGeneral:
		if out := asChannelsLast(n, value[n.Inputs()[0]], value[n.Inputs()[1]]); out != nil {
			return out
		}
	case graph.NodeTypeReduceWindow:
		if pooled := asSlices(n, value[n.Inputs()[0]]); pooled != nil {
			return pooled
		}
	}
	if len(n.Inputs()) == 0 {
		exceptions.Panicf("transform: lift: %s has no inputs and can't be built in another graph",
			n)
	}
	return cloneOn(n, value)
}
