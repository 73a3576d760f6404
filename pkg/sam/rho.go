package sam

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

const (
	rhoName        = "rho"            // ρ now.
	configuredName = "rho_configured" // what Rho said when it was set.
)

// constant is the configured ρ, if it is one number.
func (o *Optimizer) constant() (rho float64, is bool) {
	c, is := o.c.size.(Constant)
	return float64(c), is
}

// isBase says whether the configuration leaves nothing to do but the base optimizer's work.
func (o *Optimizer) isBase() bool {
	rho, is := o.constant()
	return is && rho == 0
}

// rho returns ρ of this step, a float64 scalar: a number ≥ 0, or NaN for what is none. What isn't a
// constant is written to the variable, to be read and saved with the others.
func (o *Optimizer) rho(scope *model.Scope, g *graph.Graph) *graph.Node {
	v := o.rhoVariable(scope)
	if _, is := o.constant(); is {
		return radius(v.NodeValue(g))
	}
	step := graph.ConvertDType(optimizer.GetGlobalStepVar(scope).NodeValue(g), dtypes.Float64)
	rho := radius(graph.ConvertDType(o.c.size.Rho(scope, step), dtypes.Float64))
	v.SetNodeValue(rho)
	return rho
}

// radius is x where it is a finite number ≥ 0, else NaN.
func radius(x *graph.Node) *graph.Node {
	is := graph.LogicalAnd(graph.IsFinite(x), graph.GreaterOrEqual(x, graph.ZerosLike(x)))
	return graph.Where(is, x, graph.Scalar(x.Graph(), x.DType(), math.NaN()))
}

// rhoVariable returns ρ's variable. A checkpoint's ρ stays, also one that SetRho changed, unless
// the configuration asks for another one than it did when that was written.
func (o *Optimizer) rhoVariable(scope *model.Scope) *model.Variable {
	asked, is := o.constant()
	if !is {
		asked = DefaultRho
	}
	s := stateScope(scope, o.c.scopeName)
	rho := s.VariableWithValue(rhoName, asked).SetTrainable(false)
	configured := s.VariableWithValue(configuredName, asked).SetTrainable(false)
	if tensors.ToScalar[float64](configured.MustValue()) != asked {
		for _, v := range []*model.Variable{rho, configured} {
			if err := v.SetValue(tensors.FromScalar(asked)); err != nil {
				panic(err)
			}
		}
	}
	return rho
}

// SetRho changes ρ between steps, without compiling anew. It fails for a negative or infinite ρ, if
// [Config.Size] decides, and if the configuration's ρ is 0, because then only the base optimizer's
// graph runs.
func (o *Optimizer) SetRho(store *model.Store, rho float64) error {
	if err := Constant(rho).Check(); err != nil {
		return err
	}
	if _, is := o.constant(); !is {
		return fmt.Errorf("sam: ρ follows %s; configure the optimizer with Rho to set it by hand",
			nameOf(o.c.size))
	}
	if o.isBase() {
		return fmt.Errorf("sam: the optimizer was made with Rho(0), which is the base optimizer; " +
			"start from a positive ρ")
	}
	return o.rhoVariable(store.RootScope()).SetValue(tensors.FromScalar(rho))
}

// CurrentRho returns the ρ in the store: the last step's where it isn't constant, else the next
// step's.
func (o *Optimizer) CurrentRho(store *model.Store) float64 {
	if o.isBase() {
		return 0
	}
	return tensors.ToScalar[float64](o.rhoVariable(store.RootScope()).MustValue())
}
