package sam

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Direction is the first part of a variant: what a step climbs along, and in which ball. It is a
// [Ball], which is SAM, a value such as [ASAM], or a type of your own.
//
// A part may also have a method Check() error, which [Optimizer.Err] calls, and a method
// Remembers(), which says that it keeps state from step to step ([Rememberer]).
type Direction interface {
	// Along is called once in the graph of a step, with the gradient g of the whole batch at w. It
	// returns the function that turns a gradient into a climb. That function is called with g
	// itself or, under [Config.MSAM], with the gradient of each group. Gradients come in the
	// weights' wide types (float32 for 16 bits), with nil for what [Config.Filter] leaves out.
	Along(s *Step, g Vector) func(g Vector) Climb
}

// Climb is where a step climbs: ε = ρ·Toward/Length, and ε = 0 where Norm is zero or not finite.
type Climb struct {
	Toward Vector
	Length *graph.Node // float64 scalar; nil for 1.
	Norm   *graph.Node // float64 scalar, the norm of what was to be followed.
}

// Size is the second part of a variant: how far a step climbs. It is [Constant], [Linear],
// [Cosine], [FollowRate], or a [Schedule] of your own.
type Size interface {
	// Rho returns ρ, a scalar, from the number of steps taken so far, a float64 scalar. Negative
	// values and NaN count as 0. The number of steps is in the store, so a resumed training goes on
	// with the same ρ.
	Rho(scope *model.Scope, step *graph.Node) *graph.Node
}

// Blend is the third part of a variant: what the base optimizer gets. Without one it gets the
// gradient at w + ε. It is a value such as [GSAM], or a type of your own.
type Blend interface {
	// Climbed returns what the base gets in a step that climbs, from the gradients at w and at w +
	// ε.
	Climbed(s *Step, clean, climbed Vector) Vector
}

// Rester is a [Blend] that also acts in the steps that don't climb, within [Config.Window].
type Rester interface {
	Blend
	// Rested returns what the base gets, from the gradient at w.
	Rested(s *Step, clean Vector) Vector
}

// Rememberer is a part that keeps state from step to step, in [Step.State]. TwoStep and Loss refuse
// it, because they only choose where the gradient is taken.
type Rememberer interface{ Remembers() }

// Step is what a part sees of the step whose graph is being built.
type Step struct {
	Scope   *model.Scope
	Weights []Weight // the trainable variables in use, in the order of Scope.IterVariables.
	name    string   // of the optimizer's scope.
}

// Weight is a trainable variable in one graph.
type Weight struct {
	Variable *model.Variable
	Node     *graph.Node // its value w, in the variable's type.
	Moves    bool        // whether the climb moves it: [Config.Filter].
}

// Wide is w in the type that it is perturbed in: float32 for 16-bit weights, else its own.
func (w Weight) Wide() *graph.Node { return graph.ConvertDType(w.Node, wide(w.Variable.DType())) }

// State returns the variable in which a part keeps something for weight i from step to step. It has
// the weight's shape and wide type, and starts at 0. kind names the part. Checkpoints hold it, and
// a step that is skipped leaves it as it was.
func (s *Step) State(kind string, i int) *model.Variable {
	v := s.Weights[i].Variable
	return stateOf(s.Scope, s.name, kind, v, wide(v.DType()))
}

// nodes are the weights' values.
func (s *Step) nodes() Vector {
	nodes := make(Vector, len(s.Weights))
	for i, w := range s.Weights {
		nodes[i] = w.Node
	}
	return nodes
}

// moving is g as a [Direction] gets it.
func (s *Step) moving(g Vector) Vector {
	out := make(Vector, len(g))
	for i, w := range s.Weights {
		if w.Moves {
			out[i] = graph.ConvertDType(g[i], wide(w.Variable.DType()))
		}
	}
	return out
}

// step returns what the parts see in g, and refuses weights that can't climb.
func (o *Optimizer) step(scope *model.Scope, g *graph.Graph) *Step {
	s := &Step{Scope: scope, name: o.c.scopeName}
	moving := false
	freezeRNG(scope.Store())
	for _, v := range trainable(scope, g) {
		if !v.DType().IsFloat() {
			panic(fmt.Errorf("sam: %s is trainable and of type %s, want a real type: call "+
				"SetTrainable(false) on it", v.Path(), v.DType()))
		}
		w := Weight{v, v.NodeValue(g), o.c.filter.accepts(v)}
		moving = moving || w.Moves
		s.Weights = append(s.Weights, w)
	}
	switch {
	case len(s.Weights) == 0:
		panic(fmt.Errorf("sam: the loss uses no trainable variable"))
	case !moving:
		panic(fmt.Errorf("sam: the filter accepts none of the %d trainable variables",
			len(s.Weights)))
	}
	return s
}

// checked asks the parts what is wrong with them.
func checked(parts ...any) error {
	var all error
	for _, part := range parts {
		if c, can := part.(interface{ Check() error }); can {
			all = errors.Join(all, c.Check())
		}
	}
	return all
}

// nameOf is how a part is called in errors.
func nameOf(part any) string {
	if s, can := part.(fmt.Stringer); can {
		return s.String()
	}
	return fmt.Sprintf("%T", part)
}
