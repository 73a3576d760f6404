package transform

import (
	"reflect"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// loop follows the examples through a While. Its state starts where the initial values are, and
// each round may move it to where the body's results are; the places of the state are the least
// that both agree to. A loop that runs as often as the batch says is lost, since examples then
// decide how often the others go round.
//
// GoMLX doesn't keep which nodes a closure returns. So every node that could be a result, by its
// shape and dtype, must agree: one that doesn't loses the examples, never misplaces them.
func (e *Examples) loop(n *graph.Node) {
	state := n.Inputs()
	body, cond := e.closure(n, "body"), e.closure(n, "cond")
	places := make([]place, len(state))
	for k, s := range state {
		places[k] = e.of[s]
		body.mixed = body.mixed || e.mixed[s]
	}
	for changed := true; changed; {
		changed = false
		e.enter(body, places)
		for k, s := range state {
			for _, result := range e.results(n, body, s) {
				if joined := join(places[k], e.of[result]); joined != places[k] {
					places[k], changed = joined, true
				}
			}
		}
	}
	e.enter(cond, places)
	known := body.known && cond.known
	for _, c := range cond.nodes {
		decides := c.NumOutputs() == 1 && c.DType() == dtypes.Bool && c.IsScalar()
		known = known && !(decides && e.of[c].spread != apart)
	}
	for k := range places {
		if !known {
			places[k] = place{spread: lost}
		}
	}
	e.loops[n], e.of[n], e.mixed[n] = places, place{spread: carried}, body.mixed
}

// closure is a function of a loop.
type closure struct {
	nodes []*graph.Node // inputs before consumers.
	known bool          // nothing in it has a function of its own.
	mixed bool          // an example's part of something in it depends on other examples.
}

// closure finds a loop's function, and follows the examples to what it captures.
func (e *Examples) closure(n *graph.Node, name string) *closure {
	c := &closure{known: true}
	function := param(n, name).Pointer()
	for _, inside := range n.Graph().Nodes() {
		if reflect.ValueOf(inside.Function()).Pointer() != function {
			continue
		}
		c.nodes = append(c.nodes, inside)
		if IsClosureOp(inside) || inside.Type() == graph.NodeTypeSort {
			c.known = false
		}
		for _, in := range inside.Inputs() {
			if reflect.ValueOf(in.Function()).Pointer() != function {
				e.visit([]*graph.Node{in})
				c.mixed = c.mixed || e.mixed[in]
			}
		}
	}
	return c
}

// enter follows the examples through a function whose parameters have the given places.
func (e *Examples) enter(c *closure, parameters []place) {
	k := 0
	for _, n := range c.nodes {
		if n.Type() == graph.NodeTypeParameter && k < len(parameters) {
			e.of[n] = parameters[k]
			k++
			continue
		}
		e.of[n] = e.follow(n)
		e.mix(n)
		c.mixed = c.mixed || e.mixed[n]
	}
}

// results are the nodes that a loop's body could return for a state: its own, or what was there
// before the loop.
func (e *Examples) results(loop *graph.Node, body *closure,
	state *graph.Node) (found []*graph.Node) {
	fits := func(n *graph.Node) bool {
		return n.NumOutputs() == 1 && n.Shape().Equal(state.Shape())
	}
	for _, n := range body.nodes {
		if fits(n) {
			found = append(found, n)
		}
	}
	for _, n := range loop.Graph().Nodes() {
		if n.Id() < loop.Id() && n.Function().IsMain() && fits(n) {
			e.visit([]*graph.Node{n})
			found = append(found, n)
		}
	}
	return found
}

// join is the place of a value that is at a or at b.
func join(a, b place) place {
	switch {
	case a == b || b.spread == apart:
		return a
	case a.spread == apart:
		return b
	}
	return place{spread: lost}
}
