package sam

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// wide is the type that weights of type dtype are updated and perturbed in: float32 for 16-bit
// floats, else dtype itself.
func wide(dtype dtypes.DType) dtypes.DType {
	if dtype == dtypes.BFloat16 || dtype == dtypes.Float16 {
		return dtypes.Float32
	}
	return dtype
}

// trainable returns the variables that GoMLX's optimizers update, in their order.
func trainable(scope *model.Scope, g *graph.Graph) []*model.Variable {
	var variables []*model.Variable
	for v := range scope.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			variables = append(variables, v)
		}
	}
	return variables
}

// stateScope is where an optimizer's own variables live.
func stateScope(scope *model.Scope, name string) *model.Scope {
	return scope.At("%s", optimizer.Scope).At("%s", name)
}

// stateOf returns the optimizer's non-trainable variable of the given kind that belongs to v, of
// v's dimensions, 0 at first.
func stateOf(
	scope *model.Scope, name, kind string, v *model.Variable, dtype dtypes.DType,
) *model.Variable {
	shape := shapes.Make(dtype, v.Shape().Dimensions...)
	path := model.JoinPath(stateScope(scope, name).Scope(), kind, v.Path())
	return scope.Store().VariableWithShape(path, shape, graph.Zeros).SetTrainable(false)
}

// before is the value that v has when the step starts.
func before(v *model.Variable, g *graph.Graph) *graph.Node {
	if l, found := loopOf(g); found {
		return l.starts[v]
	}
	return g.GetParameterByName(v.Path())
}

// isClock says whether v goes on in a step that is skipped. ρ of the step does: it may be why.
func isClock(v *model.Variable) bool {
	switch v.Name() {
	case model.RNGStateVariableName, optimizer.GlobalStepVariableName:
		return true
	case rhoName:
		return !v.Trainable && strings.Contains(v.Path(), model.JoinPath("/", optimizer.Scope))
	}
	return false
}

// freezeRNG mends what GoMLX v0.28.8 does when it loads a checkpoint: the RNG's state, an integer,
// comes back as a trainable variable.
func freezeRNG(store *model.Store) {
	if v := store.GetVariable(model.RNGStateVariableName); v != nil {
		v.SetTrainable(false)
	}
}

func mustBeScalar(loss *graph.Node) {
	if !loss.IsScalar() {
		panic(fmt.Errorf("sam: the loss has shape %s, want a scalar: average it over the batch",
			loss.Shape()))
	}
}
